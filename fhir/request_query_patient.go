package fhir

import (
	"strings"

	"github.com/mycarerecord/mcr/nhs"
)

// takePatient judges the parameters that name the patient: by the source's own
// id, or by the NHS number.
func (q *query) takePatient(name, value string) (handled bool, _ *Refusal) {
	if q.offer.typ == "Patient" {
		switch name {
		case "_id":
			return true, q.nameLocal(value)
		case "identifier":
			return true, q.nameNumber(value)
		}
		return false, nil
	}
	base, rest := name, ""
	if i := strings.IndexAny(name, ":."); i >= 0 {
		base, rest = name[:i], name[i:]
	}
	switch {
	case base == "patient", base == "subject" && q.offer.subject:
	default:
		return false, nil
	}
	switch rest {
	case "", ":Patient":
		return true, q.nameLocal(value)
	case ".identifier", ":identifier", ":Patient.identifier":
		return true, q.nameNumber(value)
	}
	return false, nil
}

// nameLocal takes "123" and what stands for it (see localID). The _id of a Patient
// search is "123" alone, or the same one several times.
func (q *query) nameLocal(value string) *Refusal {
	var local string
	var ok bool
	if q.offer.typ == "Patient" {
		local, ok = oneOf(value)
	} else {
		local, ok = localID(value, "Patient", q.own)
	}
	if !ok {
		// Lists, groups, devices, other servers' patients (attacks 37, 42).
		if strings.ContainsAny(value, ",/:|") {
			return refuse(OnePatientOnly)
		}
		return refuse(ParameterNotUnderstood)
	}
	if !q.patient.Number.IsZero() || q.patient.LocalID != "" && q.patient.LocalID != local {
		return refuse(PatientAmbiguous)
	}
	q.patient.LocalID = local
	return nil
}

// oneOf takes a list whose ids are all the same one.
func oneOf(value string) (string, bool) {
	first, _, _ := strings.Cut(value, ",")
	for one := range strings.SplitSeq(value, ",") {
		if one != first {
			return "", false
		}
	}
	return first, IsID(first)
}

// nameNumber takes exactly "system|number", since a value without its system,
// or a system without a value, matches others (attacks 40, 41).
func (q *query) nameNumber(value string) *Refusal {
	digits, ok := strings.CutPrefix(value, nhs.NumberSystem+"|")
	if !ok {
		return refuse(NHSNumberNotValid)
	}
	number, err := nhs.ParseNumber(digits)
	if err != nil {
		return refuse(NHSNumberNotValid)
	}
	if q.patient.LocalID != "" || !q.patient.Number.IsZero() && q.patient.Number != number {
		return refuse(PatientAmbiguous)
	}
	q.patient.Number = number
	return nil
}
