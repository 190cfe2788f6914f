package spool_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/mycarerecord/mcr/audit/spool"
	"github.com/mycarerecord/mcr/audit/spool/packed"
)

// notUnderRace skips a test of many cases in one goroutine: the detector has nothing to
// find there, and takes ten times as long.
func notUnderRace(t *testing.T) {
	if race {
		t.Skip("many cases, one goroutine")
	}
}

// packing are options for packed files of many blocks.
func packing(m *modelFS) spool.Options {
	return spool.Blocks(spool.Inline(spool.Options{
		SegmentBytes: 32 << 10, MaxBytes: 1 << 20, MinFreeBytes: -1, FS: m, Codec: sparse{},
	}), 8<<10)
}

// packedLog gives a model with 17 entries, a commit each, in two packed segments and one that
// is not, and what the entries are.
func packedLog(t testing.TB) (*modelFS, []string) {
	t.Helper()
	m := newModel()
	s := open(t, "/spool", packing(m))
	for i := range 17 {
		appendText(t, s, fmt.Sprintf("entry %d %s", i+1, strings.Repeat("abc", 10+i)))
	}
	want := texts(readAll(t, s, 0))
	if err := spool.Pack(s); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, texts(readAll(t, s, 0))); diff != "" {
		t.Fatalf("after packing:\n%s", diff)
	}
	s.Close()
	if got := len(m.ending(".seg.packed")); got != 2 {
		t.Fatalf("%d packed files", got)
	}
	return m, want
}

