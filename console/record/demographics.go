package record

import (
	"cmp"
	"strings"
)

// aboutPerson is what the view wants to know of a Patient.
type aboutPerson struct {
	born, name, gender string
	dead               bool
	died               When
	protected          bool
	contacts           []Fact
}

func readPatient(e *entry) *Line {
	about := aboutPerson{born: e.get("birthDate").raw(), name: humanName(e.whole("name")), gender: upper(e.get("gender").text())}
	l := e.line("Personal details", cmp.Or(about.name, "Name not shown"))
	l.fact("Date of birth", when(e.get("birthDate")).String())
	l.fact("Sex", about.gender)
	if death, words := dateOf(e, "deceased"); death.Given() || words == "Yes" {
		about.dead, about.died = true, death
		l.mark("Died", Alarm)
		l.fact("Died", cmp.Or(death.Day(), "date not given"))
	}
	for _, id := range e.get("identifier").list() {
		if id.get("system").raw() == "https://fhir.nhs.uk/Id/nhs-number" {
			l.fact("NHS number", join(" ", spacedNumber(id.get("value").text()), map[string]string{"old": "(replaced)"}[id.get("use").raw()]))
		}
	}
	names := e.get("name").list()
	if len(names) > 1 {
		for _, n := range names {
			one := humanName(node{map[string]any{"name": n.v}})
			if one != about.name {
				l.fact("Other name", join(" ", one, map[bool]string{true: "(" + n.get("use").text() + ")"}[n.get("use").text() != ""]))
			}
		}
	}
	for _, a := range e.get("address").list() {
		l.fact(cmp.Or(map[string]string{"old": "Old address", "temp": "Address for the time being"}[a.get("use").raw()], "Address"), address(a))
	}
	l.fact("Telephone or email", phones(e.whole("telecom")))
	for _, c := range e.get("communication").list() {
		l.fact("Language", join(" ", concept(c.get("language")), map[bool]string{true: "(preferred)"}[c.get("preferred").yes()]))
	}
	l.fact("Record kept by", e.named(e.get("managingOrganization")))
	l.fact("GP practice", e.names(e.get("generalPractitioner")))
	for _, c := range e.get("contact").list() {
		name := humanName(node{map[string]any{"name": c.get("name").v}})
		text := join(", ", name, concept(c.get("relationship")), phones(c), e.named(c.get("organization")))
		l.fact("Contact", text)
		if text != "" {
			about.contacts = append(about.contacts, Fact{cmp.Or(name, "Contact"), text})
		}
	}
	for _, s := range e.get("meta", "security").list() {
		about.protected = about.protected || s.get("code").raw() == "R" || s.get("code").raw() == "V"
	}
	l.about = about
	return l
}

func readRelated(e *entry) *Line {
	l := e.line("Contact", cmp.Or(humanName(e.whole("name")), "Name not shown"))
	l.fact("Relationship", relation(e.get("relationship")))
	l.fact("Telephone or email", phones(e.whole("telecom")))
	for _, a := range e.get("address").list() {
		l.fact("Address", address(a))
	}
	if e.get("active").raw() == "false" {
		l.Standing = Past
		l.mark("No longer", Plain)
	}
	l.fact("Time", spanText(e.get("period")))
	return l
}

// relation says in words how somebody is related to the patient.
func relation(n node) string {
	words := concept(n)
	for _, c := range codes(n) {
		_, code, _ := strings.Cut(c, "|")
		if known, ok := relations[code]; ok && strings.HasPrefix(words, "code ") {
			words = known
		}
	}
	return words
}

// relations are the commonest codes of HL7 v3 RoleCode and v2 0131, which often
// come without words.
var relations = map[string]string{
	"DAU": "Daughter", "SON": "Son", "SPS": "Husband, wife or partner", "HUSB": "Husband", "WIFE": "Wife", "DOMPART": "Partner", "SIS": "Sister",
	"BRO": "Brother", "SIB": "Brother or sister", "MTH": "Mother", "FTH": "Father", "PRN": "Parent", "CHILD": "Child", "GRPRN": "Grandparent",
	"NBOR": "Neighbour", "FRND": "Friend", "GUARD": "Guardian", "POWATT": "Power of attorney", "HPOWATT": "Lasting power of attorney for health",
	"N": "Next of kin", "C": "Emergency contact", "E": "Employer", "FAMMEMB": "Family member", "ROOM": "Shares the home", "SIGOTHR": "Partner",
}

// address writes a postal address on one line.
func address(a node) string {
	if text := a.get("text").text(); text != "" {
		return text
	}
	var parts []string
	for _, line := range a.get("line").list() {
		parts = append(parts, line.text())
	}
	for _, part := range []string{"city", "district", "state", "postalCode", "country"} {
		parts = append(parts, a.get(part).text())
	}
	return join(", ", parts...)
}

// spacedNumber writes an NHS number as the NHS does: 999 123 4567.
func spacedNumber(digits string) string {
	if len(digits) != 10 {
		return digits
	}
	return digits[:3] + " " + digits[3:6] + " " + digits[6:]
}
