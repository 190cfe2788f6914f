package audit

import (
	"encoding/json"
	"time"
)

// Act is what an operator did to the trail itself, with the broker stopped: keys were
// rotated, a person's details erased, records retired, a hold laid or lifted. It is a
// record like every other, and always an alert: the privacy officer is to look at it.
type Act struct {
	Action string // such as RotateKeysAction
	Reason string // the reason code
	By     string // who did it
	Words  string // why, in their words
	// Input is what the act was, under its own name: {"erasure":{…}}. It must encode.
	Input any
}

// Record makes the record of the act.
func (a Act) Record(now time.Time) *Record {
	input, err := json.Marshal(a.Input)
	if err != nil {
		panic("audit: encoding an act: " + err.Error()) // texts, numbers and times
	}
	return &Record{
		ID: NewID(), TimeIn: now, TimeOut: now, Outcome: Released, Reasons: []string{a.Reason}, Alert: true,
		UserID: a.By, Action: a.Action, EmergencyReason: a.Words, Input: input,
	}
}

// The actions of acts, and of the record that begins a chain after a gap.
const (
	// RotateKeysAction and ForgetKeysAction: the keys changed (protect.Change).
	RotateKeysAction = "rotate-keys"
	ForgetKeysAction = "forget-keys"
	// EraseAction and RetireAction: receipts, which say what was taken out of the trail, by
	// whom and why, so that what is proved of the trail stays provable (retention.Receipt).
	EraseAction  = "erase-details"
	RetireAction = "retire-records"
	// HoldAction and LiftAction: a legal hold (retention.HoldInput).
	HoldAction = "lay-hold"
	LiftAction = "lift-hold"
	// AcceptGapAction: a Gap.
	AcceptGapAction = "accept-gap"
)

// acts says each act in words, for people who read the trail.
var acts = map[string]string{
	AcceptGapAction:  "accepted, as an operator, that a broker lost the end of its log",
	RotateKeysAction: "began a new epoch of the keys by which patients stand in the trail",
	EraseAction:      "erased details out of records, and left this receipt",
	RetireAction:     "took records out of the store whose period was over, and left this receipt",
	HoldAction:       "laid a legal hold on records",
	LiftAction:       "lifted a legal hold",
	ForgetKeysAction: "withdrew an old epoch of the keys: its records can no longer be found by patient",
}

// ActWords says in words what was done to the trail itself; "" for any other action.
func ActWords(action string) string { return acts[action] }
