package ship_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/mycarerecord/mcr/audit"
	"github.com/mycarerecord/mcr/audit/protect"
	"github.com/mycarerecord/mcr/audit/retention"
	"github.com/mycarerecord/mcr/audit/ship"
	"github.com/mycarerecord/mcr/audit/trailtest"
)

// What was delivered is known from a file that is sealed entry by entry. Whatever is cut out
// of it, written over, or put in from the file of another chain: what is told is what was
// delivered, or is not told.
func FuzzDelivered(f *testing.F) {
	dir := f.TempDir()
	keys, err := protect.CreateKeys(filepath.Join(dir, "keys"))
	if err != nil {
		f.Fatal(err)
	}
	path := filepath.Join(dir, "checkpoint.delivered-0001")
	file := func(chain string) (honest []audit.Digest, text []byte) {
		honest = trailtest.Delivered(f, dir, keys, chain, 8)
		if text, err = os.ReadFile(path); err != nil {
			f.Fatal(err)
		}
		return honest, text
	}
	theirs, other := file("region-2")
	ours, own := file("region-1")
	honest := map[string][]audit.Digest{"region-1": ours, "region-2": theirs}
	const header, entry = 256, 80
	f.Add(uint16(0), uint16(0), []byte(nil), uint16(0), uint16(0))
	f.Add(uint16(20), uint16(0), []byte("2"), uint16(0), uint16(0))                       // another chain's name
	f.Add(uint16(header+entry), uint16(entry), []byte(nil), uint16(0), uint16(0))         // an entry taken out
	f.Add(uint16(header+2*entry), uint16(entry), []byte(nil), uint16(header), uint16(80)) // one of another chain in its place
	f.Add(uint16(header+2*entry), uint16(entry), []byte(nil), uint16(0x8000+header), uint16(80))
	f.Add(uint16(header+3*entry), uint16(0), []byte(nil), uint16(0x8000+header), uint16(160)) // two, a second time
	f.Add(uint16(len(own)-30), uint16(30), []byte(nil), uint16(0), uint16(0))                 // torn
	f.Add(uint16(0), uint16(header), []byte(nil), uint16(0), uint16(header))                  // the other's header
	f.Add(uint16(header), uint16(16), []byte("\x00\x00\x00\x00\x00\x00\x00\x01\xff\xff\xff\xff\xff\xff\xff\xff"), uint16(0), uint16(0))
	f.Fuzz(func(t *testing.T, at, cut uint16, put []byte, from, n uint16) {
		// Of the file cut bytes go at a place; put comes there, and n bytes from elsewhere: of
		// this file when from is high, else of the other chain's.
		source := other
		if from >= 0x8000 {
			source, from = own, from-0x8000
		}
		a, b := min(int(at), len(own)), min(int(at)+int(cut), len(own))
		c, d := min(int(from), len(source)), min(int(from)+int(n), len(source))
		if err := os.WriteFile(path, slices.Concat(own[:a], put, source[c:d], own[b:]), 0o600); err != nil {
			t.Fatal(err)
		}
		checkpoint, err := ship.OpenCheckpoint(filepath.Join(dir, "checkpoint"), keys, "region-1")
		if err != nil {
			t.Fatal(err)
		}
		for _, chain := range append(checkpoint.Chains(), "region-1", "region-2") {
			for _, most := range []int{1, 3, 100} {
				told, err := checkpoint.Delivered(chain, 0, most)
				if err != nil || len(told) > most {
					t.Fatalf("%d blocks, %v", len(told), err)
				}
				for i, block := range told {
					if !slices.Contains(honest[chain], block.Digest) || i > 0 && block.First <= told[i-1].Last {
						t.Fatalf("of %s it is told that %+v was delivered", chain, block)
					}
				}
			}
		}
	})
}

// The notes of what was erased are read, or are an error that says what to do.
func FuzzErased(f *testing.F) {
	dir := f.TempDir()
	keys, err := protect.CreateKeys(filepath.Join(dir, "keys"))
	if err != nil {
		f.Fatal(err)
	}
	f.Add([]byte(`[{"whose":"patient","records":[{"chain":"region-1","number":7,"entry":"00ff"}]}]`))
	f.Add([]byte(`[{"whose":"both","records":null},null]`))
	f.Add([]byte(`{`))
	path := filepath.Join(dir, "checkpoint")
	f.Fuzz(func(t *testing.T, text []byte) {
		if err := os.WriteFile(path+".erased", text, 0o600); err != nil {
			t.Fatal(err)
		}
		c, err := ship.OpenCheckpoint(path, keys, "region-1")
		if err != nil {
			if !strings.Contains(err.Error(), "erase --finish") {
				t.Error(err)
			}
			return
		}
		if err := c.NoteErased(retention.Erasure{Whose: audit.OfUser, Records: []retention.ErasedEntry{{Chain: "region-1", Number: 1, Entry: fmt.Sprintf("%064x", 1)}}}); err != nil {
			t.Error(err)
		}
		if _, err := ship.OpenCheckpoint(path, keys, "region-1"); err != nil {
			t.Errorf("what was written is not read: %v", err)
		}
	})
}
