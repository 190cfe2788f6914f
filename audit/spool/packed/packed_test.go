package packed_test

import (
	"bytes"
	"errors"
	"io"
	"testing"
	"time"

	"github.com/mycarerecord/mcr/audit/spool/format"
	"github.com/mycarerecord/mcr/audit/spool/packed"
)

// plain packs nothing.
type plain struct{}

func (plain) Name() string                  { return "plain" }
func (plain) Append(dst, src []byte) []byte { return append(dst, src...) }
func (plain) Decode(dst, src []byte, size int) ([]byte, error) {
	if len(src) > size {
		return nil, errors.New("more than there is room for")
	}
	return append(dst, src...), nil
}

// page is a file in memory.
type page struct{ b []byte }

func (p *page) WriteAt(b []byte, off int64) (int, error) {
	if need := int(off) + len(b); need > len(p.b) {
		p.b = append(p.b, make([]byte, need-len(p.b))...)
	}
	return copy(p.b[off:], b), nil
}

func image() packed.Image {
	b := bytes.Repeat([]byte("a segment's bytes, "), 2000)
	return packed.Image{Title: format.Title{Base: 7, Ordinal: 2, Key: 0xfeed}, Limit: 41, Bytes: b, Block: 8 << 10}
}

func written(t testing.TB, im packed.Image) []byte {
	t.Helper()
	f := new(page)
	size, err := packed.Write(f, plain{}, im, func(int64, time.Duration) error { return nil })
	if err != nil || size != int64(len(f.b)) {
		t.Fatal(size, len(f.b), err)
	}
	return f.b
}

func TestAPackedFileReadsAsItsImage(t *testing.T) {
	im := image()
	b, name := written(t, im), im.Name()+format.PackedEnd
	p, err := packed.Open(bytes.NewReader(b), int64(len(b)), name, plain{})
	if err != nil || p.Size() != int64(len(im.Bytes)) || p.Stored() != int64(len(b)) || p.Limit() != im.Limit {
		t.Fatal(p, err)
	}
	got, err := io.ReadAll(io.NewSectionReader(p, 0, p.Size()))
	if err != nil || !bytes.Equal(got, im.Bytes) {
		t.Errorf("it reads as something else: %v", err)
	}
	none := func(time.Duration) error { return nil }
	if how, err := packed.Differs(bytes.NewReader(b), int64(len(b)), name, plain{}, im, none); how != "" || err != nil {
		t.Error(how, err)
	}
	im.Bytes[9000] ^= 1
	if how, err := packed.Differs(bytes.NewReader(b), int64(len(b)), name, plain{}, im, none); how == "" || err != nil {
		t.Error("a difference is not told", err)
	}
}

// Whatever the bytes are, a file reads as zeros or as what was packed, and nothing else.
func FuzzOpen(f *testing.F) {
	im := image()
	whole := written(f, im)
	f.Add(uint32(0), []byte(nil), uint32(len(whole)))
	f.Add(uint32(20), []byte("other"), uint32(len(whole)))
	f.Add(uint32(5000), []byte{1, 2, 3}, uint32(len(whole)))
	f.Add(uint32(len(whole)-8), []byte{0xff}, uint32(len(whole)))
	f.Fuzz(func(t *testing.T, at uint32, over []byte, length uint32) {
		b := bytes.Clone(whole)
		copy(b[min(int(at), len(b)):], over)
		b = b[:min(int(length), len(b))]
		p, err := packed.Open(bytes.NewReader(b), int64(len(b)), im.Name()+format.PackedEnd, plain{})
		if err != nil {
			if !errors.Is(err, packed.ErrCodec) {
				t.Fatal(err)
			}
			return
		}
		got, err := io.ReadAll(io.NewSectionReader(p, 0, p.Size()))
		if err != nil || int64(len(got)) != p.Size() {
			t.Fatal(len(got), p.Size(), err)
		}
		lost := false
		for i := range got {
			if got[i] != im.Bytes[i] && got[i] != 0 {
				t.Fatalf("byte %d is %d, and was %d", i, got[i], im.Bytes[i])
			}
			lost = lost || got[i] != im.Bytes[i]
		}
		if sound, err := p.Sound(); err != nil || sound != bytes.Equal(b, whole) || sound && lost {
			t.Errorf("sound: %v, %v", sound, err)
		}
	})
}
