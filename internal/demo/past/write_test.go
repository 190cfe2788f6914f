package past_test

import (
	"context"
	"log/slog"
	"maps"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/mycarerecord/mcr/audit"
	"github.com/mycarerecord/mcr/audit/completeness"
	"github.com/mycarerecord/mcr/audit/proof/follow"
	"github.com/mycarerecord/mcr/audit/protect"
	"github.com/mycarerecord/mcr/audit/ship"
	"github.com/mycarerecord/mcr/audit/spool"
	"github.com/mycarerecord/mcr/audit/sqlite"
	"github.com/mycarerecord/mcr/audit/zstd"
	"github.com/mycarerecord/mcr/fhirdate"
	"github.com/mycarerecord/mcr/internal/demo/past"
	"github.com/mycarerecord/mcr/internal/demo/people"
)

// served is a month in its store, as a broker delivers what Write wrote.
type served struct {
	past.Options
	place     past.Place
	records   int
	trail     *sqlite.Store
	counts    *completeness.Counter
	protector *protect.Protector
}

func serve(t *testing.T) *served {
	t.Helper()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	data := t.TempDir()
	keys := newKeys(t, data)
	s := &served{Options: options(t, keys), place: past.Place{Data: data, Broker: "demo-region", Trail: filepath.Join(data, "trail.db")}}
	records := made(t, s.Options)
	s.records = len(records)
	must(past.Write(t.Context(), s.place, records))
	if err := past.Write(t.Context(), s.place, records); err == nil {
		t.Error("it is written twice")
	}
	if begun, err := s.place.Begun(); !begun || err != nil {
		t.Errorf("it is not begun: %v", err)
	}
	silent := slog.New(slog.DiscardHandler)
	sp, err := spool.Open(filepath.Join(data, "spool"), spool.Options{Codec: zstd.Codec{}})
	must(err)
	s.trail, err = sqlite.Open(t.Context(), s.place.Trail)
	must(err)
	t.Cleanup(func() { must(s.trail.Close()) })
	checkpoint, err := ship.OpenCheckpoint(filepath.Join(data, "checkpoint"), keys, s.place.Broker)
	must(err)
	start, err := ship.StartCheck(t.Context(), sp, s.trail, checkpoint)
	must(err)
	s.counts, err = completeness.Open(filepath.Join(data, "counts"), completeness.Options{Log: silent})
	must(err)
	t.Cleanup(func() { must(s.counts.Close()) })
	logs := follow.Begin(sp, s.trail, checkpoint.Mark(), follow.Options{Data: data, Origin: "mcr", Log: silent})
	shipper := ship.Begin(sp, s.trail, checkpoint, start, ship.Options{Drain: time.Minute, Log: silent, Delivered: s.counts.Shipped})
	must(shipper.Close(t.Context()))
	must(logs.Close())
	must(sp.Close())
	s.protector, err = protect.NewProtector(keys, protect.Masked)
	must(err)
	return s
}

func (s *served) patient(t *testing.T, so func(people.Person) bool) []string {
	t.Helper()
	i := slices.IndexFunc(s.People, so)
	if i < 0 {
		t.Fatal("there is no such patient")
	}
	return s.protector.Find(s.People[i].Number)
}

// search gives all records that a question of the trail finds, the newest first.
func (s *served) search(t *testing.T, f audit.Filter) (all []*audit.Record) {
	t.Helper()
	for before := ""; ; {
		found, err := s.trail.Search(t.Context(), audit.Scope{Limit: 1000}, f, before)
		if err != nil {
			t.Fatal(err)
		}
		if all = append(all, found.Records...); found.Older == "" {
			return all
		}
		before = found.Older
	}
}

func (s *served) count(t *testing.T, f audit.Filter, by audit.Dimension) []audit.Count {
	t.Helper()
	counts, err := s.trail.Count(t.Context(), audit.Scope{}, f, by)
	if err != nil {
		t.Fatal(err)
	}
	return counts
}

