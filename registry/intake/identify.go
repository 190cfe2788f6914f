package intake

import (
	"cmp"

	"github.com/mycarerecord/mcr/fhirdate"
	"github.com/mycarerecord/mcr/nhs"
)

// Systems of codes that the import knows, besides those of packages nhs and fhir.
const (
	confidentialitySystem = "http://terminology.hl7.org/CodeSystem/v3-Confidentiality"
	// as the Personal Demographics Service has written it in its examples
	labelSystem = "https://www.hl7.org/fhir/valueset-security-labels.html"
)

// identifier gives the value of the one identifier of a system in a list that is
// in use, "" and a problem where there is none or more than one.
func (e element) identifier(name, system, what string) string {
	values, there := e.identifiers(name, system)
	switch {
	case len(values) == 1:
		return values[0]
	case len(values) > 1:
		e.wrong("%s has more than one %s: keep the one in use", e.at(name), what)
	case there:
		e.wrong("%s has no %s that is in use, by its use (old, temp, secondary) or its period: add the one in use", e.at(name), what)
	default:
		e.wrong("%s has no %s (system %s): add it", e.at(name), what, system)
	}
	return ""
}

// identifiers gives the values of a system in a list that are in use, and whether
// there are any, in use or not.
func (e element) identifiers(name, system string) (values []string, there bool) {
	for _, id := range e.all(name) {
		if id.text("system") == system {
			there = true
			if id.inUse(identifierUse) {
				values = append(values, id.text("value"))
			}
		}
	}
	return values, there
}

// names gives the value of a reference's identifier where it is of the system.
func (e element) names(system string) (string, bool) {
	id := e.in("identifier")
	if id.text("system") != system {
		return "", false
	}
	if !id.inUse(identifierUse) {
		id.wrong("%s is not in use, by its use (old, temp, secondary) or its period: name it by the one in use", id.path)
	}
	return id.text("value"), true
}

// over says whether a reference's identifier of the system was in use, and is not any more.
func (e element) over(system string) bool {
	id := e.in("identifier")
	if id.text("system") != system || !identifierUse[cmp.Or(id.text("use"), "usual")] {
		return false
	}
	end, ok := fhirdate.Parse(id.in("period").text("end"))
	return ok && !end.Until().After(e.now)
}

// patient reads a reference to a patient by the NHS number.
func (e element) patient(name string) nhs.Number {
	ref := e.in(name)
	value, ok := ref.names(nhs.NumberSystem)
	if !ok {
		e.wrong("%s.identifier is not an NHS number (system %s): name the patient by it", e.at(name), nhs.NumberSystem)
		return nhs.Number{}
	}
	return ref.number(value)
}

func (e element) number(value string) nhs.Number {
	n, err := nhs.ParseNumber(value)
	if err != nil {
		e.wrong("%s is not a valid NHS number (ten digits, the last one a check digit): correct it", e.at("identifier"))
	}
	return n
}

// organisation reads a reference to an organisation by its ODS code.
func (e element) organisation(name string) nhs.ODSCode {
	ref := e.in(name)
	value, ok := ref.names(nhs.ODSSystem)
	if !ok {
		e.wrong("%s.identifier is not an ODS code (system %s): name the organisation by it", e.at(name), nhs.ODSSystem)
		return nhs.ODSCode{}
	}
	return ref.ods(value)
}

func (e element) ods(value string) nhs.ODSCode {
	code, err := nhs.ParseODSCode(value)
	if err != nil {
		e.wrong("%s is not an ODS code (3 to 10 capital letters and digits): correct it", e.at("identifier"))
	}
	return code
}

// user reads the id of a professional.
func (e element) user(value string) string {
	if value == "" || len(value) > 64 {
		e.wrong("%s is empty or longer than 64 characters: correct it", e.at("identifier"))
	}
	return value
}

// oneOf gives the codes of a CodeableConcept list that are in a closed table of
// "system|code" → meaning.
func (e element) oneOf(name string, meanings map[string]string) []string {
	var found []string
	for _, concept := range e.all(name) {
		for _, coding := range concept.all("coding") {
			if m, ok := meanings[coding.text("system")+"|"+coding.text("code")]; ok {
				found = append(found, m)
			}
		}
	}
	return found
}
