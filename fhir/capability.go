package fhir

import (
	"encoding/json"
	"slices"
	"strconv"
	"time"
)

// Server is what a CapabilityStatement says of a broker besides what it offers.
// It names the broker and never the system behind it (attack 31).
type Server struct {
	Base    string // the broker's own public base URL, or "" when it depends on the request
	Name    string // of the organisation whose record is offered
	Version string // of the broker
	// Authorize and Token are where applications have people sign in, or "": SMART App
	// Launch's extension oauth-uris, which some clients read nothing but.
	Authorize, Token string
	CORS             bool      // pages of some origins may read answers in a browser
	Date             time.Time // when the statement was made: the start of the broker; zero: when the tables last changed
}

// offersChanged is when the tables of this package last changed.
var offersChanged = time.Date(2026, 11, 29, 0, 0, 0, 0, time.UTC)

// CapabilityStatement gives the broker's own CapabilityStatement (R4 §5.1). It is
// made from the tables that ParseRequest judges by, so it says what is offered
// and nothing else. It is the same for everyone: make it once.
func CapabilityStatement(s Server) []byte {
	resources := make([]capabilityResource, 0, len(offers)+1)
	for i := range offers {
		resources = append(resources, capabilityOf(&offers[i]))
	}
	resources = withCreate(resources)
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
				"what may not be seen is left out, and an OperationOutcome entry says so. " +
				"Documents are opened by the links in what is shown, and by nothing else. " + leftOut(),
			Security:    s.security(),
			Resource:    resources,
			Interaction: []capabilityCode{{Code: string(Batch)}}, // of reads and searches
			Param:       everywhere(),
		}},
	}, "", "  ")
	if err != nil {
		panic("encoding a CapabilityStatement of strings: " + err.Error()) // cannot happen
	}
	return out
}

// security says who may ask, and where applications have people sign in.
func (s Server) security() capabilitySecurity {
	service := func(code string) conceptJSON {
		return conceptJSON{Coding: []codingJSON{{System: "http://terminology.hl7.org/CodeSystem/restful-security-service", Code: code}}}
	}
	security := capabilitySecurity{
		CORS: s.CORS, Service: []conceptJSON{service("OAuth")},
		Description: "A bearer access token of an accepted issuer that names a person, one role and one organisation.",
	}
	if s.Authorize != "" {
		security.Service = append(security.Service, service("SMART-on-FHIR"))
		security.Extension = []extensionJSON{{
			URL:       "http://fhir-registry.smarthealthit.org/StructureDefinition/oauth-uris",
			Extension: []extensionJSON{{URL: "authorize", ValueURI: s.Authorize}, {URL: "token", ValueURI: s.Token}},
		}}
	}
	return security
}

// withCreate adds the Consents that the broker itself keeps to those of the source.
func withCreate(resources []capabilityResource) []capabilityResource {
	const documentation = "POST records a patient's answer to being asked, a withdrawal, or an emergency, with the broker itself; " +
		"nothing of it is sent to the source. What is read and searched is the source's own, of decisions about care."
	create := capabilityCode{Code: string(Create)}
	for i := range resources {
		if c := &resources[i]; c.Type == consentType {
			c.Interaction, c.Documentation = append(c.Interaction, create), documentation
			return resources
		}
	}
	return append(resources, capabilityResource{
		Type: consentType, Interaction: []capabilityCode{create}, Versioning: "no-version", Documentation: documentation,
	})
}

// everywhere are the parameters that all types take.
func everywhere() []capabilityParam {
	return []capabilityParam{
		{Name: "_count", Type: "number", Documentation: "Entries a page, " + strconv.Itoa(DefaultLimits.DefaultPage) +
			" unless given, " + strconv.Itoa(DefaultLimits.MaxPage) + " at most. Further pages by the next link alone. 0: no entries; no number is told."},
		{Name: "_elements", Type: "string", Documentation: "Elements of the first level; what must be there, or changes what the rest means, is always given."},
		{Name: "_format", Type: "token", Documentation: "json, application/json or application/fhir+json."},
		{Name: "_pretty", Type: "token", Documentation: "Taken, without effect."},
		{Name: "_summary", Type: "token", Documentation: "true, text, data or false. A count is not told."},
		{Name: "_total", Type: "token", Documentation: "none."},
	}
}

