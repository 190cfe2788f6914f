package broker_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/mycarerecord/mcr/access"
	"github.com/mycarerecord/mcr/audit"
	"github.com/mycarerecord/mcr/broker"
	"github.com/mycarerecord/mcr/fhir"
	"github.com/mycarerecord/mcr/nhs"
	"github.com/mycarerecord/mcr/token"
	"github.com/mycarerecord/mcr/upstreams"
)

var now = time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)

// kit is a whole broker whose parts each do what a test tells them.
type kit struct {
	t         *testing.T
	subject   access.Subject
	verify    error
	facts     access.Facts
	decision  access.Decision
	prepare   error
	change    change
	record    recorder
	source    http.Handler
	configure func(*broker.Config)
}

func newKit(t *testing.T) *kit {
	t.Helper()
	ods, err := nhs.ParseODSCode("RZ1")
	if err != nil {
		t.Fatal(err)
	}
	role, err := nhs.ParseRoleCode("R8000")
	if err != nil {
		t.Fatal(err)
	}
	return &kit{
		t:        t,
		subject:  access.Subject{UserID: "u1", Name: "Dr One", Role: role, Organisation: ods, Issuer: "iss", Purpose: access.DirectCare},
		facts:    access.Facts{Identity: access.AbsentFact[access.Identity]()},
		decision: permit(t),
		source:   sourceOf(nil),
	}
}

// permit is a decision that releases laboratory results.
func permit(t *testing.T) access.Decision {
	t.Helper()
	const categories = "http://terminology.hl7.org/CodeSystem/observation-category"
	classes, err := fhir.NewClassifier([]fhir.ClassRule{
		{Type: "Observation", Category: []fhir.Code{{System: categories, Code: "laboratory"}}, Class: "laboratory"},
		{Type: "Patient", Class: "demographics"},
	}, nil)
	if err != nil {
		t.Fatal(err)
	}
	return access.Decision{
		Effect: access.Permit, Reasons: []access.Reason{{Code: "permission-to-view", Text: "t", Remedy: "r"}},
		Plan: fhir.Plan{Categories: []string{"demographics", "laboratory"}, Classes: classes},
	}
}

func (k *kit) Verify(context.Context, *token.Presented) (access.Subject, error) {
	return k.subject, k.verify
}
func (k *kit) Gather(context.Context, access.Question) access.Facts { return k.facts }
func (k *kit) Decide(context.Context, access.Question, access.Facts) access.Decision {
	return k.decision
}
func (k *kit) Reason(code string) access.Reason {
	return access.Reason{Code: code, Text: "text of " + code, Remedy: "remedy of " + code}
}
func (k *kit) About(rec *audit.Record, n nhs.Number) {
	if !n.IsZero() {
		rec.PatientHMAC, rec.PatientShown, rec.PatientEpoch = "hmac", "shown", "1-00000000"
	}
}

// change is a prepared change that counts its ends.
type change struct {
	commits, rollbacks int
	fails              error
}

func (c *change) ID() string    { return "permission-1" }
func (c *change) Commit() error { c.commits++; return c.fails }
func (c *change) Rollback()     { c.rollbacks++ }

// recorder keeps the records, or fails.
type recorder struct {
	mu      sync.Mutex
	fails   error
	records []audit.Record
}

func (r *recorder) Append(ctx context.Context, rec *audit.Record) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if err := ctx.Err(); err != nil {
		return err
	}
	if r.fails != nil {
		return r.fails
	}
	r.records = append(r.records, *rec)
	return nil
}

// handler makes the broker.
func (k *kit) handler() http.Handler {
	k.t.Helper()
	pages, err := broker.NewPages(nil)
	if err != nil {
		k.t.Fatal(err)
	}
	cfg := broker.Config{
		Broker:   "test",
		Source:   upstreams.Source{ID: "acute", Name: "Acute", ODS: k.subject.Organisation, BaseURL: "http://source.example/fhir", Timeout: time.Minute, MaxBytes: 1 << 20},
		Verifier: k, Gatherer: k, Decider: k, Recorder: &k.record, Protector: k, Pages: pages,
		Prepare: func(context.Context, access.Question, string) (broker.Change, error) {
			if k.prepare != nil {
				return nil, k.prepare
			}
			return &k.change, nil
		},
		Clock: func() time.Time { return now },
	}
	if k.configure != nil {
		k.configure(&cfg)
	}
	b, err := broker.New(cfg)
	if err != nil {
		k.t.Fatal(err)
	}
	return b.Handler(k.source)
}

// get asks the broker, with a token.
func (k *kit) get(target string) *httptest.ResponseRecorder {
	k.t.Helper()
	r := httptest.NewRequest(http.MethodGet, target, nil)
	r.Header.Set("Authorization", "Bearer token")
	return k.do(r)
}

// staying asks one broker again and again: its links hold from one request to the next.
func (k *kit) staying() (get func(target string) *httptest.ResponseRecorder) {
	k.t.Helper()
	handler := k.handler()
	return func(target string) *httptest.ResponseRecorder {
		r := httptest.NewRequest(http.MethodGet, target, nil)
		r.Header.Set("Authorization", "Bearer token")
		w := httptest.NewRecorder()
		handler.ServeHTTP(w, r)
		return w
	}
}

func (k *kit) do(r *http.Request) *httptest.ResponseRecorder {
	k.t.Helper()
	w := httptest.NewRecorder()
	k.handler().ServeHTTP(w, r)
	return w
}

// only gives the one record that a request must have left.
func (k *kit) only() audit.Record {
	k.t.Helper()
	if len(k.record.records) != 1 {
		k.t.Fatalf("%d records, want exactly one for one request", len(k.record.records))
	}
	return k.record.records[0]
}

// sourceOf is a source that answers path?query (below /fhir/) with a body.
func sourceOf(answers map[string]string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		target := strings.TrimPrefix(r.URL.RequestURI(), "/fhir/")
		body, ok := answers[target]
		if !ok {
			w.WriteHeader(http.StatusNotFound)
			return
		}
		w.Header().Set("Content-Type", "application/fhir+json")
		_, _ = w.Write([]byte(body))
	})
}

var errBroken = errors.New("broken on purpose")

// What a source holds of patient p1, whose content must never leak.
const (
	canary  = "CANARY-7f3a"
	patient = `{"resourceType":"Patient","id":"p1","identifier":[{"system":"https://fhir.nhs.uk/Id/nhs-number","value":"9990000018"}]}`
	result  = `{"resourceType":"Bundle","type":"searchset","total":1,"entry":[{"fullUrl":"http://source.example/fhir/Observation/o1","resource":` +
		observation + `,"search":{"mode":"match"}}]}`
	observation = `{"resourceType":"Observation","id":"o1","category":[{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/observation-category","code":"laboratory"}]}],` +
		`"subject":{"reference":"Patient/p1"},"valueString":"` + canary + `"}`
	search       = "/fhir/Observation?patient=p1"
	searchTarget = "Observation?_count=50&patient=p1"
)
