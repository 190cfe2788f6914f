package decision_test

import (
	"bytes"
	"context"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/mycarerecord/mcr/access"
	"github.com/mycarerecord/mcr/decision"
	"github.com/mycarerecord/mcr/fhir"
	"github.com/mycarerecord/mcr/nhs"
	"github.com/mycarerecord/mcr/policies"
)

var now = time.Date(2026, 3, 2, 10, 0, 0, 0, time.UTC)

func ods(s string) nhs.ODSCode {
	c, err := nhs.ParseODSCode(s)
	if err != nil {
		panic(err)
	}
	return c
}

func role(s string) nhs.RoleCode {
	c, err := nhs.ParseRoleCode(s)
	if err != nil {
		panic(err)
	}
	return c
}

func number(s string) nhs.Number {
	n, err := nhs.ParseNumber(s)
	if err != nil {
		panic(err)
	}
	return n
}

// compiled are the real policies, compiled once for all tests.
var compiled = sync.OnceValues(func() (*decision.Revision, error) {
	return decision.Load(context.Background(), policies.FS, decision.Options{Revision: "test"})
})

// load gives an engine over the real policies.
func load(tb testing.TB) *decision.Engine {
	tb.Helper()
	rev, err := compiled()
	if err != nil {
		tb.Fatal(err)
	}
	return decision.NewEngine(rev)
}

// consultant asks, from another trust, for a patient's laboratory results.
func consultant() access.Question {
	return access.Question{
		Time: now,
		Subject: access.Subject{
			UserID: "555000000001", Role: role("R8000"), Organisation: ods("RXA01"), Assurance: "AAL3",
		},
		Patient: number("9990000018"),
		Source:  access.Source{ID: "gp-riverside", Organisation: ods("A81001"), Kind: "gp"},
		Action:  access.View,
		Purpose: access.DirectCare,
		Request: fhir.Request{Interaction: fhir.Search, Type: "Observation", Params: []fhir.Param{{Name: "category", Value: "laboratory"}}},
	}
}

// nothing is known of the patient, though everything was looked up.
func nothing() access.Facts {
	return access.Facts{
		Identity:         access.KnownFact(access.Identity{Current: number("9990000018")}),
		OptOut:           access.AbsentFact[access.OptOut](),
		Restriction:      access.AbsentFact[access.Restriction](),
		Registration:     access.AbsentFact[access.Registration](),
		Permissions:      access.AbsentFact[[]access.Permission](),
		Relationships:    access.AbsentFact[[]access.Relationship](),
		TestOrders:       access.AbsentFact[[]access.TestOrder](),
		Emergencies:      access.AbsentFact[[]access.Emergency](),
		SubjectIsPatient: access.AbsentFact[bool](),
		NationalOptOut:   access.AbsentFact[bool](),
	}
}

// permitted are the facts that let the consultant in.
func permitted() access.Facts {
	f := nothing()
	f.Relationships = access.KnownFact([]access.Relationship{{
		ID: "rel-1", Kind: "referral", Organisation: ods("RXA01"), Validity: access.Validity{From: now.Add(-24 * time.Hour)},
	}})
	f.Permissions = access.KnownFact([]access.Permission{{
		ID: "perm-1", UserID: "555000000001", Organisation: ods("RXA01"), Given: true, How: "in-person",
		Recorded: now.Add(-time.Hour),
		Validity: access.Validity{From: now.Add(-time.Hour), Until: now.Add(time.Hour)},
	}})
	return f
}

func TestTheReleasePlanComesWithItsClassifier(t *testing.T) {
	e := load(t)
	d := e.Decide(t.Context(), consultant(), permitted())
	if d.Effect != access.Permit || d.Plan.Classes == nil {
		t.Fatalf("%s, classes %v", d.Effect, d.Plan.Classes)
	}
	if again := e.Decide(t.Context(), consultant(), permitted()); again.Plan.Classes != d.Plan.Classes {
		t.Error("two decisions of a revision have two classifiers")
	}
	if d.Revision != "test" || len(d.Digest) != 64 {
		t.Error(d.Revision, d.Digest)
	}
}

func TestADecisionIsMadeThoughTheClientHasGone(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if d := load(t).Decide(ctx, consultant(), permitted()); d.Effect != access.Permit {
		t.Error(d.Effect)
	}
}

func TestReasonsHaveATextEvenWhenTheyAreNotInTheBook(t *testing.T) {
	e := load(t)
	r := e.Reason("opted-out")
	if !strings.HasPrefix(r.Remedy, "Telephone the patient's GP practice") {
		t.Errorf("a remedy without its number: %q", r.Remedy)
	}
	for _, e := range []*decision.Engine{e, decision.NewEngine(nil)} {
		if r := e.Reason("never-heard-of"); r.Code != "never-heard-of" || r.Text == "" || r.Remedy == "" {
			t.Errorf("%+v", r)
		}
	}
}

func TestWhyARuleGaveNoClearAnswerIsLogged(t *testing.T) {
	var out bytes.Buffer
	e := outcome(t, `outcome := {"effect": "deny", "because": {"a": {"x"}}} if to_number("abc") == 1`,
		decision.Options{Log: slog.New(slog.NewTextHandler(&out, nil))})
	e.Decide(t.Context(), consultant(), permitted())
	if !strings.Contains(out.String(), "to_number") || strings.Contains(out.String(), "9990000018") {
		t.Error(out.String())
	}
}
