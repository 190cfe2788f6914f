package console_test

import (
	"fmt"
	"net/http"
	"net/url"
	"os"
	"strings"
	"testing"
	"time"
)

func TestTheSessionsEnd(t *testing.T) {
	t.Run("idle", func(t *testing.T) {
		k := newKit(t, nil)
		s := k.signIn("consultant")
		for range 3 {
			k.clock.Pass(9*time.Minute + 59*time.Second)
			s.open(k.url("/patients")).shows(200)
		}
		k.clock.Pass(10 * time.Minute)
		s.open(k.url("/patients")).shows(403, "Sign in to go on")
		s.open(k.url("/")).shows(200).hides("Find a patient")
	})
	t.Run("looking how long is left is no use of it", func(t *testing.T) {
		k := newKit(t, nil)
		s := k.signIn("consultant")
		k.clock.Pass(8 * time.Minute)
		if s.open(k.url("/session")); s.body != "{\"left\":120}\n" {
			t.Errorf("left: %s", s.body)
		}
		k.clock.Pass(2 * time.Minute)
		if s.open(k.url("/session")); s.body != "{\"left\":0}\n" {
			t.Errorf("left: %s", s.body)
		}
		s.open(k.url("/patients")).shows(403)
	})
	t.Run("still here", func(t *testing.T) {
		k := newKit(t, nil)
		s := k.signIn("consultant")
		csrf := hidden.FindStringSubmatch(s.body)[2]
		k.clock.Pass(9 * time.Minute)
		s.navigate("POST", "/console/session", url.Values{"csrf": {csrf}}).shows(204)
		k.clock.Pass(9 * time.Minute)
		s.open(k.url("/patients")).shows(200)
	})
	t.Run("after a working day", func(t *testing.T) {
		k := newKit(t, nil)
		s := k.signIn("consultant")
		for range 79 { // nine minutes each: 11 h 51 min
			k.clock.Pass(9 * time.Minute)
			if s.open(k.url("/patients")); s.resp.StatusCode != 200 {
				t.Fatalf("ended after %s:\n%s", k.clock.Now().Sub(morning), k.log.String())
			}
		}
		k.clock.Pass(12*time.Hour - k.clock.Now().Sub(morning))
		s.open(k.url("/patients")).shows(403)
	})
	t.Run("signing out", func(t *testing.T) {
		k := newKit(t, nil)
		s := k.signIn("consultant")
		other := s.tab().open(k.url("/patients")).shows(200)
		thief := s.copyOf()
		s.submit("/console/sign-out", nil).shows(200, "You are signed out", "Sign out there too")
		if s.session() != nil {
			t.Error("the cookie is still there")
		}
		if !strings.Contains(s.resp.Header.Get("Clear-Site-Data"), `"cache"`) {
			t.Error("no Clear-Site-Data")
		}
		other.open(k.url("/patients")).shows(403)
		thief.open(k.url("/patients")).shows(403)
	})
	t.Run("signing out cannot be forged", func(t *testing.T) {
		k := newKit(t, nil)
		s := k.signIn("consultant")
		s.navigate("POST", "/console/sign-out", url.Values{"csrf": {"guess"}}).shows(403, "not sent from our page")
		s.open(k.url("/patients")).shows(200)
	})
	t.Run("when the person is revoked", func(t *testing.T) {
		k := newKit(t, nil)
		s := k.signIn("consultant")
		s.open(k.url("/patients")).shows(200)
		next := k.revocations + ".new"
		if err := os.WriteFile(next, []byte(`[{"uid":"555004000100"}]`), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Rename(next, k.revocations); err != nil {
			t.Fatal(err)
		}
		k.clock.Pass(2 * time.Second)
		s.open(k.url("/patients")).shows(403, "Sign in to go on")
		if s.session() != nil {
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
		s.open(k.url("/patients")).shows(503, "does not answer")
		if err := os.WriteFile(k.revocations, []byte("[]"), 0o600); err != nil {
			t.Fatal(err)
		}
		k.clock.Pass(2 * time.Second)
		s.open(k.url("/patients")).shows(200)
	})
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
			r.AddCookie(s.session())
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
		s.open(k.url("/patients")).shows(200)
		k.clock.Pass(5 * time.Minute)
		s.open(k.url("/patients")).shows(503)
		k.stand(nil)
		s.open(k.url("/patients")).shows(200)
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
		s.open(k.url("/patients")).shows(403, "Sign in to go on")
	})
}
