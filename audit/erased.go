package audit

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
)

// Whose is whose details are erased.
type Whose string

// Whose details.
const (
	OfPatient Whose = "patient" // who the patient is, and what leads to them
	OfUser    Whose = "user"    // who asked
	OfBoth    Whose = "both"
)

// And gives whose details are gone where these and the other's are.
func (w Whose) And(other Whose) Whose {
	switch {
	case w == other || other == "":
		return w
	case w == "":
		return other
	}
	return OfBoth
}

// Erased stands in a record whose details were erased. The chain's hash of the record
// stays beside it in the store, Entry is what its leaf in the Merkle logs was made of
// (LeafEntry), so that both are proved as before; what they were made of is gone with
// the salt, and cannot be guessed at.
type Erased struct {
	Whose Whose  `json:"whose"`
	Entry string `json:"entry"` // hex, 32 bytes
}

// EntryOf gives what the leaf of a record is made of: as the document says where its
// details were erased, of the document itself otherwise. Whether an erasure is to be
// believed is for who verifies to say, by its receipt.
func EntryOf(document []byte) [sha256.Size]byte {
	if e, _, ok := ErasedIn(document); ok {
		return e
	}
	return LeafEntry(document)
}

// ErasedIn gives the entry that stands in an erased record's document, and whose details it
// says are gone: at its very end, where no other record has a text (AppendJSON). Each record that is verified is asked, so
// the others are told by their last three bytes.
func ErasedIn(document []byte) (entry [sha256.Size]byte, whose Whose, ok bool) {
	if !bytes.HasSuffix(document, []byte(`"}}`)) || !bytes.Contains(document, []byte(`,"erased":{"whose":`)) {
		return entry, "", false
	}
	var r struct {
		Erased *Erased `json:"erased"`
	}
	if json.Unmarshal(document, &r) != nil || r.Erased == nil {
		return entry, "", false
	}
	e, err := hex.DecodeString(r.Erased.Entry)
	if err != nil || len(e) != len(entry) {
		return entry, "", false
	}
	return [sha256.Size]byte(e), r.Erased.Whose, true
}
