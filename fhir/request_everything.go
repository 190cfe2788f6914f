package fhir

import (
	"io"
	"net/http"
	"slices"
	"strings"

	"github.com/mycarerecord/mcr/strictjson"
)

// careDates are the parameters by which start and end of $everything narrow what
// happened. A type that is not here stands: an allergy that was noted long ago belongs
// to every period, as it does in a collection.
var careDates = map[string]string{
	"Appointment": "date", "ClinicalImpression": "date", "Composition": "date", "DiagnosticReport": "date",
	"Encounter": "date", "EpisodeOfCare": "date", "ImagingStudy": "started", "Immunization": "date",
	"MedicationAdministration": "effective-time", "Observation": "date", "Procedure": "date",
	"QuestionnaireResponse": "authored", "Specimen": "collected",
}

// takeEverything judges a parameter of Patient/id/$everything.
func (q *query) takeEverything(name, value string) *Refusal {
	switch name {
	case "_count":
		if value == "0" {
			return refuse(ParameterNotUnderstood)
		}
		_, refusal := q.takePage(name, value)
		return refusal
	case "_type":
		n := 0
		for one := range strings.SplitSeq(value, ",") {
			if o := offersByType[one]; o == nil || o.directory {
				return refuse(TypeNotOffered)
			}
			if n++; n > q.limits.Choices {
				return refuse(ParameterNotUnderstood)
			}
		}
		return q.keep(name, value, 1)
	case "start", "end":
		if !isDate(value) || isLetter(value[0]) {
			return refuse(ParameterNotUnderstood)
		}
		return q.keep(name, value, 1)
	}
	return refuse(whyNotOffered(name))
}

// Searches are those that an Everything stands for: of the Patient first, then of each
// type that is offered. Each is a request like any other, to be decided on by itself
// (attack 143).
func (r Request) Searches() (all []Request) {
	if r.Interaction != Everything {
		return nil
	}
	asked := map[string]string{}
	for _, p := range r.Params {
		asked[p.Name] = p.Value
	}
	types := strings.Split(asked["_type"], ",")
	for i := range offers {
		o := &offers[i]
		if o.directory || asked["_type"] != "" && !slices.Contains(types, o.typ) {
			continue
		}
		search := Request{Interaction: Search, Type: o.typ, Patient: r.Patient, Params: []Param{{"_count", asked["_count"]}}}
		if date := careDates[o.typ]; date != "" {
			if start := asked["start"]; start != "" {
				search.Params = append(search.Params, Param{date, "ge" + start})
			}
			if end := asked["end"]; end != "" {
				search.Params = append(search.Params, Param{date, "le" + end})
			}
			sortParams(search.Params)
		}
		if o.typ == "Patient" {
			all = slices.Insert(all, 0, search)
		} else {
			all = append(all, search)
		}
	}
	return all
}

// judgeNoParameters sees that an operation brings no parameters in its body: nothing, or
// an empty Parameters, as some clients send.
func judgeNoParameters(r *http.Request) *Refusal {
	const most = 4 << 10
	if r.Method != http.MethodPost || r.Body == nil || r.ContentLength == 0 {
		return nil
	}
	if r.ContentLength > most {
		return refuse(BodyTooLarge)
	}
	body, err := io.ReadAll(io.LimitReader(r.Body, most+1))
	if err != nil || len(body) > most {
		return refuse(BodyNotUnderstood)
	}
	if len(body) == 0 {
		return nil
	}
	if types := r.Header["Content-Type"]; len(types) != 1 || !isMediaType(types[0], "application/fhir+json", "application/json") {
		return refuse(ContentTypeNotAccepted)
	}
	switch sent, err := strictjson.Decode(body, strictjson.Answers); {
	case err != nil || sent["resourceType"] != "Parameters":
		return refuse(BodyNotUnderstood)
	case len(sent) > 1:
		return &Refusal{Status: statuses[ParameterNotOffered], Code: ParameterNotOffered, Instead: "Give the parameters in the address."}
	}
	return nil
}
