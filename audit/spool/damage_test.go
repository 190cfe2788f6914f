package spool_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mycarerecord/mcr/audit/spool"
)

// filled gives a model with entries 1 to n, each a commit of its own, and the
// name of the segment that holds all of them.
func filled(t testing.TB, n int) (*modelFS, string, []string) {
	t.Helper()
	m := newModel()
	s := openModel(t, m)
	for i := range n {
		appendText(t, s, fmt.Sprintf("entry %d %s", i+1, strings.Repeat("abc", 50)))
	}
	want := texts(readAll(t, s, 0))
	s.Close()
	for name, node := range m.names {
		if strings.HasSuffix(name, ".seg") && len(bytes.TrimRight(node.now[4096:], "\x00")) > 0 {
			return m, name, want
		}
	}
	t.Fatal("no segment")
	return nil, "", nil
}

func openModel(t testing.TB, m *modelFS) *spool.Spool {
	t.Helper()
	opt := small()
	opt.FS = m
	return open(t, "/spool", spool.Inline(opt))
}

// copied gives a disk with the same durable files.
func (m *modelFS) copied() *modelFS {
	after := newModel()
	for name, node := range m.durable {
		n := &inode{now: bytes.Clone(node.disk), disk: bytes.Clone(node.disk)}
		after.names[name], after.durable[name] = n, n
	}
	return after
}

// TestFlippedBitIsNeverSilentlyAccepted flips one bit in each byte of a segment,
// with and without a later segment, and holds recovery to: each entry is there
// unaltered, or its number is reported lost, or it was called torn.
func TestFlippedBitIsNeverSilentlyAccepted(t *testing.T) {
	for _, later := range []bool{false, true} {
		t.Run(fmt.Sprintf("later segment %v", later), func(t *testing.T) {
			m, segment, want := filled(t, 2)
			if later {
				s := openModel(t, m)
				appendText(t, s, "entry 3, later")
				want = texts(readAll(t, s, 0))
				s.Close()
			}
			silent := 0
			disk := m.names[segment].disk
			for at := range disk {
				// Of the long stretches of zeros a part is enough.
				if around := disk[max(0, at-16):min(len(disk), at+16)]; at%61 != 0 && len(bytes.Trim(around, "\x00")) == 0 || at%thinned(11) != 0 {
					continue
				}
				damaged := m.copied()
				damaged.names[segment].now[at] ^= 1 << (at % 8)
				s := openModel(t, damaged)
				got := texts(readAll(t, s, 0))
				st := s.Stats()
				lost := map[string]bool{}
				for _, l := range st.Report.Lost {
					for seq := l.First; seq <= l.Last; seq++ {
						lost[fmt.Sprint(seq)] = true
					}
				}
				for _, text := range got {
					if !slices.Contains(want, text) {
						t.Fatalf("byte %d: %.20q was never written", at, text)
					}
				}
				for _, text := range want {
					seq, _, _ := strings.Cut(text, " ")
					if !slices.Contains(got, text) && !lost[seq] {
						t.Fatalf("byte %d: entry %s is gone without a word: %+v", at, seq, st.Report)
					}
				}
				after := appendText(t, s, "after")
				if after.Seq <= uint64(len(want)) {
					t.Fatalf("byte %d: number %d given twice", at, after.Seq)
				}
				if st.Report.Clean() && len(st.Report.Torn) == 0 && len(got) == len(want) {
					silent++
				}
				s.Close()
				again := openModel(t, damaged)
				if diff := cmp.Diff(append(got, fmt.Sprintf("%d after", after.Seq)), texts(readAll(t, again, 0))); diff != "" {
					t.Fatalf("byte %d: another opening finds other entries: %s", at, diff)
				}
				again.Close()
			}
			t.Logf("%d of %d flips are in bytes that nothing depends on", silent, len(m.names[segment].disk))
		})
	}
}

func TestDamagedFrameInTheMiddleIsSetAsideAndReported(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir, small())
	for i := range 3 {
		appendText(t, s, fmt.Sprintf("entry %d", i+1))
	}
	want := texts(readAll(t, s, 0))
	s.Close()
	files, _ := filepath.Glob(filepath.Join(dir, "*.seg"))
	damage(t, files[0], []byte("entry 2"), []byte("entry 9"))

	for round := range 2 {
		s = open(t, dir, small())
		if diff := cmp.Diff([]string{want[0], want[2]}, texts(readAll(t, s, 0))); diff != "" {
			t.Errorf("round %d: %s", round, diff)
		}
		aside := filepath.Base(files[0]) + ".damaged"
		r := s.Stats().Report
		if diff := cmp.Diff([]spool.Loss{{First: 2, Last: 2, Segment: aside}}, r.Lost); diff != "" {
			t.Errorf("round %d: %s", round, diff)
		}
		if diff := cmp.Diff([]string{aside}, r.Aside); diff != "" {
			t.Errorf("round %d: %s", round, diff)
		}
		if s.Stats().Aside == 0 {
			t.Error("bytes set aside are not counted")
		}
		s.Close()
	}

	s = open(t, dir, small())
	if err := s.Ack(3); err != nil {
		t.Fatal(err)
	}
	appendText(t, s, "entry 4")
	s.Close()
	s = open(t, dir, small())
	if err := s.Ack(4); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(files[0] + ".damaged"); err != nil {
		t.Errorf("the segment set aside was deleted: %v", err)
	}
	if r := s.Stats().Report; !r.Clean() {
		t.Errorf("what was acknowledged is still reported: %+v", r)
	}
}