func TestThePastStandsInTheTrail(t *testing.T) {
	s := serve(t)
	t.Run("chained, and in the logs", func(t *testing.T) {
		var prev spool.Hash
		logs, err := follow.Logs(s.place.Data)
		if err != nil {
			t.Fatal(err)
		}
		log, err := follow.Find(logs, s.place.Broker, "")
		if err != nil || log.Published.Size != int64(s.records) {
			t.Fatalf("%v: its log has %d leaves of %d records", err, log.Published.Size, s.records)
		}
		after := uint64(0)
		for {
			entries, err := s.trail.Entries(t.Context(), s.place.Broker, after, 1000)
			if err != nil {
				t.Fatal(err)
			}
			if len(entries) == 0 {
				break
			}
			for _, e := range entries {
				if e.Seq != after+1 || e.Hash != spool.Link(prev, e.Seq, e.Payload) {
					t.Fatalf("record %d does not follow %d", e.Seq, after)
				}
				after, prev = e.Seq, e.Hash
				if e.Seq%1000 == 1 {
					if _, err := log.Prove(e.Seq, e.Payload); err != nil {
						t.Errorf("record %d: %v", e.Seq, err)
					}
				}
			}
		}
		if after != uint64(s.records) {
			t.Errorf("%d records are in the store, %d were made", after, s.records)
		}
	})
	t.Run("complete", func(t *testing.T) {
		lines, err := completeness.Lines(context.Background(), completeness.Sources{
			Broker: s.place.Broker, Days: s.counts.Days, Rows: s.trail, Pending: func() int64 { return 0 }, Clock: func() time.Time { return now.AddDate(0, 0, 2) },
		}, now.AddDate(0, 0, -31), now)
		if err != nil {
			t.Fatal(err)
		}
		requests := int64(0)
		for _, l := range lines {
			requests += l.Counts.Served
			if len(l.Differences) > 0 {
				t.Errorf("%s, %s: %v", l.Day, l.Organisation, l.Differences)
			}
		}
		if requests < 3000 {
			t.Errorf("%d requests are counted", requests)
		}
	})
	t.Run("who looks at many at night", s.atNight)
	t.Run("who looks at a colleague", s.ofAColleague)
	t.Run("an emergency without follow-up", s.withoutFollow)
	t.Run("a patient in the news", s.ofTheFamous)
	t.Run("a source that failed", s.outage)
}

// By person, emergencies: one has far more than all others, at night, each after a refusal.
func (s *served) atNight(t *testing.T) {
	by := s.count(t, audit.Filter{Measure: audit.Emergencies}, audit.ByUser)
	if len(by) < 3 || by[0].Total < 4*by[1].Total {
		t.Fatalf("nobody stands out: %+v", by)
	}
	found := s.search(t, audit.Filter{Measure: audit.Emergencies, UserID: by[0].Key})
	patients := map[string]bool{}
	for _, r := range found {
		patients[r.PatientHMAC] = true
		if hour := r.TimeIn.In(fhirdate.London).Hour(); r.UserName != past.AtNight || hour < 1 || hour > 4 {
			t.Errorf("%s at %s", r.UserName, r.TimeIn)
		}
	}
	refused := s.search(t, audit.Filter{Measure: audit.Refusals, UserID: by[0].Key, Reason: "no-active-care-relationship"})
	if len(patients) != 20 || len(found) != 20 || len(refused) < 20 {
		t.Errorf("%d emergencies, %d patients, %d refusals", len(found), len(patients), len(refused))
	}
}

// Who has accessed this patient's record: one colleague, on Sunday evenings.
func (s *served) ofAColleague(t *testing.T) {
	found := s.search(t, audit.Filter{Patient: s.patient(t, func(p people.Person) bool { return p.Has(people.Professional) }), Action: "record-permission"})
	for _, r := range found {
		at := r.TimeIn.In(fhirdate.London)
		if r.UserName != past.OfAColleague || at.Weekday() != time.Sunday || at.Hour() != 21 || !r.Alert {
			t.Errorf("%s on %s", r.UserName, at)
		}
	}
	if len(found) != 2 {
		t.Errorf("%d times, want 2", len(found))
	}
}

// Each emergency has a look at its record within four days, but one.
func (s *served) withoutFollow(t *testing.T) {
	looked := map[string]bool{}
	for _, r := range s.search(t, audit.Filter{Action: audit.LookAtRecord}) {
		for _, of := range r.Resources {
			looked[of] = true
		}
	}
	var alone []string
	for _, r := range s.search(t, audit.Filter{Measure: audit.Emergencies}) {
		if !looked["AuditEvent/"+r.ID] {
			alone = append(alone, r.UserName)
		}
	}
	if !slices.Equal(alone, []string{past.WithoutFollow}) {
		t.Errorf("nobody looked at those of %v", alone)
	}
}

// Refusals because of an opt-out: one patient, by many, within two days.
func (s *served) ofTheFamous(t *testing.T) {
	of := audit.Filter{Patient: s.patient(t, func(p people.Person) bool { return p.Name() == past.Famous }), Reason: "opted-out"}
	found := s.search(t, of)
	who := map[string]bool{}
	for _, r := range found {
		who[r.UserOrg] = true
	}
	if len(who) < 6 || found[0].TimeIn.Sub(found[len(found)-1].TimeIn) > 48*time.Hour {
		t.Errorf("%v", slices.Sorted(maps.Keys(who)))
	}
	own := s.search(t, audit.Filter{Patient: of.Patient, Reason: "own-record"})
	if len(own) == 0 || own[0].Outcome != audit.Released {
		t.Error("nobody of his own hospital saw its record")
	}
}

// Failures by source: one, on one afternoon.
func (s *served) outage(t *testing.T) {
	failed := audit.Filter{Measure: audit.Failures}
	if by := s.count(t, failed, audit.BySource); len(by) != 1 || by[0].Key != "acute-northmoor" || by[0].Total < 8 {
		t.Errorf("%+v", by)
	}
	if by := s.count(t, failed, audit.ByDay); len(by) != 1 {
		t.Errorf("%+v", by)
	}
}

var _ past.Protector = (*protect.Protector)(nil)
