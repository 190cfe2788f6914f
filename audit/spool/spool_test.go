package spool_test

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/mycarerecord/mcr/audit/spool"
)

// small are options with segments of four pages, so that a test sees many.
func small() spool.Options {
	return spool.Options{SegmentBytes: 16 << 10, MaxBytes: 1 << 20, MinFreeBytes: -1}
}

func open(t testing.TB, dir string, opt spool.Options) *spool.Spool {
	t.Helper()
	s, err := spool.Open(dir, opt)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

func appendText(t testing.TB, s *spool.Spool, text string) spool.Entry {
	t.Helper()
	e, err := s.Append(context.Background(), []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// readAll reads in small steps and verifies the chain where no number is missing.
func readAll(t testing.TB, s *spool.Spool, after uint64) []spool.Entry {
	t.Helper()
	var all []spool.Entry
	for {
		es, err := s.Read(after, 3)
		if err != nil {
			t.Fatal(err)
		}
		if len(es) == 0 {
			return all
		}
		for _, e := range es {
			if n := len(all); n > 0 && all[n-1].Seq+1 == e.Seq && spool.Link(all[n-1].Hash, e.Seq, e.Payload) != e.Hash {
				t.Fatalf("entry %d does not link to the one before", e.Seq)
			}
			all = append(all, e)
		}
		after = es[len(es)-1].Seq
	}
}

func texts(es []spool.Entry) []string {
	out := make([]string, len(es))
	for i, e := range es {
		out[i] = fmt.Sprintf("%d %s", e.Seq, e.Payload)
	}
	return out
}

func TestAppendNumbersAndLinksEntries(t *testing.T) {
	s := open(t, t.TempDir(), small())
	one, two := appendText(t, s, "one"), appendText(t, s, "two")
	if one.Seq != 1 || two.Seq != 2 {
		t.Errorf("numbers %d, %d", one.Seq, two.Seq)
	}
	if want := spool.Link(spool.Hash{}, 1, []byte("one")); one.Hash != want {
		t.Error("the first entry does not link to 32 zero bytes")
	}
	if want := spool.Link(one.Hash, 2, []byte("two")); two.Hash != want {
		t.Error("the second entry does not link to the first")
	}
	if seq, hash := s.Last(); seq != 2 || hash != two.Hash {
		t.Errorf("Last gives %d", seq)
	}
}

func TestEntriesAreThereAgainAfterReopening(t *testing.T) {
	dir := t.TempDir()
	var want []string
	var last spool.Entry
	for round := range 5 {
		s := open(t, dir, small())
		if seq, hash := s.Last(); seq != last.Seq || hash != last.Hash {
			t.Fatalf("round %d begins after %d, want %d", round, seq, last.Seq)
		}
		for i := range 20 {
			text := fmt.Sprintf("round %d entry %d %0*d", round, i, 900, 0)
			last = appendText(t, s, text)
			want = append(want, fmt.Sprintf("%d %s", last.Seq, text))
		}
		if diff := cmp.Diff(want, texts(readAll(t, s, 0))); diff != "" {
			t.Fatal(diff)
		}
		if st := s.Stats(); !st.Report.Clean() || len(st.Report.Torn) != 0 {
			t.Errorf("report: %+v", st.Report)
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

func TestManyWritersAndAReader(t *testing.T) {
	s := open(t, t.TempDir(), small())
	const writers, each = 16, 40
	var wg sync.WaitGroup
	for w := range writers {
		wg.Go(func() {
			for i := range each {
				if _, err := s.Append(context.Background(), fmt.Appendf(nil, "%d/%d", w, i)); err != nil {
					t.Error(err)
				}
			}
		})
	}
	seen := map[string]bool{}
	for after := uint64(0); after < writers*each; {
		if err := s.Wait(t.Context(), after); err != nil {
			t.Fatal(err)
		}
		es, err := s.Read(after, 100)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range es {
			if after++; e.Seq != after || seen[string(e.Payload)] {
				t.Fatalf("entry %d %q after %d", e.Seq, e.Payload, after-1)
			}
			seen[string(e.Payload)] = true
		}
		if err := s.Ack(after); err != nil {
			t.Fatal(err)
		}
	}
	wg.Wait()
	if st := s.Stats(); st.Pending != 0 || st.Commits > writers*each {
		t.Errorf("%+v", st)
	}
}

func TestDirectoryIsHeldByOneSpool(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir, small())
	if _, err := spool.Open(dir, small()); !errors.Is(err, spool.ErrLocked) {
		t.Errorf("second Open: %v", err)
	}
	s.Close()
	open(t, dir, small())
}

func TestSegmentsGoWhenAcknowledgedAndHeldLongEnough(t *testing.T) {
	now := time.Unix(1000, 0)
	opt := small()
	opt.Hold = time.Hour
	opt.Clock = func() time.Time { return now }
	dir := t.TempDir()
	s := open(t, dir, opt)
	for range 20 {
		appendText(t, s, fmt.Sprintf("%03000d", 0))
	}
	before := s.Stats().Segments
	if err := s.Ack(20); err != nil {
		t.Fatal(err)
	}
	if got := s.Stats().Segments; got != before {
		t.Errorf("%d of %d segments left within the holding time", got, before)
	}
	now = now.Add(time.Hour)
	if err := s.Ack(20); err != nil {
		t.Fatal(err)
	}
	if got := s.Stats().Segments; got != 1 {
		t.Errorf("%d segments left after the holding time", got)
	}
	s.Close()
	files, _ := filepath.Glob(filepath.Join(dir, "*.seg"))
	if len(files) != 1 {
		t.Errorf("files left: %v", files)
	}
	s = open(t, dir, opt)
	if e := appendText(t, s, "next"); e.Seq != 21 {
		t.Errorf("next entry is %d", e.Seq)
	}
	if st := s.Stats(); st.Acked != 20 || !st.Report.Clean() {
		t.Errorf("%+v", st)
	}
}

func TestHoldingTimeCountsFromTheNewestEntryAfterReopening(t *testing.T) {
	now := time.Unix(1000, 0)
	opt := small()
	opt.Hold = time.Hour
	opt.Clock = func() time.Time { return now }
	dir := t.TempDir()
	s := open(t, dir, opt)
	appendText(t, s, "old")
	for range 20 {
		now = now.Add(time.Minute)
		appendText(t, s, fmt.Sprintf("%03000d", 0))
	}
	if err := s.Ack(21); err != nil {
		t.Fatal(err)
	}
	before := s.Stats().Segments
	s.Close()
	now = now.Add(42 * time.Minute) // the first segment was begun 62 minutes ago, and ended 59
	s = open(t, dir, opt)
	if err := s.Ack(21); err != nil {
		t.Fatal(err)
	}
	if got := s.Stats().Segments; got < before {
		t.Errorf("%d of %d segments left", got, before)
	}
	now = now.Add(20 * time.Minute)
	if err := s.Ack(21); err != nil {
		t.Fatal(err)
	}
	if got := s.Stats().Segments; got != 1 {
		t.Errorf("%d segments left", got)
	}
}
