package sqlite_test

import (
	"context"
	"errors"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/mycarerecord/mcr/audit"
	"github.com/mycarerecord/mcr/audit/spool"
	"github.com/mycarerecord/mcr/audit/sqlite"
	"github.com/mycarerecord/mcr/audit/trailtest"
)

// Trace ids that are not W3C's, or look like what the column makes of one, are
// found as they are.
func TestOddTraceIDsAreFound(t *testing.T) {
	s := open(t)
	var records []*audit.Record
	traces := []string{"4bf92f3577b34da6a3ce929d0e0e4736", "4BF92F3577B34DA6A3CE929D0E0E4736", "sixteen bytes xx", "sixteen bytes xx\x00", "x", "K\xf9/5w\xb3M\xa6\xa3\xce\x92\x9d\x0e\x0eG6"}
	for i, trace := range traces {
		r := trailtest.Records("region-1", 1)[0]
		r.ID, r.TraceID, r.Action, r.Outcome, r.UserID = strings.Repeat("a", i+1), trace, "view", audit.Released, "" // of nobody, whom the trace id stands for
		records = append(records, r)
	}
	if err := s.Deliver(t.Context(), trailtest.Batch(t, "region-1", trailtest.Chain(records...))); err != nil {
		t.Fatal(err)
	}
	for i, trace := range traces[:5] {
		found, err := s.Search(t.Context(), audit.Scope{}, audit.Filter{Trace: trace}, "")
		if err != nil || len(found.Records) != 1 || found.Records[0].ID != records[i].ID {
			t.Errorf("%q: %d records, %v", trace, len(found.Records), err)
		}
	}
	if n, err := s.Count(t.Context(), audit.Scope{}, audit.Filter{}, audit.BySource); err != nil || len(n) != 1 || n[0].Visits[audit.Views] != len(traces) {
		t.Errorf("%+v, %v", n, err)
	}
}

