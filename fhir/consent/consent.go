package consent

import (
	"errors"
	"time"

	"github.com/mycarerecord/mcr/nhs"
	"github.com/mycarerecord/mcr/strictjson"
)

// MaxBytes bounds the body of a Consent, in bytes.
const MaxBytes = 64 << 10

// The systems and addresses of the broker's Consent profile (docs/consent.md).
const (
	Profile               = "https://mycarerecord.example/fhir/StructureDefinition/Consent"
	Policy                = "https://mycarerecord.example/policy"
	CategorySystem        = "https://mycarerecord.example/fhir/CodeSystem/consent-category"
	EmergencyReasonSystem = "https://mycarerecord.example/fhir/CodeSystem/emergency-reason"
	PermissionSystem      = "https://mycarerecord.example/fhir/Id/permission"
	SourceSystem          = "https://mycarerecord.example/fhir/Id/source"
	HowAskedURL           = "https://mycarerecord.example/fhir/StructureDefinition/how-asked"
	SensitiveURL          = "https://mycarerecord.example/fhir/StructureDefinition/includes-sensitive"
	PurposeURL            = "https://mycarerecord.example/fhir/StructureDefinition/purpose-in-words"
	EmergencyReasonURL    = "https://mycarerecord.example/fhir/StructureDefinition/emergency-reason"
	UserSystem            = "https://fhir.nhs.uk/Id/sds-user-id"

	resourceType        = "Consent"
	scopeSystem         = "http://terminology.hl7.org/CodeSystem/consentscope"
	actReasonSystem     = "http://terminology.hl7.org/CodeSystem/v3-ActReason"
	participationSystem = "http://terminology.hl7.org/CodeSystem/v3-ParticipationType"
)

// The values of Consent.Category, Consent.Status and Consent.Decision.
const (
	PermissionToView = "permission-to-view"
	EmergencyAccess  = "emergency-access"

	Active   = "active"
	Inactive = "inactive"

	Permit = "permit"
	Deny   = "deny"
)

// Consent is what a professional asks the broker to record, one of four:
//
//	Category            Status    Decision
//	permission-to-view  active    permit    the patient said yes
//	permission-to-view  active    deny      the patient said no
//	permission-to-view  inactive  permit    the permission named by Permission ends
//	emergency-access    active    permit    an emergency is declared
//
// It has the right form and nothing more: whether the professional may record it
// is for the policies.
type Consent struct {
	Category string
	Status   string
	Decision string

	Patient      nhs.Number
	UserID       string // the professional: the person's id at the issuer of the token
	Organisation nhs.ODSCode
	Permission   string // the id of the permission that ends; "" otherwise

	Asked       time.Time // when the patient was asked; zero when not said
	From, Until time.Time // half-open; zero when not said
	Sources     []string  // source ids that it is limited to; empty: every source
	Sensitive   bool      // the patient agreed to sensitive items too
	How         string    // how the patient was asked: "in-person", "telephone", ...
	Purpose     string    // what for, in words

	ReasonCode string // of the emergency
	Reason     string // of the emergency, in words
}

// ErrProfile says that a body is not a Consent of the broker's profile. Errors of Parse
// wrap it.
var ErrProfile = errors.New("not a Consent of the broker's profile")

// Error says which element of a Consent is wrong. Both texts are the
// broker's own: nothing of the body is in them, so a client may be shown them.
type Error struct {
	Element string // "Consent.performer[0].identifier"
	Problem string // "must be exactly one"
}

// Error gives both.
func (e *Error) Error() string {
	return "reading a consent: " + e.Element + ": " + e.Problem
}

// Unwrap gives ErrProfile.
func (e *Error) Unwrap() error { return ErrProfile }

// Parse reads a Consent (R4 §6.2) of the profile of docs/consent.md, at most
// MaxBytes bytes of JSON. It is strict: an element that the profile does not
// have is an error and never ignored, since it could limit what the patient
// agreed to (attack 114). Nothing in it that is said to be over may lie ahead of now.
// Errors are *Error.
func Parse(body []byte, now time.Time) (Consent, error) {
	if len(body) > MaxBytes {
		return Consent{}, &Error{"Consent", "is too large"}
	}
	object, err := strictjson.Decode(body, strictjson.Consent)
	if err != nil {
		return Consent{}, &Error{"Consent", "is not JSON that every reader understands alike"}
	}
	r := reader{now: now}
	c := r.consent(element{r: &r, path: "Consent", members: object})
	if r.err != nil {
		return Consent{}, r.err
	}
	return c, nil
}
