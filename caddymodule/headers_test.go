package caddymodule

import (
	"crypto/tls"
	"errors"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/caddyserver/caddy/v2/modules/caddyhttp"
)

// through answers by a handler behind Front.
func through(t *testing.T, host string, secure bool, h caddyhttp.HandlerFunc) http.Header {
	t.Helper()
	r := httptest.NewRequest(http.MethodGet, "http://"+host+"/", nil)
	if secure {
		r.TLS = &tls.ConnectionState{}
	}
	w := httptest.NewRecorder()
	w.Header().Set("Server", "Caddy")
	if err := (&Front{every: true}).ServeHTTP(w, r, h); err != nil {
		return w.Header() // Caddy answers with what stands there
	}
	return w.Result().Header
}

// What OWASP's cheat sheets list ("HTTP Security Response Headers", "REST Security"), for an
// answer that is no page, whoever gives it and however.
func TestEveryAnswerThatIsNoPageHasTheUsualHeaders(t *testing.T) {
	as := func(kind string) caddyhttp.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) error {
			w.Header()["Content-Type"] = []string{kind}
			_, err := w.Write([]byte("{}"))
			return err
		}
	}
	for name, h := range map[string]caddyhttp.HandlerFunc{
		"JSON": as("application/json"), "FHIR": as("application/fhir+json; charset=utf-8"), "text": as("text/plain; charset=utf-8"), "a stream": as("text/event-stream; charset=utf-8"),
		"lines": as("application/x-ndjson; charset=utf-8"), "bytes": as("application/octet-stream"), "no body": func(w http.ResponseWriter, _ *http.Request) error {
			w.WriteHeader(http.StatusNoContent)
			return nil
		}, "nobody answers": func(http.ResponseWriter, *http.Request) error { return nil },
		"an error of Caddy's": func(http.ResponseWriter, *http.Request) error {
			return caddyhttp.Error(http.StatusServiceUnavailable, errors.New("x"))
		},
		"a flush": func(w http.ResponseWriter, _ *http.Request) error { return http.NewResponseController(w).Flush() },
	} {
		got := through(t, "broker.example", true, h)
		for header, want := range map[string]string{
			"Strict-Transport-Security": "max-age=31536000", "X-Content-Type-Options": "nosniff", "Cache-Control": "no-store", "X-Frame-Options": "DENY",
			"Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'", "Referrer-Policy": "no-referrer", "Cross-Origin-Resource-Policy": "same-origin",
		} {
			if len(got[header]) != 1 || got.Get(header) != want {
				t.Errorf("%s: %s %q, want %q", name, header, got[header], want)
			}
		}
		for _, never := range []string{"Server", "X-Powered-By"} {
			if got.Get(never) != "" {
				t.Errorf("%s: %s: %s", name, never, got.Get(never))
			}
		}
	}
}

// owasp are the headers that OWASP's Secure Headers Project would have added (its
// ci/headers_add.json of 2024-07-19): those that are set, and why the others are not.
var owasp = map[string]string{
	"Cache-Control": "", "Content-Security-Policy": "", "Cross-Origin-Resource-Policy": "", "Referrer-Policy": "",
	"Strict-Transport-Security": "", "X-Content-Type-Options": "", "X-Frame-Options": "",
	"Clear-Site-Data":                   "the console says it when somebody signs out; nothing else keeps anything",
	"Cross-Origin-Embedder-Policy":      "of pages: the console loads its own files alone, by its policy",
	"Cross-Origin-Opener-Policy":        "of pages: the console's have it",
	"Permissions-Policy":                "of pages: the console's have it",
	"X-Permitted-Cross-Domain-Policies": "of Flash and Acrobat, which ask for a file that is not there",
}

func TestOWASPsHeadersAreSetOrNotNeeded(t *testing.T) {
	got := through(t, "broker.example", true, func(w http.ResponseWriter, _ *http.Request) error {
		w.Header().Set("Content-Type", "application/fhir+json; charset=utf-8")
		w.WriteHeader(http.StatusOK)
		return nil
	})
	for name, why := range owasp {
		if (got.Get(name) != "") != (why == "") {
			t.Errorf("%s: %q, and not set because: %q", name, got.Get(name), why)
		}
	}
}

// A page, script or picture keeps its own policy; whatever is said by who answers holds.
func TestAPageKeepsWhatItSays(t *testing.T) {
	for _, kind := range []string{"text/html; charset=utf-8", "text/css", "text/javascript", "image/svg+xml", "application/pdf"} {
		got := through(t, "app.example", true, func(w http.ResponseWriter, _ *http.Request) error {
			w.Header().Set("Content-Type", kind)
			w.Header().Set("Strict-Transport-Security", "max-age=0")
			w.WriteHeader(http.StatusOK)
			return nil
		})
		if got.Get("Content-Security-Policy") != "" || got.Get("Cache-Control") != "" || got.Get("X-Content-Type-Options") != "nosniff" || len(got["Strict-Transport-Security"]) != 1 || got.Get("Strict-Transport-Security") != "max-age=0" {
			t.Errorf("%s: %v", kind, got)
		}
	}
	got := through(t, "broker.example", true, func(w http.ResponseWriter, _ *http.Request) error {
		w.Header().Set("Content-Type", "application/octet-stream")
		w.Header().Set("Cache-Control", "public, max-age=31536000, immutable") // a tile of a log
		_, err := w.Write([]byte("x"))
		return err
	})
	if got.Get("Cache-Control") != "public, max-age=31536000, immutable" {
		t.Errorf("%v", got)
	}
}

// RFC 6797 sections 7.2 and 8.1.1: not in clear, and not for an address; nor for this
// machine as it calls itself, where all else that runs there would be asked by https.
func TestHSTSIsSaidOverTLSToNamesAlone(t *testing.T) {
	answer := func(w http.ResponseWriter, _ *http.Request) error { w.WriteHeader(http.StatusOK); return nil }
	for host, want := range map[string]bool{
		"broker.example": true, "broker.example:8443": true, "BROKER.EXAMPLE.": true, "localhost": false, "localhost:8443": false, "mcr.localhost": false,
		"127.0.0.1": false, "127.0.0.1:8443": false, "[::1]:8443": false, "[2001:db8::1]": false,
	} {
		if got := through(t, host, true, answer).Get("Strict-Transport-Security"); (got != "") != want {
			t.Errorf("%s: %q", host, got)
		}
		if got := through(t, host, false, answer).Get("Strict-Transport-Security"); got != "" {
			t.Errorf("%s, in clear: %q", host, got)
		}
	}
}
