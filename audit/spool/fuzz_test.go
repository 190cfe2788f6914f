package spool_test

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mycarerecord/mcr/audit/spool"
)

// FuzzRecover puts bytes in the place of a segment: any bytes, or a right
// segment into which others were patched. Recovery must not panic, must accept
// nothing that was not written, must not give a number twice, and must find the
// same again.
func FuzzRecover(f *testing.F) {
	const key = 0x5eed
	payloads := []string{"one", strings.Repeat("two ", 100), "three", strings.Repeat("four", 1200)}
	name, segment := spool.SegmentFile(key, payloads...)
	var truth []string
	for i, p := range payloads {
		truth = append(truth, texts([]spool.Entry{{Seq: uint64(i + 1), Payload: []byte(p)}})[0])
	}
	f.Add([]byte(nil), uint32(0), []byte(nil))
	f.Add([]byte("MCRSPOOL"), uint32(0), []byte(nil))
	f.Add(segment[:5000], uint32(0), []byte(nil))
	f.Add([]byte(nil), uint32(16), []byte{9})                 // header
	f.Add([]byte(nil), uint32(4096), []byte{255, 255})        // length of the first frame
	f.Add([]byte(nil), uint32(8192+64), []byte("xxxx"))       // payload of the second
	f.Add([]byte(nil), uint32(12288), make([]byte, 512))      // a sector of the third
	f.Add([]byte(nil), uint32(16384+4096), make([]byte, 900)) // end of the fourth
	f.Add([]byte(nil), uint32(8192), segment[4096:4200])      // the first frame again
	f.Fuzz(func(t *testing.T, raw []byte, at uint32, patch []byte) {
		if len(raw) > 64<<10 {
			return
		}
		if len(raw) == 0 {
			raw = slices.Clone(segment)
		}
		copy(raw[int(at)%len(raw):], patch)
		m := newModel()
		node := &inode{now: slices.Clone(raw), disk: slices.Clone(raw)}
		m.names[filepath.Join("/spool", name)], m.durable[filepath.Join("/spool", name)] = node, node
		s := openModel(t, m)
		got := texts(readAll(t, s, 0))
		for _, text := range got {
			if !slices.Contains(truth, text) {
				t.Fatalf("%.30q was never written", text)
			}
		}
		last, _ := s.Last()
		if e := appendText(t, s, "next"); e.Seq <= last {
			t.Fatalf("number %d given twice", e.Seq)
		}
		got = texts(readAll(t, s, 0))
		s.Close()
		again := openModel(t, m)
		if diff := cmp.Diff(got, texts(readAll(t, again, 0))); diff != "" {
			t.Fatal(diff)
		}
	})
}

// FuzzAcknowledgement puts bytes in the place of the two files of the acknowledgement:
// any, or right ones that say something else. Nothing panics, and what they say was
// acknowledged is not given again.
func FuzzAcknowledgement(f *testing.F) {
	name, segment := spool.SegmentFile(0x5eed, "one", "two", "three")
	old, _ := version1(f)
	f.Add([]byte(nil), []byte(nil))
	f.Add(spool.AckFile(1, 3, 1), spool.AckFile(2, 3, 0))
	f.Add(spool.AckFile(1, 2, 1), []byte("rubbish"))
	f.Add(spool.AckFile(9, 9, 0), spool.AckFile(0, 1<<63, 1))
	f.Add(old["acknowledged"], []byte(nil))
	f.Fuzz(func(t *testing.T, one, two []byte) {
		if len(one) > 8<<10 || len(two) > 8<<10 {
			return
		}
		m := disk(map[string][]byte{name: segment, "acknowledged": one, "acknowledged-2": two})
		s := openModel(t, m)
		acked := s.Stats().Acked
		for _, e := range readAll(t, s, acked) {
			if e.Seq <= acked || e.Seq > 3 {
				t.Fatalf("entry %d after %d", e.Seq, acked)
			}
		}
		if e, err := s.Append(t.Context(), []byte("next")); err == nil && e.Seq <= acked {
			t.Fatalf("number %d, and %d is acknowledged", e.Seq, acked)
		}
		s.Close()
	})
}
