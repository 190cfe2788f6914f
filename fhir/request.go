package fhir

import "github.com/mycarerecord/mcr/nhs"

// Interaction is what a request does (FHIR R4 §3.1.0, codes of
// http://hl7.org/fhir/restful-interaction).
type Interaction string

// The interactions that the broker offers. All others are refused.
const (
	Read         Interaction = "read"
	Search       Interaction = "search-type"
	Capabilities Interaction = "capabilities"
	// Create is offered for Consent alone, which the broker itself keeps.
	Create Interaction = "create"
)

// PatientRef is how a request names its patient: by the NHS number, or by the
// source's own id. At most one is set; none means that the patient is to be
// found in what the source answers.
type PatientRef struct {
	Number  nhs.Number
	LocalID string
}

// IsZero says that the request itself does not name a patient.
func (p PatientRef) IsZero() bool { return p.Number.IsZero() && p.LocalID == "" }

// Param is one search parameter, decoded. Name carries its modifier ("code:in").
type Param struct{ Name, Value string }

// Request is one FHIR request in its canonical form: the only thing that is
// judged, recorded and, rebuilt, forwarded.
type Request struct {
	Interaction Interaction
	Type        string // resource type, "" for Capabilities
	ID          string // for Read
	Patient     PatientRef
	Params      []Param // sorted; never the parameter that names the patient
	Page        string  // the sealed page token of a further page, or ""
}
