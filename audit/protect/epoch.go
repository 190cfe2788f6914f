package protect

import (
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Epoch is a time in which patients stood in the trail under one pair of keys. Its ID,
// such as "2-9f3a1c07", is in each of its records: a number that counts up, and 32 bits
// that are derived from the key, so that no two keys ever share one, whatever was put
// back from a copy.
type Epoch struct {
	ID        string
	Made      time.Time // zero: it began before epochs did
	Current   bool      // new records are of it
	Withdrawn time.Time // zero: it is in use; else its keys are gone
	// Unnamed says that records which name no epoch are of this one: those from before
	// there were epochs.
	Unnamed bool
}

// epoch is an epoch with its keys.
type epoch struct {
	id      string
	made    time.Time
	unnamed bool
	hmac    [32]byte // HMAC-SHA-256 of NHS numbers
	aes     [32]byte // AES-256-GCM of shown NHS numbers
}

// newEpoch makes the keys of an epoch, the number-th of its deployment.
func newEpoch(number int, now time.Time) epoch {
	e := epoch{made: now.UTC().Truncate(time.Second)}
	rand.Read(e.hmac[:]) // never fails: the runtime ends the process instead
	rand.Read(e.aes[:])
	e.id = e.named(number)
	return e
}

// named gives the id that an epoch of these keys has.
func (e *epoch) named(number int) string {
	return strconv.Itoa(number) + "-" + hex.EncodeToString(derived(e.hmac[:], "mcr key epoch 1", 4))
}

// number reads the number out of an id; an error when the id is not of these keys.
func (e *epoch) number() (int, error) {
	n, err := numberOf(e.id)
	if err != nil || e.named(n) != e.id {
		return 0, fmt.Errorf("epoch %q: the id is not of its keys", e.id)
	}
	return n, nil
}

func numberOf(id string) (int, error) {
	digits, mark, _ := strings.Cut(id, "-")
	n, err := strconv.Atoi(digits)
	if err != nil || n < 1 || strconv.Itoa(n) != digits || len(mark) != 8 {
		return 0, fmt.Errorf("epoch %q: want an id such as 2-9f3a1c07", id)
	}
	return n, nil
}

// derived gives a key for one use (HKDF-SHA-256, RFC 5869, without salt).
func derived(key []byte, use string, bytes int) []byte {
	out, err := hkdf.Key(sha256.New, key, nil, use, bytes)
	if err != nil {
		panic("protect: deriving a key: " + err.Error()) // only for absurd lengths
	}
	return out
}