// leftOut says which types are not offered, and why.
func leftOut() string {
	return "Not offered: " +
		"Group, Person, Linkage and Basic, which are about several people or nobody in particular; " +
		"Provenance by itself, which comes beside what is shown by _revinclude=" + revinclude + "; " +
		"Account, Claim, Coverage, ExplanationOfBenefit, Invoice and all of finance; " +
		"AuditEvent, whose place is the trail; ResearchStudy, ResearchSubject, Measure and MeasureReport, which are not of a patient's care; " +
		"AdverseEvent, DetectedIssue and VisionPrescription, of which the region has made no category; " +
		"Schedule, Slot and AppointmentResponse, of which an Appointment tells what matters; " +
		"definitions, terminology and conformance resources."
}

// capabilityOf describes one type from the tables.
func capabilityOf(o *offer) capabilityResource {
	c := capabilityResource{
		Type:        o.typ,
		Interaction: []capabilityCode{{Code: string(Read)}},
		Versioning:  "no-version",
	}
	if !o.directory { // as far as the source keeps versions
		c.Versioning = "versioned"
		c.Interaction = append(c.Interaction, capabilityCode{Code: string(VRead)}, capabilityCode{Code: string(History)})
	}
	if o.directory {
		c.Documentation = insteadOfDirectorySearch
		return c
	}
	c.Interaction = append(c.Interaction, capabilityCode{Code: string(Search)})
	c.Include, c.RevInclude = includeValues[o.typ], []string{revinclude}
	c.Param = o.patientParams()
	if o.typ == "Patient" {
		c.Operation = []capabilityOperation{{Name: "everything", Definition: everythingDefinition}}
	}
	names := map[valueKind]string{ofToken: "token", ofDate: "date", ofIDs: "token", ofReference: "reference"}
	for _, p := range slices.Concat(everyType, o.params) {
		if _, ok := o.kindOf(p.name); !ok {
			continue // names the patient
		}
		param := capabilityParam{Name: p.name, Type: names[p.kind]}
		if slices.Contains(negatable, p.name) {
			param.Documentation = "Also " + p.name + ":not, with one code."
		}
		c.Param = append(c.Param, param)
	}
	if len(o.dates()) > 0 {
		c.Param = append(c.Param, capabilityParam{Name: "_sort", Type: "string", Documentation: o.sortable()})
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
			capabilityParam{Name: name, Type: "reference", Documentation: one + "The source's own id, Patient/ and the id, or this server's address of it. Also as " + name + ":Patient."},
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
	Interaction   []capabilityCode     `json:"interaction"`
	Param         []capabilityParam    `json:"searchParam"`
}

type capabilitySecurity struct {
	Extension   []extensionJSON `json:"extension,omitempty"`
	CORS        bool            `json:"cors"`
	Service     []conceptJSON   `json:"service"`
	Description string          `json:"description"`
}

type extensionJSON struct {
	URL       string          `json:"url"`
	Extension []extensionJSON `json:"extension,omitempty"`
	ValueURI  string          `json:"valueUri,omitempty"`
}

type capabilityResource struct {
	Type          string                `json:"type"`
	Documentation string                `json:"documentation,omitempty"`
	Interaction   []capabilityCode      `json:"interaction"`
	Versioning    string                `json:"versioning"`
	Include       []string              `json:"searchInclude,omitempty"`
	RevInclude    []string              `json:"searchRevInclude,omitempty"`
	Param         []capabilityParam     `json:"searchParam,omitempty"`
	Operation     []capabilityOperation `json:"operation,omitempty"`
}

const everythingDefinition = "http://hl7.org/fhir/OperationDefinition/Patient-everything"

type capabilityOperation struct {
	Name       string `json:"name"`
	Definition string `json:"definition"`
}

type capabilityCode struct {
	Code string `json:"code"`
}

type capabilityParam struct {
	Name          string `json:"name"`
	Type          string `json:"type"`
	Documentation string `json:"documentation,omitempty"`
}
