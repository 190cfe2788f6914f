package broker_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/mycarerecord/mcr/broker"
)

const (
	app       = "https://app.example"
	elsewhere = "https://elsewhere.example"
)

// fromPage is a request that a browser makes for a page of an origin.
func fromPage(method, target, origin string) *http.Request {
	r := httptest.NewRequest(method, target, nil)
	r.Header.Set("Origin", origin)
	if method == http.MethodOptions {
		r.Header.Set("Access-Control-Request-Method", "GET")
		r.Header.Set("Access-Control-Request-Headers", "authorization")
	}
	return r
}

func (k *kit) allowing(origins ...string) *kit {
	k.configure = func(cfg *broker.Config) { cfg.Origins = origins }
	return k
}

// A preflight names nobody and is answered from the configuration: a record of each would be
// a way for any page to fill the trail.
func TestAPreflightIsAnsweredWithoutATokenAndLeavesNoRecord(t *testing.T) {
	for name, k := range map[string]*kit{"allowing": newKit(t).allowing(app), "not configured": newKit(t)} {
		k.source = http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("the source was asked") })
		for _, target := range []string{search, "/fhir/Patient/never", "/fhir", "/fhir/%00", "/fhir/Patient?identifier=9990000018"} {
			w := k.do(fromPage(http.MethodOptions, target, app))
			h := w.Header()
			if !slices.Equal(h["Vary"], []string{"Origin, Access-Control-Request-Method, Access-Control-Request-Headers"}) || h.Get("Cache-Control") != "no-store" ||
				h.Get("X-Record-Id") != "" || h.Get("Access-Control-Allow-Credentials") != "" || h.Get("Access-Control-Allow-Private-Network") != "" {
				t.Errorf("%s: %s: %d %v", name, target, w.Code, h)
			}
			if name == "not configured" {
				if w.Code != http.StatusForbidden || h.Get("Access-Control-Allow-Origin") != "" || !strings.Contains(w.Body.String(), "origin-not-allowed") || strings.Contains(w.Body.String(), "Record") {
					t.Errorf("%s: %s: %d %v %s", name, target, w.Code, h, w.Body)
				}
				continue
			}
			if w.Code != http.StatusNoContent || w.Body.Len() > 0 || h.Get("Access-Control-Allow-Origin") != app || h.Get("Access-Control-Allow-Methods") != "GET, HEAD, POST" ||
				h.Get("Access-Control-Allow-Headers") != "Authorization, DPoP, Content-Type, Accept, Prefer, Traceparent, X-Request-ID, X-Correlation-ID, Ssp-TraceID" ||
				h.Get("Access-Control-Max-Age") != "3600" {
				t.Errorf("%s: %s: %d %v", name, target, w.Code, h)
			}
		}
		if len(k.record.records) != 0 {
			t.Errorf("%s: %+v", name, k.record.records)
		}
	}
}

// Nobody hides a request behind the form of a preflight: what bears a token, a cookie or a
// body, or is no question of a browser, is a request like any, refused and recorded.
func TestWhatIsNoPreflightLeavesARecord(t *testing.T) {
	for name, change := range map[string]func(*http.Request){
		"with a token":        func(r *http.Request) { r.Header.Set("Authorization", "Bearer token") },
		"with a cookie":       func(r *http.Request) { r.Header.Set("Cookie", "a=b") },
		"with a body":         func(r *http.Request) { r.Body, r.ContentLength = io.NopCloser(strings.NewReader("x")), 1 },
		"of unknown length":   func(r *http.Request) { r.Body, r.ContentLength = io.NopCloser(strings.NewReader("x")), -1 },
		"of no origin":        func(r *http.Request) { r.Header.Del("Origin") },
		"of two origins":      func(r *http.Request) { r.Header.Add("Origin", elsewhere) },
		"about no method":     func(r *http.Request) { r.Header.Del("Access-Control-Request-Method") },
		"about two methods":   func(r *http.Request) { r.Header.Add("Access-Control-Request-Method", "POST") },
		"by another method":   func(r *http.Request) { r.Method = http.MethodGet },
		"by a method of none": func(r *http.Request) { r.Method = "options" },
	} {
		k := newKit(t).allowing(app)
		k.source = sourceOf(map[string]string{"Patient/p1": patient, searchTarget: result})
		r := fromPage(http.MethodOptions, search, app)
		change(r)
		if w := k.do(r); w.Code == http.StatusNoContent || len(k.record.records) != 1 || w.Header().Get("X-Record-Id") != k.record.records[0].ID {
			t.Errorf("%s: %d %v, %d records", name, w.Code, w.Header(), len(k.record.records))
		}
	}
}

