package fhir

import (
	"encoding/json"
	"strconv"
	"time"
)

// Server is what a CapabilityStatement says of a broker besides what it offers.
// It names the broker and never the system behind it (attack 31).
type Server struct {
	Base    string    // the broker's own public base URL, or "" when it depends on the request
	Name    string    // of the organisation whose record is offered
	Version string    // of the broker
	Date    time.Time // when the statement was made: the start of the broker; zero: when the tables last changed
}

// offersChanged is when the tables of this package last changed.
var offersChanged = time.Date(2026, 11, 23, 0, 0, 0, 0, time.UTC)

// CapabilityStatement gives the broker's own CapabilityStatement (R4 §5.1). It is
// made from the tables that ParseRequest judges by, so it says what is offered
// and nothing else. It is the same for everyone: make it once.
func CapabilityStatement(s Server) []byte {
	resources := make([]capabilityResource, 0, len(offers)+1)
	for i := range offers {
		resources = append(resources, capabilityOf(&offers[i]))
	}
	resources = append(resources, capabilityResource{
		Type:        consentType,
		Interaction: []capabilityCode{{Code: string(Create)}},
		Versioning:  "no-version",
		Documentation: "Records a patient's answer to being asked, a withdrawal, or an emergency, with the broker itself. " +
			"Nothing is sent to the source.",
	})
	if s.Date.IsZero() {
		s.Date = offersChanged
	}
	out, err := json.MarshalIndent(capabilityStatement{
		ResourceType: "CapabilityStatement",
		Status:       "active",
		Date:         s.Date.UTC().Format(time.RFC3339),
		Kind:         "instance",
		Software:     capabilitySoftware{Name: "My Care Record broker", Version: s.Version},
		Implementation: capabilityImplementation{
			Description: "My Care Record, read-only: " + s.Name,
			URL:         s.Base,
		},
		FHIRVersion: "4.0.1",
		Format:      []string{"application/fhir+json", "json"},
		Rest: []capabilityRest{{
			Mode: "server",
			Documentation: "Every request is decided on and recorded. A search names one patient; " +
				"what may not be seen is left out, and an OperationOutcome entry says so.",
			Security: capabilitySecurity{
				CORS: false,
				Service: []conceptJSON{{Coding: []codingJSON{{
					System: "http://terminology.hl7.org/CodeSystem/restful-security-service", Code: "OAuth",
				}}}},
				Description: "A bearer access token of an accepted issuer that names a person, one role and one organisation.",
			},
			Resource: resources,
			Param: []capabilityParam{
				{Name: "_count", Type: "number", Documentation: "Entries a page, " + strconv.Itoa(DefaultLimits.DefaultPage) +
					" unless given, " + strconv.Itoa(DefaultLimits.MaxPage) + " at most. Further pages by the next link alone."},
				{Name: "_format", Type: "token", Documentation: "json, application/json or application/fhir+json."},
			},
		}},
	}, "", "  ")
	if err != nil {
		panic("encoding a CapabilityStatement of strings: " + err.Error()) // cannot happen
	}
	return out
}

// capabilityOf describes one type from the tables.
func capabilityOf(o *offer) capabilityResource {
	c := capabilityResource{
		Type:        o.typ,
		Interaction: []capabilityCode{{Code: string(Read)}, {Code: string(Search)}},
		Versioning:  "no-version",
		Include:     o.includes,
	}
	c.Param = o.patientParams()
	names := map[valueKind]string{ofToken: "token", ofDate: "date", ofID: "token"}
	for _, p := range o.params {
		c.Param = append(c.Param, capabilityParam{Name: p.name, Type: names[p.kind]})
	}
	if o.sort != "" {
		c.Param = append(c.Param, capabilityParam{Name: "_sort", Type: "string", Documentation: o.sort + " or -" + o.sort + "."})
	}
	return c
}

// patientParams are the ways to name the patient; a search needs exactly one.
func (o *offer) patientParams() []capabilityParam {
	const one = "Exactly one way of naming the patient is required. "
	const number = one + "https://fhir.nhs.uk/Id/nhs-number| and the number."
	if o.typ == "Patient" {
		return []capabilityParam{
			{Name: "_id", Type: "token", Documentation: one + "The source's own id, one only."},
			{Name: "identifier", Type: "token", Documentation: number},
		}
	}
	names := []string{"patient"}
	if o.subject {
		names = append(names, "subject")
	}
	var out []capabilityParam
	for _, name := range names {
		out = append(out,
			capabilityParam{Name: name, Type: "reference", Documentation: one + "The source's own id, or Patient/ and the id."},
			capabilityParam{Name: name + ".identifier", Type: "token", Documentation: number + " Also as " + name + ":identifier."})
	}
	return out
}

type capabilityStatement struct {
	ResourceType   string                   `json:"resourceType"`
	Status         string                   `json:"status"`
	Date           string                   `json:"date"`
	Kind           string                   `json:"kind"`
	Software       capabilitySoftware       `json:"software"`
	Implementation capabilityImplementation `json:"implementation"`
	FHIRVersion    string                   `json:"fhirVersion"`
	Format         []string                 `json:"format"`
	Rest           []capabilityRest         `json:"rest"`
}

type capabilitySoftware struct {
	Name    string `json:"name"`
	Version string `json:"version,omitempty"`
}

type capabilityImplementation struct {
	Description string `json:"description"`
	URL         string `json:"url,omitempty"`
}

type capabilityRest struct {
	Mode          string               `json:"mode"`
	Documentation string               `json:"documentation"`
	Security      capabilitySecurity   `json:"security"`
	Resource      []capabilityResource `json:"resource"`
	Param         []capabilityParam    `json:"searchParam"`
}

type capabilitySecurity struct {
	CORS        bool          `json:"cors"`
	Service     []conceptJSON `json:"service"`
	Description string        `json:"description"`
}

type capabilityResource struct {
	Type          string            `json:"type"`
	Documentation string            `json:"documentation,omitempty"`
	Interaction   []capabilityCode  `json:"interaction"`
	Versioning    string            `json:"versioning"`
	Include       []string          `json:"searchInclude,omitempty"`
	Param         []capabilityParam `json:"searchParam,omitempty"`
}

type capabilityCode struct {
	Code string `json:"code"`
}

type capabilityParam struct {
	Name          string `json:"name"`
	Type          string `json:"type"`
	Documentation string `json:"documentation,omitempty"`
}
