package audit

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"github.com/mycarerecord/mcr/audit/spool"
)

// Whose is whose details are erased.
type Whose string

// Whose details.
const (
	OfPatient Whose = "patient" // who the patient is, and what leads to them
	OfUser    Whose = "user"    // who asked
	OfBoth    Whose = "both"
)

// Erased stands in a record whose details were erased. The chain's hash of the record
// stays beside it in the store, Entry is what its leaf in the Merkle logs was made of
// (LeafEntry), so that both are proved as before; what they were made of is gone with
// the salt, and cannot be guessed at.
type Erased struct {
	Whose Whose  `json:"whose"`
	Entry string `json:"entry"` // hex, 32 bytes
}

// ErrHeld says that a legal hold lies on what was to be erased or retired.
var ErrHeld = errors.New("a legal hold lies on it")

// Replacement is a record's document as it stands after an erasure.
type Replacement struct {
	Seq      uint64
	Hash     spool.Hash // of the record, as it was linked: it stays
	Document []byte
}

// Eraser is a store from which details can be erased.
type Eraser interface {
	// Erase puts other documents in the place of those of a chain, durably, and sees to
	// it that nothing of the old ones is left in the store's own files. A number that
	// is not there with its hash fails, and nothing is changed then.
	Erase(ctx context.Context, chain string, all []Replacement) error
}

// EntryOf gives what the leaf of a record is made of: as the document says where its
// details were erased, of the document itself otherwise. Whether an erasure is to be
// believed is for who verifies to say, by its receipt.
func EntryOf(document []byte) [sha256.Size]byte {
	if e, ok := ErasedIn(document); ok {
		return e
	}
	return LeafEntry(document)
}

// ErasedIn gives the entry that stands in an erased record's document: at its very end, where
// no other record has a text (AppendJSON). Each record that is verified is asked, so the
// others are told by their last three bytes.
func ErasedIn(document []byte) (entry [sha256.Size]byte, ok bool) {
	if !bytes.HasSuffix(document, []byte(`"}}`)) || !bytes.Contains(document, []byte(`,"erased":{"whose":`)) {
		return entry, false
	}
	var r struct {
		Erased *Erased `json:"erased"`
	}
	if json.Unmarshal(document, &r) != nil || r.Erased == nil {
		return entry, false
	}
	e, err := hex.DecodeString(r.Erased.Entry)
	if err != nil || len(e) != len(entry) {
		return entry, false
	}
	return [sha256.Size]byte(e), true
}

// Erasable says whether a record's details may be erased at all: not of what was done to
// the trail itself, on which its proofs rest.
func (r *Record) Erasable() bool {
	return !slices.Contains([]string{EraseAction, RetireAction, RotateKeysAction, ForgetKeysAction, AcceptGapAction}, r.Action)
}

// EraseDetails gives the document that takes a record's place. What stays of every record:
// its id, broker and times, how it ended, at which source of which organisation, what was
// done and the reason codes; with OfPatient also who asked, with OfUser the patient as
// protected. The policies' input, words that people typed, the address and the salt go in
// any case. A record that is erased already is erased further, and keeps its entry.
func EraseDetails(document []byte, whose Whose) ([]byte, error) {
	r := new(Record)
	if err := json.Unmarshal(document, r); err != nil {
		return nil, fmt.Errorf("erasing details: %w", err)
	}
	entry := EntryOf(document)
	if r.Erased != nil && r.Erased.Whose != whose {
		whose = OfBoth
	}
	kept := &Record{
		Schema: r.Schema, ID: r.ID, Broker: r.Broker, TimeIn: r.TimeIn, TimeOut: r.TimeOut,
		Outcome: r.Outcome, Status: r.Status, Effect: r.Effect, Reasons: r.Reasons, Rules: r.Rules, Revision: r.Revision, Digest: r.Digest, Alert: r.Alert,
		Source: r.Source, SourceOrg: r.SourceOrg, Action: r.Action, Interaction: r.Interaction,
		SourceStatus: r.SourceStatus, Spent: r.Spent,
		Erased: &Erased{Whose: whose, Entry: hex.EncodeToString(entry[:])},
	}
	if whose == OfPatient {
		kept.UserID, kept.UserName, kept.RoleCode, kept.RoleName = r.UserID, r.UserName, r.RoleCode, r.RoleName
		kept.UserOrg, kept.UserOrgName, kept.Client, kept.Issuer, kept.Assurance = r.UserOrg, r.UserOrgName, r.Client, r.Issuer, r.Assurance
		kept.TraceID, kept.Purpose = r.TraceID, r.Purpose
	}
	if whose == OfUser {
		kept.PatientHMAC, kept.PatientShown, kept.PatientEpoch = r.PatientHMAC, r.PatientShown, r.PatientEpoch
		kept.UserOrg, kept.UserOrgName, kept.ResourceType, kept.Categories, kept.Types = r.UserOrg, r.UserOrgName, r.ResourceType, r.Categories, r.Types
	}
	return AppendJSON(nil, kept), nil
}
