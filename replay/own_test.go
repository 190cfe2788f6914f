package replay_test

import (
	"io/fs"
	"os"
	"testing"
	"testing/fstest"

	"github.com/mycarerecord/mcr/audit"
	"github.com/mycarerecord/mcr/decision"
	"github.com/mycarerecord/mcr/decision/own"
	"github.com/mycarerecord/mcr/decision/policytest"
	"github.com/mycarerecord/mcr/policies"
	"github.com/mycarerecord/mcr/replay"
)

// What an organisation's own rules restricted is compared under the same own rules, so that a draft of the
// region's does not answer for them.
func TestRecordsThatOwnRulesRestricted(t *testing.T) {
	composed, err := own.Compose(policies.FS, os.DirFS("../decision/check/testdata/own"))
	if err != nil {
		t.Fatal(err)
	}
	hospital := policytest.Revision(t, composed)
	shipped := policytest.Revision(t, policies.FS)
	both, err := shipped.Beside(map[string]*decision.Revision{"RXA01": hospital})
	if err != nil {
		t.Fatal(err)
	}
	engine := decision.NewEngine(both)
	var documents [][]byte
	asked := 0
	for i, c := range policytest.Cases(t) {
		if c.Engine.Revision().Digest() != shipped.Digest() {
			continue // with settings of its own
		}
		r := record(i, engine.Decide(t.Context(), c.Question, c.Facts))
		r.SourceOrg = c.Question.Source.Organisation.String()
		if d := engine.Decide(t.Context(), c.Question, c.Facts); d.Own != "" {
			asked++
			r.Own = d.Own
		}
		documents = append(documents, audit.AppendJSON(nil, r))
	}
	if asked < 5 {
		t.Fatalf("own rules were asked in %d", asked)
	}
	known := map[string]*decision.Revision{shipped.Digest(): shipped, shipped.Digest() + hospital.Digest(): both}
	report := run(t, documents, replay.Options{Draft: shipped, Before: kept(known)})
	if report.Otherwise() != 0 || report.Apart.Unlike != 0 || len(report.Apart.OtherSchema) != 0 {
		t.Errorf("otherwise %v, apart %+v", report.Kinds, report.Apart)
	}
	delete(known, shipped.Digest()+hospital.Digest())
	report = run(t, documents, replay.Options{Draft: shipped, Before: kept(known)})
	if n := report.Apart.OtherSchema["own rules of RXA01 restricted it that are not kept"]; n != asked || report.Otherwise() != 0 {
		t.Errorf("own rules that are not kept: %d of %d, otherwise %v, apart %+v", n, asked, report.Kinds, report.Apart)
	}

	// What the draft would permit for the first time is restricted by the own rules of now.
	open := policytest.Revision(t, policytest.Changed(t, "rules/relationship/relationship.rego", policytest.With("\n# METADATA\n# title: Everybody\n# description: As a test.\npermit contains {\"reason\": \"active-care-relationship\"} if input.request.action == \"view\"\n\nplan contains {\"categories\": data.categories.every, \"labels\": [\"*\"]} if true\n")))
	now := func(with map[string]*decision.Revision) (permitted int) {
		report := run(t, documents, replay.Options{Draft: open, Before: kept(map[string]*decision.Revision{shipped.Digest(): shipped, shipped.Digest() + hospital.Digest(): both}), Own: with})
		return report.Kinds[replay.Permitted]
	}
	shut := policytest.Revision(t, closed(t))
	if alone, restricted := now(nil), now(map[string]*decision.Revision{"RXA01": shut}); restricted >= alone {
		t.Errorf("%d refusals become permits, and %d beside own rules that refuse everybody", alone, restricted)
	}
}

// closed are own rules that refuse everybody.
func closed(t *testing.T) fs.FS {
	t.Helper()
	composed, err := own.Compose(policies.FS, fstest.MapFS{"rules/shut/shut.rego": {Data: []byte("package mcr.rules.shut\n\nimport rego.v2\n\ndeny contains {\"reason\": \"opted-out\"} if true\n")}})
	if err != nil {
		t.Fatal(err)
	}
	return composed
}