func TestDamageFoundWhileReadingIsSetAsideAndReported(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir, small())
	for i := range 3 {
		appendText(t, s, fmt.Sprintf("entry %d", i+1))
	}
	files, _ := filepath.Glob(filepath.Join(dir, "*.seg"))
	damage(t, files[0], []byte("entry 2"), []byte("entry 9"))
	if diff := cmp.Diff([]string{"1 entry 1", "2 entry 2", "3 entry 3"}, texts(readAll(t, s, 0))); diff != "" {
		t.Errorf("what was just written is read as it was written: %s", diff)
	}
	spool.Forget(s)
	got := texts(readAll(t, s, 0))
	if diff := cmp.Diff([]string{"1 entry 1", "3 entry 3"}, got); diff != "" {
		t.Error(diff)
	}
	appendText(t, s, "entry 4")
	spool.Forget(s)
	if diff := cmp.Diff([]string{"1 entry 1", "3 entry 3", "4 entry 4"}, texts(readAll(t, s, 0))); diff != "" {
		t.Error(diff)
	}
	want := spool.Report{
		Lost:  []spool.Loss{{First: 2, Last: 2, Segment: filepath.Base(files[0]) + ".damaged"}},
		Aside: []string{filepath.Base(files[0]) + ".damaged"},
	}
	if diff := cmp.Diff(want, s.Stats().Report); diff != "" {
		t.Error(diff)
	}
}

func TestMissingSegmentIsReported(t *testing.T) {
	dir := t.TempDir()
	for i := range 3 {
		s := open(t, dir, small())
		appendText(t, s, fmt.Sprintf("entry %d", 2*i+1))
		appendText(t, s, fmt.Sprintf("entry %d", 2*i+2))
		s.Close()
	}
	files, _ := filepath.Glob(filepath.Join(dir, "*.seg"))
	if err := os.Remove(files[1]); err != nil {
		t.Fatal(err)
	}
	s := open(t, dir, small())
	want := []string{"1 entry 1", "2 entry 2", "5 entry 5", "6 entry 6"}
	if diff := cmp.Diff(want, texts(readAll(t, s, 0))); diff != "" {
		t.Error(diff)
	}
	lost := []spool.Loss{{First: 3, Last: 4, Segment: filepath.Base(files[0]) + ".damaged"}}
	if diff := cmp.Diff(lost, s.Stats().Report.Lost); diff != "" {
		t.Error(diff)
	}
}

func TestUnreadableAcknowledgementDeliversAgain(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir, small())
	appendText(t, s, "one")
	appendText(t, s, "two")
	if err := s.Ack(1); err != nil {
		t.Fatal(err)
	}
	s.Close()
	for _, name := range []string{"acknowledged", "acknowledged-2"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte("rubbish"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	s = open(t, dir, small())
	if st := s.Stats(); st.Acked != 0 || len(st.Report.Flaws) != 1 {
		t.Errorf("%+v", st)
	}
}

func TestLogBehindItsAcknowledgementGivesNoNumberTwice(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir, small())
	for range 9 {
		appendText(t, s, "entry")
	}
	if err := s.Ack(9); err != nil {
		t.Fatal(err)
	}
	s.Close()
	files, _ := filepath.Glob(filepath.Join(dir, "*.seg"))
	for _, f := range files {
		os.Remove(f)
	}
	s = open(t, dir, small())
	if len(s.Stats().Report.Flaws) == 0 {
		t.Error("nothing is reported")
	}
	if e := appendText(t, s, "next"); e.Seq != 10 {
		t.Errorf("next entry is %d", e.Seq)
	}
}

// damage alters a file in place.
func damage(t *testing.T, file string, was, is []byte) {
	t.Helper()
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Count(b, was) != 1 {
		t.Fatalf("%q is there %d times", was, bytes.Count(b, was))
	}
	if err := os.WriteFile(file, bytes.Replace(b, was, is, 1), 0o600); err != nil {
		t.Fatal(err)
	}
}
