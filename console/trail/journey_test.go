package trail_test

import (
	"context"
	"log/slog"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/mycarerecord/mcr/audit/protect"
	"github.com/mycarerecord/mcr/audit/ship"

	"github.com/mycarerecord/mcr/audit"
	"github.com/mycarerecord/mcr/audit/proof"
	"github.com/mycarerecord/mcr/audit/spool"
	"github.com/mycarerecord/mcr/console/trail"
)

// The whole journey of a look: journal, spool, shipper, store, and then on the
// overview, in the search, on a page of its own and in the patient's report. It is
// a record like any other, in the chain, and never a view.
func TestALookIsShownInTheTrail(t *testing.T) {
	ctx, dir, store := t.Context(), t.TempDir(), openSQLite(t)
	keys, err := protect.CreateKeys(filepath.Join(dir, "keys.json"))
	if err != nil {
		t.Fatal(err)
	}
	sp, err := spool.Open(filepath.Join(dir, "spool"), spool.Options{MinFreeBytes: -1})
	if err != nil {
		t.Fatal(err)
	}
	defer sp.Close()
	checkpoint, err := ship.OpenCheckpoint(filepath.Join(dir, "checkpoint.json"), keys, "console-1")
	if err != nil {
		t.Fatal(err)
	}
	start, err := ship.StartCheck(ctx, sp, store, checkpoint)
	if err != nil {
		t.Fatal(err)
	}
	journal := audit.NewJournal(sp, start.Broker)
	r := open(t, store, func(cfg *trail.Config) { cfg.Recorder, cfg.Clock = journal, func() time.Time { return now } })
	all := region(t, r.protector)
	deliver(t, store, all...)
	r.who = person("RZ1")
	for _, target := range []string{"/console/trail", "/console/trail/records?format=csv", "/console/trail/records/" + all[1].ID, "/console/trail/records/" + all[0].ID} {
		r.get(t, target)
	}
	if status, _ := r.post(t, "/console/trail/patient", "patient", patients[0]); status != http.StatusOK {
		t.Fatal(status)
	}
	shipper := ship.Begin(sp, store, checkpoint, start, ship.Options{Every: time.Millisecond, Drain: time.Minute, Log: slog.New(slog.DiscardHandler)})
	if err := shipper.Close(context.Background()); err != nil {
		t.Fatal(err)
	}
	report, err := proof.Verify(ctx, store, "console-1")
	if err != nil || !report.OK() || report.Records != 5 {
		t.Errorf("%v\n%s", err, report)
	}
	// Three visits: of no patient, of that of a record, of that of the report.
	for org, n := range map[string]string{"RZ1": "3", "X26": "3", "RZ2": "0"} {
		r.who = person(org)
		_, body := r.get(t, "/console/trail")
		if !strings.Contains(body, ">"+n+"<span class=\"nhsuk-u-visually-hidden\"> Looks at the trail</span>") && n != "0" ||
			strings.Contains(body, ">Olive Officer</a></strong>") != (n != "0") {
			t.Errorf("%s: the overview does not show %s visits\n%s", org, n, text(body))
		}
		_, body = r.get(t, "/console/trail/records?measure=looks")
		if got := text(body); n == "0" && strings.Contains(got, "looked at") || n != "0" && (!strings.Contains(got, "3 visits, 5 records") || !strings.Contains(got, ", 3 times.") ||
			!strings.Contains(got, "asked to look at one record of the trail of St Aldhelm's Hospitals, and was shown nothing.")) {
			t.Errorf("%s\n%s", org, got)
		}
	}
	r.who = auditor()
	_, body := r.post(t, "/console/trail/patient", "patient", patients[0])
	got := text(body)
	if _, looks, _ := strings.Cut(got, "Who has looked at this list"); !strings.Contains(looks, "Olive Officer") || strings.Contains(strings.SplitN(got, "Who has looked at this list", 2)[0], "Olive Officer , Privacy") {
		t.Errorf("%s", got)
	}
	views, err := store.Count(ctx, audit.Scope{}, audit.Filter{UserID: "555009000100"}, audit.ByOutcome)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range views {
		if c.Views+c.Refusals+c.WithheldSome != 0 || c.Looks != c.Total {
			t.Errorf("a look is counted as something else: %+v", c)
		}
	}
}
