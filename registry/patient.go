package registry

import (
	"strconv"

	"github.com/mycarerecord/mcr/access"
	"github.com/mycarerecord/mcr/fhir/consent"
	"github.com/mycarerecord/mcr/nhs"
)

// patientResource reads the registration with a general practice, the restriction
// of a sensitive patient, and the links between NHS numbers.
func (r *resource) patientResource() {
	number := nhs.Number{}
	if value := r.identifier("identifier", nhs.NumberSystem, "NHS number"); value != "" {
		number = r.number(value)
	}
	r.registration(number)
	for _, label := range r.in("meta").all("security") {
		code := label.text("code")
		if label.text("system") == confidentialitySystem && (code == "R" || code == "V") {
			r.stands("restriction", Entry{Kind: KindRestriction, Status: Active, Patient: number, Detail: Detail{Code: code}})
			break
		}
	}
	links := 0
	for _, link := range r.all("link") {
		kind := link.text("type")
		if kind != linkReplacedBy && kind != linkReplaces {
			continue // "refer" and "seealso" join records, not numbers
		}
		other := link.patient("other")
		if other == number && !number.IsZero() {
			link.wrong("link.other is the patient's own NHS number: correct it, or remove the link")
		}
		links++
		back := map[string]string{linkReplacedBy: linkReplaces, linkReplaces: linkReplacedBy}[kind]
		part := "link-" + strconv.Itoa(links)
		r.stands(part, Entry{Kind: KindNumberLink, Status: Active, Patient: number,
			Detail: Detail{Other: other.Digits(), Link: kind}})
		r.stands(part+"-back", Entry{Kind: KindNumberLink, Status: Active, Patient: other,
			Detail: Detail{Other: number.Digits(), Link: back}})
	}
}

// registration reads generalPractitioner: one organisation by its ODS code, with
// the telephone of the contained Organization. It ends when the patient dies or is
// no longer active.
func (r *resource) registration(number nhs.Number) {
	contained := r.all("contained")
	var practices []Entry
	for _, gp := range r.all("generalPractitioner") {
		e := Entry{Kind: KindRegistration, Status: Active, Patient: number}
		if ref := gp.text("reference"); len(ref) > 1 && ref[0] == '#' {
			for _, o := range contained {
				if o.text("id") == ref[1:] && o.text("resourceType") == "Organization" {
					if value := o.identifier("identifier", nhs.ODSSystem, "ODS code"); value != "" {
						e.Organisation = o.ods(value)
					}
					e.Detail = practice(o)
					practices = append(practices, e)
				}
			}
			continue
		}
		value, ok := gp.names(nhs.ODSSystem)
		if !ok {
			continue // a named doctor
		}
		e.Organisation = gp.ods(value)
		e.Detail.Name = gp.text("display")
		for _, o := range contained {
			for _, id := range o.all("identifier") {
				if id.text("system") == nhs.ODSSystem && id.text("value") == value {
					e.Detail = practice(o)
				}
			}
		}
		practices = append(practices, e)
	}
	switch {
	case len(practices) == 0:
		if r.has("generalPractitioner") {
			r.wrong("generalPractitioner names no organisation by its ODS code: add the practice")
		}
		return
	case len(practices) > 1:
		r.wrong("generalPractitioner names more than one practice: keep the one that the patient is registered with")
	}
	e := practices[0]
	if e.Detail.Telephone == "" {
		r.wrong("generalPractitioner has no telephone: add a contained Organization with the practice's telecom of system phone; who is refused is told to ring it")
	}
	e.Validity = access.Validity{Until: r.moment("deceasedDateTime")}
	// Ended without a date: from when we are told (see import.go).
	if r.flag("deceasedBoolean", false) || !r.flag("active", true) {
		e.Status = Ended
	}
	r.stands("registration", e)
}

func practice(o element) Detail {
	d := Detail{Name: o.text("name")}
	for _, t := range o.all("telecom") {
		if t.text("system") == "phone" && d.Telephone == "" {
			d.Telephone = t.text("value")
		}
	}
	return d
}

// personResource reads who among the professionals is which patient.
func (r *resource) personResource() {
	var numbers []nhs.Number
	var users []string
	for _, id := range r.all("identifier") {
		switch id.text("system") {
		case nhs.NumberSystem:
			numbers = append(numbers, r.number(id.text("value")))
		case consent.UserSystem:
			users = append(users, r.user(id.text("value")))
		}
	}
	for _, link := range r.all("link") {
		target := link.in("target")
		if value, ok := target.names(nhs.NumberSystem); ok {
			numbers = append(numbers, target.number(value))
		} else if value, ok := target.names(consent.UserSystem); ok {
			users = append(users, target.user(value))
		}
	}
	if len(numbers) == 0 || len(users) == 0 {
		r.wrong("identifier and link.target.identifier name no NHS number (system %s) or no professional (system %s): name both, or leave the Person out", nhs.NumberSystem, consent.UserSystem)
		return
	}
	status := Active
	if !r.flag("active", true) {
		status = Ended
	}
	for i, n := range numbers {
		for j, u := range users {
			r.stands(strconv.Itoa(i+1)+"-"+strconv.Itoa(j+1), Entry{Kind: KindPerson, Status: status, Patient: n, UserID: u})
		}
	}
}