// Many ask at once: each question needs more than one look at the file, and there
// are two connections for all of them.
func TestManyAskAtOnce(t *testing.T) {
	path := filepath.Join(t.TempDir(), "trail.db")
	s, err := sqlite.Open(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Deliver(t.Context(), trailtest.Batch(t, "region-1", trailtest.Chain(trailtest.Mixed("region-1", 300)...))); err != nil {
		t.Fatal(err)
	}
	s.Close()
	if s, err = sqlite.OpenTrail(t.Context(), path); err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	done := make(chan error)
	for i := range 8 {
		go func() {
			_, err := s.Search(t.Context(), audit.Scope{Limit: 10}, audit.Filter{Measure: audit.Measures()[i]}, "")
			if err == nil {
				_, err = s.Count(t.Context(), audit.Scope{}, audit.Filter{}, audit.Dimensions()[i])
			}
			done <- err
		}()
	}
	for range 8 {
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
}

// Those who count the same at once share the reading; one who goes away takes
// nobody along, and what was stored before a count began is in it.
func TestCountingTogether(t *testing.T) {
	s := open(t)
	model := new(trailtest.Memory)
	all := trailtest.Chain(trailtest.Mixed("region-1", 300)...)
	for some := range slices.Chunk(all, 30) {
		for _, store := range []audit.Store{s, model} {
			if err := store.Deliver(t.Context(), trailtest.Batch(t, "region-1", some)); err != nil {
				t.Fatal(err)
			}
		}
		leaving, leave := context.WithCancel(t.Context())
		done := make(chan error)
		for i := range 8 {
			go func() {
				by := audit.Dimensions()[i]
				if i%4 == 3 {
					_, err := s.Count(leaving, audit.Scope{}, audit.Filter{}, by)
					if !errors.Is(err, context.Canceled) {
						done <- err
						return
					}
				}
				want, _ := model.Count(t.Context(), audit.Scope{}, audit.Filter{}, by)
				got, err := s.Count(t.Context(), audit.Scope{}, audit.Filter{}, by)
				if diff := cmp.Diff(want, got); err == nil && diff != "" {
					err = errors.New(diff)
				}
				done <- err
			}()
		}
		leave()
		for range 8 {
			if err := <-done; err != nil {
				t.Error(err)
			}
		}
	}
}

// hundredThousand are records of one month, in a file.
func hundredThousand(b *testing.B) *sqlite.Store {
	b.Helper()
	s := open(b)
	records := trailtest.Mixed("region-1", 100_000)
	for i, r := range records {
		r.TimeIn = begin.Add(time.Duration(i) * 25 * time.Second)
		r.Input = []byte(pad)
		// As in life, most follows from something else: some thousand kinds.
		r.SourceOrg, r.RoleCode, r.UserOrg = "org of "+r.Source, "R8000", "RXA01"
		if n := len(r.UserID); n > 0 {
			r.RoleCode, r.UserOrg = "R800"+r.UserID[n-1:], []string{"RXA01", "RXB02", "A81001"}[int(r.UserID[n-1])%3]
		}
	}
	entries := trailtest.Chain(records...)
	for some := range slices.Chunk(entries, 5000) {
		if err := s.Deliver(b.Context(), audit.Batch{Broker: "region-1", Entries: some, Columns: columnsOf(b, some)}); err != nil {
			b.Fatal(err)
		}
	}
	return s
}

func columnsOf(b *testing.B, entries []spool.Entry) []audit.Columns {
	return trailtest.Batch(b, "", entries).Columns
}

func BenchmarkAsk(b *testing.B) {
	s := hundredThousand(b)
	b.Logf("%s kinds", sqlite.One(b, s, `SELECT CAST(count(*) AS TEXT) FROM kind`))
	if _, err := s.Search(b.Context(), audit.Scope{Limit: 1}, audit.Filter{}, ""); err != nil { // reads the kinds
		b.Fatal(err)
	}
	last := audit.Scope{Since: begin.Add(100_000*25*time.Second).AddDate(0, 0, -7), Limit: 50}
	whole := audit.Scope{Limit: 50}
	for name, ask := range map[string]func() error{
		"search the newest":             search(b, s, whole, audit.Filter{}),
		"search a source's refusals":    search(b, s, whole, audit.Filter{Source: "county", Measure: audit.Refusals}),
		"search a patient":              search(b, s, whole, audit.Filter{Patient: []string{trailtest.HMAC(3)}}),
		"search what is not there":      search(b, s, whole, audit.Filter{UserID: "nobody"}),
		"show":                          show(b, s),
		"visits, the newest":            visited(b, s, whole, audit.Filter{}),
		"visits, a source's refusals":   visited(b, s, whole, audit.Filter{Source: "county", Measure: audit.Refusals}),
		"visits of a patient":           visited(b, s, whole, audit.Filter{Patient: []string{trailtest.HMAC(3)}}),
		"visits, what is not there":     visited(b, s, whole, audit.Filter{Rule: "nothing"}),
		"count a source's refusals":     count(b, s, whole, audit.Filter{Source: "county", Measure: audit.Refusals}, audit.Overall),
		"count by day, all":             count(b, s, whole, audit.Filter{}, audit.ByDay),
		"count by rule, all":            count(b, s, whole, audit.Filter{}, audit.ByRule),
		"overview, eight counts":        overview(b, s, whole),
		"overview, eight of a week":     overview(b, s, last),
		"count by rule, a week":         count(b, s, last, audit.Filter{}, audit.ByRule),
		"count by user, one's own part": count(b, s, audit.Scope{SourceOrg: "org of county", OwnStaff: true}, audit.Filter{}, audit.ByUser),
	} {
		b.Run(name, func(b *testing.B) {
			before := cpu()
			defer func() { b.ReportMetric((cpu()-before)/1000/float64(b.N), "cpu-ms/op") }()
			for b.Loop() {
				if err := ask(); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func search(b *testing.B, s *sqlite.Store, sc audit.Scope, f audit.Filter) func() error {
	return func() error { _, err := s.Search(b.Context(), sc, f, ""); return err }
}

func visited(b *testing.B, s *sqlite.Store, sc audit.Scope, f audit.Filter) func() error {
	return func() error { _, err := s.Visits(b.Context(), sc, f, ""); return err }
}

func count(b *testing.B, s *sqlite.Store, sc audit.Scope, f audit.Filter, by audit.Dimension) func() error {
	return func() error { _, err := s.Count(b.Context(), sc, f, by); return err }
}

// overview counts by eight dimensions at once, as the console does.
func overview(b *testing.B, s *sqlite.Store, sc audit.Scope) func() error {
	return func() error {
		done := make(chan error)
		for _, by := range audit.Dimensions()[:8] {
			go func() { _, err := s.Count(b.Context(), sc, audit.Filter{}, by); done <- err }()
		}
		var errs error
		for range 8 {
			errs = errors.Join(errs, <-done)
		}
		return errs
	}
}

func show(b *testing.B, s *sqlite.Store) func() error {
	return func() error {
		_, err := s.Show(b.Context(), "0195f2c0-region-1-077777", audit.Scope{SourceOrg: "A81001", OwnStaff: true})
		if errors.Is(err, audit.ErrNotFound) {
			err = nil
		}
		return err
	}
}

// How long the first start after an upgrade of the program takes.
func BenchmarkUpgrade(b *testing.B) {
	s := hundredThousand(b)
	path := sqlite.One(b, s, `SELECT file FROM pragma_database_list WHERE name = 'main'`)
	for b.Loop() {
		b.StopTimer()
		sqlite.Downgrade(b, s)
		b.StartTimer()
		again, err := sqlite.Open(b.Context(), path)
		if err != nil {
			b.Fatal(err)
		}
		again.Close()
	}
}
