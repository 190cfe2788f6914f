package spool_test

import (
	"bytes"
	"errors"
	"io"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mycarerecord/mcr/audit/spool"
)

// FuzzPacked puts bytes in the place of a packed file: any bytes, or a right file into
// which others were patched. Reading must not panic and must not fail but for a codec or
// version that is not known; what it gives is the image, or zeros in the place of whole
// blocks. Recovery must accept nothing that was not written, and find the same again.
func FuzzPacked(f *testing.F) {
	whole, want := packedLog(f)
	name := whole.ending(".packed")[0]
	file := whole.names[name].now
	image := func(m *modelFS) ([]byte, error) {
		r, err := spool.Unpacking(m, sparse{}).Open(name)
		if err != nil {
			return nil, err
		}
		size, err := r.Size()
		if err != nil || size > 1<<30 {
			return nil, err
		}
		b := make([]byte, size)
		n, err := r.ReadAt(b, 0)
		if errors.Is(err, io.EOF) {
			err = nil
		}
		return b[:n], err
	}
	truth, err := image(whole)
	if err != nil || len(truth) != 32<<10 {
		f.Fatal(len(truth), err)
	}
	f.Add([]byte(nil), uint32(0), []byte(nil))
	f.Add([]byte("nothing"), uint32(0), []byte(nil))
	f.Add(file[:200], uint32(0), []byte(nil))
	f.Add(file[200:], uint32(0), []byte(nil))
	for _, at := range []uint32{0, 4, 16, 20, 36, 60, 68, 72, 76, 140, 150, uint32(len(file) - 8), uint32(len(file) - 100)} {
		f.Add([]byte(nil), at, []byte{0xff, 1})
	}
	f.Fuzz(func(t *testing.T, raw []byte, at uint32, patch []byte) {
		if len(raw) > 64<<10 {
			return
		}
		if len(raw) == 0 {
			raw = slices.Clone(file)
		}
		copy(raw[int(at)%len(raw):], patch)
		m := whole.copied()
		m.put(name, raw)
		got, err := image(m)
		if err != nil {
			return // another codec or version: what a right checksum says is believed
		}
		for off := 0; len(got) == len(truth) && off < len(got); off += 4096 {
			if part := got[off : off+4096]; !bytes.Equal(part, truth[off:off+4096]) && len(bytes.Trim(part, "\x00")) > 0 {
				t.Fatalf("the page at %d is neither the image's nor zeros", off)
			}
		}
		s := open(t, "/spool", packing(m))
		read := texts(readAll(t, s, 0))
		for _, text := range read {
			if !slices.Contains(want, text) {
				t.Fatalf("%.30q was never written", text)
			}
		}
		s.Close()
		again := open(t, "/spool", packing(m))
		if diff := cmp.Diff(read, texts(readAll(t, again, 0))); diff != "" {
			t.Fatal(diff)
		}
		again.Close()
	})
}
