package spool_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/mycarerecord/mcr/audit/spool"
)

// fillUp appends entries of 4 KB until one is refused and gives how many went in.
func fillUp(t *testing.T, s *spool.Spool) (uint64, error) {
	t.Helper()
	for n := uint64(0); ; n++ {
		if _, err := s.Append(t.Context(), []byte(strings.Repeat("x", 4000))); err != nil {
			return n, err
		}
		if n > 1000 {
			t.Fatal("never full")
		}
	}
}

func TestMaxBytesRefusesAndDeletionMakesRoom(t *testing.T) {
	opt := small()
	opt.MaxBytes = 64 << 10
	dir := t.TempDir()
	s := open(t, dir, opt)
	n, err := fillUp(t, s)
	if !errors.Is(err, spool.ErrFull) || n != 4*3 {
		// Four segments: a page of header and three entries of a page each.
		t.Fatalf("after %d entries: %v", n, err)
	}
	if st := s.Stats(); !errors.Is(st.Fault, spool.ErrFull) || st.Bytes > opt.MaxBytes {
		t.Errorf("%+v", st)
	}
	if err := s.Check(t.Context()); !errors.Is(err, spool.ErrFull) {
		t.Errorf("Check: %v", err)
	}
	if got := len(readAll(t, s, 0)); got != int(n) {
		t.Errorf("%d of %d entries can be read", got, n)
	}
	if err := s.Ack(3); err != nil {
		t.Fatal(err)
	}
	if err := s.Check(t.Context()); err != nil {
		t.Errorf("Check after a deletion: %v", err)
	}
	if e := appendText(t, s, "next"); e.Seq != n+1 {
		t.Errorf("a refused entry has taken a number: the next is %d", e.Seq)
	}
}

func TestFullSpoolOpensAndDelivers(t *testing.T) {
	opt := small()
	opt.MaxBytes = 64 << 10
	dir := t.TempDir()
	s := open(t, dir, opt)
	n, _ := fillUp(t, s)
	s.Close()
	s = open(t, dir, opt)
	if _, err := s.Append(t.Context(), []byte("x")); !errors.Is(err, spool.ErrFull) {
		t.Errorf("Append: %v", err)
	}
	last, hash := s.Last()
	es := readAll(t, s, 0)
	if len(es) != int(n) || last != n || es[n-1].Hash != hash {
		t.Fatalf("%d of %d entries, last %d", len(es), n, last)
	}
	if err := s.Ack(n); err != nil {
		t.Fatal(err)
	}
	if e := appendText(t, s, "next"); e.Seq != n+1 || e.Hash != spool.Link(hash, n+1, []byte("next")) {
		t.Errorf("next entry is %d", e.Seq)
	}
}

func TestHeldSegmentsYieldOnlyWhenTold(t *testing.T) {
	for _, yield := range []bool{false, true} {
		opt := small()
		opt.MaxBytes, opt.Hold, opt.Yield = 64<<10, time.Hour, yield
		s := open(t, t.TempDir(), opt)
		n, _ := fillUp(t, s)
		if err := s.Ack(n); err != nil {
			t.Fatal(err)
		}
		_, err := s.Append(t.Context(), []byte("x"))
		if got := err == nil; got != yield {
			t.Errorf("yield %v: %v", yield, err)
		}
	}
}

func TestMinFreeBytesIsLeft(t *testing.T) {
	tr := newTrial(t)
	opt := spool.Inline(spool.Options{SegmentBytes: 16 << 10, MinFreeBytes: 1 << 20, FS: tr.m})
	s := open(t, "/spool", opt)
	tr.m.mu.Lock()
	tr.m.free = 1 << 20
	tr.m.mu.Unlock()
	if n, err := fillUp(t, s); !errors.Is(err, spool.ErrFull) || n == 0 {
		t.Errorf("after %d: %v", n, err)
	}
	tr.m.mu.Lock()
	tr.m.free = 2 << 20
	tr.m.mu.Unlock()
	appendText(t, s, "again")
}

