package fhir

import "encoding/json"

// ReasonSystem is the code system of the reason codes in an OperationOutcome.
const ReasonSystem = "https://mycarerecord.example/fhir/CodeSystem/reason"

// Outcome gives an OperationOutcome (R4 §2.41) with one issue.
//
// code is the reason code and severity one of "fatal", "error", "warning" and
// "information". text says in plain English what happened and remedy what the
// person can do; both come from the policies' closed table, never from an error
// or from the request. recordID is the id of the audit record, to quote when
// asking about it. remedy and recordID may be empty.
//
// The shape is fixed: issue.code is the FHIR issue type of the reason code,
// issue.details.coding holds the reason code, issue.details.text the text, and
// issue.diagnostics the remedy followed by "Record <id>.". docs/refusals.md has
// an example.
func Outcome(code, severity, text, remedy, recordID string) []byte {
	diagnostics := remedy
	if recordID != "" {
		if diagnostics != "" {
			diagnostics += " "
		}
		diagnostics += "Record " + recordID + "."
	}
	out, err := json.Marshal(operationOutcome{
		ResourceType: "OperationOutcome",
		Issue: []issueJSON{{
			Severity: severity,
			Code:     IssueType(code),
			Details: conceptJSON{
				Coding: []codingJSON{{System: ReasonSystem, Code: code}},
				Text:   text,
			},
			Diagnostics: diagnostics,
		}},
	})
	if err != nil {
		panic("encoding an OperationOutcome of strings: " + err.Error()) // cannot happen
	}
	return out
}

type operationOutcome struct {
	ResourceType string      `json:"resourceType"`
	Issue        []issueJSON `json:"issue"`
}

type issueJSON struct {
	Severity    string      `json:"severity"`
	Code        string      `json:"code"`
	Details     conceptJSON `json:"details"`
	Diagnostics string      `json:"diagnostics,omitempty"`
}

type conceptJSON struct {
	Coding []codingJSON `json:"coding,omitempty"`
	Text   string       `json:"text,omitempty"`
}

type codingJSON struct {
	System string `json:"system,omitempty"`
	Code   string `json:"code,omitempty"`
}

// IssueType gives the FHIR issue type (http://hl7.org/fhir/issue-type) of a reason
// code. A code that is not about the form of a request, the token, the source or
// the broker itself is a policy's, and means "forbidden".
func IssueType(code string) string {
	if t, ok := issueTypes[code]; ok {
		return t
	}
	return "forbidden"
}

// issueTypes holds every code whose issue type is not "forbidden": those of this
// package, and those of the steps around it.
var issueTypes = map[string]string{
	PathNotUnderstood:       "invalid",
	TypeNotOffered:          "not-supported",
	InteractionNotOffered:   "not-supported",
	CompartmentNotOffered:   "not-supported",
	ReadOnly:                "not-supported",
	MethodNotOffered:        "not-supported",
	MethodOverride:          "invalid",
	BodyNotExpected:         "invalid",
	BodyNotUnderstood:       "invalid",
	BodyTooLarge:            "too-long",
	ContentTypeNotAccepted:  "not-supported",
	FormatNotOffered:        "not-supported",
	QueryTooLong:            "too-long",
	ParameterNotOffered:     "not-supported",
	ParameterNotUnderstood:  "value",
	ParameterRepeated:       "invalid",
	PatientNotNamed:         "required",
	PatientAmbiguous:        "invalid",
	OnePatientOnly:          "not-supported",
	NHSNumberNotValid:       "value",
	ChainNotOffered:         "not-supported",
	IncludeNotOffered:       "not-supported",
	QueryLanguageNotOffered: "not-supported",
	PartialNotOffered:       "not-supported",
	MetadataNotOffered:      "not-supported",
	ValueNotOffered:         "not-supported",
	TokenInQuery:            "login",
	NotFound:                "not-found",
	BatchNotUnderstood:      "invalid",
	BatchTooLarge:           "too-long",
	ConsentNotUnderstood:    "invalid",

	"token-missing":                "login",
	"token-not-accepted":           "login",
	"sender-not-proved":            "login",
	"token-bound-to-sender":        "login",
	"identity-incomplete":          "login",
	"token-service-unavailable":    "transient",
	"page-not-found":               "not-found",
	"permission-not-found":         "not-found",
	"patient-ambiguous-at-source":  "multiple-matches",
	"source-unavailable":           "transient",
	"source-answer-not-understood": "exception",
	"source-incomplete":            "incomplete",
	"audit-unavailable":            "transient",
	"registry-unavailable":         "transient",
	"facts-unavailable":            "transient",
	"policy-unclear":               "exception",
	"internal-error":               "exception",
	"not-ready":                    "transient",
	"everything-in-part":           "incomplete",
	"too-many-requests":            "throttled",
	"busy":                         "throttled",
	"client-gone":                  "transient",
	"type-not-held":                "not-found",
	"link-not-found":               "not-found",
	"document-kind-not-offered":    "not-supported",
	"document-not-as-declared":     "exception",
	"document-too-large":           "too-long",

	string(SomeWithheld):         "suppressed",
	string(SomeMayBeWithheld):    "suppressed",
	string(SomeNotUnderstood):    "processing",
	string(SomeInPart):           "processing",
	string(SomePagesMissing):     "incomplete",
	string(NotKnownHere):         "informational",
	string(KnownByAnotherNumber): "informational",
	string(AnotherRecord):        "informational",
}
