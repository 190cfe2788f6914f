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
//
// Whoever looks into the registry from a terminal (mcr registry) leaves such a record
// too: Source is "" then, and ResourceType that of no resource.
const (
	LookAtTrail   = "look-at-trail"   // an overview or a list
	LookAtRecord  = "look-at-record"  // one record of the trail
	LookAtPatient = "look-at-patient" // who has accessed a patient's record

	LookAtRegistry = "look-at-registry"      // what the registry knows of a patient
	CopyOfRegistry = "look-at-registry-copy" // the whole registry, as a copy that was taken

	lookPrefix = "look-"
)

// IsLook says whether a record is of a look at the trail, or into the registry.
func (r *Record) IsLook() bool { return strings.HasPrefix(r.Action, lookPrefix) }

// looked gives a look in words, "" for any other action.
func looked(action string) string {
	switch {
	case action == LookAtRecord:
		return "looked at a record of the trail"
	case action == LookAtPatient:
		return "looked at a patient's part of the trail"
	case action == LookAtRegistry:
		return "looked at what the registry knows of a patient"
	case action == CopyOfRegistry:
		return "took a copy of the whole registry"
	case strings.HasPrefix(action, lookPrefix):
		return "looked at the trail"
	default:
		return ""
	}
}