func TestAPrivateNetworkIsOpenedOnlyWhereItIsConfigured(t *testing.T) {
	for _, configured := range []bool{false, true} {
		for _, origin := range []string{app, elsewhere} {
			k := newKit(t)
			k.configure = func(cfg *broker.Config) { cfg.Origins, cfg.PrivateNetwork = []string{app}, configured }
			r := fromPage(http.MethodOptions, search, origin)
			r.Header.Set("Access-Control-Request-Private-Network", "true")
			got := k.do(r).Header().Get("Access-Control-Allow-Private-Network")
			if (got == "true") != (configured && origin == app) {
				t.Errorf("%v, %s: %q", configured, origin, got)
			}
		}
	}
}

// Attack 138.
func TestAttack138OnlyListedOriginsReadAnswers(t *testing.T) {
	for _, origin := range []string{elsewhere, "null", app + ".evil.example", "http://app.example", "https://app.example:8443", "HTTPS://APP.EXAMPLE", ""} {
		k := newKit(t).allowing(app)
		k.source = sourceOf(map[string]string{"Patient/p1": patient, searchTarget: result})
		w := k.do(fromPage(http.MethodOptions, search, origin))
		if origin != "" { // no browser sends an empty one
			closed(t, w, http.StatusForbidden, "origin-not-allowed")
		}
		r := fromPage(http.MethodGet, search, origin)
		r.Header.Set("Authorization", "Bearer token")
		answered := k.do(r)
		for _, w := range []*httptest.ResponseRecorder{w, answered} {
			for name := range w.Header() {
				if strings.HasPrefix(name, "Access-Control-") {
					t.Errorf("%q: %v", origin, w.Header())
				}
			}
			if !strings.HasPrefix(w.Header().Get("Vary"), "Origin") {
				t.Errorf("%q: a cache could give it to the page of another origin: %v", origin, w.Header())
			}
		}
	}
	k := newKit(t).allowing(app)
	two := fromPage(http.MethodGet, search, app)
	two.Header.Add("Origin", elsewhere)
	if w := k.do(two); w.Header().Get("Access-Control-Allow-Origin") != "" {
		t.Errorf("two origins: %v", w.Header())
	}
}

func TestAPageOfAListedOriginReadsAnswersAndRefusals(t *testing.T) {
	k := newKit(t).allowing(elsewhere, app)
	k.source = sourceOf(map[string]string{"Patient/p1": patient, searchTarget: result})
	for target, status := range map[string]int{search: 200, "/fhir/Observation": 400, "/fhir/Patient/never": 404, "/fhir/metadata": 200} {
		r := fromPage(http.MethodGet, target, app)
		r.Header.Set("Authorization", "Bearer token")
		w := k.do(r)
		if h := w.Header(); w.Code != status || h.Get("Access-Control-Allow-Origin") != app || h.Get("Access-Control-Expose-Headers") != "X-Record-Id, Mcr-Grounds, Retry-After, WWW-Authenticate, DPoP-Nonce, X-Request-ID, X-Correlation-ID, Ssp-TraceID" || h.Get("Cache-Control") != "no-store" {
			t.Errorf("%s: %d %v", target, w.Code, h)
		}
	}
	w := k.do(fromPage(http.MethodGet, search, app))
	if w.Code != http.StatusUnauthorized || w.Header().Get("Access-Control-Allow-Origin") != app {
		t.Errorf("without a token: %d %v", w.Code, w.Header())
	}
	if w := k.do(fromPage(http.MethodGet, "/fhir/metadata", app)); !strings.Contains(w.Body.String(), `"cors": true`) {
		t.Error(w.Body)
	}
}

func TestWithoutOriginsThereIsNoCORSAtAll(t *testing.T) {
	k := newKit(t)
	k.source = sourceOf(map[string]string{"Patient/p1": patient, searchTarget: result})
	r := fromPage(http.MethodGet, search, app)
	r.Header.Set("Authorization", "Bearer token")
	w := k.do(r)
	if w.Code != http.StatusOK || w.Header().Get("Access-Control-Allow-Origin") != "" || w.Header().Get("Vary") != "" {
		t.Errorf("%d %v", w.Code, w.Header())
	}
}
