package console_test

import (
	"net/url"
	"path/filepath"
	"strings"
	"testing"

	"github.com/mycarerecord/mcr/access"
	"github.com/mycarerecord/mcr/audit"
	"github.com/mycarerecord/mcr/audit/sqlite"
	"github.com/mycarerecord/mcr/audit/trailtest"
)

// What a patient was asked for goes the whole way: from the form to the broker that
// records the answer, and from there into the record of every view that rests on it, so
// that the officers of each organisation whose records were opened read it: on a record's
// page, in the patient's report, and in the files of both. The answer itself stands in
// the part of another organisation.
// elsewhere is a hospital that holds a part of the record, and at which nobody asked.
const elsewhere = "RZ2"

func TestThePurposeReachesTheTrailAndTheReport(t *testing.T) {
	g := newRegion(t)
	store, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "trail.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = store.Close() })
	g.cfg.Trail, g.cfg.Recorder, g.cfg.Protector = store, g.Journal, g.Protector
	g.startAgain()
	p := g.patient("every-source")
	s := g.signIn("consultant")
	g.find(s, p)
	at := here(s)
	s.Submit(at, right).Submit(at+"/ask", yes("for", "Medicines before an operation"))
	s.Open(g.address+at+"/record?whole=1").Shows(200, "Riverside Surgery")
	if a := g.records(access.RecordPermission); len(a) != 1 || a[0].SourceOrg == elsewhere {
		t.Fatalf("the answer is recorded as %+v", a)
	}
	var view audit.Record
	for _, v := range g.records(access.View) {
		if v.SourceOrg == elsewhere && v.Permission != "" && v.Outcome == audit.Released {
			view = v
		} else if v.PurposeWords != "" && v.Permission == "" {
			t.Errorf("a view that rests on no permission tells a purpose: %+v", v)
		}
	}
	if view.PurposeWords != "Medicines before an operation" {
		t.Errorf("a view tells the purpose as %q", view.PurposeWords)
	}
	entries, err := g.Spool.Read(0, 1_000_000)
	if err != nil {
		t.Fatal(err)
	}
	if err := store.Deliver(t.Context(), trailtest.Batch(t, view.Broker, entries)); err != nil {
		t.Fatal(err)
	}

	officer := g.signIn("regional-auditor") // of the hospital elsewhere, whose part alone is shown here
	officer.Open(g.url("/trail/records/"+view.ID)).Shows(200, "Purpose in words Medicines before an operation")
	officer.Open(g.url("/trail/records?format=csv&action=view")).Shows(200)
	if !strings.Contains(officer.Body, `"Medicines before an operation"`) {
		t.Errorf("the list's file for spreadsheets does not tell it:\n%.3000s", officer.Body)
	}
	officer.Open(g.url("/trail/records?format=json&action=view")).Shows(200)
	if !strings.Contains(officer.Body, `"purpose_in_words": "Medicines before an operation"`) {
		t.Error("the list's file for programs does not tell it")
	}
	for _, format := range []string{"", "csv", "json"} {
		form := url.Values{"patient": {p.NHSNumber}}
		if format != "" {
			form.Set("format", format)
		}
		officer.Open(g.url("/trail/patient")).Submit("/console/trail/patient", form)
		if officer.Resp.StatusCode != 200 || !strings.Contains(officer.Body, "They wrote what for: “Medicines before an operation”.") {
			t.Errorf("the report (%s) is %d and does not tell it:\n%.3000s", format, officer.Resp.StatusCode, officer.Text())
		}
	}
}
