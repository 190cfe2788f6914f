package broker_test

import (
	"crypto/ed25519"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/mycarerecord/mcr/audit"
	"github.com/mycarerecord/mcr/broker"
	"github.com/mycarerecord/mcr/vouch"
)

// told is a broker that believes one signer, in front of a source that notes its headers.
func told(t *testing.T) (*kit, *vouch.Signer, *[]http.Header) {
	clock := func() time.Time { return now }
	signer := vouch.NewSigner(ed25519.NewKeyFromSeed([]byte(strings.Repeat("k", 32))), clock)
	v, err := vouch.NewVerifier(map[string]string{signer.PublicKey(): "wend-region"}, vouch.NewSeen(), clock)
	if err != nil {
		t.Fatal(err)
	}
	k := newKit(t)
	k.configure = func(cfg *broker.Config) { cfg.Vouched = v }
	source := sourceOf(map[string]string{"Patient/p1": patient, searchTarget: result})
	var seen []http.Header
	k.source = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		seen = append(seen, r.Header.Clone())
		source.ServeHTTP(w, r)
	})
	return k, signer, &seen
}

var person = vouch.Person{Address: netip.MustParseAddr("203.0.113.7"), Agent: "Mozilla/5.0 Ann 999 000 0018"}

func from(r audit.Record) string {
	return fmt.Sprintf("%s|%s|%s|%s", r.ClientIP, r.UserAgent, r.Via, r.ViaIP)
}

// asking is a request as the collector makes it, from 192.0.2.1.
func asking(target string) *http.Request {
	r := httptest.NewRequest(http.MethodGet, target, nil)
	r.Header.Set("Authorization", "Bearer token")
	r.Header.Set("User-Agent", "mcr-collect")
	r.Header.Set("Traceparent", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01")
	return r
}

const trace = "4bf92f3577b34da6a3ce929d0e0e4736"

func TestTheRecordNamesThePersonsBrowserAndWhoSaidSo(t *testing.T) {
	k, signer, seen := told(t)
	r := asking(search)
	signer.Sign(r, person, trace)
	if w := k.do(r); w.Code != http.StatusOK {
		t.Fatal(w.Code, w.Body)
	}
	if got, want := from(k.only()), "203.0.113.7|Mozilla/5.0 Ann nhs-number|wend-region|192.0.2.1"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	for _, h := range *seen {
		for name, values := range h {
			if text := strings.ToLower(name + strings.Join(values, "")); strings.Contains(text, "mcr-client") || strings.Contains(text, "signature") || strings.Contains(text, "203.0.113.7") || strings.Contains(text, "mozilla") {
				t.Errorf("the source was told %s: %s", name, values)
			}
		}
	}
	if len(*seen) == 0 {
		t.Error("the source was not asked")
	}
}

// A batch is one request with many records: the statement is believed for all of them.
func TestEachRecordOfABatchNamesThePerson(t *testing.T) {
	k, signer, _ := told(t)
	r := httptest.NewRequest(http.MethodPost, "/fhir", strings.NewReader(`{"resourceType":"Bundle","type":"batch","entry":[`+
		`{"request":{"method":"GET","url":"Observation?patient=p1"}},{"request":{"method":"GET","url":"Patient/p1"}}]}`))
	r.Header = asking("/fhir").Header
	r.Header.Set("Content-Type", "application/fhir+json")
	signer.Sign(r, person, trace)
	if w := k.do(r); w.Code != http.StatusOK {
		t.Fatal(w.Code, w.Body)
	}
	if len(k.record.records) != 3 {
		t.Fatalf("%d records", len(k.record.records))
	}
	for _, rec := range k.record.records {
		if got, want := from(rec), "203.0.113.7|Mozilla/5.0 Ann nhs-number|wend-region|192.0.2.1"; got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}

// Attack 168: what is not believed is counted, and the record has what the connection
// says. The answer is none the worse for it.
func TestAttack168WhatIsNotBelievedStandsInNoRecord(t *testing.T) {
	mallory := vouch.NewSigner(ed25519.NewKeyFromSeed([]byte(strings.Repeat("m", 32))), func() time.Time { return now })
	for name, c := range map[string]struct {
		change  func(*http.Request, *vouch.Signer)
		outcome string
	}{
		"from outside, without a signature": {func(r *http.Request, _ *vouch.Signer) {
			r.Header.Set("Mcr-Client", `for="203.0.113.9", agent=:eA==:, trace="`+trace+`"`)
		}, "malformed"},
		"with a key of their own": {func(r *http.Request, _ *vouch.Signer) { mallory.Sign(r, person, trace) }, "unknown-key"},
		"of another request": {func(r *http.Request, s *vouch.Signer) {
			other := asking("/fhir/Condition?patient=p1")
			s.Sign(other, person, trace)
			r.Header = other.Header
		}, "signature"},
		"of another professional's token": {func(r *http.Request, s *vouch.Signer) {
			s.Sign(r, person, trace)
			r.Header.Set("Authorization", "Bearer other")
		}, "signature"},
		"with a second one": {func(r *http.Request, s *vouch.Signer) {
			s.Sign(r, person, trace)
			r.Header.Add("Mcr-Client", r.Header.Get("Mcr-Client"))
		}, "malformed"},
		"of another visit": {func(r *http.Request, s *vouch.Signer) {
			s.Sign(r, person, trace)
			r.Header.Set("Traceparent", "00-0000000000000000000000000000000a-00f067aa0ba902b7-01")
		}, "trace"},
		"names of other proxies": {func(r *http.Request, _ *vouch.Signer) {
			for _, name := range []string{"X-Forwarded-For", "Forwarded", "X-Real-Ip", "X-Client-Ip", "True-Client-Ip", "X-Forwarded-User-Agent"} {
				r.Header.Set(name, "203.0.113.9")
			}
		}, ""},
	} {
		k, signer, _ := told(t)
		r := asking(search)
		c.change(r, signer)
		before := counted(t, "mcr_vouched_total", c.outcome)
		if w := k.do(r); w.Code != http.StatusOK {
			t.Fatalf("%s: %d %s", name, w.Code, w.Body)
		}
		if got, want := from(k.only()), "192.0.2.1|mcr-collect||"; got != want {
			t.Errorf("%s: got %s, want %s", name, got, want)
		}
		if n := counted(t, "mcr_vouched_total", c.outcome) - before; c.outcome != "" && n != 1 {
			t.Errorf("%s: counted %v as %s", name, n, c.outcome)
		}
	}
	k, signer, _ := told(t)
	get := k.handler()
	r := asking(search)
	signer.Sign(r, person, trace)
	for range 2 {
		get.ServeHTTP(httptest.NewRecorder(), r)
	}
	if first, second := from(k.record.records[0]), from(k.record.records[1]); !strings.HasPrefix(first, "203.0.113.7|") || second != "192.0.2.1|mcr-collect||" {
		t.Errorf("first %s, again %s", first, second)
	}
}
