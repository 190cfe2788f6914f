package spool_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/mycarerecord/mcr/audit/spool"
	"github.com/mycarerecord/mcr/audit/spool/packed"
)

// trial runs a spool on a modelFS and remembers what it promised.
type trial struct {
	t     *testing.T
	m     *modelFS
	now   time.Time
	mu    sync.Mutex
	acked uint64                 // by the reader
	sent  map[string]bool        // payloads handed to Append
	kept  map[uint64]spool.Entry // promised durable
	n     int
	codec packed.Codec
}

func newTrial(t *testing.T) *trial {
	return &trial{t: t, m: newModel(), now: time.Unix(1e9, 0), sent: map[string]bool{}, kept: map[uint64]spool.Entry{}}
}

func (tr *trial) open() (*spool.Spool, error) {
	opt := spool.Inline(spool.Options{
		SegmentBytes: 16 << 10, MaxBytes: 256 << 10, MinFreeBytes: -1, FS: tr.m, Codec: tr.codec,
		Clock: func() time.Time { tr.mu.Lock(); defer tr.mu.Unlock(); return tr.now },
	})
	return spool.Open("/spool", opt)
}

func (tr *trial) tick() {
	tr.mu.Lock()
	tr.now = tr.now.Add(2 * spool.RetryAfter)
	tr.mu.Unlock()
}

// write appends n entries of about 1.5 KB from three goroutines.
func (tr *trial) write(s *spool.Spool, n int) {
	var wg sync.WaitGroup
	for range 3 {
		wg.Go(func() {
			for range n / 3 {
				tr.mu.Lock()
				tr.n++
				text := fmt.Sprintf("entry %d %s", tr.n, strings.Repeat("x", 1000+tr.n*37%1000))
				tr.sent[text] = true
				tr.mu.Unlock()
				e, err := s.Append(context.Background(), []byte(text))
				if err != nil {
					continue
				}
				tr.mu.Lock()
				if had, twice := tr.kept[e.Seq]; twice {
					tr.t.Errorf("number %d given to %.12q and to %.12q", e.Seq, had.Payload, e.Payload)
				}
				tr.kept[e.Seq] = e
				tr.mu.Unlock()
			}
		})
	}
	wg.Wait()
}

// ack acknowledges the first half of what was promised.
func (tr *trial) ack(s *spool.Spool) {
	last, _ := s.Last()
	if seq := (tr.acked + last) / 2; seq > tr.acked {
		tr.acked = seq // even if it fails: it may be on the disk
		_ = s.Ack(seq)
	}
}

// verify opens the spool and holds it to all that was promised.
func (tr *trial) verify(what string) *spool.Spool {
	tr.t.Helper()
	s, err := tr.open()
	if err != nil {
		tr.t.Fatalf("%s: %v", what, err)
	}
	st := s.Stats()
	if !st.Report.Clean() {
		tr.t.Fatalf("%s: false alarm: %+v", what, st.Report)
	}
	if st.Acked > tr.acked {
		tr.t.Fatalf("%s: acknowledged %d, never more than %d", what, st.Acked, tr.acked)
	}
	tr.check(what, s)
	return s
}

func (tr *trial) check(what string, s *spool.Spool) {
	tr.t.Helper()
	seen := map[string]bool{}
	there := map[uint64]bool{}
	expect := uint64(0)
	for _, e := range readAll(tr.t, s, s.Stats().Acked) {
		if expect != 0 && e.Seq != expect {
			tr.t.Fatalf("%s: entry %d follows %d", what, e.Seq, expect-1)
		}
		expect = e.Seq + 1
		if seen[string(e.Payload)] || !tr.sent[string(e.Payload)] {
			tr.t.Fatalf("%s: entry %d is there twice, or was never appended", what, e.Seq)
		}
		seen[string(e.Payload)] = true
		there[e.Seq] = true
		if kept, ok := tr.kept[e.Seq]; ok && (string(kept.Payload) != string(e.Payload) || kept.Hash != e.Hash) {
			tr.t.Fatalf("%s: entry %d is not what was promised", what, e.Seq)
		}
	}
	for seq := range tr.kept {
		if seq > tr.acked && !there[seq] {
			tr.t.Fatalf("%s: entry %d was promised and is gone", what, seq)
		}
	}
}