// ending gives the files whose names end so, in order.
func (m *modelFS) ending(end string) (names []string) {
	for name := range m.names {
		if strings.HasSuffix(name, end) {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// put replaces what a file holds.
func (m *modelFS) put(name string, b []byte) {
	node := &inode{now: bytes.Clone(b), disk: bytes.Clone(b)}
	m.names[name], m.durable[name] = node, node
}

func TestPackedSegmentsAreSmallAndReadAsBefore(t *testing.T) {
	m, want := packedLog(t)
	s := open(t, "/spool", packing(m))
	if err := spool.Pack(s); err != nil {
		t.Fatal(err)
	}
	st := s.Stats()
	if st.Packed != 3 || st.PackFault != nil || !st.Report.Clean() || len(st.Report.Aside) > 0 {
		t.Errorf("%+v", st)
	}
	if diff := cmp.Diff(want, texts(readAll(t, s, 0))); diff != "" {
		t.Error(diff)
	}
	for _, after := range []uint64{16, 3, 7, 13, 14, 6, 0} {
		if es := readAll(t, s, after); es[0].Seq != after+1 {
			t.Errorf("after %d comes %d", after, es[0].Seq)
		}
	}
	if st.BytesPerEntry > 400 || st.Bytes > 2*32<<10 {
		t.Errorf("%.0f bytes an entry, %d in all", st.BytesPerEntry, st.Bytes)
	}
	bytes := int64(0)
	for name, node := range m.names {
		if strings.Contains(name, ".seg") || strings.HasSuffix(name, ".tmp") {
			bytes += int64(len(node.now))
		}
	}
	if st.Bytes > bytes { // the segment prepared ahead is made when it is needed (Inline)
		t.Errorf("Stats says %d bytes, the files have %d", st.Bytes, bytes)
	}
	if err := s.Ack(17); err != nil {
		t.Fatal(err)
	}
	if left := m.ending(".packed"); len(left) > 0 {
		t.Errorf("acknowledged, and still there: %v", left)
	}
}

// damages opens the spool on a damaged disk and holds it to: each entry is there unaltered
// or reported lost, and something is said. It gives which are lost.
func damages(t *testing.T, what string, m *modelFS, want []string) (lost []uint64) {
	t.Helper()
	s := open(t, "/spool", packing(m))
	got := texts(readAll(t, s, 0))
	st := s.Stats()
	for _, text := range got {
		if !slices.Contains(want, text) {
			t.Fatalf("%s: %.20q was never written", what, text)
		}
	}
	for i, text := range want {
		seq := uint64(i + 1)
		if slices.Contains(got, text) {
			continue
		}
		if !slices.ContainsFunc(st.Report.Lost, func(l spool.Loss) bool { return l.First <= seq && seq <= l.Last }) {
			t.Fatalf("%s: entry %d is gone and nothing says so: %+v", what, seq, st.Report)
		}
		lost = append(lost, seq)
	}
	if st.Report.Clean() || len(st.Report.Aside) == 0 {
		t.Fatalf("%s: silence: %+v", what, st.Report)
	}
	if e := appendText(t, s, "next"); e.Seq <= uint64(len(want)) {
		t.Fatalf("%s: number %d given twice", what, e.Seq)
	}
	s.Close()
	again := open(t, "/spool", packing(m))
	for _, text := range texts(readAll(t, again, 0)) {
		if !slices.Contains(got, text) && !strings.HasSuffix(text, " next") {
			t.Fatalf("%s: another opening finds %.20q", what, text)
		}
	}
	again.Close()
	return lost
}

// A bit of each byte of a packed file is flipped, of the file in the middle and of the last
// one, when nothing follows it.
func TestFlippedBitInAPackedFileIsToldAndCostsOneBlock(t *testing.T) {
	notUnderRace(t)
	whole, want := packedLog(t)
	for _, last := range []bool{false, true} {
		t.Run(fmt.Sprintf("last %v", last), func(t *testing.T) {
			for at := 0; ; at++ {
				m := whole.copied()
				want, name := want, m.ending(".packed")[0]
				if last {
					name = m.ending(".packed")[1]
					for _, plain := range m.ending(".seg") {
						delete(m.names, plain)
						delete(m.durable, plain)
					}
					want = want[:14]
				}
				b := bytes.Clone(m.names[name].now)
				if at >= len(b) {
					return
				}
				b[at] ^= 1 << (at % 8)
				m.put(name, b)
				// A block of 8 KiB holds two pages, so two entries.
				if lost := damages(t, fmt.Sprintf("byte %d", at), m, want); len(lost) > 2 {
					t.Fatalf("byte %d: a flip cost %v", at, lost)
				}
			}
		})
	}
}

func TestTruncatedPackedFileIsTold(t *testing.T) {
	notUnderRace(t)
	whole, want := packedLog(t)
	for size := 0; ; size += 3 {
		m := whole.copied()
		name := m.ending(".packed")[0]
		b := m.names[name].now
		if size >= len(b) {
			return
		}
		m.put(name, b[:size])
		damages(t, fmt.Sprintf("%d of %d bytes", size, len(b)), m, want)
	}
}

func TestBytesOfAnotherPackedFileAreTold(t *testing.T) {
	m, want := packedLog(t)
	names := m.ending(".packed")
	one, two := m.names[names[0]].now, m.names[names[1]].now
	m.put(names[0], two)
	if lost := damages(t, "another file", m, want); len(lost) != 7 {
		t.Errorf("%v are lost", lost)
	}
	m, want = packedLog(t)
	grown := append(bytes.Clone(m.names[m.ending(".packed")[0]].now), "more"...)
	m.put(m.ending(".packed")[0], grown)
	if lost := damages(t, "bytes after the end", m, want); len(lost) > 0 {
		t.Errorf("%v are lost", lost)
	}
	_ = one
}

func TestDamageInAPackedFileFoundWhileReading(t *testing.T) {
	m, want := packedLog(t)
	s := open(t, "/spool", packing(m))
	name := m.ending(".packed")[1]
	b := bytes.Clone(m.names[name].now)
	b[len(b)/2] ^= 4
	m.names[name].now = b
	got := texts(readAll(t, s, 0))
	if len(got) >= len(want) || len(got) < len(want)-2 {
		t.Errorf("%d of %d entries", len(got), len(want))
	}
	st := s.Stats()
	if len(st.Report.Lost) != 1 || len(st.Report.Aside) != 1 || !strings.HasSuffix(st.Report.Aside[0], ".seg.packed.damaged") || st.Aside != int64(len(b)) {
		t.Errorf("%+v", st)
	}
	if diff := cmp.Diff(got, texts(readAll(t, s, 0))); diff != "" {
		t.Error(diff)
	}
}

// The acknowledged part is not read at Open: what is damaged there is found when it is.
func TestDamageInAnAcknowledgedPackedFile(t *testing.T) {
	m, want := packedLog(t)
	opt := packing(m)
	opt.Hold = time.Hour
	s := open(t, "/spool", opt)
	if err := s.Ack(17); err != nil {
		t.Fatal(err)
	}
	s.Close()
	name := m.ending(".packed")[0]
	b := bytes.Clone(m.names[name].now)
	b[len(b)/2] ^= 4
	m.put(name, b)
	s = open(t, "/spool", opt)
	if st := s.Stats(); len(st.Report.Aside) > 0 {
		t.Errorf("%+v", st.Report)
	}
	if got := readAll(t, s, 0); len(got) < len(want)-2 || len(got) == len(want) {
		t.Errorf("%d of %d entries", len(got), len(want))
	}
	if st := s.Stats(); len(st.Report.Aside) != 1 || len(st.Report.Lost) > 0 {
		t.Errorf("%+v", st.Report)
	}
}

// What is damaged before it is packed is set aside as it is, and told; it is not packed.
func TestDamagedSegmentIsNotPacked(t *testing.T) {
	m := newModel()
	s := open(t, "/spool", packing(m))
	for i := range 20 {
		appendText(t, s, fmt.Sprintf("entry %d", i+1))
	}
	name := m.ending(".seg")[0]
	b := m.names[name].now
	copy(b[bytes.Index(b, []byte("entry 7")):], "entry 9")
	if err := spool.Pack(s); !errors.Is(err, spool.ErrDamaged) {
		t.Error(err)
	}
	st := s.Stats()
	if st.Packed != 0 || !errors.Is(st.PackFault, spool.ErrDamaged) || len(st.Report.Aside) != 1 || len(m.ending(".seg.damaged")) != 1 {
		t.Errorf("%+v", st)
	}
	if diff := cmp.Diff([]spool.Loss{{First: 7, Last: 7, Segment: filepath.Base(name) + ".damaged"}}, st.Report.Lost); diff != "" {
		t.Error(diff)
	}
	if err := spool.Pack(s); err != nil || s.Stats().PackFault != nil {
		t.Errorf("%v, %v", err, s.Stats().PackFault)
	}
}

func TestCodecThatLiesIsFoundAndNothingIsReplaced(t *testing.T) {
	m := newModel()
	opt := packing(m)
	opt.Codec = liar{}
	s := open(t, "/spool", opt)
	for i := range 20 {
		appendText(t, s, fmt.Sprintf("entry %d", i+1))
	}
	before := m.ending(".seg")
	if err := spool.Pack(s); !errors.Is(err, spool.ErrDamaged) {
		t.Error(err)
	}
	st := s.Stats()
	if st.PackFault == nil || !st.Report.Clean() || len(st.Report.Aside) > 0 || len(readAll(t, s, 0)) != 20 {
		t.Errorf("%+v", st)
	}
	if diff := cmp.Diff(before, m.ending(".seg")); diff != "" || len(m.ending(".packed")) > 0 || len(m.ending(".packed.tmp")) > 0 {
		t.Errorf("%s %v", diff, slices.Collect(maps.Keys(m.names)))
	}
}

func TestUnknownCodecOpensNothingAndTouchesNothing(t *testing.T) {
	for name, codec := range map[string]packed.Codec{"none": nil, "another": other{}} {
		m, _ := packedLog(t)
		before := m.copied()
		opt := packing(m)
		opt.Codec = codec
		_, err := spool.Open("/spool", opt)
		if !errors.Is(err, packed.ErrCodec) || !strings.Contains(err.Error(), `"sparse"`) {
			t.Errorf("%s: %v", name, err)
		}
		for file, node := range before.names {
			if m.names[file] == nil || !bytes.Equal(m.names[file].now, node.now) {
				t.Errorf("%s: %s was touched", name, file)
			}
		}
		open(t, "/spool", packing(m)).Close()
	}
}

func TestDiskWithoutRoomIsNotPackedAndSaysSo(t *testing.T) {
	m := newModel()
	s := open(t, "/spool", packing(m))
	for range 20 {
		appendText(t, s, "entry")
	}
	m.mu.Lock()
	m.free = 63 << 10
	m.mu.Unlock()
	if err := spool.Pack(s); !errors.Is(err, spool.ErrFull) || !errors.Is(s.Stats().PackFault, spool.ErrFull) || s.Stats().Packed != 0 {
		t.Error(err)
	}
	if s.Stats().Fault != nil || len(m.ending(".packed.tmp")) > 0 {
		t.Error(s.Stats().Fault)
	}
	m.mu.Lock()
	m.free = 64 << 10
	m.mu.Unlock()
	if err := spool.Pack(s); err != nil || s.Stats().Packed != 2 {
		t.Error(err)
	}
}

// A segment may have both files, after a crash in between.
func TestBothFilesOfASegment(t *testing.T) {
	m := newModel()
	s := open(t, "/spool", packing(m))
	for i := range 20 {
		appendText(t, s, fmt.Sprintf("entry %d", i+1))
	}
	want := texts(readAll(t, s, 0))
	name := m.ending(".seg")[0]
	image := bytes.Clone(m.names[name].now)
	if err := spool.Pack(s); err != nil {
		t.Fatal(err)
	}
	s.Close()
	m.put(name, image)

	t.Run("both whole", func(t *testing.T) {
		m := m.copied()
		s := open(t, "/spool", packing(m))
		if diff := cmp.Diff(want, texts(readAll(t, s, 0))); diff != "" || !s.Stats().Report.Clean() || len(s.Stats().Report.Aside) > 0 {
			t.Errorf("%s %+v", diff, s.Stats().Report)
		}
		if m.names[name] != nil || m.names[name+".packed"] == nil {
			t.Error("not one of them is left")
		}
	})
	t.Run("the packed one damaged", func(t *testing.T) {
		m := m.copied()
		b := bytes.Clone(m.names[name+".packed"].now)
		b[len(b)/2] ^= 1
		m.put(name+".packed", b)
		for range 2 {
			s := open(t, "/spool", packing(m))
			aside := []string{filepath.Base(name) + ".packed.damaged"}
			if diff := cmp.Diff(want, texts(readAll(t, s, 0))); diff != "" || len(s.Stats().Report.Lost) > 0 {
				t.Errorf("%s %+v", diff, s.Stats().Report)
			}
			if diff := cmp.Diff(aside, s.Stats().Report.Aside); diff != "" {
				t.Error(diff)
			}
			s.Close()
		}
		if m.names[name] == nil || m.names[name+".packed.damaged"] == nil {
			t.Error("one of them is gone")
		}
	})
	t.Run("the segment damaged", func(t *testing.T) {
		m := m.copied()
		b := bytes.Clone(image)
		copy(b[bytes.Index(b, []byte("entry 7")):], "entry 9")
		m.put(name, b)
		s := open(t, "/spool", packing(m))
		if diff := cmp.Diff(want, texts(readAll(t, s, 0))); diff != "" || !s.Stats().Report.Clean() {
			t.Errorf("%s %+v", diff, s.Stats().Report)
		}
	})
}

// Everything at once, on a real disk: writers, a reader, a shipper that acknowledges, and
// the packer.
func TestPackingBesideEverythingElse(t *testing.T) {
	dir := t.TempDir()
	opt := small()
	opt.Codec, opt.Hold, opt.MaxBytes = sparse{}, time.Hour, 8<<20
	s := open(t, dir, opt)
	const writers, each = 4, 60
	var wg sync.WaitGroup
	for w := range writers {
		wg.Go(func() {
			for i := range each {
				if _, err := s.Append(context.Background(), []byte(strings.Repeat(fmt.Sprintf("%d-%d ", w, i), 100))); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Go(func() {
		for last := uint64(0); last < writers*each; {
			if err := s.Wait(context.Background(), last); err != nil {
				t.Error(err)
				return
			}
			es, err := s.Read(last, 7)
			if err != nil || len(es) == 0 || es[0].Seq != last+1 {
				t.Errorf("after %d: %d entries, %v", last, len(es), err)
				return
			}
			last = es[len(es)-1].Seq
			if err := s.Ack(last); err != nil {
				t.Error(err)
			}
		}
	})
	for range 20 {
		readAll(t, s, 0)
	}
	wg.Wait()
	for plain := 3; plain > 2; { // the one in use, and the one prepared
		files, err := os.ReadDir(dir)
		if err != nil {
			t.Fatal(err)
		}
		plain = 0
		for _, f := range files {
			if name := f.Name(); strings.HasSuffix(name, ".seg") || strings.HasSuffix(name, ".tmp") {
				plain++
			}
		}
	}
	if st := s.Stats(); len(readAll(t, s, 0)) != writers*each || !st.Report.Clean() || len(st.Report.Aside) > 0 || st.PackFault != nil || st.Packed == 0 {
		t.Errorf("%+v", st)
	}
	s.Close()
	s = open(t, dir, opt)
	if st := s.Stats(); len(readAll(t, s, 0)) != writers*each || !st.Report.Clean() || len(st.Report.Aside) > 0 {
		t.Errorf("%+v", st)
	}
}