func TestPayloadSizes(t *testing.T) {
	opt := small()
	dir := t.TempDir()
	s := open(t, dir, opt)
	for _, n := range []int{0, opt.MaxPayload() + 1} {
		if _, err := s.Append(t.Context(), make([]byte, n)); !errors.Is(err, spool.ErrSize) {
			t.Errorf("%d bytes: %v", n, err)
		}
	}
	for range 3 {
		big := strings.Repeat("b", opt.MaxPayload())
		appendText(t, s, "little")
		e := appendText(t, s, big)
		// The big one is the last commit, and fills a segment when written again.
		s.Close()
		s = open(t, dir, opt)
		es := readAll(t, s, e.Seq-1)
		if len(es) != 1 || string(es[0].Payload) != big {
			t.Fatalf("%d entries", len(es))
		}
	}
	if !s.Stats().Report.Clean() {
		t.Errorf("%+v", s.Stats().Report)
	}
}

func TestBinaryPayloadsOfZerosSurvive(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir, small())
	for n := 1; n < 6000; n += 701 {
		appendText(t, s, string(make([]byte, n)))
	}
	s.Close()
	s = open(t, dir, small())
	if got := len(readAll(t, s, 0)); got != 9 || !s.Stats().Report.Clean() {
		t.Errorf("%d entries, %+v", got, s.Stats().Report)
	}
}

func TestAckBeyondTheEndIsRefused(t *testing.T) {
	s := open(t, t.TempDir(), small())
	appendText(t, s, "one")
	if err := s.Ack(2); err == nil {
		t.Error("acknowledged what is not there")
	}
	if err := s.Ack(1); err != nil {
		t.Error(err)
	}
	if err := s.Ack(0); err != nil || s.Stats().Acked != 1 {
		t.Errorf("a lower acknowledgement: %v, %d", err, s.Stats().Acked)
	}
}

func TestClosedSpoolRefusesEverything(t *testing.T) {
	s := open(t, t.TempDir(), small())
	waiting := make(chan error)
	go func() { waiting <- s.Wait(context.Background(), 0) }()
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	_, appended := s.Append(t.Context(), []byte("x"))
	_, read := s.Read(0, 1)
	for name, err := range map[string]error{
		"Append": appended, "Read": read, "Ack": s.Ack(0), "Wait": <-waiting,
		"Close": s.Close(), "Check": s.Check(t.Context()),
	} {
		if !errors.Is(err, spool.ErrClosed) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestWaitEndsWithItsContext(t *testing.T) {
	s := open(t, t.TempDir(), small())
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := s.Wait(ctx, 0); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	if _, err := s.Append(ctx, []byte("x")); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

func TestOptionsAreJudgedAllAtOnce(t *testing.T) {
	_, err := spool.Open(t.TempDir(), spool.Options{SegmentBytes: 1, MaxBytes: 1, Hold: -1})
	for _, word := range []string{"SegmentBytes", "MaxBytes", "Hold"} {
		if err == nil || !strings.Contains(err.Error(), word) {
			t.Errorf("%v: want a word on %s", err, word)
		}
	}
}

func TestReadGoesBackAndForth(t *testing.T) {
	s := open(t, t.TempDir(), small())
	for i := range 50 {
		appendText(t, s, fmt.Sprintf("%0*d", 700, i+1))
	}
	for _, after := range []uint64{49, 0, 25, 24, 3, 48, 10, 0} {
		es, err := s.Read(after, 5)
		if err != nil {
			t.Fatal(err)
		}
		for i, e := range es {
			if e.Seq != after+1+uint64(i) || string(e.Payload) != fmt.Sprintf("%0*d", 700, e.Seq) {
				t.Fatalf("after %d: entry %d", after, e.Seq)
			}
		}
		if len(es) != min(5, int(50-after)) {
			t.Errorf("after %d: %d entries", after, len(es))
		}
	}
}
