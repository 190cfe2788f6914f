package completeness_test

import (
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"

	"github.com/mycarerecord/mcr/audit"
	"github.com/mycarerecord/mcr/audit/completeness"
	"github.com/mycarerecord/mcr/audit/spool"
	"github.com/mycarerecord/mcr/audit/trailtest"
)

var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// stand is a broker in small: a counter, and a chain whose records go to a store.
type stand struct {
	t       *testing.T
	dir     string
	now     time.Time
	counter *completeness.Counter
	store   *trailtest.Memory
	all     []spool.Entry
	prev    spool.Hash
	pending int64
}

func newStand(t *testing.T) *stand {
	s := &stand{t: t, dir: filepath.Join(t.TempDir(), "counts"), now: noon, store: new(trailtest.Memory)}
	s.open(true)
	return s
}

func (s *stand) open(fresh bool) {
	s.t.Helper()
	var err error
	s.counter, err = completeness.Open(s.dir, completeness.Options{
		Fresh: fresh, Every: time.Hour, Clock: func() time.Time { return s.now }, Log: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		s.t.Fatal(err)
	}
}

// record makes an entry of the chain, from a source.
func (s *stand) record(source, org string) {
	r := &audit.Record{ID: fmt.Sprintf("id-%d", len(s.all)), Broker: "wend-1", TimeIn: s.now, Outcome: audit.Released, Source: source, SourceOrg: org}
	e := spool.Entry{Seq: uint64(len(s.all) + 1), Payload: audit.AppendJSON(nil, r)}
	e.Hash = spool.Link(s.prev, e.Seq, e.Payload)
	s.all, s.prev = append(s.all, e), e.Hash
}

// answer is a request that is answered in order: recorded, then served.
func (s *stand) answer(org string) {
	s.record("gp-"+org, org)
	s.counter.Served(s.now, org, true)
}

// ship delivers entries, and counts them as the shipper does.
func (s *stand) ship(from, to int) {
	s.t.Helper()
	b := trailtest.Batch(s.t, "wend-1", s.all[from:to])
	if err := s.store.Deliver(s.t.Context(), b); err != nil {
		s.t.Fatal(err)
	}
	s.counter.Shipped(b)
}

func (s *stand) sources() completeness.Sources {
	return completeness.Sources{Broker: "wend-1", Days: s.counter.Days, Rows: s.store, Pending: func() int64 { return s.pending }, Clock: func() time.Time { return s.now }}
}

func (s *stand) lines() (out []string) {
	s.t.Helper()
	lines, err := completeness.Lines(s.t.Context(), s.sources(), noon, s.now)
	if err != nil {
		s.t.Fatal(err)
	}
	for _, l := range lines {
		text := fmt.Sprintf("%s %s %d=%d=%d", l.Day, l.Organisation, l.Counts.Served, l.Counts.Records, l.Rows.Requests)
		if l.Waiting {
			text += " waiting"
		}
		if len(l.LowerBound) > 0 {
			text += " at least"
		}
		for _, d := range l.Differences {
			text += fmt.Sprintf(" %s:%d", d.Kind, d.N)
		}
		out = append(out, text)
	}
	return out
}

func (s *stand) want(what string, want ...string) {
	s.t.Helper()
	if diff := cmp.Diff(want, s.lines()); diff != "" {
		s.t.Errorf("%s (-want +got):\n%s", what, diff)
	}
}

// crash is the end of a process without Close.
func (s *stand) crash() {
	s.t.Helper()
	kept := map[string][]byte{}
	names, _ := filepath.Glob(filepath.Join(s.dir, "*.json"))
	for _, name := range names {
		kept[name], _ = os.ReadFile(name)
	}
	if err := s.counter.Close(); err != nil { // its goroutine; what it writes is put back
		s.t.Fatal(err)
	}
	for name, text := range kept {
		if err := os.WriteFile(name, text, 0o600); err != nil {
			s.t.Fatal(err)
		}
	}
}

func TestWhatWasAnsweredIsWhatIsStored(t *testing.T) {
	s := newStand(t)
	for range 5 {
		s.answer("A81001")
	}
	s.answer("RXB02")
	s.record(audit.SourceConsole, "RXB02") // a look
	s.pending = 7
	s.want("nothing is shipped yet", "2026-03-01 A81001 5=0=0 waiting", "2026-03-01 RXB02 1=0=0 waiting")
	s.ship(0, 7)
	s.pending = 0
	s.ship(2, 5) // a batch that is sent again
	s.want("all is shipped", "2026-03-01 A81001 5=5=5 waiting", "2026-03-01 RXB02 1=1=1 waiting")
	if err := s.counter.Close(); err != nil {
		t.Fatal(err)
	}
	s.now = noon.AddDate(0, 0, 1)
	s.open(false)
	s.ship(0, 7) // after a restart too
	s.answer("A81001")
	s.ship(7, 8)
	s.now = noon.AddDate(0, 0, 2)
	s.want("two days later", "2026-03-02 A81001 1=1=1", "2026-03-01 A81001 5=5=5", "2026-03-01 RXB02 1=1=1")
	if err := s.counter.Close(); err != nil {
		t.Fatal(err)
	}
}

func TestEachDifferenceIsNamed(t *testing.T) {
	for name, c := range map[string]struct {
		do   func(*stand)
		want string
	}{
		"an answer without a record":              {func(s *stand) { s.counter.Served(s.now, "A81001", true) }, "2026-03-01 A81001 4=3=3 unrecorded:1"},
		"a refusal that could not be recorded":    {func(s *stand) { s.counter.Served(s.now, "A81001", false) }, "2026-03-01 A81001 3=3=3"},
		"a record that nobody was answered for":   {func(s *stand) { s.record("gp-x", "A81001"); s.ship(3, 4) }, "2026-03-01 A81001 3=4=4 uncounted:1"},
		"a store that lost a record":              {func(s *stand) { s.store.Lose("wend-1", 2) }, "2026-03-01 A81001 3=3=2 missing:1"},
		"a record put into the store by another":  {func(s *stand) { s.record("gp-x", "A81001"); s.deliver(3, 4) }, "2026-03-01 A81001 3=3=4 added:1"},
		"a look that the store lost":              {func(s *stand) { s.record("console", "A81001"); s.ship(3, 4); s.store.Lose("wend-1", 4) }, "2026-03-01 A81001 3=3=3 missing:1"},
		"a record that is on its way is no fault": {func(s *stand) { s.answer("A81001"); s.pending = 1 }, "2026-03-01 A81001 4=3=3 waiting"},
		"another broker's records are not ours":   {func(s *stand) {}, "2026-03-01 A81001 3=3=3"},
	} {
		t.Run(name, func(t *testing.T) {
			s := newStand(t)
			for range 3 {
				s.answer("A81001")
			}
			s.ship(0, 3)
			c.do(s)
			s.now = noon.AddDate(0, 0, 1)
			s.want(name, c.want)
			if err := s.counter.Close(); err != nil {
				t.Fatal(err)
			}
		})
	}
}

func (s *stand) deliver(from, to int) {
	s.t.Helper()
	if err := s.store.Deliver(s.t.Context(), trailtest.Batch(s.t, "wend-1", s.all[from:to])); err != nil {
		s.t.Fatal(err)
	}
}

// After a crash the answers are a lower bound: fewer than records is no difference, more
// still is; and records are counted whole, since a batch is counted before it is
// acknowledged.
func TestAfterACrashTheAnswersAreALowerBound(t *testing.T) {
	s := newStand(t)
	s.answer("A81001")
	s.ship(0, 1)
	s.answer("A81001")
	s.answer("A81001") // answered, and written down nowhere
	s.crash()
	s.now = noon.Add(time.Hour)
	s.open(false)
	s.ship(0, 3)
	s.now = noon.AddDate(0, 0, 1)
	s.want("after a crash", "2026-03-01 A81001 1=3=3 at least")
	s.now = noon
	for range 3 {
		s.counter.Served(s.now, "A81001", true)
	}
	s.now = noon.AddDate(0, 0, 1)
	s.want("too many all the same", "2026-03-01 A81001 4=3=3 at least unrecorded:1")
	s.crash()
	if err := os.WriteFile(filepath.Join(s.dir, "2026-03-01.json"), []byte(`{"version":1`), 0o600); err != nil {
		t.Fatal(err)
	}
	s.open(false)
	s.want("a file that cannot be read is none", "2026-03-01 A81001 0=0=3")
	if err := s.counter.Close(); err != nil {
		t.Fatal(err)
	}
}

func TestADayInWhichCountingBeganIsALowerBound(t *testing.T) {
	s := newStand(t)
	if err := errors.Join(s.counter.Close(), os.RemoveAll(s.dir)); err != nil {
		t.Fatal(err)
	}
	s.record("gp-A81001", "A81001")
	s.deliver(0, 1)
	s.open(false)
	s.answer("A81001")
	s.ship(1, 2)
	s.now = noon.AddDate(0, 0, 1)
	s.want("begun on a day with records", "2026-03-01 A81001 1=1=2 at least")
	if err := s.counter.Close(); err != nil {
		t.Fatal(err)
	}
}

func TestMetricsNameWhatDiffers(t *testing.T) {
	s := newStand(t)
	s.answer("A81001")
	s.ship(0, 1)
	s.store.Lose("wend-1", 1)
	w := completeness.Begin(s.sources(), time.Hour, slog.New(slog.DiscardHandler))
	defer w.Close()
	w.Check(t.Context())
	reg := prometheus.NewPedanticRegistry()
	reg.MustRegister(w)
	const want = `
		# HELP mcr_audit_completeness_difference By how much requests, records, rows and leaves of yesterday and today differ, by kind: unrecorded, uncounted, missing, added, leaves. Anything but zero needs somebody.
		# TYPE mcr_audit_completeness_difference gauge
		mcr_audit_completeness_difference{broker="wend-1",kind="added"} 0
		mcr_audit_completeness_difference{broker="wend-1",kind="leaves"} 0
		mcr_audit_completeness_difference{broker="wend-1",kind="missing"} 1
		mcr_audit_completeness_difference{broker="wend-1",kind="uncounted"} 0
		mcr_audit_completeness_difference{broker="wend-1",kind="unrecorded"} 0
	`
	if err := testutil.GatherAndCompare(reg, strings.NewReader(want), "mcr_audit_completeness_difference"); err != nil {
		t.Error(err)
	}
	if err := w.Red(); err == nil || !strings.Contains(err.Error(), "compared at 2026-03-01T12:00:00Z: 1 records are not in the store any more (") {
		t.Errorf("health is told %v", err)
	}
	if err := s.store.Deliver(t.Context(), trailtest.Batch(t, "wend-1", s.all)); err != nil { // again
		t.Fatal(err)
	}
	w.Check(t.Context())
	if err := w.Red(); err != nil {
		t.Errorf("it is complete again, and health is told %v", err)
	}
	if err := s.counter.Close(); err != nil {
		t.Fatal(err)
	}
}

func FuzzReadDays(f *testing.F) {
	f.Add([]byte(`{"version":1,"day":"2026-03-01","open":true,"written":"2026-03-01T12:00:00Z","shipped":{"a":7},"organisations":{"A81001":{"served":1,"records":2}}}`))
	f.Add([]byte(`{"version":1,"day":"2026-03-01","shipped":{},"organisations":{"x":null}}`))
	dir := f.TempDir()
	f.Fuzz(func(t *testing.T, text []byte) {
		if err := os.WriteFile(filepath.Join(dir, "2026-03-01.json"), text, 0o600); err != nil {
			t.Fatal(err)
		}
		days, err := completeness.ReadDays(dir, "2026-03-01", "2026-03-01")
		if err == nil && (len(days) != 1 || days[0].Day != "2026-03-01") || errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%v, %v", days, err)
		}
	})
}