// story is what every fault is tried on: several segments, an acknowledgement
// that deletes some, a second opening.
func (tr *trial) story() {
	for range 2 {
		s, err := tr.open()
		if err != nil {
			tr.tick()
			continue
		}
		for range 3 {
			tr.write(s, 12)
			tr.ack(s)
			tr.tick()
		}
		es, _ := s.Read(tr.acked, 100)
		_ = es
		_ = s.Close()
		tr.tick()
	}
}

// operations counts what a story does without faults.
func operations(t *testing.T) int {
	tr := newTrial(t)
	tr.story()
	if len(tr.kept) != 72 {
		t.Fatalf("%d entries", len(tr.kept))
	}
	return tr.m.ops
}

func TestEveryOperationFailingOnceLosesNothing(t *testing.T) {
	faults := map[string]error{"EIO": errDisk, "ENOSPC": syscall.ENOSPC}
	for name, cause := range faults {
		t.Run(name, func(t *testing.T) {
			total := operations(t)
			for op := 1; op <= total; op += thinned(3) {
				tr := newTrial(t)
				kindOf := ""
				tr.m.fault = func(n int, kind, name string) error {
					if n == op {
						kindOf = kind + " " + name
						return cause
					}
					return nil
				}
				tr.story()
				tr.m.fault = nil
				what := fmt.Sprintf("operation %d (%s) fails", op, kindOf)
				s := tr.verify(what)
				tr.write(s, 3)
				if err := s.Check(context.Background()); err != nil {
					t.Fatalf("%s: no way back: %v", what, err)
				}
				s.Close()
				// And the same after the power went.
				for _, keep := range []float64{0, 0.5} {
					tr.m = tr.m.crash(rand.New(rand.NewPCG(uint64(op), 1)), keep)
					tr.verify(what + ", then power").Close()
				}
			}
		})
	}
}

func TestPowerGoingAtEveryOperationLosesNothing(t *testing.T) {
	total := operations(t)
	for op := 1; op <= total+10; op += thinned(3) {
		for i, keep := range []float64{0, 0.4, 0.9, 1} {
			tr := newTrial(t)
			tr.m.fault = func(n int, kind, name string) error {
				if n >= op {
					return errPower
				}
				return nil
			}
			tr.story()
			what := fmt.Sprintf("power goes at operation %d, keeping %v", op, keep)
			rng := rand.New(rand.NewPCG(uint64(op), uint64(i)))
			tr.m = tr.m.crash(rng, keep)
			s := tr.verify(what)
			tr.write(s, 6)
			tr.ack(s)
			if err := s.Check(context.Background()); err != nil {
				t.Fatal(err)
			}
			s.Close()
			tr.m = tr.m.crash(rng, keep)
			tr.verify(what + ", and once more").Close()
		}
	}
}

func TestPowerGoingDuringRecoveryLosesNothing(t *testing.T) {
	for at := 1; ; at++ {
		tr := newTrial(t)
		tr.m.fault = func(n int, kind, name string) error {
			if n >= 400 {
				return errPower
			}
			return nil
		}
		tr.story()
		rng := rand.New(rand.NewPCG(uint64(at), 0))
		tr.m = tr.m.crash(rng, 0.6)
		reached := false
		tr.m.fault = func(n int, kind, name string) error {
			if n >= at {
				reached = true
				return errPower
			}
			return nil
		}
		if s, err := tr.open(); err == nil {
			s.Close()
		}
		tr.m = tr.m.crash(rng, 0.6)
		tr.verify(fmt.Sprintf("power goes at operation %d of recovery", at)).Close()
		if !reached {
			return
		}
	}
}
