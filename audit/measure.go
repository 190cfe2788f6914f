package audit

import (
	"slices"
	"strings"
)

// Measure is one of the things that are counted in the trail. As part of a
// Filter it keeps what it counts.
type Measure string

// The measures. A view is a request to see something of a record; looks at the
// trail itself are never views.
const (
	Everything     Measure = ""
	Views          Measure = "views"           // views that were released
	Refusals       Measure = "refusals"        // views that were refused
	Failures       Measure = "failures"        // whatever failed, or was incomplete
	Asked          Measure = "asked"           // the patient's answer was recorded, yes or no
	Given          Measure = "given"           // it was yes
	Declined       Measure = "declined"        // it was no
	Withdrawn      Measure = "withdrawn"       // a permission was withdrawn
	Emergencies    Measure = "emergencies"     // an emergency was declared
	EmergencyViews Measure = "emergency-views" // views released because of one
	WithheldSome   Measure = "withheld-some"   // something was withheld
	Alerts         Measure = "alerts"          // the privacy officer is to look at it
	Looks          Measure = "looks"           // somebody looked at the trail
)

// Measures are all of them but Everything, in the order in which they are shown.
func Measures() []Measure {
	return []Measure{Views, Refusals, Failures, Asked, Given, Declined, Withdrawn, Emergencies, EmergencyViews, WithheldSome, Alerts, Looks}
}

// Known says whether there is such a measure.
func (m Measure) Known() bool { return m == Everything || slices.Contains(Measures(), m) }

// The actions that are counted, as package access names them.
const (
	actionView      = "view"
	actionGiven     = "record-permission"
	actionDeclined  = "record-refusal"
	actionWithdraw  = "withdraw"
	actionEmergency = "declare-emergency"
)

// Counts says whether the measure counts a record. A measure that there is not
// counts nothing.
func (m Measure) Counts(r *Record) bool {
	released := r.Outcome == Released
	switch m {
	case Everything:
		return true
	case Views:
		return r.Action == actionView && released
	case Refusals:
		return r.Action == actionView && r.Outcome == Refused
	case Failures:
		return r.Outcome == Failed || r.Outcome == Incomplete
	case Asked:
		return (r.Action == actionGiven || r.Action == actionDeclined) && released
	case Given:
		return r.Action == actionGiven && released
	case Declined:
		return r.Action == actionDeclined && released
	case Withdrawn:
		return r.Action == actionWithdraw && released
	case Emergencies:
		return r.Action == actionEmergency && released
	case EmergencyViews:
		return r.Action == actionView && released && r.Emergency != ""
	case WithheldSome:
		return len(r.Withheld) > 0
	case Alerts:
		return r.Alert
	case Looks:
		return strings.HasPrefix(r.Action, lookPrefix)
	default:
		return false
	}
}
