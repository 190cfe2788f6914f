package retention

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"github.com/mycarerecord/mcr/audit"
	"github.com/mycarerecord/mcr/audit/spool"
)

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

// Erasable says whether a record's details may be erased at all: not of what was done to
// the trail itself, on which its proofs rest.
func Erasable(r *audit.Record) bool {
	return !slices.Contains([]string{audit.EraseAction, audit.RetireAction, audit.RotateKeysAction, audit.ForgetKeysAction, audit.AcceptGapAction}, r.Action)
}

// EraseDetails gives the document that takes a record's place. What stays of every record:
// its id, broker and times, how it ended, at which source of which organisation, what was
// done and the reason codes; with audit.OfPatient also who asked, with audit.OfUser the patient as
// protected. The policies' input, words that people typed, the address and the salt go in
// any case. A record that is erased already is erased further, and keeps its entry.
func EraseDetails(document []byte, whose audit.Whose) ([]byte, error) {
	r := new(audit.Record)
	if err := json.Unmarshal(document, r); err != nil {
		return nil, fmt.Errorf("erasing details: %w", err)
	}
	entry := audit.EntryOf(document)
	if r.Erased != nil && r.Erased.Whose != whose {
		whose = audit.OfBoth
	}
	kept := &audit.Record{
		Schema: r.Schema, ID: r.ID, Broker: r.Broker, TimeIn: r.TimeIn, TimeOut: r.TimeOut,
		Outcome: r.Outcome, Status: r.Status, Effect: r.Effect, Reasons: r.Reasons, Rules: r.Rules, Revision: r.Revision, Digest: r.Digest, Own: r.Own, Alert: r.Alert,
		Source: r.Source, SourceOrg: r.SourceOrg, Action: r.Action, Interaction: r.Interaction,
		SourceStatus: r.SourceStatus, Spent: r.Spent,
		Erased: &audit.Erased{Whose: whose, Entry: hex.EncodeToString(entry[:])},
	}
	if whose == audit.OfPatient {
		kept.UserID, kept.UserName, kept.RoleCode, kept.RoleName = r.UserID, r.UserName, r.RoleCode, r.RoleName
		kept.UserOrg, kept.UserOrgName, kept.Client, kept.Issuer, kept.Assurance = r.UserOrg, r.UserOrgName, r.Client, r.Issuer, r.Assurance
		kept.TraceID, kept.Correlation, kept.Purpose = r.TraceID, r.Correlation, r.Purpose
	}
	if whose == audit.OfUser {
		kept.PatientHMAC, kept.PatientShown, kept.PatientEpoch = r.PatientHMAC, r.PatientShown, r.PatientEpoch
		kept.UserOrg, kept.UserOrgName, kept.ResourceType, kept.Categories, kept.Types = r.UserOrg, r.UserOrgName, r.ResourceType, r.Categories, r.Types
	}
	return audit.AppendJSON(nil, kept), nil
}
