package fhir

import (
	"encoding/json"
	"time"

	"github.com/mycarerecord/mcr/nhs"
)

// ConsentJSON gives the Consent that answers one that was recorded: what was
// understood, under the id that the registry gave it. recorded stands as
// dateTime when the client did not say when the patient was asked.
//
// The answer to a permission, sent back with the status inactive, is a
// withdrawal of it.
func ConsentJSON(c Consent, id string, recorded time.Time) []byte {
	permission := id
	if c.Permission != "" {
		permission = c.Permission
	}
	asked := c.Asked
	if asked.IsZero() {
		asked = recorded
	}
	out := consentResource{
		ResourceType: consentType,
		ID:           id,
		Meta:         consentMeta{Profile: []string{ConsentProfile}},
		Extension:    consentExtensions(c),
		Status:       c.Status,
		Scope:        conceptOf(consentScopeSystem, "patient-privacy"),
		Category:     []conceptJSON{conceptOf(ConsentCategorySystem, c.Category)},
		Patient:      referenceTo("Patient", nhs.NumberSystem, c.Patient.Digits()),
		DateTime:     instantOf(asked),
		Performer:    []consentReference{referenceTo("Practitioner", UserSystem, c.UserID)},
		Organization: []consentReference{referenceTo("Organization", nhs.ODSSystem, c.Organisation.String())},
		Policy:       []consentPolicy{{URI: ConsentPolicy}},
		Provision:    consentProvision{Type: c.Decision, Purpose: []codingJSON{{System: actReasonSystem, Code: "TREAT"}}},
	}
	if c.Category == PermissionToView {
		out.Identifier = []identifierJSON{{System: PermissionSystem, Value: permission}}
	} else {
		out.Provision.Purpose[0].Code = "ETREAT"
	}
	if !c.From.IsZero() || !c.Until.IsZero() {
		out.Provision.Period = &consentPeriod{Start: instantOf(c.From), End: instantOf(c.Until)}
	}
	for _, source := range c.Sources {
		out.Provision.Actor = append(out.Provision.Actor, consentActor{
			Role:      conceptOf(participationSystem, "CST"),
			Reference: referenceTo("Organization", SourceSystem, source),
		})
	}
	body, err := json.Marshal(out)
	if err != nil {
		panic("encoding a Consent of strings: " + err.Error()) // cannot happen
	}
	return body
}

func consentExtensions(c Consent) []consentExtension {
	var out []consentExtension
	if c.How != "" {
		out = append(out, consentExtension{URL: HowAskedURL, Code: c.How})
	}
	if c.Sensitive {
		out = append(out, consentExtension{URL: SensitiveURL, Boolean: true})
	}
	if c.Purpose != "" {
		out = append(out, consentExtension{URL: PurposeURL, String: c.Purpose})
	}
	if c.ReasonCode != "" {
		reason := conceptOf(EmergencyReasonSystem, c.ReasonCode)
		reason.Text = c.Reason
		out = append(out, consentExtension{URL: EmergencyReasonURL, Concept: &reason})
	}
	return out
}

func conceptOf(system, code string) conceptJSON {
	return conceptJSON{Coding: []codingJSON{{System: system, Code: code}}}
}

func referenceTo(typ, system, value string) consentReference {
	return consentReference{Type: typ, Identifier: identifierJSON{System: system, Value: value}}
}

// instantOf gives a time as FHIR writes it, or "" for none.
func instantOf(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339Nano)
}

type consentResource struct {
	ResourceType string             `json:"resourceType"`
	ID           string             `json:"id"`
	Meta         consentMeta        `json:"meta"`
	Extension    []consentExtension `json:"extension,omitempty"`
	Identifier   []identifierJSON   `json:"identifier,omitempty"`
	Status       string             `json:"status"`
	Scope        conceptJSON        `json:"scope"`
	Category     []conceptJSON      `json:"category"`
	Patient      consentReference   `json:"patient"`
	DateTime     string             `json:"dateTime"`
	Performer    []consentReference `json:"performer"`
	Organization []consentReference `json:"organization"`
	Policy       []consentPolicy    `json:"policy"`
	Provision    consentProvision   `json:"provision"`
}

type consentMeta struct {
	Profile []string `json:"profile"`
}

type consentExtension struct {
	URL     string       `json:"url"`
	Code    string       `json:"valueCode,omitempty"`
	String  string       `json:"valueString,omitempty"`
	Boolean bool         `json:"valueBoolean,omitempty"`
	Concept *conceptJSON `json:"valueCodeableConcept,omitempty"`
}

type identifierJSON struct {
	System string `json:"system"`
	Value  string `json:"value"`
}

type consentReference struct {
	Type       string         `json:"type"`
	Identifier identifierJSON `json:"identifier"`
}

type consentPolicy struct {
	URI string `json:"uri"`
}

type consentProvision struct {
	Type    string         `json:"type"`
	Period  *consentPeriod `json:"period,omitempty"`
	Actor   []consentActor `json:"actor,omitempty"`
	Purpose []codingJSON   `json:"purpose"`
}

type consentPeriod struct {
	Start string `json:"start,omitempty"`
	End   string `json:"end,omitempty"`
}

type consentActor struct {
	Role      conceptJSON      `json:"role"`
	Reference consentReference `json:"reference"`
}
