package audit

import (
	"crypto/sha256"
	"encoding/binary"

	"github.com/mycarerecord/mcr/audit/spool"
)

// BlockRecords is how many consecutive numbers make a block, by which what a store has is
// compared with what it was given: block n is of the numbers n*BlockRecords to
// (n+1)*BlockRecords-1.
const BlockRecords = 4096

// Digest is what is compared of records: how many, from which number to which, and a sum that
// neither the order of the records nor one of them that stands twice changes. The zero Digest
// is of no records.
type Digest struct {
	First, Last uint64 // the lowest and the highest number
	Count       uint64
	// Sum is, for all records xored, SHA-256(number as 8 bytes, little-endian ‖ hash ‖ id).
	// Who can choose records can make two sets of them with one sum: it tells what a store
	// lost; that nobody altered anything is shown by the chain (audit/proof).
	Sum [sha256.Size]byte
}

// Add adds one record that is not in it yet.
func (d *Digest) Add(seq uint64, hash spool.Hash, id string) {
	text := make([]byte, 0, 128)
	text = binary.LittleEndian.AppendUint64(text, seq)
	text = append(text, hash[:]...)
	d.Join(Digest{First: seq, Last: seq, Count: 1, Sum: sha256.Sum256(append(text, id...))})
}

// Join adds the records of another digest, of which none is in it yet.
func (d *Digest) Join(o Digest) {
	switch {
	case o.Count == 0:
		return
	case d.Count == 0:
		*d = o
		return
	}
	d.First, d.Last, d.Count = min(d.First, o.First), max(d.Last, o.Last), d.Count+o.Count
	for i := range d.Sum {
		d.Sum[i] ^= o.Sum[i]
	}
}
