package signin_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/mycarerecord/mcr/console/signin"
	"github.com/mycarerecord/mcr/internal/surfer"
)

// The page for those who are signed out says so of nobody whose session lives, and
// ends nothing: anybody can lead a browser there.
func TestNobodyIsToldOfASigningOutThatWasNone(t *testing.T) {
	k := newKit(t, nil)
	s := k.signIn("consultant")
	for _, path := range []string{"/signed-out", "/signed-out?why=idle"} {
		s.Open(k.url(path)).Shows(200, "You are still signed in").Hides("You are signed out")
		if s.Resp.Header.Get("Clear-Site-Data") != "" || s.Session() == nil {
			t.Error("something was ended")
		}
		// Another site leads there: the Strict cookie is not sent along.
		s.Open(k.issuer.URL+"/.well-known/openid-configuration").Click(k.url(path)).Shows(200, "You are still signed in").Hides("You are signed out")
	}
	if got := s.Resp.Header.Get("Refresh"); got != "601; url=/console/signed-out?why=idle" {
		t.Errorf("the page goes on with %q", got)
	}
	// It is no use of the session: a tab that lies there must not keep it alive.
	k.clock.Pass(9 * time.Minute)
	s.Open(k.url("/signed-out?why=idle")).Shows(200, "You are still signed in")
	s.Tab().Open(k.url("/signed-out")).Submit("/console/sign-out", nil).Shows(200, "You are signed out")
	s.Open(k.url("/patients")).Shows(403)

	other := k.signIn("consultant")
	k.clock.Pass(9 * time.Minute)
	other.Open(k.url("/signed-out"))
	k.clock.Pass(time.Minute)
	other.Open(k.url("/signed-out?why=idle")).Shows(200, "You are signed out", "Nobody used this page for a while")
	// From the issuer, whose page leads back here, nobody is signed in either.
	other.Open(k.issuer.URL+"/.well-known/openid-configuration").Click(k.url("/signed-out")).Shows(200, "You are signed out", "Sign out there too")
}

// One person has five sessions at most; a sixth ends the oldest, whose page says why.
func TestOnePersonsSessionsAreFew(t *testing.T) {
	k := newKit(t, nil)
	colleague := k.signIn("privacy-officer")
	var all []*surfer.Surfer
	for range 6 {
		k.clock.Pass(time.Second)
		all = append(all, k.signIn("consultant"))
	}
	oldest := all[0].Tab()
	oldest.Open(k.url("/patients")).Shows(403, "Sign in to go on", "You have signed in elsewhere since", "tell your IT service desk").Hides("nobody used the page")
	oldest.Navigate("POST", "/console/patients", url.Values{"number": {"1"}}).Shows(403, "was not recorded", "You have signed in elsewhere since")
	oldest.Open(k.url("/signed-out")).Shows(200, "You are signed out", "You have signed in elsewhere since")
	for i, s := range append(all[1:], colleague) {
		if s.Open(k.url("/patients")); s.Resp.StatusCode != http.StatusOK {
			t.Errorf("session %d ended too", i+1)
		}
	}
	// Whoever has not chosen a role yet counts as well.
	var choosing []*surfer.Surfer
	for range 6 {
		k.clock.Pass(time.Second)
		choosing = append(choosing, k.signIn("two-roles"))
	}
	choosing[0].Open(k.url("/role")).Shows(403, "You have signed in elsewhere since")
	choosing[5].Open(k.url("/role")).Shows(200, "In which role")
	// And an id that nobody had is told nothing.
	surfer.New(t).Open(k.url("/patients")).Shows(403).Hides("elsewhere")
}

// There are only so many sessions: the one that was idle longest makes room.
func TestAllSessionsAreBounded(t *testing.T) {
	k := newKit(t, func(c *signin.Config) {
		c.Sessions = signin.NewSessions(0, 0)
		signin.AtMost(c.Sessions, 2)
		c.Clock = nil
	})
	k.clock.Pass(time.Since(k.clock.Now())) // its own lock: keys are fetched meanwhile
	one, two := k.signIn("consultant"), k.signIn("privacy-officer")
	one.Open(k.url("/patients")).Shows(200)
	three := k.signIn("two-roles")
	two.Open(k.url("/patients")).Shows(403, "More people are signed in than there is room for")
	one.Open(k.url("/patients")).Shows(200)
	three.Open(k.url("/role")).Shows(200)
}

// Why sessions were ended is remembered of the last thousand alone.
func TestEndingsAreForgotten(t *testing.T) {
	if kept, first, last := signin.Endings(1500); kept != 1000 || first || !last {
		t.Errorf("%d are kept, the first %v, the last %v", kept, first, last)
	}
}

// Whoever is led to the sign-in again and again sends ever longer requests: the
// sign-ins begun first are dropped.
func TestSignInsUnderWayAreFew(t *testing.T) {
	k := newKit(t, func(c *signin.Config) { c.PublicURL = "https://record.example" })
	jar := map[string]*http.Cookie{}
	var order []string
	for range 20 {
		r := httptest.NewRequest("GET", "https://record.example/console/sign-in", nil)
		for _, name := range order {
			if c := jar[name]; c != nil {
				r.AddCookie(&http.Cookie{Name: name, Value: c.Value})
			}
		}
		w := httptest.NewRecorder()
		k.console.ServeHTTP(w, r)
		if at, err := url.Parse(w.Header().Get("Location")); err != nil || at.Query().Get("state") == "" {
			t.Fatalf("%d: %v", w.Code, w.Header())
		}
		for _, c := range w.Result().Cookies() {
			if c.MaxAge < 0 {
				delete(jar, c.Name)
			} else {
				jar[c.Name] = c
				order = append(order, c.Name)
			}
		}
	}
	if len(jar) != 5 || jar[order[len(order)-1]] == nil || jar[order[0]] != nil {
		t.Errorf("the browser has %d: %s", len(jar), strings.Join(order, " "))
	}
}
