//go:build servers

package servers_test

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/mycarerecord/mcr/internal/browser"
	"github.com/mycarerecord/mcr/internal/servers"
)

// appPage is a page of somebody's app, with SMART's JavaScript client as it is
// made for browsers, on an origin of its own.
const appPage = `<!doctype html><title>asks</title><script src="/fhir-client.js"></script><script src="/asks.js"></script>`

// app serves the page, and takes what it tells of each ask.
type app struct {
	*httptest.Server
	config map[string]any
	note   func(outcome)
	done   chan struct{}
}

func newApp(t *testing.T) *app {
	t.Helper()
	a := &app{done: make(chan struct{}, 1)}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		_, _ = io.WriteString(w, appPage)
	})
	library := servers.ClientLibrary(t, "fhirclientjs/node_modules/fhirclient/build/fhir-client.pure.js")
	mux.HandleFunc("GET /fhir-client.js", func(w http.ResponseWriter, r *http.Request) { http.ServeFile(w, r, library) })
	mux.HandleFunc("GET /asks.js", func(w http.ResponseWriter, r *http.Request) { http.ServeFile(w, r, "clients/browser/asks.js") })
	mux.HandleFunc("GET /config", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		if err := json.NewEncoder(w).Encode(a.config); err != nil {
			t.Error(err)
		}
	})
	mux.HandleFunc("POST /outcome", func(_ http.ResponseWriter, r *http.Request) {
		var o outcome
		if err := json.NewDecoder(r.Body).Decode(&o); err != nil {
			t.Errorf("reading what the page tells: %v", err)
		}
		a.note(o)
	})
	mux.HandleFunc("POST /done", func(http.ResponseWriter, *http.Request) { a.done <- struct{}{} })
	a.Server = httptest.NewServer(mux)
	t.Cleanup(a.Close)
	return a
}

// browse opens the pages in Chromium and gives what came of each ask.
func (s *stand) browse(t *testing.T, tap *tap, apps ...*app) (all []outcome) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	chromium, err := browser.Start(ctx)
	s.must(err)
	defer func() { s.try(chromium.Close()) }()
	for i, a := range apps {
		a.config = map[string]any{"base": tap.base, "token": s.token(visitor), "patient": s.patients[0].LocalID, "foreign": i > 0}
		a.note = func(o outcome) {
			all = append(all, o)
			tap.note(t, s, o)
		}
		chromium.Person(t, a.URL).Open(a.URL + "/")
		select {
		case <-a.done:
		case <-ctx.Done():
			t.Fatalf("the page did not come to its end: %d asks", len(all))
		}
	}
	return all
}
