package trailtest

import (
	"context"
	"fmt"
	"log/slog"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/mycarerecord/mcr/audit"
	"github.com/mycarerecord/mcr/audit/protect"
	"github.com/mycarerecord/mcr/audit/spool"
)

// Writers write records to a journal in a folder, one after another in each of some goroutines,
// until they are stopped.
type Writers struct {
	Keys    *protect.Keys
	Spool   *spool.Spool
	Journal *audit.Journal

	stop    chan struct{}
	writing sync.WaitGroup
}

// Quiet is a log that nobody reads.
var Quiet = slog.New(slog.DiscardHandler)

// OpenSpool opens keys and spool of a folder.
func OpenSpool(t testing.TB, dir string) *Writers {
	t.Helper()
	w := &Writers{stop: make(chan struct{})}
	var err error
	if w.Keys, err = protect.LoadOrCreateKeys(filepath.Join(dir, "keys")); err != nil {
		t.Fatal(err)
	}
	if w.Spool, err = spool.Open(filepath.Join(dir, "spool"), spool.Options{MinFreeBytes: -1, Hold: time.Hour}); err != nil {
		t.Fatal(err)
	}
	return w
}

// Begin begins to write, a record in each pause.
func (w *Writers) Begin(t testing.TB, pause time.Duration) {
	for i := range 8 {
		w.writing.Go(func() {
			tick := time.NewTicker(pause)
			defer tick.Stop()
			for n := 0; ; n++ {
				select {
				case <-w.stop:
					return
				case <-tick.C:
				}
				r := Records("region-1", 1)[0]
				r.ID, r.TimeIn, r.PatientHMAC = fmt.Sprintf("id-%d-%d-%d", i, n, time.Now().UnixNano()), time.Now().UTC(), HMAC(n%7)
				if err := w.Journal.Append(context.Background(), r); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
}

// Stop stops writing.
func (w *Writers) Stop() {
	close(w.stop)
	w.writing.Wait()
}
