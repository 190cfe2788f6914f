package audit

import (
	"encoding/hex"
	"encoding/json"
	"time"

	"github.com/mycarerecord/mcr/audit/spool"
)

// Gap is the Input of the record that begins a chain after a gap: {"gap":{...}}.
type Gap struct {
	Chain    string `json:"chain"`    // the chain that ended
	Known    uint64 `json:"known"`    // the highest of its numbers that was seen anywhere
	Hash     string `json:"hash"`     // of that record
	After    uint64 `json:"after"`    // the spool's number before this record
	Previous string `json:"previous"` // what this record links to
}

// JSON gives the Input.
func (g Gap) JSON() json.RawMessage {
	text, err := json.Marshal(map[string]Gap{"gap": g})
	if err != nil {
		panic("audit: encoding a gap: " + err.Error()) // strings and numbers
	}
	return text
}

// GapRecord is the record that begins a chain after a gap, without its Input.
func GapRecord(broker, operator, reason string, now time.Time) *Record {
	return &Record{
		ID: NewID(), Broker: broker, TimeIn: now, TimeOut: now,
		Outcome: Failed, Reasons: []string{"gap-accepted"}, Alert: true,
		UserID: operator, Action: AcceptGapAction, EmergencyReason: reason,
	}
}

// GapBefore reads what a record that begins a chain after a gap says: the number
// and hash that it follows, and the chain that ended, with the highest number
// known of it. Any other record gives false.
func GapBefore(document []byte) (after uint64, previous spool.Hash, ended string, known uint64, ok bool) {
	var r struct {
		Action string `json:"action"`
		Input  struct {
			Gap *Gap `json:"gap"`
		} `json:"input"`
	}
	if json.Unmarshal(document, &r) != nil || r.Action != AcceptGapAction || r.Input.Gap == nil {
		return 0, spool.Hash{}, "", 0, false
	}
	g := r.Input.Gap
	hash, err := hex.DecodeString(g.Previous)
	if err != nil || len(hash) != len(previous) {
		return 0, spool.Hash{}, "", 0, false
	}
	return g.After, spool.Hash(hash), g.Chain, g.Known, true
}

// AcceptLossAction is the Action of the record that somebody accepted a loss in the store.
const AcceptLossAction = "accept-loss"

// LossRecord is the record that somebody has looked at what the trail's store lost, or has
// otherwise, and cannot be given again. numbers names them, in words, by chain; they are its
// Input: {"loss":{"<chain>":"missing 3-7, 12"}}.
func LossRecord(broker, operator, reason string, numbers map[string]string, now time.Time) *Record {
	input, err := json.Marshal(map[string]map[string]string{"loss": numbers})
	if err != nil {
		panic("audit: encoding a loss: " + err.Error()) // strings
	}
	return &Record{
		Input: input,
		ID:    NewID(), Broker: broker, TimeIn: now, TimeOut: now,
		Outcome: Failed, Reasons: []string{"loss-accepted"}, Alert: true,
		UserID: operator, Action: AcceptLossAction, EmergencyReason: reason,
	}
}
