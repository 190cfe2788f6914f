package audit

import (
	"fmt"
	"time"
)

// Decided is what a record says of the decision that was made: who asked what about whom, what
// came of it and why, and the question and facts, by which it can be made again.
type Decided struct {
	ID          string
	TimeIn      time.Time
	Effect      string // "" where no decision was reached
	Reasons     []string
	Rules       []string
	Revision    string
	Digest      string
	Own         string // digest of the organisation's own rules, where they were asked
	Alert       bool
	UserID      string
	RoleCode    string
	RoleName    string
	UserOrg     string
	UserOrgName string
	Source      string
	SourceOrg   string
	PatientHMAC string
	Action      string
	Type        string // of the resources asked for
	Erased      bool   // details were: the input may not be what it was
	// Input is a slice of the document; nil where the policies were not asked.
	Input []byte
}

// ReadDecided reads it out of a record's document, as ReadColumns does, which says more of
// what a document must be.
func ReadDecided(document []byte) (Decided, error) {
	var d Decided
	f := ReadFields(document)
	for f.Next() {
		switch string(f.Key) {
		case "id":
			d.ID = text(f.Value())
		case "time_in":
			d.TimeIn, _ = time.Parse(time.RFC3339Nano, text(f.Value()))
		case "effect":
			d.Effect = text(f.Value())
		case "reasons":
			d.Reasons = texts(f.Value())
		case "rules":
			d.Rules = texts(f.Value())
		case "policy_revision":
			d.Revision = text(f.Value())
		case "policy_digest":
			d.Digest = text(f.Value())
		case "own_policy_digest":
			d.Own = text(f.Value())
		case "alert":
			d.Alert = string(f.Value()) == "true"
		case "user_id":
			d.UserID = text(f.Value())
		case "role_code":
			d.RoleCode = text(f.Value())
		case "role_name":
			d.RoleName = text(f.Value())
		case "user_org":
			d.UserOrg = text(f.Value())
		case "user_org_name":
			d.UserOrgName = text(f.Value())
		case "source":
			d.Source = text(f.Value())
		case "source_org":
			d.SourceOrg = text(f.Value())
		case "patient_hmac":
			d.PatientHMAC = text(f.Value())
		case "action":
			d.Action = text(f.Value())
		case "resource_type":
			d.Type = text(f.Value())
		case "input":
			d.Input = f.Value()
		case "erased":
			d.Erased = true
		}
	}
	if f.s.failed || d.ID == "" || d.TimeIn.IsZero() {
		return Decided{}, fmt.Errorf("reading what was decided: %w", errNotObject)
	}
	return d, nil
}

// texts reads a list of JSON strings; nil where it is none.
func texts(value []byte) (all []string) {
	s := scanner{in: value}
	if !s.take('[') {
		return nil
	}
	for !s.failed && !s.take(']') {
		all = append(all, text(s.span()))
		s.take(',')
	}
	return all
}

// Compact appends one JSON document without the space between its tokens to dst, as ReadColumns,
// ReadFields and ReadDecided take it; false when it is none (RFC 8259).
func Compact(dst, document []byte) ([]byte, bool) { return appendCompact(dst, document) }
