package audit

import "time"

// Scope says which part of the trail a question is about: whoever may see only a
// part gives it here, and no Filter, id or cursor reaches beyond it. The zero
// Scope asks for the newest hundred records of everybody. Times are compared to
// the microsecond.
type Scope struct {
	// Since leaves out what came in earlier; zero means from the beginning.
	Since time.Time
	// Until leaves out what came in at that time or later; zero means until now.
	Until time.Time
	// SourceOrg is the ODS code of the organisation whose own part of the trail
	// is asked for; "" means every organisation's, for the region's auditors only.
	SourceOrg string
	// OwnStaff adds, when SourceOrg is given, what that organisation's own staff
	// did elsewhere: the records whose user_org it is, looks at the trail apart. A
	// look is of the part that was looked at: the region's auditors are staff of
	// some organisation, which learns nothing of what they look into elsewhere.
	OwnStaff bool
	// UserID is the one person whose requests are asked for; "" means everybody's.
	UserID string
	// Limit bounds the answer: the newest records are kept. Default 100. Of visits it
	// bounds how many are given, whole.
	Limit int
	// VisitGap is how long a person may pause within one visit: see Visit. Default
	// DefaultGap. It plays a part where visits are given or counted, and nowhere else.
	VisitGap time.Duration
}

// DefaultLimit is how many records a question gives when its scope does not say.
const DefaultLimit = 100

// Most gives the limit in force.
func (s Scope) Most() int {
	if s.Limit <= 0 {
		return DefaultLimit
	}
	return s.Limit
}

// Gap gives the gap in force.
func (s Scope) Gap() time.Duration {
	if s.VisitGap <= 0 {
		return DefaultGap
	}
	return s.VisitGap
}

// Holds says whether a record stands inside the scope, its limit apart. Every
// store gives the same answer.
func (s Scope) Holds(r *Record) bool {
	in := r.TimeIn.Truncate(time.Microsecond)
	return !in.Before(s.Since.Truncate(time.Microsecond)) &&
		(s.Until.IsZero() || in.Before(s.Until.Truncate(time.Microsecond))) &&
		(s.UserID == "" || r.UserID == s.UserID) && s.HoldsKind(r)
}

// HoldsKind is Holds without what is each record's own: its time and its user.
func (s Scope) HoldsKind(r *Record) bool {
	return s.SourceOrg == "" || r.SourceOrg == s.SourceOrg || s.OwnStaff && r.UserOrg == s.SourceOrg && !r.IsLook()
}
