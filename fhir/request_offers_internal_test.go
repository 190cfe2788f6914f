package fhir

import (
	"slices"
	"strings"
	"testing"
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
		if _, ok := resourceTypes[o.typ]; !ok {
			t.Errorf("%s is asked for, and the filter never releases it", o.typ)
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
			if slices.Contains([]string{"patient", "subject", "identifier", "_count", "_sort", "_include", "_page", "_format"}, p.name) {
				t.Errorf("%s: %s has a meaning of its own", o.typ, p.name)
			}
		}
		if kind, ok := o.kindOf(o.sort); o.sort != "" && (!ok || kind != ofDate) {
			t.Errorf("%s: sorts by %s, which is no date that it offers", o.typ, o.sort)
		}
		for _, in := range o.includes {
			typ, name, ok := strings.Cut(in, ":")
			if !ok || typ != o.typ || name == "" || strings.ContainsAny(name, ":*") ||
				slices.Contains([]string{"patient", "subject", "link"}, name) {
				t.Errorf("%s: include %s", o.typ, in)
			}
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
