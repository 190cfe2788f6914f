package fhir

import "net/http"

// Refusal says why a request was refused by its form alone, before anyone asked
// who sent it. It holds nothing of the request: what the client sees, and what
// the record keeps, is the code and the closed text that goes with it.
type Refusal struct {
	Status int    // HTTP status, the one that Codes gives for Code
	Code   string // stable reason code, one of the constants below
	Allow  string // the Allow header of a 405 (RFC 9110 §15.5.6), or ""
	// Parameter is what was refused, in FHIR's own words: "_total", "status:not". One
	// that FHIR does not define is not repeated. "" when it is no parameter.
	Parameter string
	// Instead is a sentence that says what can be asked instead, or "".
	Instead string
}

// Detail says of which parameter a refusal speaks and what can be asked instead, in
// words of FHIR's and of this package's own; "" when there is nothing to say.
func (r *Refusal) Detail() string {
	switch {
	case r.Parameter == "":
		return r.Instead
	case r.Instead == "":
		return "This is about " + r.Parameter + "."
	}
	return "This is about " + r.Parameter + ". " + r.Instead
}

// The reason codes of a refusal by form. docs/refusals.md describes each.
const (
	PathNotUnderstood       = "path-not-understood"
	TypeNotOffered          = "type-not-offered"
	InteractionNotOffered   = "interaction-not-offered"
	CompartmentNotOffered   = "compartment-not-offered"
	ReadOnly                = "read-only"
	MethodNotOffered        = "method-not-offered"
	MethodOverride          = "method-override"
	BodyNotExpected         = "body-not-expected"
	BodyNotUnderstood       = "body-not-understood"
	BodyTooLarge            = "body-too-large"
	ContentTypeNotAccepted  = "content-type-not-accepted"
	FormatNotOffered        = "format-not-offered"
	QueryTooLong            = "query-too-long"
	ParameterNotOffered     = "parameter-not-offered"
	ParameterNotUnderstood  = "parameter-not-understood"
	ParameterRepeated       = "parameter-repeated"
	PatientNotNamed         = "patient-not-named"
	PatientAmbiguous        = "patient-ambiguous"
	OnePatientOnly          = "one-patient-only"
	NHSNumberNotValid       = "nhs-number-not-valid"
	ChainNotOffered         = "chain-not-offered"
	IncludeNotOffered       = "include-not-offered"
	QueryLanguageNotOffered = "query-language-not-offered"
	PartialNotOffered       = "partial-content-not-offered"
	MetadataNotOffered      = "metadata-search-not-offered"
	ValueNotOffered         = "value-search-not-offered"
	TokenInQuery            = "token-in-query"
	NotFound                = "not-found"
	BatchNotUnderstood      = "batch-not-understood"
	BatchTooLarge           = "batch-too-large"
	ConsentNotUnderstood    = "consent-not-understood"
)

// statuses gives each code of this package its one HTTP status.
var statuses = map[string]int{
	PathNotUnderstood:       http.StatusBadRequest,
	TypeNotOffered:          http.StatusNotFound, // FHIR R4 §3.1.0.1.4: not a FHIR end point
	InteractionNotOffered:   http.StatusForbidden,
	CompartmentNotOffered:   http.StatusForbidden,
	ReadOnly:                http.StatusMethodNotAllowed,
	MethodNotOffered:        http.StatusMethodNotAllowed,
	MethodOverride:          http.StatusBadRequest,
	BodyNotExpected:         http.StatusBadRequest,
	BodyNotUnderstood:       http.StatusBadRequest,
	BodyTooLarge:            http.StatusRequestEntityTooLarge,
	ContentTypeNotAccepted:  http.StatusUnsupportedMediaType,
	FormatNotOffered:        http.StatusNotAcceptable,
	QueryTooLong:            http.StatusBadRequest,
	ParameterNotOffered:     http.StatusBadRequest,
	ParameterNotUnderstood:  http.StatusBadRequest,
	ParameterRepeated:       http.StatusBadRequest,
	PatientNotNamed:         http.StatusBadRequest,
	PatientAmbiguous:        http.StatusBadRequest,
	OnePatientOnly:          http.StatusForbidden,
	NHSNumberNotValid:       http.StatusBadRequest,
	ChainNotOffered:         http.StatusForbidden,
	IncludeNotOffered:       http.StatusForbidden,
	QueryLanguageNotOffered: http.StatusForbidden,
	PartialNotOffered:       http.StatusForbidden,
	MetadataNotOffered:      http.StatusForbidden,
	ValueNotOffered:         http.StatusForbidden,
	TokenInQuery:            http.StatusUnauthorized,
	NotFound:                http.StatusNotFound,
	BatchNotUnderstood:      http.StatusBadRequest,
	BatchTooLarge:           http.StatusRequestEntityTooLarge,
	ConsentNotUnderstood:    http.StatusUnprocessableEntity,
}

// Codes gives every reason code that this package emits, with its HTTP status.
// The map is the caller's.
func Codes() map[string]int {
	all := make(map[string]int, len(statuses))
	for code, status := range statuses {
		all[code] = status
	}
	return all
}

func refuse(code string) *Refusal { return &Refusal{Status: statuses[code], Code: code} }

// notAllowed is a refusal of the method, which must say which methods there are.
func notAllowed(code, allow string) *Refusal {
	return &Refusal{Status: http.StatusMethodNotAllowed, Code: code, Allow: allow}
}
