package access

import "github.com/mycarerecord/mcr/nhs"

// Statement is what a professional asks the broker to record of a patient's
// answer. It comes from a FHIR Consent and is decided on like any request.
type Statement struct {
	Patient      nhs.Number
	UserID       string      // the performer named in the Consent
	Organisation nhs.ODSCode // the organisation named in the Consent
	Permission   string      // the id of the permission to withdraw, for Withdraw
	Sources      []string
	Sensitive    bool
	How          string // how the patient was asked
	Purpose      string // what for, in words
	ReasonCode   string // for DeclareEmergency
	Reason       string
	Validity
}
