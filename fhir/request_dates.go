package fhir

import "github.com/mycarerecord/mcr/fhirdate"

// isDate says that a value is a date of FHIR with one of the prefixes that mean
// the same to every server (R4 §3.1.1.4.4); "ne" and "ap" do not.
func isDate(s string) bool {
	if len(s) >= 2 && isLetter(s[0]) {
		switch s[:2] {
		case "eq", "gt", "lt", "ge", "le", "sa", "eb":
			s = s[2:]
		default:
			return false
		}
	}
	_, ok := fhirdate.ParseLenient(s)
	return ok
}
