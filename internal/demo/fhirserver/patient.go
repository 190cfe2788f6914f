package fhirserver

import (
	"slices"
	"strconv"
	"strings"
)

// parsePatient reads whom a search is about: a local id, a reference, a chain
// to the patient's identifier, or the identifier of the reference itself.
func (s *Server) parsePatient(q *query, name, modifier, chain, value string) (bool, error) {
	switch {
	case chain == "identifier" && (modifier == "" || modifier == "Patient"),
		modifier == "Patient.identifier": // subject:Patient.identifier was cut at the dot before the colon
		q.name(s.identified(parseWanted(value)))
	case chain == "" && modifier == "identifier":
		q.filters = append(q.filters, filter{param: "patient", kind: token, codes: parseWanted(value), byName: true})
	case chain == "" && (modifier == "" || modifier == "Patient"):
		var ids []string
		for _, ref := range strings.Split(value, ",") {
			ref = strings.TrimPrefix(ref, s.base+"/")
			ids = append(ids, strings.TrimPrefix(ref, "Patient/"))
		}
		q.name(ids)
	default:
		return true, badParam{strconv.Quote(name), "chain or modifier not supported"}
	}
	return true, nil
}

// name narrows the search to these patients; a second naming narrows further.
func (q *query) name(ids []string) {
	if !q.named {
		q.named, q.patients = true, ids
		return
	}
	q.patients = slices.DeleteFunc(slices.Clone(q.patients), func(id string) bool { return !slices.Contains(ids, id) })
}

// identified finds the local ids of the patients with one of these identifiers.
func (s *Server) identified(asked []wanted) []string {
	var ids []string
	for _, w := range asked {
		if !w.anySystem && !w.anyCode {
			ids = append(ids, s.store.patients[w.code]...)
			continue
		}
		for have, local := range s.store.patients {
			if w.matches(have) {
				ids = append(ids, local...)
			}
		}
	}
	slices.Sort(ids)
	return slices.Compact(ids)
}

// parseWanted reads "code", "system|code", "|code" and "system|", comma-separated
// (FHIR R4 §3.1.1.4.10).
func parseWanted(value string) []wanted {
	var out []wanted
	for _, one := range strings.Split(value, ",") {
		system, c, piped := strings.Cut(one, "|")
		if !piped {
			out = append(out, wanted{code: code{code: one}, anySystem: true})
			continue
		}
		out = append(out, wanted{code: code{system, c}, anyCode: c == ""})
	}
	return out
}

func (w wanted) matches(have code) bool {
	return (w.anySystem || w.system == have.system) && (w.anyCode || w.code.code == have.code)
}

func dateFilter(name, value string) (filter, error) {
	f := filter{param: name, kind: date}
	for _, one := range strings.Split(value, ",") {
		prefix, rest, ok := cutPrefix(one)
		s, err := parseSpan(rest)
		if !ok || err != nil {
			return filter{}, badParam{name, "give a date such as 2025-01-31, with or without a prefix such as ge"}
		}
		f.dates = append(f.dates, wantedDate{prefix, s})
	}
	return f, nil
}
