package intake

import (
	"strconv"
	"strings"

	"github.com/mycarerecord/mcr/fhirdate"
	"github.com/mycarerecord/mcr/nhs"
	"github.com/mycarerecord/mcr/registry"
)

// patientResource reads the date of birth, the registration with a general practice, the restriction
// of a sensitive patient, and the links between NHS numbers.
func (r *resource) patientResource() {
	number := nhs.Number{}
	if value := r.identifier("identifier", nhs.NumberSystem, "NHS number"); value != "" {
		number = r.number(value)
	}
	r.registration(number, r.notToBeUsed())
	for _, label := range r.in("meta").all("security") {
		code, system := label.text("code"), label.text("system")
		if (system == confidentialitySystem || system == labelSystem) && (code == "R" || code == "V") {
			r.stands("restriction", registry.Entry{Kind: registry.KindRestriction, Status: registry.Active, Patient: number, Detail: registry.Detail{Code: code}})
			break
		}
	}
	r.links(number)
	if len(r.entries) == 0 {
		r.without("names no practice, no restriction and no other NHS number")
	}
	r.birth(number)
}

// birth reads the date of birth, of which rules see the age alone. One that is no date of the past
// is not taken, and does not keep the rest of a file from being taken.
func (r *resource) birth(number nhs.Number) {
	text := r.text("birthDate")
	d, ok := fhirdate.Parse(text)
	switch {
	case text == "":
	case !ok || d.Precision > fhirdate.Day:
		r.without("birthDate is no FHIR date, no age")
	case d.Time.After(r.now):
		r.without("birthDate lies in the future, no age")
	default:
		r.stands("birth", registry.Entry{Kind: registry.KindBirth, Status: registry.Active, Patient: number, Detail: registry.Detail{Born: text}})
	}
}

// linkTypes are FHIR R4's link types: whether one says that the two numbers are one person's.
// "refer" and "seealso" join records, not numbers.
var linkTypes = map[string]bool{registry.ReplacedBy: true, registry.Replaces: true, "refer": false, "seealso": false}

// links reads the NHS numbers that this one replaced, or was replaced by. They hold
// for a Patient that is not active, too: an opt-out under the other number must
// not be lost with it.
func (r *resource) links(number nhs.Number) {
	links := 0
	for _, link := range r.all("link") {
		kind := link.text("type")
		joins, known := linkTypes[kind]
		if !known {
			link.wrong("%s is missing or not one of FHIR R4's: correct it", link.at("type"))
		}
		if !joins {
			continue
		}
		other := link.patient("other")
		if other == number && !number.IsZero() {
			link.wrong("link.other is the patient's own NHS number: correct it, or remove the link")
		}
		links++
		back := map[string]string{registry.ReplacedBy: registry.Replaces, registry.Replaces: registry.ReplacedBy}[kind]
		part := "link-" + strconv.Itoa(links)
		r.stands(part, registry.Entry{Kind: registry.KindNumberLink, Status: registry.Active, Patient: number,
			Detail: registry.Detail{Other: other.Digits(), Link: kind}})
		r.stands(part+"-back", registry.Entry{Kind: registry.KindNumberLink, Status: registry.Active, Patient: other,
			Detail: registry.Detail{Other: number.Digits(), Link: back}})
	}
}

// notToBeUsed says why the Patient registers nobody any more, "" when it does:
// FHIR's modifier elements of a Patient.
func (r *resource) notToBeUsed() (why string) {
	if !r.flag("active", true) {
		why = "active is false, no registration"
	}
	for _, link := range r.all("link") {
		if link.text("type") == registry.ReplacedBy {
			why = "replaced by another, no registration"
		}
	}
	for name := range r.fields {
		if strings.HasPrefix(strings.ToLower(name), "deceased") && name != "deceasedBoolean" && name != "deceasedDateTime" {
			r.wrong("deceased is neither deceasedBoolean nor deceasedDateTime: correct it")
			break
		}
	}
	died := r.stated("deceasedDateTime")
	if died && r.text("deceasedDateTime") == "" {
		r.wrong("deceasedDateTime is empty: give the time, or deceasedBoolean")
	}
	if died && r.has("deceasedBoolean") {
		r.wrong("deceasedBoolean and deceasedDateTime are both there: keep one")
	}
	if r.flag("deceasedBoolean", false) || died {
		why = "deceased, no registration any more"
	}
	return why
}
