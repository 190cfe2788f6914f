package caddymodule

import (
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
)

// Another broker is tried until it takes a logout, and no longer when it refuses it. The
// token goes nowhere else.
func TestALogoutIsPassedOn(t *testing.T) {
	elsewhere := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("a redirect was followed") }))
	defer elsewhere.Close()
	var tried atomic.Int64
	for name, c := range map[string]struct {
		answers []int // one for each try
		fault   string
	}{
		"taken":            {[]int{200}, ""},
		"taken at last":    {[]int{503, 200}, ""},
		"refused":          {[]int{400}, "does not accept"},
		"a redirect first": {[]int{307, 400}, "does not accept"},
	} {
		t.Run(name, func(t *testing.T) {
			tried.Store(0)
			broker := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				n := tried.Add(1) - 1
				if r.FormValue("logout_token") != "the token" || r.Header.Get(passedOn) == "" || int(n) >= len(c.answers) {
					t.Errorf("try %d: %v", n, r.Form)
					n = int64(len(c.answers) - 1)
				}
				w.Header().Set("Location", elsewhere.URL)
				w.WriteHeader(c.answers[n])
			}))
			defer broker.Close()
			p := newPassing([]string{broker.URL}, slog.New(slog.NewTextHandler(io.Discard, nil)))
			err := p.send(t.Context(), broker.URL, "the token")
			if (err == nil) != (c.fault == "") || err != nil && !strings.Contains(err.Error(), c.fault) || int(tried.Load()) != len(c.answers) {
				t.Errorf("%v after %d tries", err, tried.Load())
			}
			p.note(broker.URL, err)
			if red := p.red(); (red == nil) != (c.fault == "") || red != nil && !strings.Contains(red.Error(), broker.URL) {
				t.Errorf("red: %v", red)
			}
			p.note(broker.URL, nil)
			if p.red() != nil {
				t.Error("it stays red")
			}
		})
	}
}
