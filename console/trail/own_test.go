package trail_test

import (
	"context"
	"net/http"
	"os"
	"strings"
	"testing"

	"github.com/mycarerecord/mcr/access"
	"github.com/mycarerecord/mcr/audit"
	"github.com/mycarerecord/mcr/console/trail"
	"github.com/mycarerecord/mcr/decision"
	"github.com/mycarerecord/mcr/decision/own"
	"github.com/mycarerecord/mcr/decision/policytest"
	"github.com/mycarerecord/mcr/policies"
)

// A record tells which of an organisation's own rules restricted it, in their words.
func TestARecordTellsOfOwnRules(t *testing.T) {
	composed, err := own.Compose(policies.FS, os.DirFS("../../decision/check/testdata/own"))
	if err != nil {
		t.Fatal(err)
	}
	hospital := policytest.Revision(t, composed)
	shipped, err := revision()
	if err != nil {
		t.Fatal(err)
	}
	both, err := shipped.Beside(map[string]*decision.Revision{"RXA01": hospital})
	if err != nil {
		t.Fatal(err)
	}
	q, f := policytest.Consultant(), policytest.Permitted()
	q.Subject.Organisation, q.Source.Organisation = policytest.ODS("707"), policytest.ODS("RXA01")
	f.Permissions.Value[0].Organisation, f.Relationships.Value[0].Organisation = q.Subject.Organisation, q.Subject.Organisation
	kept := true
	store := openSQLite(t)
	r := open(t, store, func(cfg *trail.Config) {
		cfg.DecidedBy = func(_ context.Context, by decision.DecidedBy) *decision.Revision {
			if kept && by == (decision.DecidedBy{Digest: shipped.Digest(), Own: hospital.Digest(), Organisation: "RXA01"}) {
				return both
			}
			return nil
		}
	})
	records := region(t, r.protector)
	made := func(q access.Question) *audit.Record {
		t.Helper()
		d := decision.NewEngine(both).Decide(t.Context(), q, f)
		if d.Own == "" {
			t.Fatalf("own rules were not asked: %+v", d.Reasons)
		}
		rec := records[0]
		records = records[1:]
		rec.Effect, rec.Rules, rec.Revision, rec.Digest, rec.Own, rec.Input = string(d.Effect), d.Rules, d.Revision, d.Digest, d.Own, d.Input
		rec.SourceOrg, rec.Action, rec.Reasons = "RXA01", "view", nil
		for _, reason := range d.Reasons {
			rec.Reasons = append(rec.Reasons, reason.Code)
		}
		for _, w := range d.Plan.Withheld {
			rec.Withheld = map[string]int{w.Reason: 3}
		}
		return rec
	}
	page := func(rec *audit.Record) string {
		t.Helper()
		status, body := r.get(t, "/console/trail/records/"+rec.ID)
		if status != http.StatusOK {
			t.Fatalf("%d: %s", status, body)
		}
		return body
	}
	refusal := made(q)
	q.Subject.Organisation = policytest.ODS("A81001")
	f.Permissions.Value[0].Organisation, f.Relationships.Value[0].Organisation = q.Subject.Organisation, q.Subject.Organisation
	q.Subject.Role = policytest.Role("R0260")
	cut := made(q)
	deliver(t, store, refusal, cut)
	refused := page(refusal)
	for _, words := range []string{
		"Agreements that ended", "own, which shows less of its records than the region’s rules permit", "Refused because the agreement ended",
		"The hospital&#39;s agreement with your organisation has ended.", "A record is shared with those alone who have promised",
	} {
		if !strings.Contains(refused, words) {
			t.Errorf("the page does not say %q", words)
		}
	}
	if strings.Contains(refused, "have no rule of this name") {
		t.Error("the page says that there is no such rule")
	}
	kept = false
	if body := page(refusal); !strings.Contains(body, "These rules are not kept here.") || strings.Contains(body, "have no rule of this name") {
		t.Error("the page does not say that the own rules are not kept")
	}
	kept = true
	if body := page(cut); !strings.Contains(body, "The own rules of ") || !strings.Contains(body, "The hospital does not show notes of talking therapies to your role.") {
		t.Error("the page does not tell what own rules withheld")
	}
}
