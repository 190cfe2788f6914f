package retention

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/mycarerecord/mcr/audit"
	"github.com/mycarerecord/mcr/audit/protect"
)

// Hold keeps records from being erased or retired. The trail itself holds the holds: each
// is in force from its own record on, until the record that lifts it. All that is said
// must be so of a record for the hold to lie on it; a hold that says nothing lies on all.
type Hold struct {
	ID           string    `json:"id"` // of the record that laid it
	Record       string    `json:"record,omitempty"`
	Organisation string    `json:"organisation,omitempty"` // ODS code: whose records were asked for
	Since        time.Time `json:"since,omitzero"`
	Until        time.Time `json:"until,omitzero"`
	// Patient are the HMACs of a patient, under the epochs of then; Shown is the number,
	// encrypted, so that later epochs are covered too.
	Patient []string `json:"patient,omitempty"`
	Shown   string   `json:"shown,omitempty"`

	By     string    `json:"-"`
	Words  string    `json:"-"`
	LaidAt time.Time `json:"-"`
}

// HoldInput is the Input of the records that lay a hold and lift it: audit.HoldAction and
// audit.LiftAction.
type HoldInput struct {
	Hold Hold `json:"hold"`
}

// On says whether the hold lies on a record.
func (h Hold) On(r *audit.Record) bool {
	return (h.Record == "" || h.Record == r.ID) && (h.Organisation == "" || h.Organisation == r.SourceOrg) &&
		(h.Since.IsZero() || !r.TimeIn.Before(h.Since)) && (h.Until.IsZero() || r.TimeIn.Before(h.Until)) &&
		(len(h.Patient) == 0 || slices.Contains(h.Patient, r.PatientHMAC))
}

// Names says whether a hold is on one of these patients, by HMAC.
func (h Hold) Names(patient []string) bool {
	return slices.ContainsFunc(h.Patient, func(hmac string) bool { return slices.Contains(patient, hmac) })
}

// HoldOf reads the hold of a record; the zero Hold of any other.
func HoldOf(r *audit.Record) Hold {
	var in HoldInput
	if r.Action != audit.HoldAction || json.Unmarshal(r.Input, &in) != nil {
		return Hold{}
	}
	return in.Hold
}

// Holds gives the holds in force, the oldest first. p finds patients under epochs that
// began after the hold.
func Holds(ctx context.Context, trail audit.Trail, p *protect.Protector) ([]Hold, error) {
	var laid []Hold
	lifted := map[string]bool{}
	for _, action := range []string{audit.HoldAction, audit.LiftAction} {
		err := audit.Each(ctx, trail, audit.Filter{Action: action}, func(r *audit.Record) error {
			var in HoldInput
			if err := json.Unmarshal(r.Input, &in); err != nil {
				if r.Erased != nil { // of a hold that was lifted before
					lifted[r.ID] = true
					return nil
				}
				return fmt.Errorf("record %s: not a hold: %w", r.ID, err)
			}
			h := in.Hold
			if action == audit.LiftAction {
				lifted[h.ID] = true
				return nil
			}
			h.ID, h.By, h.Words, h.LaidAt = r.ID, r.UserID, r.EmergencyReason, r.TimeIn
			if n, err := p.Reveal(h.Shown); err == nil {
				h.Patient = append(h.Patient, p.Find(n)...)
			}
			laid = append(laid, h)
			return nil
		})
		if err != nil {
			return nil, fmt.Errorf("reading holds: %w", err)
		}
	}
	laid = slices.DeleteFunc(laid, func(h Hold) bool { return lifted[h.ID] })
	slices.SortFunc(laid, func(a, b Hold) int { return a.LaidAt.Compare(b.LaidAt) })
	return laid, nil
}

// HeldBy gives the first hold that lies on a record.
func HeldBy(holds []Hold, r *audit.Record) (Hold, bool) {
	i := slices.IndexFunc(holds, func(h Hold) bool { return h.On(r) })
	if i < 0 {
		return Hold{}, false
	}
	return holds[i], true
}
