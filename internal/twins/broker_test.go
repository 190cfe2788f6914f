package twins_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
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

// rules are a broker's surroundings, which permit what the plan says to one professional
// about p1, and nothing about anybody else.
type rules struct{ plan fhir.Plan }

func (rules) Verify(context.Context, *token.Presented) (access.Subject, error) {
	role, _ := nhs.ParseRoleCode("R8000")
	ods, _ := nhs.ParseODSCode("RZ2")
	return access.Subject{UserID: "u1", Name: "Dr One", Role: role, Organisation: ods, Issuer: "iss", Purpose: access.DirectCare}, nil
}
func (rules) Gather(context.Context, access.Question) access.Facts {
	return access.Facts{Identity: access.AbsentFact[access.Identity]()}
}
func (r rules) Decide(_ context.Context, q access.Question, _ access.Facts) access.Decision {
	if q.Patient.Digits() == "9990000018" || q.Request.Directory() {
		return access.Decision{Effect: access.Permit, Reasons: []access.Reason{{Code: "permission-to-view"}}, Plan: r.plan}
	}
	return access.Decision{Effect: access.Deny, Reasons: []access.Reason{r.Reason("permission-needed")}}
}
func (rules) Reason(code string) access.Reason {
	return access.Reason{Code: code, Text: "text of " + code, Remedy: "r"}
}
func (rules) Append(context.Context, *audit.Record) error { return nil }
func (rules) About(rec *audit.Record, n nhs.Number) {
	if !n.IsZero() {
		rec.PatientHMAC, rec.PatientShown = "hmac", "shown"
	}
}
func (rules) prepare(context.Context, access.Question, string) (broker.Change, error) {
	return nil, access.ErrUnauthenticated
}

// front is a broker before a source.
func front(t *testing.T, all held, plan fhir.Plan) http.Handler {
	t.Helper()
	pages, err := broker.NewPages(make([]byte, 32))
	if err != nil {
		t.Fatal(err)
	}
	ods, err := nhs.ParseODSCode("RZ1")
	if err != nil {
		t.Fatal(err)
	}
	r := rules{plan}
	at := time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)
	b, err := broker.New(broker.Config{
		Broker: "twins", PublicURL: "https://broker.example/fhir",
		Source:   upstreams.Source{ID: "acute", Name: "Acute", ODS: ods, BaseURL: sourceBase, Timeout: time.Minute, MaxBytes: 1 << 20},
		Verifier: r, Gatherer: r, Decider: r, Recorder: r, Prepare: r.prepare, Protector: r, Pages: pages,
		Clock: func() time.Time { return at },
	})
	if err != nil {
		t.Fatal(err)
	}
	return b.Handler(source(t, all))
}

// plan is what is shown here: all but social care, flags and plans of care.
func plan(t *testing.T) fhir.Plan {
	t.Helper()
	rule := func(typ, class string) fhir.ClassRule { return fhir.ClassRule{Type: typ, Class: class} }
	classes, err := fhir.NewClassifier([]fhir.ClassRule{
		{Type: "Observation", Category: []fhir.Code{{System: categories, Code: "laboratory"}}, Class: "laboratory"},
		{Type: "Observation", Category: []fhir.Code{{System: categories, Code: "vital-signs"}}, Class: "observations"},
		{Type: "Observation", Category: []fhir.Code{{System: local, Code: "social-care"}}, Class: "social-care"},
		{Type: "DiagnosticReport", Category: []fhir.Code{{System: "http://terminology.hl7.org/CodeSystem/v2-0074", Code: "LAB"}}, Class: "laboratory"},
		rule("Condition", "conditions"), rule("Patient", "demographics"), rule("DocumentReference", "documents"), rule("Encounter", "encounters"),
		rule("Flag", "flags"), rule("CarePlan", "care-plans"),
	}, []fhir.Code{{System: snomed, Code: "86406008"}})
	if err != nil {
		t.Fatal(err)
	}
	return fhir.Plan{
		Categories: []string{"demographics", "laboratory", "observations", "conditions", "documents", "encounters", "administrative"},
		Labels:     []string{confidentiality + "|N"}, Classes: classes,
	}
}

// seen is an answer as a client sees it, less what differs from one answer to the next.
type seen struct {
	status int
	header string
	body   string
	raw    string
}

var (
	recordID = regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}`)
	sealed   = regexp.MustCompile(`(_page|_link)=[A-Za-z0-9_-]+`)
	note     = regexp.MustCompile(`,?\{"resource":\{"resourceType":"OperationOutcome"[^\]]*\]?[^\]]*"some-information-withheld"[^\]]*\][^\]]*\]\},"search":\{"mode":"outcome"\}\}`)
)

// ask asks a broker.
func ask(h http.Handler, method, target, body string) seen {
	r := httptest.NewRequest(method, "https://broker.example/fhir"+target, strings.NewReader(body))
	r.Header.Set("Authorization", "Bearer token")
	if body != "" {
		r.Header.Set("Content-Type", "application/fhir+json")
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	header := w.Header().Clone()
	length := header.Get("Content-Length")
	if length != "" && length != fmt.Sprint(w.Body.Len()) {
		header.Set("Content-Length", "wrong")
	} else {
		header.Del("Content-Length") // sealed links differ in length
	}
	header.Del("X-Request-Id")
	s := seen{status: w.Code, header: fmt.Sprint(header), raw: w.Body.String()}
	s.body = sealed.ReplaceAllString(recordID.ReplaceAllString(s.raw, "ID"), "$1=SEALED")
	return s
}

// withoutNote takes out the note that something is not shown, and says whether it was
// there.
func (s seen) withoutNote() (seen, bool) {
	was := s.body
	s.body = note.ReplaceAllString(s.body, "")
	s.body = strings.ReplaceAll(strings.ReplaceAll(s.body, `"entry":[,`, `"entry":[`), `,"entry":[]`, "")
	return s, s.body != was
}
