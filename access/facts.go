package access

import (
	"time"

	"github.com/mycarerecord/mcr/nhs"
)

// State says what is known of a fact. Absent ("looked, and there is none") is
// never the same as Unavailable ("could not look").
type State uint8

// The states. The zero State is Unavailable: a fact nobody gathered is unknown.
const (
	Unavailable State = iota
	Absent
	Known
)

// String gives the state's name as policies read it.
func (s State) String() string {
	switch s {
	case Known:
		return "known"
	case Absent:
		return "absent"
	default:
		return "unavailable"
	}
}

// Fact is a value with what is known of it. Value means something only when Known.
type Fact[T any] struct {
	State State
	Value T
}

// KnownFact is a fact that was found.
func KnownFact[T any](v T) Fact[T] { return Fact[T]{State: Known, Value: v} }

// AbsentFact is a fact that was looked for and is not there.
func AbsentFact[T any]() Fact[T] { return Fact[T]{State: Absent} }

// Facts is what is known about the patient of a Question, and about the asker's
// standing with them. Lists hold everything on record that names the patient,
// ended and future entries included: whether one holds now is for the policy.
// Only entries that bear on the asker's organisation or person are included in
// Permissions, Relationships and TestOrders.
type Facts struct {
	// Identity is Known for every patient whose number is known: the number in
	// use and every number that it replaced or was replaced by.
	Identity Fact[Identity]
	// Age is the patient's, in whole years, at the question's time.
	Age           Fact[int]
	OptOut        Fact[OptOut]
	Restriction   Fact[Restriction] // the patient's address and whereabouts are protected
	Registration  Fact[Registration]
	Permissions   Fact[[]Permission]
	Relationships Fact[[]Relationship]
	TestOrders    Fact[[]TestOrder]
	Emergencies   Fact[[]Emergency]
	// SubjectIsPatient is Known when the asker is on record as being the patient.
	SubjectIsPatient Fact[bool]
	// NationalOptOut is about secondary uses and never blocks direct care; it is
	// here so that a test can show that.
	NationalOptOut Fact[bool]
}

// Identity is the set of NHS numbers that are one person.
type Identity struct {
	Current nhs.Number
	Others  []nhs.Number // superseded
}

// Validity is a half-open period [From, Until); a zero Until has no end.
type Validity struct{ From, Until time.Time }

// OptOut is the patient's objection to sharing across organisations.
type OptOut struct {
	ID string
	Validity
	// Telephone is whom to ring instead: the number of the patient's practice.
	Telephone string
	Contact   string // whose number it is
}

// Restriction is a patient flagged as sensitive (PDS confidentiality R or V).
type Restriction struct {
	ID   string
	Code string
	Validity
}

// Registration is the general practice that the patient is registered with.
type Registration struct {
	ID        string
	Practice  nhs.ODSCode
	Name      string
	Telephone string
	Validity
}

// Permission is a patient's recorded answer to being asked.
type Permission struct {
	ID           string
	UserID       string      // the professional whom the patient answered
	Organisation nhs.ODSCode // for which they asked
	Given        bool        // false: the patient said no
	Withdrawn    bool
	Sources      []string // source ids it is limited to; empty: every source
	Sensitive    bool     // the patient agreed to sensitive items too
	How          string   // "in-person", "telephone", "video"
	Purpose      string   // what it was asked for, as the professional wrote; "" when not said. No policy sees it
	// Recorded is when the answer was recorded. Answers of one patient to one
	// professional are listed in that order; the last one recorded is the one that
	// the patient means. A withdrawal does not change it.
	Recorded time.Time
	Validity
}

// Ends is when the permission ends: when it says so, and no later than longest after it began,
// which is the policies' bound. Zero longest is no bound; a zero time is no end.
func (p Permission) Ends(longest time.Duration) time.Time {
	if longest <= 0 {
		return p.Until
	}
	if last := p.From.Add(longest); p.Until.IsZero() || p.Until.After(last) {
		return last
	}
	return p.Until
}

// Relationship is a care relationship between the patient and an organisation.
type Relationship struct {
	ID           string
	Kind         string // "registration", "episode", "admission", "referral", "caseload", "call"
	Organisation nhs.ODSCode
	Ended        bool // finished, cancelled or entered in error, whatever its period says
	Validity
}

// TestOrder is a request for a test that names the asker or their organisation.
type TestOrder struct {
	ID           string
	Organisation nhs.ODSCode // the performer's
	UserID       string      // a named performer, or ""
	Category     string      // category of the ordered results: "laboratory", "imaging"
	Status       string      // FHIR request-status: "active", "completed", "revoked", ...
	ClosedAt     time.Time   // when it was completed; zero while open
	Validity
}

// Emergency is a declared emergency access.
type Emergency struct {
	ID         string
	UserID     string
	ReasonCode string
	Reason     string
	Validity
}
