package fhir

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/mycarerecord/mcr/fhir/internal/r4"
)

// The tables are written by hand: what they must keep to is checked here.
func TestTheTableOfOffersKeepsToItsRules(t *testing.T) {
	if !slices.IsSortedFunc(offers, func(a, b offer) int { return strings.Compare(a.typ, b.typ) }) {
		t.Error("types are not sorted")
	}
	for _, o := range offers {
		if !isType(o.typ) {
			t.Errorf("%s is no type", o.typ)
		}
		if typ, ok := resourceTypes[o.typ]; !ok {
			t.Errorf("%s is asked for, and the filter never releases it", o.typ)
		} else if typ.alone != o.directory {
			t.Errorf("%s: the filter takes it for a type without a patient: %t", o.typ, typ.alone)
		}
		if !slices.IsSortedFunc(o.params, func(a, b parameter) int { return strings.Compare(a.name, b.name) }) {
			t.Errorf("%s: parameters are not sorted", o.typ)
		}
		for _, p := range o.params {
			if _, ok := forbidden[p.name]; ok {
				t.Errorf("%s: %s is offered and forbidden", o.typ, p.name)
			}
			if !consistsOf(p.name, nameByte) || strings.ContainsAny(p.name, ":.") {
				t.Errorf("%s: %s is no name", o.typ, p.name)
			}
			if slices.Contains([]string{"patient", "subject", "identifier", "_id", "_lastUpdated", "_count", "_sort", "_include", "_page", "_format"}, p.name) {
				t.Errorf("%s: %s has a meaning of its own", o.typ, p.name)
			}
		}
		if o.typ == "Patient" && slices.Contains(o.includes, "link") {
			t.Error("Patient.link leads to other people")
		}
	}
}

// What R4 says of a type is not ours to make up.
func TestTheTableOfOffersIsOfR4(t *testing.T) {
	kinds := map[valueKind]byte{ofToken: r4.Token, ofDate: r4.Date, ofReference: r4.Reference}
	for _, o := range offers {
		typ := r4.Of(o.typ)
		if typ == nil {
			t.Errorf("R4 has no %s, or fhir/internal/r4 has not been made of it", o.typ)
			continue
		}
		for _, p := range o.params {
			known, ok := typ.Param(p.name)
			if !ok || known.Kind != kinds[p.kind] {
				t.Errorf("%s: R4 has %s as %+v", o.typ, p.name, known)
			}
			if p.kind == ofReference && !known.Leads("Encounter") {
				t.Errorf("%s: %s leads to no Encounter", o.typ, p.name)
			}
		}
		for _, in := range o.includes {
			known, ok := typ.Param(in)
			if !ok || known.Kind != r4.Reference {
				t.Errorf("%s: R4 has include %s as %+v", o.typ, in, known)
				continue
			}
			if !slices.ContainsFunc(slices.Collect(maps.Keys(resourceTypes)), known.Leads) {
				t.Errorf("%s: include %s leads to nothing that is ever shown", o.typ, in)
			}
		}
		if o.directory || o.typ == "Patient" {
			continue
		}
		patient, byPatient := typ.Param("patient")
		subject, bySubject := typ.Param("subject")
		if !byPatient || !patient.Leads("Patient") {
			t.Errorf("%s: R4 has patient: %t", o.typ, byPatient)
		}
		if o.subject != (bySubject && subject.Leads("Patient")) {
			t.Errorf("%s: R4 has subject: %t", o.typ, bySubject)
		}
	}
}

func TestEveryCodeHasAStatusAndAnIssueType(t *testing.T) {
	for code := range statuses {
		if _, ok := issueTypes[code]; !ok {
			t.Errorf("%s has no issue type", code)
		}
	}
	for name, code := range forbidden {
		if _, ok := statuses[code]; !ok {
			t.Errorf("%s is forbidden with %s, which has no status", name, code)
		}
	}
}
