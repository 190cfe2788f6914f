package format_test

import (
	"bytes"
	"math"
	"testing"
	"time"

	"github.com/mycarerecord/mcr/audit/spool/format"
)

// segment gives a segment of three commits, five entries in all, and where each ends.
func segment() (format.Title, []byte) {
	t := format.Title{Base: 5, Ordinal: 3, Key: 0xfeed, Version: format.Version}
	var prev format.Hash
	now := time.Unix(1_700_000_000, 0)
	b := format.AppendHeader(nil, t, 6*format.Page, &prev, now)
	for _, commit := range [][2]uint64{{5, 5}, {6, 8}, {9, 9}} {
		for seq := commit[0]; seq <= commit[1]; seq++ {
			b, prev = format.AppendFrame(b, t.Key, &prev, commit[0], seq, commit[1], now, bytes.Repeat([]byte{byte(seq)}, 700))
		}
		b = format.Pad(b)
	}
	return t, append(b, make([]byte, 6*format.Page-len(b))...)
}

func TestASegmentIsReadAsItWasWritten(t *testing.T) {
	title, b := segment()
	if read, aside, ok := format.ParseTitle(title.Name()); !ok || aside || read != (format.Title{Base: 5, Ordinal: 3, Key: 0xfeed}) {
		t.Errorf("%+v %v %v", read, aside, ok)
	}
	s := format.Scan(b, title, math.MaxUint64, nil)
	v := format.Judge(b, s, title, math.MaxUint64, 9)
	if !s.Whole || v.Damaged || v.Torn != 0 || len(v.Runs) != 1 || v.Runs[0].First != 5 || v.Runs[0].Last != 9 || format.VersionOf(b, title) != format.Version {
		t.Errorf("%+v %+v", s, v)
	}
}

// Whatever is written over a segment: the entries that count are those that were written,
// and what is missing before one of them is damage. (Of an end that is all zeros nothing in
// the segment speaks: the spool compares what it knows to have been reached.)
func FuzzScan(f *testing.F) {
	title, whole := segment()
	f.Add(uint32(0), []byte{1})
	f.Add(uint32(4096), []byte{0, 0, 0, 9})
	f.Add(uint32(8192+70), []byte{7, 7})
	f.Add(uint32(3*4096), make([]byte, 4096))
	f.Fuzz(func(t *testing.T, at uint32, over []byte) {
		b := bytes.Clone(whole)
		copy(b[min(int(at), len(b)):], over)
		s := format.Scan(b, title, math.MaxUint64, nil)
		v := format.Judge(b, s, title, math.MaxUint64, 9)
		found := map[uint64]bool{}
		for _, r := range v.Runs {
			off := r.Off
			for seq := r.First; seq <= r.Last; seq++ {
				frame, where, ok := format.NextFrame(b, title, off, r.End, seq, seq)
				if !ok || !bytes.Equal(frame.Payload, bytes.Repeat([]byte{byte(seq)}, 700)) {
					t.Fatalf("entry %d of %+v is not what was written", seq, r)
				}
				found[seq], off = true, where+frame.Size
			}
		}
		for seq := range found {
			if seq > 5 && !found[seq-1] && !v.Damaged {
				t.Errorf("entry %d is missing, and it is not damage: %+v", seq-1, v)
			}
		}
		if v.Torn > 0 {
			t.Error("what was reached is taken for torn")
		}
	})
}
