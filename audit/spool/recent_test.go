package spool_test

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"

	"github.com/mycarerecord/mcr/audit/spool"
)

// What is read from memory is what is read from the files: entries, hashes and where each Read ends, from any
// number on, while others append, and beyond what memory holds.
func TestMemoryAndFilesReadTheSame(t *testing.T) {
	s := open(t, t.TempDir(), spool.Options{MaxBytes: 64 << 20})
	random := rand.New(rand.NewPCG(1, 2))
	var all sync.WaitGroup
	for one := range 4 {
		text := strings.Repeat(fmt.Sprint(one), 100+random.IntN(9000))
		all.Go(func() {
			for n := range 400 {
				appendText(t, s, fmt.Sprint(one, " ", n, " ", text[:len(text)-n%100]))
			}
		})
	}
	var after uint64
	for after < 800 { // beside them
		got, err := s.Read(after, 1+random.IntN(50))
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range got {
			if e.Seq != after+1 {
				t.Fatalf("%d follows %d", e.Seq, after)
			}
			after = e.Seq
		}
	}
	all.Wait()
	read := func() (out []spool.Entry) {
		for after := uint64(0); ; {
			got, err := s.Read(after, 97)
			if err != nil {
				t.Fatal(err)
			}
			if len(got) == 0 {
				return out
			}
			out = append(out, got...)
			after = got[len(got)-1].Seq
		}
	}
	memory := read()
	// Whoever asks for so many is given so many, unless there are no more: readers go by that.
	asked := map[[2]int]int{}
	for range 300 {
		at := [2]int{random.IntN(1600), 1 + random.IntN(300)}
		got, err := s.Read(uint64(at[0]), at[1])
		if err != nil {
			t.Fatal(err)
		}
		asked[at] = len(got)
	}
	spool.Forget(s)
	for at, n := range asked {
		got, err := s.Read(uint64(at[0]), at[1])
		if err != nil || len(got) != n || n != min(at[1], 1600-at[0]) {
			t.Fatalf("%d after %d: %d from memory, %d from the files, %v", at[1], at[0], n, len(got), err)
		}
	}
	files := read()
	if len(memory) != 1600 || len(files) != len(memory) {
		t.Fatalf("%d from memory, %d from the files", len(memory), len(files))
	}
	var prev spool.Hash
	for i := range files {
		m, f := memory[i], files[i]
		if m.Seq != f.Seq || m.Hash != f.Hash || !bytes.Equal(m.Payload, f.Payload) {
			t.Fatalf("entry %d: %d from memory", f.Seq, m.Seq)
		}
		if prev = spool.Link(prev, m.Seq, m.Payload); prev != m.Hash {
			t.Fatalf("entry %d does not follow", m.Seq)
		}
	}
}
