package spool_test

import (
	"strings"
	"testing"
	"time"

	"github.com/mycarerecord/mcr/audit/spool"
)

// A spool that must let go of delivered entries early gives up no more than it must, and
// says how much it holds, until what is held makes up for it.
func TestHoldThatCannotBeKeptIsSaid(t *testing.T) {
	tr := newTrial(t)
	opt := spool.Inline(spool.Options{
		SegmentBytes: 16 << 10, MaxBytes: 128 << 10, MinFreeBytes: -1, FS: tr.m, Hold: time.Hour, Yield: true,
		Clock: func() time.Time { return tr.now },
	})
	s := open(t, "/spool", opt)
	began := tr.now
	write := func(n int) { // three a segment, one a minute
		for range n {
			tr.now = tr.now.Add(time.Minute)
			if err := s.Ack(appendText(t, s, strings.Repeat("x", 4000)).Seq); err != nil {
				t.Fatal(err)
			}
		}
	}
	write(24)
	st := s.Stats()
	if st.Short || st.Segments != 8 || st.Hold != time.Hour || st.Held != tr.now.Sub(began.Add(time.Minute)) {
		t.Errorf("with room: %+v", st)
	}
	write(1)
	st = s.Stats()
	if !st.Short || st.Segments != 8 || st.Held != 22*time.Minute {
		t.Errorf("without room: %d segments, short %v, held %v", st.Segments, st.Short, st.Held)
	}
	write(9)
	if st = s.Stats(); !st.Short || st.Segments != 8 || st.Held != 22*time.Minute {
		t.Errorf("further: %d segments, short %v, held %v", st.Segments, st.Short, st.Held)
	}
	if st.PendingBytes >= st.Bytes/2 {
		t.Errorf("%d of %d bytes are pending, and all is acknowledged", st.PendingBytes, st.Bytes)
	}
	tr.now = tr.now.Add(39 * time.Minute)
	if st = s.Stats(); st.Short || st.Held < time.Hour {
		t.Errorf("an hour after the newest that was let go: short %v, held %v", st.Short, st.Held)
	}
}

// An error of the disk is no want of room.
func TestNothingIsLetGoWhenRoomIsNotKnown(t *testing.T) {
	tr := newTrial(t)
	opt := spool.Inline(spool.Options{
		SegmentBytes: 16 << 10, MinFreeBytes: -1, FS: tr.m, Hold: time.Hour, Yield: true,
		Clock: func() time.Time { return tr.now },
	})
	s := open(t, "/spool", opt)
	for range 9 {
		if err := s.Ack(appendText(t, s, strings.Repeat("x", 4000)).Seq); err != nil {
			t.Fatal(err)
		}
	}
	tr.m.mu.Lock()
	tr.m.fault = func(_ int, kind, _ string) error {
		if kind == "free" {
			return errDisk
		}
		return nil
	}
	tr.m.mu.Unlock()
	if _, err := s.Append(t.Context(), []byte(strings.Repeat("x", 4000))); err == nil {
		t.Error("appended")
	}
	if st := s.Stats(); st.Segments != 3 || st.Short {
		t.Errorf("%d segments, short %v", st.Segments, st.Short)
	}
}
