package cases_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mycarerecord/mcr/access"
	"github.com/mycarerecord/mcr/decision"
	"github.com/mycarerecord/mcr/decision/cases"
	"github.com/mycarerecord/mcr/decision/policytest"
	"github.com/mycarerecord/mcr/policies"
)

// comes is what of a decision does not rest on what entries are called.
func comes(t *testing.T, d access.Decision) string {
	t.Helper()
	plan, err := json.Marshal(d.Plan)
	if err != nil {
		t.Fatal(err)
	}
	var codes []string
	for _, r := range d.Reasons {
		codes = append(codes, r.Code)
	}
	return fmt.Sprintln(d.Effect, codes, d.Rules, d.Alert, string(plan))
}

// Every shipped case, recorded and made a case again, is decided alike, and names nobody.
func TestARecordedDecisionBecomesACaseThatIsDecidedAlike(t *testing.T) {
	rev := policytest.Revision(t, policies.FS)
	all, err := cases.Read(t.Context(), rev)
	if err != nil {
		t.Fatal(err)
	}
	made := 0
	for i := range all {
		c := &all[i]
		if len(c.Settings()) > 0 {
			continue // a record is of the settings in force
		}
		was := c.Engine.Decide(t.Context(), c.Question, c.Facts)
		text, err := cases.FromRecord(was.Input, askedOf(c.Question))
		if err != nil {
			t.Fatal(c.Name, err)
		}
		tried, err := cases.Try(t.Context(), rev, text)
		if err != nil {
			t.Errorf("%s: %v\n%s", c.Name, err, text)
			continue
		}
		if diff := cmp.Diff(comes(t, was), comes(t, tried.Decision)); diff != "" {
			t.Errorf("%s: %s\n%s", c.Name, diff, text)
		}
		for _, secret := range []string{c.Question.Subject.UserID + "9", "Riverside Surgery", c.Question.Patient.String()} {
			if secret != "" && strings.Contains(string(text), secret) {
				t.Errorf("%s: %q is in the case", c.Name, secret)
			}
		}
		made++
	}
	if made < 100 {
		t.Errorf("%d cases were made", made)
	}
}

func askedOf(q access.Question) string {
	var params []string
	for _, p := range q.Request.Params {
		params = append(params, p.Name+"="+p.Value)
	}
	return q.Request.Type + "?patient=Patient%2F1&" + strings.Join(params, "&")
}

func TestACaseOfARecordHoldsNoName(t *testing.T) {
	q, f := policytest.Consultant(), policytest.Permitted()
	q.Subject.UserID, q.OrganisationKind, q.AskedLastHour = "secret-user", "acute", 17
	f.Permissions.Value[0].ID, f.Permissions.Value[0].UserID = "secret-permission", "user-of-somebody-else"
	f.Registration = access.KnownFact(access.Registration{ID: "secret-registration", Name: "Secret Surgery", Telephone: "0123 456", Practice: q.Source.Organisation})
	f.OptOut = access.KnownFact(access.OptOut{ID: "secret-opt-out", Contact: "Mrs Secret", Telephone: "0123 456"})
	f.Age = access.KnownFact(15)
	d := decision.NewEngine(policytest.Revision(t, policies.FS)).Decide(t.Context(), q, f)
	text, err := cases.FromRecord(d.Input, "Observation?patient=Patient/secret&category=laboratory&_id=secret&identifier=9990000018")
	if err != nil {
		t.Fatal(err)
	}
	for _, secret := range []string{"ecret", "somebody", "0123", "9990000018"} {
		if strings.Contains(string(text), secret) {
			t.Errorf("%q is in\n%s", secret, text)
		}
	}
	for _, kept := range []string{"category=laboratory", "organisation_kind: acute", "asked_last_hour: 17", "age: 15"} {
		if !strings.Contains(string(text), kept) {
			t.Errorf("%s is lost\n%s", kept, text)
		}
	}
}

// A search that its parameters narrow to some categories is one in the case too.
func TestACaseOfARecordAsksForTheSameCategories(t *testing.T) {
	d := decision.NewEngine(policytest.Revision(t, policies.FS)).Decide(t.Context(), policytest.Consultant(), policytest.Permitted())
	for _, param := range []string{"category=laboratory", "class=IMP", "code=94500-6", "specialty=394579002", "type=11429006", "vaccine-code=871751006"} {
		text, err := cases.FromRecord(d.Input, "Observation?"+param)
		if err != nil || !strings.Contains(string(text), "Observation?"+param) {
			t.Errorf("%s: %v\n%s", param, err, text)
		}
	}
}

func FuzzFromRecord(f *testing.F) {
	d := decision.NewEngine(policytest.Revision(f, policies.FS)).Decide(f.Context(), policytest.Consultant(), policytest.Permitted())
	f.Add(d.Input, "Observation?category=laboratory")
	f.Add([]byte(`{"time":1,"facts":{"permissions":{"state":"known","value":[{"id":"\u2028: x"}]}},"subject":{"role":"R"}}`), "?")
	f.Fuzz(func(t *testing.T, input []byte, asks string) {
		text, err := cases.FromRecord(input, asks)
		if err != nil {
			return
		}
		_, _ = cases.ReadAsked(text) // what is odd in it is a fault of the case, told when it is tried
	})
}
