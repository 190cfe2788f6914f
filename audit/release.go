package audit

import (
	"encoding/json"
	"time"
)

// The actions of the records that say how a release of policies came into force: what people did
// with it in the console, and what each broker did. As overrides, they are records like every other.
const (
	ProposeAction  = "propose-policies"  // people are asked to approve it
	WithdrawAction = "withdraw-policies" // they are asked no more
	ApproveAction  = "approve-policies"
	SignAction     = "sign-policies"
	PublishAction  = "publish-policies"
	AcceptAction   = "accept-policies" // a broker decides by it from then on
	RefuseAction   = "refuse-policies" // a broker does not, and goes on with what it has
	TryAction      = "try-policies"    // a broker decides some requests by it from then on
	ReturnAction   = "return-policies" // a broker does so no more
)

// ReleaseActions are all of them, in the order in which they happen.
var ReleaseActions = []string{ProposeAction, WithdrawAction, ApproveAction, SignAction, PublishAction, AcceptAction, RefuseAction, TryAction, ReturnAction}

// releaseReasons are the reason codes of the actions.
var releaseReasons = map[string]string{
	ProposeAction: "policies-proposed", WithdrawAction: "policies-withdrawn", ApproveAction: "policies-approved", SignAction: "policies-signed",
	PublishAction: "policies-published", AcceptAction: "policies-accepted", RefuseAction: "policies-refused",
	TryAction: "policies-tried", ReturnAction: "policies-returned",
}

// releaseWords says each action in words, for people who read the trail.
var releaseWords = map[string]string{
	ProposeAction:  "proposed a release of the policies, which two people are to approve",
	WithdrawAction: "took a proposed release of the policies back",
	ApproveAction:  "approved a release of the policies",
	SignAction:     "signed a release of the policies",
	PublishAction:  "published a release of the policies",
	AcceptAction:   "took a release of the policies into force",
	RefuseAction:   "refused a release of the policies, and went on by those in force",
	TryAction:      "began to try a release of the policies on some requests",
	ReturnAction:   "took a release of the policies on trial back, and went on by those in force",
}

// ReleaseWords says in words what was done with a release of policies; "" for any other action.
func ReleaseWords(action string) string { return releaseWords[action] }

// Release is a release of policies as the trail tells of it. What is not known of one that could
// not be read is left out.
type Release struct {
	Serial      uint64     `json:"serial,omitempty"`
	Revision    string     `json:"revision,omitempty"`
	Digest      string     `json:"digest,omitempty"`      // of the rules, by which decisions name them
	Fingerprint string     `json:"fingerprint,omitempty"` // of the whole folder
	Author      string     `json:"author,omitempty"`
	Reason      string     `json:"reason,omitempty"`
	RollbackOf  uint64     `json:"rollback_of,omitempty"`
	Approvals   []Approval `json:"approvals,omitempty"`
	Signer      string     `json:"signer,omitempty"`
	// Key is whose key was used in what the record tells of.
	Key string `json:"key,omitempty"`
	// From is where a broker had it from, Packed the SHA-256 of what came.
	From   string `json:"from,omitempty"`
	Packed string `json:"packed,omitempty"`
	// Canary says in words on which requests it is tried.
	Canary string `json:"canary,omitempty"`
	// Code and Fault are why a broker refused it, or took it back.
	Code  string `json:"code,omitempty"`
	Fault string `json:"fault,omitempty"`
}

// Approval is who approved a release, and when.
type Approval struct {
	By string    `json:"by"`
	At time.Time `json:"at"`
}

// Did is the record of one of the actions. A refusal is an alert.
func (r Release) Did(action string, now time.Time) *Record {
	input, err := json.Marshal(map[string]Release{"release": r})
	if err != nil {
		panic("audit: encoding a release: " + err.Error()) // texts, numbers and times
	}
	rec := &Record{
		ID: NewID(), TimeIn: now, TimeOut: now, Outcome: Released, Reasons: []string{releaseReasons[action]},
		Action: action, EmergencyReason: r.Reason, Revision: r.Revision, Digest: r.Digest, Input: input,
	}
	if action == RefuseAction || action == ReturnAction {
		rec.Outcome, rec.Alert, rec.EmergencyReason = Failed, true, r.Fault
	}
	return rec
}

// ReleaseOf gives the release that a record tells of.
func (r *Record) ReleaseOf() (rel Release, ok bool) {
	if releaseWords[r.Action] == "" {
		return rel, false
	}
	var input struct {
		Release *Release `json:"release"`
	}
	if json.Unmarshal(r.Input, &input) != nil || input.Release == nil {
		return rel, false
	}
	return *input.Release, true
}
