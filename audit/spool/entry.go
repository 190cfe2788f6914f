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
	b := make([]byte, 0, len(prev)+8+len(payload))
	b = append(b, prev[:]...)
	b = binary.BigEndian.AppendUint64(b, seq)
	return sha256.Sum256(append(b, payload...))
}
