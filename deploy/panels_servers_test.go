//go:build servers

package deploy_test

import (
	"log/slog"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/mycarerecord/mcr/audit/protect"
	"github.com/mycarerecord/mcr/audit/ship"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/mycarerecord/mcr/audit"
	"github.com/mycarerecord/mcr/audit/clickhouse"
	"github.com/mycarerecord/mcr/audit/spool"
)

// deliveredAt is when the known records reach the trail, by their brokers' clock.
var deliveredAt = end.Add(time.Hour)

// shipped sends records the whole way: journal, spool, shipper, ClickHouse, there by the
// users that a region has for it, if it has any in that database.
func shipped(t testing.TB, database, name string, records []*audit.Record) {
	t.Helper()
	opt := clickhouse.Options{Addresses: []string{server.Native}, Database: database, Timeout: 30 * time.Second, Clock: func() time.Time { return deliveredAt }}
	if database == "mcr" {
		migrating := opt
		migrating.User, migrating.Password = "mcr_migrator", secret
		if err := clickhouse.Migrate(t.Context(), migrating, clickhouse.Topology{}, false, func(string) {}); err != nil {
			t.Fatal(err)
		}
		opt.User, opt.Password = "mcr_writer", secret
	}
	store, err := clickhouse.Open(opt)
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	dir := t.TempDir()
	keys, err := protect.CreateKeys(filepath.Join(dir, "keys"))
	if err != nil {
		t.Fatal(err)
	}
	sp, err := spool.Open(filepath.Join(dir, "spool"), spool.Options{MinFreeBytes: -1})
	if err != nil {
		t.Fatal(err)
	}
	defer sp.Close()
	checkpoint, err := ship.OpenCheckpoint(filepath.Join(dir, "checkpoint"), keys, name)
	if err != nil {
		t.Fatal(err)
	}
	start, err := ship.StartCheck(t.Context(), sp, store, checkpoint)
	if err != nil {
		t.Fatal(err)
	}
	journal := audit.NewJournal(sp, start.Broker)
	shipper := ship.Begin(sp, store, checkpoint, start, ship.Options{
		BatchRecords: 400, Every: time.Millisecond, Drain: time.Minute, Log: slog.New(slog.DiscardHandler),
	})
	for _, r := range records {
		if err := journal.Append(t.Context(), r); err != nil {
			t.Fatal(err)
		}
	}
	if err := shipper.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// region is the trail of the known records, filled once: two brokers, and some
// rows that stand twice, as they may before a merge.
var region struct {
	sync.Once
	records []*kept
}

func knownRegion(t testing.TB) []*kept {
	t.Helper()
	region.Do(func() {
		for name, n := range map[string]int{"wend-1": 2400, "wend-22": 1100} {
			records := known(name, n)
			shipped(t, "mcr", name, records)
			for i, r := range records {
				r.Sequence = uint64(i + 1)
				region.records = append(region.records, &kept{r, deliveredAt, ""})
			}
		}
		slices.SortFunc(region.records, func(a, b *kept) int { return a.TimeIn.Compare(b.TimeIn) })
		admin := reader{user: "default", database: "mcr"}
		admin.must(t, `SYSTEM STOP MERGES records`, nil)
		admin.must(t, `INSERT INTO records SELECT * FROM records WHERE seq % 10 = 3 SETTINGS insert_deduplicate = 0, deduplicate_insert = 'disable'`, nil)
		if got := admin.must(t, `SELECT count(), uniqExact(broker, seq) FROM records`, nil).rows[0]; got[0] == got[1] || got[1] != "3500" {
			t.Fatalf("rows and records: %v; some rows must stand twice", got)
		}
	})
	if len(region.records) != 3500 {
		t.Fatal("the region could not be filled")
	}
	return region.records
}

// Every panel of every dashboard shows what the records hold: for the region, for
// a choice of organisations and sources, for a part of the time, and for an
// organisation's own user, whom the server shows its own part only.
func TestServersPanelsShowWhatTheRecordsHold(t *testing.T) {
	records := knownRegion(t)
	whole := view{from: begin.Add(-time.Hour), to: end, interval: 6 * time.Hour}
	two, part, other := whole, whole, whole
	whole.busy = true
	two.organisations, two.source = []string{"Z91001", "RZ1"}, []string{"gp-riverside", "acute-st-aldhelm", "console"}
	part.from, part.to, part.interval = begin.Add(30*time.Hour), begin.Add(5*24*time.Hour+90*time.Second), time.Hour
	other.organisations = []string{"Z91002"}
	own := whole
	own.busy = false
	nothing := view{from: end.Add(24 * time.Hour), to: end.Add(48 * time.Hour), interval: time.Hour}
	mallory := own
	mallory.organisations = []string{`RZ1') OR ('1'='1`, `RZ1'; SELECT 1`}
	of := func(org string) test { return func(r *kept) bool { return org == "" || r.SourceOrg == org } }
	for name, c := range map[string]struct {
		who  reader
		sees string // the organisation whose part the server shows, "" for all
		view view
	}{
		"the region":                                 {regional("mcr"), "", whole},
		"two organisations":                          {regional("mcr"), "", two},
		"a part of the time":                         {regional("mcr"), "", part},
		"a time in which nothing happened":           {regional("mcr"), "", nothing},
		"a variable that is no code":                 {regional("mcr"), "", mallory},
		"an organisation's own user":                 {practice("mcr"), "Z91001", own},
		"an organisation's user who chooses another": {practice("mcr"), "Z91001", other},
	} {
		t.Run(name, func(t *testing.T) { compare(t, c.who, c.view, asked{records, c.view.interval}.only(of(c.sees))) })
	}
}

// compare asks every panel and compares.
func compare(t *testing.T, who reader, v view, all asked) {
	t.Helper()
	within := all.only(v.during).visited().only(v.keeps) // what is chosen beside the time changes no visit
	for _, d := range dashboards(t) {
		for _, p := range d.Panels {
			for _, q := range p.Targets {
				if q.RawSQL == "" {
					continue
				}
				sql, err := v.expand(q.RawSQL)
				if err != nil {
					t.Fatalf("%s: %s: %v", d.file, p.Title, err)
				}
				got, err := who.ask(t.Context(), sql, nil)
				if err != nil {
					t.Errorf("%s: %s: %v\n%s", d.file, p.Title, err, sql)
					continue
				}
				legible(t, d.file+": "+p.Title, p, got.columns)
				if v.busy && (len(got.rows) == 0 || slices.Contains(got.rows[0], "0") && p.Type == "stat" && p.Title != "Names with two contents") {
					t.Errorf("%s: %s shows nothing, and cannot be judged by these records", d.file, p.Title)
				}
				if diff := cmp.Diff(figures[d.file][p.Title](within), got.rows, cmpopts.EquateEmpty()); diff != "" {
					t.Errorf("%s: %s (-the records, +the panel):\n%.3000s", d.file, p.Title, diff)
				}
			}
		}
	}
}

// legible: columns are named in words, and overrides name columns that there are.
func legible(t *testing.T, where string, p panel, columns []string) {
	t.Helper()
	for i, c := range columns {
		if c != "time" && (c == "" || c != "95 of 100 within" && c != "half within" && c != "slowest" && (c[0] < 'A' || c[0] > 'Z')) {
			t.Errorf("%s: column %d is named %q", where, i, c)
		}
	}
	for _, o := range p.FieldConfig.Overrides {
		if !slices.Contains(columns, o.Matcher.Options) {
			t.Errorf("%s: an override names %q, which is no column of %v", where, o.Matcher.Options, columns)
		}
	}
}
