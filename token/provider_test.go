package token_test

import (
	"encoding/json"
	"maps"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/mycarerecord/mcr/token"
	"github.com/mycarerecord/mcr/token/ended"
	"github.com/mycarerecord/mcr/token/tokentest"
)

// provider is an endpoint of an issuer, which answers as a test says.
type provider struct {
	*httptest.Server
	answer atomic.Pointer[http.HandlerFunc]
	asked  atomic.Int64
}

func newProvider(t testing.TB) *provider {
	p := &provider{}
	p.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		p.asked.Add(1)
		(*p.answer.Load())(w, r)
	}))
	t.Cleanup(p.Close)
	return p
}

// says has it answer with a text of a media type.
func (p *provider) says(media, text string) {
	p.does(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", media)
		_, _ = w.Write([]byte(text))
	})
}

func (p *provider) does(h http.HandlerFunc) { p.answer.Store(&h) }

const (
	plain  = "application/json"
	signed = "application/jwt"
	vouchs = "application/token-introspection+jwt"
)

// with lays changes over claims; nil removes one.
func with(claims map[string]any, changes ...map[string]any) map[string]any {
	out := maps.Clone(claims)
	for _, c := range changes {
		out = tokentest.Changed(out, c)
	}
	return out
}

// both are several changes as one: what one takes away stays away.
func both(changes ...map[string]any) map[string]any {
	out := map[string]any{}
	for _, c := range changes {
		maps.Copy(out, c)
	}
	return out
}

// broken are answers that are none, whatever was asked: the endpoint is away.
func broken(right, text string) map[string]http.HandlerFunc {
	elsewhere := func(code int) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "/elsewhere", code)
		}
	}
	says := func(status int, media, text string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			if media != "" {
				w.Header().Set("Content-Type", media)
			}
			w.WriteHeader(status)
			_, _ = w.Write([]byte(text))
		}
	}
	return map[string]http.HandlerFunc{
		"a redirect":        elsewhere(http.StatusFound),
		"one that keeps it": elsewhere(http.StatusPermanentRedirect),
		"500":               says(500, right, text),
		"429":               says(429, right, text),
		"404":               says(404, right, text),
		"204":               says(204, "", ""),
		"201":               says(201, right, text),
		"a web page":        says(200, "text/html", text),
		"nothing":           says(200, right, ""),
		"too large":         says(200, right, text+strings.Repeat(" ", 300<<10)),
	}
}

// heeding gives the world a list of ended sessions in a file.
func heeding(t testing.TB, w *world, path string) *ended.List {
	t.Helper()
	list, err := ended.Open(path, w.now)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = list.Close() })
	w.Heed(list)
	return list
}

func listIn(t testing.TB) string { return filepath.Join(t.TempDir(), "ended-sessions") }

func mustMarshal(v any) string {
	text, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return string(text)
}

// asClient is how the broker is known at an issuer.
var asClient = token.Client{ID: "mcr", Secret: "s3cret"}
