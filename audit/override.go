package audit

import (
	"encoding/json"
	"time"
)

// The actions of the records that say that policies which did not pass their own check were
// put in force, by somebody who answers for it, and that this ended.
const (
	OverrideAction      = "override-policies"
	OverrideEndedAction = "end-policies-override"
)

// Override is a set of policies that was put in force though its check refuses it.
type Override struct {
	Fingerprint string    `json:"fingerprint"` // of the whole folder
	Revision    string    `json:"revision"`
	Digest      string    `json:"digest"`
	By          string    `json:"by"`
	Reason      string    `json:"reason"`
	Until       time.Time `json:"until"`
	Faults      []string  `json:"faults,omitempty"` // what the check found, as far as it is kept
	Count       int       `json:"fault_count"`
}

// mostFaults bounds what one record keeps of a check.
const mostFaults = 20

// Began is the record of an override that takes effect.
func (o Override) Began(now time.Time) *Record {
	return o.record(OverrideAction, "policies-overridden", now)
}

// Ended is the record of its end. After says in words what decides from then on.
func (o Override) Ended(after string, now time.Time) *Record {
	o.Faults = nil
	r := o.record(OverrideEndedAction, "policies-override-ended", now)
	r.EmergencyReason = o.Reason + " (ended: " + after + ")"
	return r
}

func (o Override) record(action, reason string, now time.Time) *Record {
	if len(o.Faults) > mostFaults {
		o.Faults = o.Faults[:mostFaults]
	}
	input, err := json.Marshal(map[string]Override{"override": o})
	if err != nil {
		panic("audit: encoding an override: " + err.Error()) // texts, numbers and a time
	}
	return &Record{
		ID: NewID(), TimeIn: now, TimeOut: now,
		Outcome: Failed, Reasons: []string{reason}, Alert: true,
		UserID: o.By, Action: action, EmergencyReason: o.Reason,
		Revision: o.Revision, Digest: o.Digest, Input: input,
	}
}
