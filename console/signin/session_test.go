package signin_test

import (
	"fmt"
	"net/http"
	"net/url"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/mycarerecord/mcr/internal/surfer"
)

func TestTheSessionsEnd(t *testing.T) {
	t.Run("idle", func(t *testing.T) {
		k := newKit(t, nil)
		s := k.signIn("consultant")
		for range 3 {
			k.clock.Pass(9*time.Minute + 59*time.Second)
			s.Open(k.url("/patients")).Shows(200)
		}
		k.clock.Pass(10 * time.Minute)
		s.Open(k.url("/patients")).Shows(403, "Sign in to go on")
		s.Open(k.url("/")).Shows(200).Hides("Find a patient")
	})
	t.Run("looking how long is left is no use of it", func(t *testing.T) {
		k := newKit(t, nil)
		s := k.signIn("consultant")
		k.clock.Pass(8 * time.Minute)
		if s.Open(k.url("/session")); s.Body != "{\"left\":120}\n" {
			t.Errorf("left: %s", s.Body)
		}
		k.clock.Pass(2 * time.Minute)
		if s.Open(k.url("/session")); s.Body != "{\"left\":0}\n" {
			t.Errorf("left: %s", s.Body)
		}
		s.Open(k.url("/patients")).Shows(403)
	})
	t.Run("still here", func(t *testing.T) {
		k := newKit(t, nil)
		s := k.signIn("consultant")
		csrf := surfer.Hidden.FindStringSubmatch(s.Body)[2]
		k.clock.Pass(9 * time.Minute)
		s.Navigate("POST", "/console/session", url.Values{"csrf": {csrf}}).Shows(204)
		k.clock.Pass(9 * time.Minute)
		s.Open(k.url("/patients")).Shows(200)
	})
	t.Run("after a working day", func(t *testing.T) {
		k := newKit(t, nil)
		s := k.signIn("consultant")
		for range 79 { // nine minutes each: 11 h 51 min
			k.clock.Pass(9 * time.Minute)
			if s.Open(k.url("/patients")); s.Resp.StatusCode != 200 {
				t.Fatalf("ended after %s:\n%s", k.clock.Now().Sub(morning), k.log.String())
			}
		}
		k.clock.Pass(12*time.Hour - k.clock.Now().Sub(morning))
		s.Open(k.url("/patients")).Shows(403)
	})
	t.Run("signing out", func(t *testing.T) {
		k := newKit(t, nil)
		s := k.signIn("consultant")
		other := s.Tab().Open(k.url("/patients")).Shows(200)
		thief := s.CopyOf()
		s.Submit("/console/sign-out", nil).Shows(200, "You are signed out", "Sign out there too")
		if s.Session() != nil {
			t.Error("the cookie is still there")
		}
		if !strings.Contains(s.Resp.Header.Get("Clear-Site-Data"), `"cache"`) {
			t.Error("no Clear-Site-Data")
		}
		other.Open(k.url("/patients")).Shows(403)
		thief.Open(k.url("/patients")).Shows(403)
	})
	t.Run("signing out cannot be forged", func(t *testing.T) {
		k := newKit(t, nil)
		s := k.signIn("consultant")
		s.Navigate("POST", "/console/sign-out", url.Values{"csrf": {"guess"}}).Shows(403, "not sent from our page")
		s.Open(k.url("/patients")).Shows(200)
	})
	t.Run("when the person is revoked", func(t *testing.T) {
		k := newKit(t, nil)
		s := k.signIn("consultant")
		s.Open(k.url("/patients")).Shows(200)
		next := k.revocations + ".new"
		if err := os.WriteFile(next, []byte(`[{"uid":"555004000100"}]`), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Rename(next, k.revocations); err != nil {
			t.Fatal(err)
		}
		k.clock.Pass(2 * time.Second)
		s.Open(k.url("/patients")).Shows(403, "Sign in to go on")
		if s.Session() != nil {
			t.Error("the cookie is still there")
		}
	})
	t.Run("when the revocations cannot be read, nothing is shown and nobody signed out", func(t *testing.T) {
		k := newKit(t, nil)
		s := k.signIn("consultant")
		if err := os.Remove(k.revocations); err != nil {
			t.Fatal(err)
		}
		k.clock.Pass(2 * time.Second)
		s.Open(k.url("/patients")).Shows(503, "does not answer")
		if err := os.WriteFile(k.revocations, []byte("[]"), 0o600); err != nil {
			t.Fatal(err)
		}
		k.clock.Pass(2 * time.Second)
		s.Open(k.url("/patients")).Shows(200)
	})
}

// What the rooms keep with a session is that session's alone, and is forgotten with it: at
// signing out, and when another role is put in use.
func TestWhatIsKeptEndsWithTheSession(t *testing.T) {
	k := newKit(t, nil)
	send := func(s *surfer.Surfer, want string) {
		t.Helper()
		s.Open(k.url("/patients")).Submit("/console/patients", nil).Shows(200, "of this session for the "+want+". time")
	}
	s := k.signIn("two-roles")
	s.Submit("/console/role", url.Values{"role": {"855004000200"}})
	send(s, "1")
	send(s.Tab(), "2")
	send(k.signIn("consultant"), "1")
	s.Open(k.url("/role")).Submit("/console/role", url.Values{"role": {"955004000200"}})
	send(s, "1")
	if n := k.forgotten.Load(); n != 2 { // that in which no role was chosen yet, and the first role's
		t.Errorf("%d sessions were forgotten", n)
	}
	s.Open(k.url("/patients")).Submit("/console/sign-out", nil)
	if n := k.forgotten.Load(); n != 3 {
		t.Errorf("%d sessions were forgotten", n)
	}
}

func TestTheTokenIsRenewedOnceForAll(t *testing.T) {
	k := newKit(t, nil)
	renewals := 0
	k.stand(func(next http.Handler, w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/token" && r.ParseForm() == nil && r.PostForm.Get("grant_type") == "refresh_token" {
			k.mu.Lock()
			renewals++
			k.mu.Unlock()
		}
		next.ServeHTTP(w, r)
	})
	s := k.signIn("consultant")
	k.clock.Pass(9 * time.Minute) // a token lives ten
	done := make(chan int, 8)
	for range cap(done) {
		go func() {
			r, _ := http.NewRequest("GET", k.url("/patients"), nil)
			r.AddCookie(s.Session())
			resp, err := http.DefaultClient.Do(r)
			if err != nil {
				done <- 0
				return
			}
			resp.Body.Close()
			done <- resp.StatusCode
		}()
	}
	for range cap(done) {
		if status := <-done; status != 200 {
			t.Errorf("status %d", status)
		}
	}
	if renewals != 1 {
		t.Errorf("%d renewals, want one", renewals)
	}
	t.Run("an issuer that is away costs nothing while the token holds", func(t *testing.T) {
		k.clock.Pass(9 * time.Minute)
		k.stand(func(_ http.Handler, w http.ResponseWriter, _ *http.Request) { w.WriteHeader(502) })
		s.Open(k.url("/patients")).Shows(200)
		k.clock.Pass(5 * time.Minute)
		s.Open(k.url("/patients")).Shows(503)
		k.stand(nil)
		s.Open(k.url("/patients")).Shows(200)
	})
	t.Run("an issuer that says no ends the session", func(t *testing.T) {
		k.clock.Pass(9 * time.Minute)
		k.stand(func(next http.Handler, w http.ResponseWriter, r *http.Request) {
			if r.URL.Path != "/token" {
				next.ServeHTTP(w, r)
				return
			}
			w.Header().Set("Content-Type", "application/json")
			w.WriteHeader(400)
			fmt.Fprint(w, `{"error":"invalid_grant"}`)
		})
		s.Open(k.url("/patients")).Shows(403, "Sign in to go on")
	})
}
