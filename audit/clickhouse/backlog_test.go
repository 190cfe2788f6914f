//go:build servers

package clickhouse_test

import (
	"context"
	"flag"
	"log/slog"
	"path/filepath"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/mycarerecord/mcr/audit"
	"github.com/mycarerecord/mcr/audit/clickhouse"
	"github.com/mycarerecord/mcr/audit/protect"
	"github.com/mycarerecord/mcr/audit/ship"
	"github.com/mycarerecord/mcr/audit/spool"
	"github.com/mycarerecord/mcr/audit/trailtest"
)

var backlogRecords = flag.Int("backlog", 500_000, "how many records BenchmarkBacklog delivers")

// backlog is a spool full of records, and what ships them.
type backlog struct {
	spool      *spool.Spool
	checkpoint *ship.Checkpoint
	broker     string
}

// newBacklog writes n records through a journal, as a broker whose store is away.
func newBacklog(t testing.TB, n int, next func() *audit.Record) *backlog {
	t.Helper()
	return backlogOf(t, "westvale", n, next)
}

// backlogOf is newBacklog of a broker of another name.
func backlogOf(t testing.TB, broker string, n int, next func() *audit.Record) *backlog {
	t.Helper()
	dir := t.TempDir()
	keys, err := protect.CreateKeys(filepath.Join(dir, "keys.json"))
	if err != nil {
		t.Fatal(err)
	}
	sp, err := spool.Open(filepath.Join(dir, "spool"), spool.Options{MinFreeBytes: -1})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { sp.Close() })
	checkpoint, err := ship.OpenCheckpoint(filepath.Join(dir, "checkpoint.json"), keys, broker)
	if err != nil {
		t.Fatal(err)
	}
	journal := audit.NewJournal(sp, broker)
	records := make(chan *audit.Record, 1000)
	var writers sync.WaitGroup
	for range 64 {
		writers.Go(func() {
			for r := range records {
				if err := journal.Append(context.Background(), r); err != nil {
					t.Error(err)
				}
			}
		})
	}
	for range n {
		records <- next()
	}
	close(records)
	writers.Wait()
	return &backlog{sp, checkpoint, broker}
}

// counted is a store that says how far deliveries have come.
type counted struct {
	*clickhouse.Store
	took time.Duration // in the store
	last chan uint64   // one value, the last number that is stored
}

func (c *counted) Deliver(ctx context.Context, b audit.Batch) error {
	began := time.Now()
	err := c.Store.Deliver(ctx, b)
	c.took += time.Since(began)
	if err == nil {
		select {
		case <-c.last:
		default:
		}
		c.last <- b.Last()
	}
	return err
}

// ship delivers all of it and returns when the store has it.
func (l *backlog) ship(t testing.TB, store audit.Store, last chan uint64, opt ship.Options) {
	t.Helper()
	start, err := ship.StartCheck(t.Context(), l.spool, store, l.checkpoint)
	if err != nil {
		t.Fatal(err)
	}
	opt.Every, opt.Log = time.Millisecond, slog.New(slog.DiscardHandler)
	shipper := ship.Begin(l.spool, store, l.checkpoint, start, opt)
	want, _ := l.spool.Last()
	for at := uint64(0); at < want; {
		select {
		case at = <-last:
		case <-t.Context().Done():
			t.Fatalf("delivered up to %d: %+v", at, shipper.Progress())
		}
	}
	if err := shipper.Close(t.Context()); err != nil {
		t.Error(err)
	}
}

// The backlog of a store that was away, from a real spool to a real server, and beside
// it the driver alone: the same documents in blocks of the same size into a table that
// syncs nothing and has no index, nothing read back.
//
//	go test -tags servers -run '^$' -bench Backlog -benchtime 1x ./audit/clickhouse
func BenchmarkBacklog(b *testing.B) {
	s := open(b)
	if err := s.Prepare(b.Context()); err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		b.StopTimer()
		region := trailtest.NewVaried("westvale", 1)
		l := newBacklog(b, *backlogRecords, region.Next)
		alone := driverAlone(b, s, l)
		clickhouse.Exec(b, s, `TRUNCATE TABLE records`)
		clickhouse.Exec(b, s, `TRUNCATE TABLE by_patient`)
		store := &counted{Store: s, last: make(chan uint64, 1)}
		used := cpu()
		began := time.Now()
		b.StartTimer()
		l.ship(b, store, store.last, ship.Options{})
		b.StopTimer()
		took := time.Since(began)
		used = cpu() - used
		n := float64(*backlogRecords)
		b.ReportMetric(n/took.Seconds(), "rows/s")
		b.ReportMetric(n/store.took.Seconds(), "rows/s-in-store")
		b.ReportMetric(used/n, "cpu-µs/row")
		b.ReportMetric(n/alone.Seconds(), "rows/s-driver-alone")
		b.ReportMetric(alone.Seconds()/took.Seconds(), "of-driver-alone")
		clickhouse.Exec(b, s, `SYSTEM FLUSH LOGS`)
		for what, like := range map[string]string{"server-cpu-µs/row": "INSERT INTO records%", "server-cpu-µs/row-driver-alone": "INSERT INTO plain%", "server-cpu-µs/row-read-back": "SELECT count(), groupBitXor%"} {
			spent, err := strconv.ParseFloat(clickhouse.Text(b, s, `SELECT toString(sum(ProfileEvents['UserTimeMicroseconds'] + ProfileEvents['SystemTimeMicroseconds']))
				FROM system.query_log WHERE type = 'QueryFinish' AND ltrim(query) LIKE '`+like+`' AND current_database = currentDatabase()`), 64)
			if err != nil {
				b.Error(err)
			}
			b.ReportMetric(spent/n, what)
		}
		b.StartTimer()
	}
}

// driverAlone inserts the documents of a backlog with nothing else, and gives what the
// inserting took.
func driverAlone(b *testing.B, s *clickhouse.Store, l *backlog) (took time.Duration) {
	clickhouse.Exec(b, s, `DROP TABLE IF EXISTS plain`)
	clickhouse.Exec(b, s, `CREATE TABLE plain (broker LowCardinality(String), seq UInt64, hash FixedString(32), document String) ENGINE = MergeTree ORDER BY seq`)
	most, bytes := s.BatchSize()
	for after := uint64(0); ; {
		var entries []spool.Entry
		for size := 0; len(entries) < most && size < bytes; {
			some, err := l.spool.Read(after, most-len(entries))
			if err != nil {
				b.Fatal(err)
			}
			if len(some) == 0 {
				break
			}
			for _, e := range some {
				size += len(e.Payload)
			}
			entries = append(entries, some...)
			after = some[len(some)-1].Seq
		}
		if len(entries) == 0 {
			return took
		}
		took += clickhouse.Plain(b, s, entries)
	}
}
