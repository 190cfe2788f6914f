package fhir

import (
	"slices"
	"strings"

	"github.com/mycarerecord/mcr/fhir/internal/r4"
)

// unknownParameter stands for a name that FHIR does not define: what a client made up
// is not repeated to anybody.
const unknownParameter = "a parameter that FHIR does not define for this type"

const insteadOfDirectorySearch = "Entries of the directory are read one by one, by the ids that a record refers to."

// insteadOf says what can be asked instead of a parameter, or of a value of it that is
// not taken. Where the tables know more, instead does.
var insteadOf = map[string]string{
	"_count":         "Give a whole number, or 0 for no entries.",
	"_elements":      "Name elements of the first level of the type, separated by commas, and give no _summary beside it.",
	"_format":        "Ask for json, application/json or application/fhir+json.",
	"_has":           "Search the other type, with patient=ID.",
	"_page":          "Follow the next link as it is, with nothing added.",
	"_pretty":        "Give true or false.",
	"_revinclude":    "Ask for _revinclude=" + revinclude + ".",
	"_summary":       "Ask for true, text, data or false, and give no _elements beside it, nor _include beside text. A count is never told.",
	"_total":         "Ask for _total=none: how many there are is never told.",
	"_contained":     "Contained resources come with what contains them.",
	"_containedType": "Contained resources come with what contains them.",
	"_filter":        "Use the search parameters of the CapabilityStatement.",
	"_query":         "Use the search parameters of the CapabilityStatement.",
	"_list":          "Read the List, then the items by their ids.",
	"_content":       "Search by category or code.",
	"_text":          "Search by category or code.",
	"_tag":           "Leave it out: labels are not searched by.",
	"_security":      "Leave it out: labels are not searched by.",
	"_profile":       "Leave it out, or search by category or code.",
	"_source":        "Leave it out.",
	"_since":         "Ask for _lastUpdated.",
	"_at":            "Ask for _lastUpdated.",
	"_type":          "Search one type after another, or ask for Patient/ID/$everything with types that are searched.",
	"start":          "Give a date, without a prefix.",
	"end":            "Give a date, without a prefix.",
	"encounter":      "Give the Encounter's id, or Encounter/ and the id.",
	"identifier":     "Search by patient.identifier, or read the item by its id.",
	"mode":           "Ask for full, normative or terminology.",
}

// about names the parameter of a refusal and what can be asked instead of it.
func (r *Refusal) about(o *offer, name string) *Refusal {
	if r.Parameter != "" {
		return r
	}
	base, modifier := name, ""
	if i := strings.IndexAny(name, ":."); i >= 0 {
		base, modifier = name[:i], name[i:]
	}
	if !isKnown(o, base) {
		r.Parameter = unknownParameter
		return r
	}
	r.Parameter = base
	if isModifier(modifier) {
		r.Parameter += modifier
	}
	r.Instead = r.instead(o, base, modifier)
	return r
}

// isKnown says that a name is one of FHIR's, or of this package's tables.
func isKnown(o *offer, base string) bool {
	if _, ok := insteadOf[base]; ok {
		return true
	}
	if _, ok := forbidden[base]; ok {
		return true
	}
	if slices.Contains([]string{"_sort", "_include"}, base) {
		return true
	}
	if o == nil {
		return false
	}
	_, ok := r4.Of(o.typ).Param(base)
	return ok
}

// isModifier says that a text is a modifier of R4 (§3.1.1.4.5).
func isModifier(s string) bool {
	switch s {
	case ":missing", ":exact", ":contains", ":text", ":not", ":above", ":below", ":in", ":not-in", ":of-type",
		":identifier", ":iterate", ":recurse":
		return true
	}
	return false
}

// instead says what can be asked instead of a parameter of a type.
func (r *Refusal) instead(o *offer, base, modifier string) string {
	if o == nil || r.Code == ParameterRepeated {
		return insteadOf[base]
	}
	switch r.Code {
	case PatientAmbiguous, NHSNumberNotValid: // the remedy says it all
		return ""
	case OnePatientOnly:
		if o.typ == "Patient" {
			return "Ask for one Patient at a time."
		}
		return "Give the patient's id, Patient/ and the id, or this server's own address of it."
	case ValueNotOffered:
		if o.typ == "Patient" {
			return "Ask for a Patient by _id, or by identifier with the NHS number."
		}
		return "Search by code, and read the values in what comes."
	}
	switch base {
	case "_sort":
		return o.sortable()
	case "_include":
		if modifier != "" || len(o.includes) == 0 {
			return "Ask for what is referred to by its id, or in a search of its own."
		}
		return "Ask for " + o.typ + ": and one of " + strings.Join(o.includes, ", ") + "."
	}
	if kind, ok := o.kindOf(base); ok && modifier != "" {
		if o.negated(base + ":not") {
			return "Ask for " + base + " with a code, or " + base + ":not with one code."
		}
		return "Ask for it without the modifier."
	} else if ok {
		return formOf(kind, base)
	}
	if text, ok := insteadOf[base]; ok {
		return text
	}
	if modifier != "" {
		return "Search by what the items themselves say."
	}
	return "The CapabilityStatement says what can be asked of " + o.typ + "."
}

// formOf says what the value of a parameter must be.
func formOf(kind valueKind, name string) string {
	switch kind {
	case ofDate:
		return "Give a date or a time with its zone, after eq, gt, lt, ge, le, sa, eb or nothing; two at most."
	case ofIDs:
		return "Give one id, or several separated by commas."
	case ofReference:
		return insteadOf["encounter"]
	}
	if name == "category" {
		return "Give a code, or system|code; several are separated by commas."
	}
	return "Give a code, system|code, or system| for any code of a system; several are separated by commas."
}

// sortable says what _sort may name.
func (o *offer) sortable() string {
	dates, within := o.dates(), o.within()
	if len(dates) == 0 {
		return "There is no date to sort by: leave it out."
	}
	text := "Sort by " + strings.Join(dates, ", ") + ", each with or without a minus"
	if len(within) > 0 {
		text += "; after a date also by " + strings.Join(within, ", ")
	}
	return text + "."
}
