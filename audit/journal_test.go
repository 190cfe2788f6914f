package audit_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mycarerecord/mcr/audit"
	"github.com/mycarerecord/mcr/audit/spool"
)

func openSpool(t testing.TB, dir string, opt spool.Options) *spool.Spool {
	t.Helper()
	opt.MinFreeBytes = -1
	sp, err := spool.Open(dir, opt)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { sp.Close() })
	return sp
}

func TestAppendIsInTheSpoolWhenItReturns(t *testing.T) {
	sp := openSpool(t, t.TempDir(), spool.Options{})
	j := audit.NewJournal(sp, "region-1")
	for want := uint64(1); want <= 3; want++ {
		r := record()
		r.Broker, r.Sequence, r.Reasons = "somebody else", 99, nil
		if err := j.Append(t.Context(), r); err != nil {
			t.Fatal(err)
		}
		if r.Sequence != want || r.Broker != "region-1" {
			t.Errorf("number %d of %s, want %d of region-1", r.Sequence, r.Broker, want)
		}
		kept, err := sp.Read(want-1, 1)
		if err != nil || len(kept) != 1 {
			t.Fatalf("the spool has %d entries, %v", len(kept), err)
		}
		if strings.Contains(string(kept[0].Payload), `"sequence"`) {
			t.Error("the document bears a number of its own: it stands in the frame")
		}
		var back audit.Record
		if err := json.Unmarshal(kept[0].Payload, &back); err != nil {
			t.Fatal(err)
		}
		back.Sequence = kept[0].Seq // it lives in the frame
		if diff := cmp.Diff(r, &back); diff != "" {
			t.Errorf("the record (-appended +kept):\n%s", diff)
		}
	}
}

// Attack 131: the sink is full → no record, so no release.
func TestAttack131SpoolFullIsUnavailable(t *testing.T) {
	sp := openSpool(t, t.TempDir(), spool.Options{SegmentBytes: 16 << 10, MaxBytes: 48 << 10})
	j := audit.NewJournal(sp, "region-1")
	var err error
	n := 0
	for ; err == nil && n < 1000; n++ {
		err = j.Append(t.Context(), record())
	}
	if !errors.Is(err, audit.ErrUnavailable) || !errors.Is(err, spool.ErrFull) {
		t.Fatalf("after %d records: %v", n, err)
	}
	if err := j.Check(t.Context()); !errors.Is(err, audit.ErrUnavailable) {
		t.Errorf("health: %v", err)
	}
	if err := sp.Ack(sp.Stats().Last); err != nil {
		t.Fatal(err)
	}
	if err := j.Append(t.Context(), record()); err != nil {
		t.Errorf("with room again: %v", err)
	}
}

// Attack 131: the disk fails → no record, so no release.
func TestAttack131DiskFailureIsUnavailable(t *testing.T) {
	disk := &brokenDisk{FS: spool.Disk{}}
	sp := openSpool(t, t.TempDir(), spool.Options{FS: disk})
	j := audit.NewJournal(sp, "region-1")
	if err := j.Append(t.Context(), record()); err != nil {
		t.Fatal(err)
	}
	disk.set(errors.New("input/output error"))
	r := record()
	if err := j.Append(t.Context(), r); !errors.Is(err, audit.ErrUnavailable) {
		t.Fatalf("on a broken disk: %v", err)
	} else if strings.Contains(err.Error(), r.PatientHMAC) {
		t.Errorf("the error names the patient: %v", err)
	}
}

func TestAppendAfterCloseIsUnavailable(t *testing.T) {
	sp := openSpool(t, t.TempDir(), spool.Options{})
	j := audit.NewJournal(sp, "region-1")
	sp.Close()
	if err := j.Append(t.Context(), record()); !errors.Is(err, audit.ErrUnavailable) {
		t.Error(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := j.Append(ctx, record()); !errors.Is(err, audit.ErrUnavailable) {
		t.Error(err)
	}
}

func TestManyAppendAtOnce(t *testing.T) {
	sp := openSpool(t, t.TempDir(), spool.Options{})
	j := audit.NewJournal(sp, "region-1")
	var all sync.WaitGroup
	for i := range 16 {
		all.Go(func() {
			for n := range 50 {
				r := record()
				r.ID = fmt.Sprintf("%d-%d-%s", i, n, strings.Repeat("x", i*n%200))
				if err := j.Append(t.Context(), r); err != nil {
					t.Error(err)
				}
			}
		})
	}
	all.Wait()
	ids := map[string]bool{}
	kept, err := sp.Read(0, 10_000)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range kept {
		c, err := audit.ReadColumns(e.Payload)
		if err != nil || ids[c.ID] {
			t.Fatalf("entry %d: %v, seen before: %v", e.Seq, err, ids[c.ID])
		}
		ids[c.ID] = true
	}
	if len(ids) != 800 {
		t.Errorf("%d records", len(ids))
	}
}

// brokenDisk fails every sync once it is told to.
type brokenDisk struct {
	spool.FS
	mu  sync.Mutex
	err error
}

func (d *brokenDisk) set(err error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.err = err
}

func (d *brokenDisk) Create(name string) (spool.File, error) {
	f, err := d.FS.Create(name)
	return brokenFile{f, d}, err
}

func (d *brokenDisk) Edit(name string) (spool.File, error) {
	f, err := d.FS.Edit(name)
	return brokenFile{f, d}, err
}

func (d *brokenDisk) InPlace(f io.Closer, name string, size int64) error {
	if own, ok := f.(brokenFile); ok {
		f = own.File
	}
	return d.FS.InPlace(f, name, size)
}

type brokenFile struct {
	spool.File
	disk *brokenDisk
}

func (f brokenFile) Sync() error {
	f.disk.mu.Lock()
	defer f.disk.mu.Unlock()
	if f.disk.err != nil {
		return f.disk.err
	}
	return f.File.Sync()
}

// The cost of one record to one request, beside others that wait for the same
// sync: what is left is encoding and handing over.
func BenchmarkAppend(b *testing.B) {
	for _, writers := range []int{1, 32} {
		b.Run(fmt.Sprint(writers), func(b *testing.B) {
			sp := openSpool(b, filepath.Join(b.TempDir(), "spool"), spool.Options{})
			j := audit.NewJournal(sp, "region-1")
			b.ReportAllocs()
			b.SetParallelism((writers + 1) / 2)
			used := cpu()
			b.RunParallel(func(pb *testing.PB) {
				r := record()
				for pb.Next() {
					if err := j.Append(context.Background(), r); err != nil {
						b.Error(err)
					}
				}
			})
			b.ReportMetric((cpu()-used)/float64(b.N), "cpu-µs/op")
		})
	}
}
