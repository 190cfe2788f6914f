package spool

import (
	"crypto/sha256"
	"encoding/binary"
)

// Hash is a link of the chain.
type Hash = [sha256.Size]byte

// Entry is one durable payload with its place in the chain.
type Entry struct {
	// Seq numbers the entries from 1 without a gap, in the order in which they
	// became durable.
	Seq uint64
	// Hash is SHA-256(hash of the entry before ‖ Seq as 8 bytes, big-endian ‖
	// Payload); before the first entry stand 32 zero bytes.
	Hash Hash
	// Payload is what was appended.
	Payload []byte
}

// Link computes the Hash of an entry from the one before: what a reader of the
// trail computes again to see that nothing was altered, taken out or moved.
func Link(prev Hash, seq uint64, payload []byte) Hash {
	h := sha256.New()
	var number [8]byte
	binary.BigEndian.PutUint64(number[:], seq)
	h.Write(prev[:])
	h.Write(number[:])
	h.Write(payload)
	return Hash(h.Sum(nil))
}
