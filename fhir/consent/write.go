package consent

import (
	"encoding/json"
	"time"

	"github.com/mycarerecord/mcr/nhs"
)

// JSON gives the Consent that answers one that was recorded: what was
// understood, under the id that the registry gave it. recorded stands as
// dateTime when the client did not say when the patient was asked.
//
// The answer to a permission, sent back with the status inactive, is a
// withdrawal of it.
func JSON(c Consent, id string, recorded time.Time) []byte {
	permission := id
	if c.Permission != "" {
		permission = c.Permission
	}
	asked := c.Asked
	if asked.IsZero() {
		asked = recorded
	}
	out := resourceJSON{
		ResourceType: resourceType,
		ID:           id,
		Meta:         metaJSON{Profile: []string{Profile}},
		Extension:    extensions(c),
		Status:       c.Status,
		Scope:        conceptOf(scopeSystem, "patient-privacy"),
		Category:     []conceptJSON{conceptOf(CategorySystem, c.Category)},
		Patient:      referenceTo("Patient", nhs.NumberSystem, c.Patient.Digits()),
		DateTime:     instantOf(asked),
		Performer:    []referenceJSON{referenceTo("Practitioner", UserSystem, c.UserID)},
		Organization: []referenceJSON{referenceTo("Organization", nhs.ODSSystem, c.Organisation.String())},
		Policy:       []policyJSON{{URI: Policy}},
		Provision:    provisionJSON{Type: c.Decision, Purpose: []codingJSON{{System: actReasonSystem, Code: "TREAT"}}},
	}
	if c.Category == PermissionToView {
		out.Identifier = []identifierJSON{{System: PermissionSystem, Value: permission}}
	} else {
		out.Provision.Purpose[0].Code = "ETREAT"
	}
	if !c.From.IsZero() || !c.Until.IsZero() {
		out.Provision.Period = &periodJSON{Start: instantOf(c.From), End: instantOf(c.Until)}
	}
	for _, source := range c.Sources {
		out.Provision.Actor = append(out.Provision.Actor, actorJSON{
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

func extensions(c Consent) []extensionJSON {
	var out []extensionJSON
	if c.How != "" {
		out = append(out, extensionJSON{URL: HowAskedURL, Code: c.How})
	}
	if c.Sensitive {
		out = append(out, extensionJSON{URL: SensitiveURL, Boolean: true})
	}
	if c.Purpose != "" {
		out = append(out, extensionJSON{URL: PurposeURL, String: c.Purpose})
	}
	if c.ReasonCode != "" {
		reason := conceptOf(EmergencyReasonSystem, c.ReasonCode)
		reason.Text = c.Reason
		out = append(out, extensionJSON{URL: EmergencyReasonURL, Concept: &reason})
	}
	return out
}

func conceptOf(system, code string) conceptJSON {
	return conceptJSON{Coding: []codingJSON{{System: system, Code: code}}}
}

func referenceTo(typ, system, value string) referenceJSON {
	return referenceJSON{Type: typ, Identifier: identifierJSON{System: system, Value: value}}
}

// instantOf gives a time as FHIR writes it, or "" for none.
func instantOf(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339Nano)
}

type resourceJSON struct {
	ResourceType string           `json:"resourceType"`
	ID           string           `json:"id"`
	Meta         metaJSON         `json:"meta"`
	Extension    []extensionJSON  `json:"extension,omitempty"`
	Identifier   []identifierJSON `json:"identifier,omitempty"`
	Status       string           `json:"status"`
	Scope        conceptJSON      `json:"scope"`
	Category     []conceptJSON    `json:"category"`
	Patient      referenceJSON    `json:"patient"`
	DateTime     string           `json:"dateTime"`
	Performer    []referenceJSON  `json:"performer"`
	Organization []referenceJSON  `json:"organization"`
	Policy       []policyJSON     `json:"policy"`
	Provision    provisionJSON    `json:"provision"`
}

type metaJSON struct {
	Profile []string `json:"profile"`
}

type extensionJSON struct {
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

type referenceJSON struct {
	Type       string         `json:"type"`
	Identifier identifierJSON `json:"identifier"`
}

type policyJSON struct {
	URI string `json:"uri"`
}

type provisionJSON struct {
	Type    string       `json:"type"`
	Period  *periodJSON  `json:"period,omitempty"`
	Actor   []actorJSON  `json:"actor,omitempty"`
	Purpose []codingJSON `json:"purpose"`
}

type periodJSON struct {
	Start string `json:"start,omitempty"`
	End   string `json:"end,omitempty"`
}

type actorJSON struct {
	Role      conceptJSON   `json:"role"`
	Reference referenceJSON `json:"reference"`
}

type conceptJSON struct {
	Coding []codingJSON `json:"coding,omitempty"`
	Text   string       `json:"text,omitempty"`
}

type codingJSON struct {
	System string `json:"system,omitempty"`
	Code   string `json:"code,omitempty"`
}
