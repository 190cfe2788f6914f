package access

import (
	"time"

	"github.com/mycarerecord/mcr/fhir"
	"github.com/mycarerecord/mcr/nhs"
)

// Subject is who asks, as a verified token says.
type Subject struct {
	UserID       string // the person's stable id at the issuer (CIS2: uid)
	Name         string
	Role         nhs.RoleCode // the one role in use
	RoleName     string
	Organisation nhs.ODSCode
	OrgName      string
	Client       string // the application (client id)
	TokenID      string // jti, or a digest of the token when it has none
	Session      string // sid, by which its issuer knows the session; "" when it gives none
	Issuer       string
	Assurance    string // authentication assurance, such as "AAL3"
	Scopes       string // what the token is for, divided by spaces (RFC 6749 section 3.3); no policy sees it
	Purpose      string // the purpose of use that the token states; DirectCare when it states none
	Expires      time.Time
}

// Source is the system that holds the record.
type Source struct {
	ID           string
	Name         string
	Organisation nhs.ODSCode // who holds the record
	Kind         string      // "gp", "acute", "community", "mental-health", "ambulance", "nhs-111", "out-of-hours", "council"
}

// Action is what is to be decided.
type Action string

// The actions.
const (
	View             Action = "view"              // read or search
	RecordPermission Action = "record-permission" // the patient said yes
	RecordRefusal    Action = "record-refusal"    // the patient said no
	Withdraw         Action = "withdraw"          // a permission ends
	DeclareEmergency Action = "declare-emergency" // break glass
)

// DirectCare is the one purpose of use that the broker serves.
const DirectCare = "direct-care"

// Question is what the decision point is asked.
type Question struct {
	Time    time.Time
	Subject Subject
	// OrganisationKind is what kind of organisation the subject's is, as this deployment knows it, in
	// the words of Source.Kind; "" when it does not know.
	OrganisationKind string
	// AskedLastHour is how many requests of this person the broker's process took within the last
	// hour, this one not counted. It can be too low, after a restart or where there are several.
	AskedLastHour int
	// Patient is the number that the request named, or that the source gave; the
	// zero Number when the source knows no such patient.
	Patient nhs.Number
	Source  Source
	Action  Action
	Purpose string
	Request fhir.Request
	// Statement is what is to be recorded, for every action but View.
	Statement *Statement
}
