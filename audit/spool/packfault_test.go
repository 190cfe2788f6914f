package spool_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"strings"
	"syscall"
	"testing"

	"github.com/mycarerecord/mcr/audit/spool"
)

// beforePacking gives a trial whose disk has some segments that an opening without a codec
// has left.
func beforePacking(t *testing.T) *trial {
	tr := newTrial(t)
	s, err := tr.open()
	if err != nil {
		t.Fatal(err)
	}
	tr.write(s, 12)
	tr.ack(s)
	s.Close()
	tr.tick()
	tr.codec = sparse{}
	return tr
}

// packs is what every fault of packing is tried on: what was left is packed, more comes
// and is packed, some is acknowledged, and all is read.
func (tr *trial) packs() {
	s, err := tr.open()
	if err != nil {
		return
	}
	_ = spool.Pack(s)
	tr.write(s, 6)
	_ = spool.Pack(s)
	tr.ack(s)
	es, _ := s.Read(tr.acked, 100)
	_ = es
	_ = s.Close()
	tr.tick()
}

// whole holds the spool to its promises, and that nothing was taken for damaged.
func (tr *trial) whole(what string) {
	tr.t.Helper()
	s := tr.verify(what)
	if aside := s.Stats().Report.Aside; len(aside) > 0 {
		tr.t.Fatalf("%s: %v set aside", what, aside)
	}
	if err := spool.Pack(s); err != nil {
		tr.t.Fatalf("%s: packing: %v", what, err)
	}
	tr.check(what+", then packed", s)
	tr.write(s, 3)
	s.Close()
	tr.tick()
	tr.verify(what + ", then opened again").Close()
}

func TestEveryOperationOfPackingFailingOnceLosesNothing(t *testing.T) {
	notUnderRace(t)
	for _, cause := range []error{errDisk, syscall.ENOSPC} {
		for op := 1; ; op++ {
			tr := beforePacking(t)
			start, reached := tr.m.ops, ""
			tr.m.fault = func(n int, kind, name string) error {
				if n == start+op {
					reached = kind + " " + name
					return cause
				}
				return nil
			}
			tr.packs()
			tr.m.fault = nil
			tr.tick()
			what := fmt.Sprintf("%v at operation %d (%s)", cause, op, reached)
			tr.whole(what)
			tr.m = tr.m.crash(rand.New(rand.NewPCG(uint64(op), 1)), 0.5)
			tr.whole(what + ", then power")
			if reached == "" {
				break
			}
		}
	}
}

func TestPowerGoingAtEveryOperationOfPackingLosesNothing(t *testing.T) {
	notUnderRace(t)
	for op := 1; ; op++ {
		reached := ""
		for i := range 15 {
			keep, mixed := 0.5, i >= 3
			if !mixed {
				keep = []float64{0, 0.6, 1}[i]
			} else if kind, _, _ := strings.Cut(reached, " "); kind != "rename" && kind != "remove" && kind != "syncdir" {
				continue
			}
			tr := beforePacking(t)
			tr.m.mixed = mixed
			start := tr.m.ops
			tr.m.fault = func(n int, kind, name string) error {
				if n == start+op {
					reached = kind + " " + name
				}
				if n >= start+op {
					return errPower
				}
				return nil
			}
			tr.packs()
			tr.tick()
			rng := rand.New(rand.NewPCG(uint64(op), uint64(i)))
			tr.m = tr.m.crash(rng, keep)
			what := fmt.Sprintf("power goes at operation %d (%s), keeping %v", op, reached, keep)
			tr.whole(what)
		}
		if reached == "" {
			return
		}
	}
}

// The process is killed at every operation: the disk keeps what was written, synced or not.
func TestKilledAtEveryOperationOfPackingLosesNothing(t *testing.T) {
	notUnderRace(t)
	for op := 1; ; op++ {
		tr := beforePacking(t)
		start, reached := tr.m.ops, false
		tr.m.fault = func(n int, kind, name string) error {
			reached = reached || n >= start+op
			if n >= start+op {
				return errPower // and nothing is lost
			}
			return nil
		}
		tr.packs()
		tr.tick()
		tr.m.fault, tr.m.locked = nil, false
		tr.whole(fmt.Sprintf("killed at operation %d", op))
		if !reached {
			return
		}
	}
}

// TestKilledProcessThatPacks kills a process that writes and packs on a real disk.
func TestKilledProcessThatPacks(t *testing.T) {
	t.Setenv("SPOOL_KILL_PACKS", "1")
	killAndLook(t, "TestKilledProcessThatPacks")
}

// killOptions are those of a process that is killed.
func killOptions() spool.Options {
	opt := small()
	if os.Getenv("SPOOL_KILL_PACKS") != "" {
		opt.Codec, opt.MaxBytes = sparse{}, 16<<20
	}
	return opt
}
