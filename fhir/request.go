package fhir

import (
	"slices"
	"strconv"
	"strings"

	"github.com/mycarerecord/mcr/nhs"
)

// Interaction is what a request does (FHIR R4 §3.1.0, codes of
// http://hl7.org/fhir/restful-interaction).
type Interaction string

// The interactions that the broker offers. All others are refused.
const (
	Read         Interaction = "read"
	VRead        Interaction = "vread"
	History      Interaction = "history-instance"
	Search       Interaction = "search-type"
	Capabilities Interaction = "capabilities"
	// Document is the opening of a link that the broker sealed. What it leads to, the
	// broker's own table of links says; no source is asked by it.
	Document Interaction = "document"
	// Batch is a Bundle of reads, whose body is left for ParseBatch.
	Batch Interaction = "batch"
	// Everything is Patient/id/$everything: the searches that it stands for.
	Everything Interaction = "everything"
	// SmartConfiguration is no interaction of FHIR's: /.well-known/smart-configuration.
	SmartConfiguration Interaction = "smart-configuration"
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
	Type        string // resource type, "" for Capabilities and SmartConfiguration
	ID          string // for Read, VRead, History and Everything
	Version     string // for VRead
	Patient     PatientRef
	Params      []Param // sorted; never the parameter that names the patient
	Page        string  // the sealed page token of a further page, or ""
	Link        string  // the sealed token of a Document, or ""
	Shape       Shape   // how what may be shown is to be given
}

// Shape is what a request asks of the broker alone, to be done with what may be
// shown. A source is never asked for it: a part of a resource does not show whose it
// is, or how it is labelled (attacks 54, 55). The zero Shape asks for nothing.
type Shape struct {
	Summary  string   `json:"summary,omitempty"`  // "true", "text", "data", or "" for all
	Elements []string `json:"elements,omitempty"` // sorted, of the first level; nil for all
	Within   []string `json:"within,omitempty"`   // the keys of _sort after the dates: "code", "-status"
}

// IsZero says that what may be shown is given as it is.
func (s Shape) IsZero() bool { return s.Summary == "" && s.Elements == nil && s.Within == nil }

// Directory says that one entry of the directory is read: an organisation, a place, a
// professional or a medicine, which name no patient.
func (r Request) Directory() bool {
	o := offersByType[r.Type]
	return r.Interaction == Read && o != nil && o.directory
}

// PageSize is how many matches a page of the answer holds.
func (r Request) PageSize() int {
	for _, p := range r.Params {
		if n, ok := positive(p.Value); ok && p.Name == "_count" {
			return n
		}
	}
	return DefaultLimits.DefaultPage
}

// leastAsked is how many entries a source is asked for at least.
const leastAsked = 50

// Filling is the request of which a page of this one is filled (see Page): small pages are
// not asked of a source one by one.
func (r Request) Filling() Request {
	if r.PageSize() >= leastAsked {
		return r
	}
	r.Params = slices.Clone(r.Params)
	for i := range r.Params {
		if r.Params[i].Name == "_count" {
			r.Params[i].Value = strconv.Itoa(leastAsked)
		}
	}
	return r
}

// CountsOnly says that a search asks for no entries (_count=0). R4 has the number of
// matches for an answer; the broker tells none (attack 98), and asks no source.
func (r Request) CountsOnly() bool {
	return slices.Contains(r.Params, Param{Name: "_count", Value: "0"})
}

// Decided is the request as it is decided on: a version, and the history, of an item
// may be seen by whom the item itself may be seen by.
func (r Request) Decided() Request {
	if r.Interaction == VRead || r.Interaction == History {
		return Request{Interaction: Read, Type: r.Type, ID: r.ID, Patient: r.Patient}
	}
	return r
}

// Place is the address below the base that the request is sent to, without its query:
// "Observation", "Observation/123", "Observation/123/_history".
func (r Request) Place() string {
	switch r.Interaction {
	case Read:
		return r.Type + "/" + r.ID
	case VRead:
		return r.Type + "/" + r.ID + "/_history/" + r.Version
	case History:
		return r.Type + "/" + r.ID + "/_history"
	case Everything:
		return r.Type + "/" + r.ID + "/$everything"
	}
	return r.Type
}

// asked gives the parameters as the client may ask for them again, without what
// names the patient.
func (r Request) asked() []Param {
	if r.Shape.IsZero() {
		return r.Params
	}
	all := slices.Clone(r.Params)
	if r.Shape.Summary != "" {
		all = append(all, Param{Name: "_summary", Value: r.Shape.Summary})
	}
	if r.Shape.Elements != nil {
		all = append(all, Param{Name: "_elements", Value: strings.Join(r.Shape.Elements, ",")})
	}
	for i := range all {
		if all[i].Name == "_sort" && r.Shape.Within != nil {
			all[i].Value += "," + strings.Join(r.Shape.Within, ",")
		}
	}
	sortParams(all)
	return all
}
