package collect_test

import (
	"crypto/ed25519"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/mycarerecord/mcr/collect"
	"github.com/mycarerecord/mcr/vouch"
)

// What a caller calls its request goes to every broker, whose records bear it, and comes
// back; so it does with a refusal.
func TestTheCallersIDsGoToEveryBrokerAndComeBack(t *testing.T) {
	const request, visit, spine = "60E0B220-8136-4CA5-AE46-1D97EF59D068", "visit-1", "spine-1"
	given := map[string]string{"X-Request-ID": request, "X-Correlation-ID": visit, "Ssp-TraceID": spine}
	a, b := &broker{id: "a", records: []string{patient("p1")}}, &broker{id: "b", records: []string{patient("p1")}}
	reg := newRegion(t, collect.Config{}, a, b)
	back := func(h http.Header) {
		t.Helper()
		for name, value := range given {
			if got := h[http.CanonicalHeaderKey(name)]; len(got) != 1 || got[0] != value {
				t.Errorf("%s: %q", name, got)
			}
		}
	}
	w := post(reg, question(theNumber), given)
	if w.Code != http.StatusOK || w.Header().Get("X-Trace-Id") == "" {
		t.Fatalf("%d %v", w.Code, w.Header())
	}
	back(w.Header())
	all := slices.Concat(a.asked(), b.asked())
	if len(all) < 2 {
		t.Fatal("no broker was asked")
	}
	for _, one := range all {
		back(one.header)
	}
	if w = post(reg, "{}", given); w.Code != http.StatusBadRequest {
		t.Fatalf("%d", w.Code)
	}
	back(w.Header())
	kept := reg.kept()
	if want := []string{"X-Request-ID: " + request, "X-Correlation-ID: " + visit, "Ssp-TraceID: " + spine}; len(kept) != 1 || !slices.Equal(kept[0].Correlation, want) {
		t.Errorf("recorded: %+v", kept)
	}
	// None of the caller's: the trace, or the record, is what the answer is called by.
	w = post(reg, question(theNumber), nil)
	if h := w.Header(); h.Get("X-Request-Id") != h.Get("X-Trace-Id") || h.Get("X-Request-Id") == "" {
		t.Errorf("%v", h)
	}
}

// A browser asks first. No page may ask here: it is told so, and the trail is not filled.
func TestAPreflightIsTurnedAwayWithoutARecord(t *testing.T) {
	for _, target := range []string{"/fhir/Patient/$collect", "/fhir/Patient/" + theNumber} {
		reg := newRegion(t, collect.Config{}, &broker{id: "a", records: record})
		r := httptest.NewRequest(http.MethodOptions, target, nil)
		r.Header.Set("Origin", "https://app.example")
		r.Header.Set("Access-Control-Request-Method", "POST")
		w := httptest.NewRecorder()
		reg.ServeHTTP(w, r)
		if w.Code != http.StatusForbidden || w.Body.Len() > 0 || !strings.HasPrefix(w.Header().Get("Vary"), "Origin") || len(reg.kept()) > 0 {
			t.Errorf("%s: %d %v, %d records", target, w.Code, w.Header(), len(reg.kept()))
		}
		safe(t, w.Header())
		// With a token it is a request like any.
		r.Header.Set("Authorization", "Bearer "+bearer)
		reg.ServeHTTP(httptest.NewRecorder(), r)
		if kept := reg.kept(); len(kept) != 1 {
			t.Errorf("%s: with a token: %d records", target, len(kept))
		}
	}
}

// Decision 28: the brokers are told where the person asks from who asks this collector.
func TestTheBrokersAreToldWhereThePersonAsksFrom(t *testing.T) {
	_, key, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	a := &broker{id: "a", records: []string{patient("p1")}}
	reg := newRegion(t, collect.Config{Signer: vouch.NewSigner(key, nil)}, a)
	if w := post(reg, question(theNumber), map[string]string{"User-Agent": "ward-app/7"}); w.Code != http.StatusOK {
		t.Fatalf("%d", w.Code)
	}
	for _, one := range a.asked() {
		said := one.header.Get(vouch.Field) // the program stands there in base64
		if !strings.Contains(said, "192.0.2.1") || !strings.Contains(said, "d2FyZC1hcHAvNw==") {
			t.Errorf("%s %s: the broker is told %q", one.method, one.uri, said)
		}
	}
}
