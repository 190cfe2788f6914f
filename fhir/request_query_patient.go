package fhir

import (
	"strings"

	"github.com/mycarerecord/mcr/nhs"
)

// takePatient judges the parameters that name the patient: by the source's own
// id, or by the NHS number.
func (q *query) takePatient(name, value string) (handled bool, _ *Refusal) {
	ofPatient := q.offer.typ == "Patient"
	switch name {
	case "patient", "subject":
		if ofPatient || name == "subject" && !q.offer.subject {
			return false, nil
		}
		return true, q.nameLocal(value)
	case "_id":
		if !ofPatient {
			return false, nil
		}
		return true, q.nameLocal(value)
	case "patient.identifier", "patient:identifier":
		if ofPatient {
			return false, nil
		}
		return true, q.nameNumber(value)
	case "subject.identifier", "subject:identifier":
		if ofPatient || !q.offer.subject {
			return false, nil
		}
		return true, q.nameNumber(value)
	case "identifier":
		if !ofPatient {
			return false, nil
		}
		return true, q.nameNumber(value)
	}
	return false, nil
}

// nameLocal takes "123" or "Patient/123"; the _id of a
// Patient search is "123" alone.
func (q *query) nameLocal(value string) *Refusal {
	local := value
	if q.offer.typ != "Patient" {
		local = strings.TrimPrefix(value, "Patient/")
	}
	if !IsID(local) {
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
