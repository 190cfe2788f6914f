package fhir

import (
	"slices"
	"strings"

	"github.com/mycarerecord/mcr/fhir/internal/r4"
)

// takeForm judges what asks for the form of the answer alone: _format and _pretty,
// and the mode of a CapabilityStatement.
func (q *query) takeForm(name, value string) (handled bool, _ *Refusal) {
	switch {
	case name == "_format":
		// An unescaped "+" is a space, as many clients send it.
		kind := strings.Replace(value, "fhir json", "fhir+json", 1)
		if kind != "json" && !strings.HasPrefix(kind, "application/json") && !strings.HasPrefix(kind, "application/fhir+json") ||
			kind != "json" && !acceptable(kind) {
			return true, refuse(FormatNotOffered)
		}
		q.format = true
	case name == "_pretty":
		// Taken, and left: what is shown is shown in the source's own bytes.
		if value != "true" && value != "false" {
			return true, refuse(ParameterNotUnderstood)
		}
	case name == "mode" && q.place == placeMetadata:
		// R4 §3.1.0.12: a server may give the whole statement for each of them.
		if value != "full" && value != "normative" && value != "terminology" {
			return true, refuse(ParameterNotUnderstood)
		}
	default:
		return false, nil
	}
	return true, nil
}

// takeShape judges what asks for a part of each resource (R4 §3.1.1.5.8 and 9). A
// source is asked for whole resources, and the broker cuts what it may show.
func (q *query) takeShape(name, value string) (handled bool, _ *Refusal) {
	switch name {
	case "_summary":
		switch value {
		case "true", "text", "data":
			if q.shape.Elements != nil || q.whole || q.shape.Summary != "" && q.shape.Summary != value {
				return true, refuse(ParameterRepeated)
			}
			q.shape.Summary = value
		case "false":
			if q.shape.Summary != "" {
				return true, refuse(ParameterRepeated)
			}
			q.whole = true
		case "count":
			// Even a number of what is shown would tell, beside what is seen, how
			// much is not (attack 52).
			return true, refuse(PartialNotOffered)
		default:
			return true, refuse(ParameterNotUnderstood)
		}
	case "_elements":
		elements, ok := namedElements(q.offer.typ, value, q.limits.Choices)
		if !ok {
			return true, refuse(ParameterNotUnderstood)
		}
		if q.shape.Summary != "" || q.shape.Elements != nil && !slices.Equal(q.shape.Elements, elements) {
			return true, refuse(ParameterRepeated)
		}
		q.shape.Elements = elements
	default:
		return false, nil
	}
	return true, nil
}

// namedElements reads "status,code" or "Observation.status": elements of the first level
// of a type, sorted, each once. resourceType, which clients name too, is no element.
func namedElements(typ, value string, choices int) ([]string, bool) {
	known := r4.Of(typ)
	if known == nil {
		return nil, false
	}
	elements := []string{}
	n := 0
	for one := range strings.SplitSeq(value, ",") {
		if n++; n > choices {
			return nil, false
		}
		one = strings.TrimPrefix(one, typ+".")
		if one == "resourceType" {
			continue
		}
		e := r4.Find(known.Elements, one)
		if e == nil || one[0] == '_' {
			return nil, false
		}
		if !slices.Contains(elements, e.Name) {
			elements = append(elements, e.Name)
		}
	}
	slices.Sort(elements)
	return elements, true
}

// takeSort reads "-date,code": dates, which the source sorts by, and behind them
// what is put in order within a date (see offer.within). _lastUpdated is none of
// them: it would tell, page by page, when what is not shown changed (attack 58).
func (q *query) takeSort(value string) *Refusal {
	const mostKeys = 6
	dates, within := q.offer.dates(), q.offer.within()
	var source, here, seen []string
	sortable := true
	for one := range strings.SplitSeq(value, ",") {
		name := strings.TrimPrefix(one, "-")
		if slices.Contains(seen, name) || len(seen) == mostKeys {
			return refuse(ParameterNotUnderstood)
		}
		seen = append(seen, name)
		switch {
		case slices.Contains(dates, name) && here == nil:
			source = append(source, one)
			known, _ := r4.Of(q.offer.typ).Param(name)
			sortable = sortable && known.Element != ""
		case slices.Contains(within, name) && source != nil && sortable:
			here = append(here, one)
		default:
			return refuse(ParameterNotUnderstood)
		}
	}
	if q.shape.Within != nil && !slices.Equal(q.shape.Within, here) {
		return refuse(ParameterRepeated)
	}
	q.shape.Within = here
	return q.keep("_sort", strings.Join(source, ","), 1)
}
