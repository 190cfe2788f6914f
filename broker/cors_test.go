package broker_test

import (
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/mycarerecord/mcr/audit"
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

func TestAPreflightOfAListedOriginIsAnsweredWithoutATokenAndRecorded(t *testing.T) {
	k := newKit(t).allowing(app)
	k.source = http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("the source was asked") })
	for _, target := range []string{search, "/fhir/Patient/never", "/fhir", "/fhir/%00"} {
		k.record.records = nil
		w := k.do(fromPage(http.MethodOptions, target, app))
		h := w.Header()
		if w.Code != http.StatusNoContent || w.Body.Len() > 0 || h.Get("Access-Control-Allow-Origin") != app || h.Get("Access-Control-Allow-Methods") != "GET, HEAD, POST" ||
			h.Get("Access-Control-Allow-Headers") != "Authorization, Content-Type, Accept, Prefer, X-Request-Id, Traceparent" ||
			h.Get("Access-Control-Max-Age") != "3600" || h.Get("Access-Control-Allow-Credentials") != "" || !slices.Contains(h.Values("Vary"), "Origin") {
			t.Errorf("%s: %d %v", target, w.Code, h)
		}
		if rec := k.only(); rec.Interaction != "preflight" || rec.Outcome != audit.Released || rec.Status != http.StatusNoContent || rec.Query != "" {
			t.Errorf("%+v", rec)
		}
	}
}

// Attack 138.
func TestAttack138OnlyListedOriginsReadAnswers(t *testing.T) {
	for _, origin := range []string{elsewhere, "null", app + ".evil.example", "http://app.example", "https://app.example:8443", "HTTPS://APP.EXAMPLE", ""} {
		k := newKit(t).allowing(app)
		k.source = sourceOf(map[string]string{"Patient/p1": patient, searchTarget: result})
		w := k.do(fromPage(http.MethodOptions, search, origin))
		closed(t, w, http.StatusForbidden, "origin-not-allowed")
		k.only()
		r := fromPage(http.MethodGet, search, origin)
		r.Header.Set("Authorization", "Bearer token")
		answered := k.do(r)
		for _, w := range []*httptest.ResponseRecorder{w, answered} {
			for name := range w.Header() {
				if strings.HasPrefix(name, "Access-Control-") {
					t.Errorf("%q: %v", origin, w.Header())
				}
			}
			if !slices.Contains(w.Header().Values("Vary"), "Origin") {
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
		if h := w.Header(); w.Code != status || h.Get("Access-Control-Allow-Origin") != app || h.Get("Access-Control-Expose-Headers") != "X-Request-Id" || h.Get("Cache-Control") != "no-store" {
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
	all := []*httptest.ResponseRecorder{k.do(r), k.do(fromPage(http.MethodOptions, search, app))}
	if all[0].Code != http.StatusOK || all[1].Code != http.StatusUnauthorized {
		t.Errorf("%d, %d", all[0].Code, all[1].Code)
	}
	for _, w := range all {
		if w.Header().Get("Access-Control-Allow-Origin") != "" || w.Header().Get("Vary") != "" {
			t.Errorf("%v", w.Header())
		}
	}
}
