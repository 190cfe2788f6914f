package sqlite_test

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/mycarerecord/mcr/audit/protect"
	"github.com/mycarerecord/mcr/audit/ship"

	"github.com/mycarerecord/mcr/audit"
	"github.com/mycarerecord/mcr/audit/proof"
	"github.com/mycarerecord/mcr/audit/spool"
	"github.com/mycarerecord/mcr/audit/sqlite"
)

const childEnv = "MCR_TEST_AUDIT_CHILD"

// TestMain runs the child of a test that kills it instead of the tests when it is asked to.
func TestMain(m *testing.M) {
	if path := os.Getenv(upgradeEnv); path != "" {
		if err := upgradeChild(path); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	if dir := os.Getenv(childEnv); dir != "" {
		if err := child(dir); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

// running is a whole audit trail in one folder.
type running struct {
	spool   *spool.Spool
	store   *sqlite.Store
	journal *audit.Journal
	shipper *ship.Shipper
}

func start(dir string) (*running, error) {
	ctx, r := context.Background(), &running{}
	keys, err := protect.LoadOrCreateKeys(filepath.Join(dir, "keys.json"))
	if err != nil {
		return nil, err
	}
	if r.store, err = sqlite.Open(ctx, filepath.Join(dir, "trail.db")); err != nil {
		return nil, err
	}
	if r.spool, err = spool.Open(filepath.Join(dir, "spool"), spool.Options{SegmentBytes: 64 << 10, MinFreeBytes: -1}); err != nil {
		return nil, err
	}
	c, err := ship.OpenCheckpoint(filepath.Join(dir, "checkpoint.json"), keys, "region-1")
	if err != nil {
		return nil, err
	}
	st, err := ship.StartCheck(ctx, r.spool, r.store, c)
	if err != nil {
		return nil, err
	}
	r.journal = audit.NewJournal(r.spool, st.Broker)
	// Small batches, always: a kill is to find one under way.
	r.shipper = ship.Begin(r.spool, r.store, c, st, ship.Options{
		BatchRecords: 16, Every: time.Millisecond, Drain: 2 * time.Minute, Log: slog.New(slog.DiscardHandler),
	})
	return r, nil
}

// child writes records until it is killed, and prints the id of each when it is
// durable: what a client would have received.
func child(dir string) error {
	r, err := start(dir)
	if err != nil {
		return err
	}
	var out sync.Mutex
	for writer := range 8 {
		go func() {
			for n := 0; ; n++ {
				id := fmt.Sprintf("%d-%d-%d", os.Getpid(), writer, n)
				err := r.journal.Append(context.Background(), &audit.Record{
					ID: id, TimeIn: time.Now(), Outcome: audit.Refused, Source: "gp-riverside", SourceOrg: "A81001",
				})
				if err != nil {
					fmt.Fprintln(os.Stderr, err)
					os.Exit(1)
				}
				out.Lock()
				fmt.Println(id)
				out.Unlock()
			}
		}()
	}
	select {}
}

// kill -9 under load, again and again: every record that Append said is durable
// is in the store exactly once, and the chain is whole.
func TestKillNineEveryRecordExactlyOnce(t *testing.T) {
	dir := t.TempDir()
	seen := map[string]bool{}
	for round := range 5 {
		for _, id := range killAfter(t, dir, 100+100*round) {
			seen[id] = true
		}
	}
	r, err := start(dir)
	if err != nil {
		t.Fatal(err)
	}
	if err := r.shipper.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	times := map[string]int{}
	for after := uint64(0); ; {
		some, err := r.store.Entries(t.Context(), "region-1", after, 1000)
		if err != nil {
			t.Fatal(err)
		}
		if len(some) == 0 {
			break
		}
		for _, e := range some {
			var rec audit.Record
			if err := json.Unmarshal(e.Payload, &rec); err != nil {
				t.Fatal(err)
			}
			times[rec.ID]++
			after = e.Seq
		}
	}
	for id := range seen {
		if times[id] != 1 {
			t.Errorf("record %s was acknowledged and is in the store %d times", id, times[id])
		}
	}
	for id, n := range times {
		if n != 1 {
			t.Errorf("record %s is in the store %d times", id, n)
		}
	}
	report, err := proof.Verify(t.Context(), r.store, "region-1")
	if err != nil || !report.OK() {
		t.Errorf("%v\n%s", err, report)
	}
	t.Logf("%d records acknowledged, %d in the store", len(seen), len(times))
	if err := r.spool.Close(); err != nil {
		t.Error(err)
	}
	if err := r.store.Close(); err != nil {
		t.Error(err)
	}
}

// killAfter runs a child until it has printed n ids, kills it, and gives all
// that it printed.
func killAfter(t *testing.T, dir string, n int) []string {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), childEnv+"="+dir)
	var complaint strings.Builder
	cmd.Stderr = &complaint
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	var ids []string
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		ids = append(ids, lines.Text())
		if len(ids) == n {
			if err := cmd.Process.Kill(); err != nil {
				t.Fatal(err)
			}
		}
	}
	_ = cmd.Wait() // it was killed
	if len(ids) < n {
		t.Fatalf("the child ended after %d records: %s", len(ids), complaint.String())
	}
	// The last line may be cut off.
	return ids[:len(ids)-1]
}
