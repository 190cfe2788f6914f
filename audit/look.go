package audit

import "strings"

// The actions of the records that say that somebody looked at the trail itself.
// Such a record goes the way of every other: Interaction "search" or "read",
// ResourceType "AuditEvent", Source "console", and SourceOrg the organisation
// whose part was looked at. It is never a view of a record.
//
// A look that shows records of several organisations is recorded once for each of
// them, in its own part, all with one trace id: so each sees who looked, and
// Count.Visits counts it once. SourceOrg is "" for what was shown of no
// organisation, and for an overview of all of them, which shows numbers only.
const (
	LookAtTrail   = "look-at-trail"   // an overview or a list
	LookAtRecord  = "look-at-record"  // one record of the trail
	LookAtPatient = "look-at-patient" // who has accessed a patient's record

	lookPrefix = "look-"
)

// IsLook says whether a record is of a look at the trail.
func (r *Record) IsLook() bool { return strings.HasPrefix(r.Action, lookPrefix) }

// looked gives a look in words, "" for any other action.
func looked(action string) string {
	switch {
	case action == LookAtRecord:
		return "looked at a record of the trail"
	case action == LookAtPatient:
		return "looked at a patient's part of the trail"
	case strings.HasPrefix(action, lookPrefix):
		return "looked at the trail"
	default:
		return ""
	}
}
