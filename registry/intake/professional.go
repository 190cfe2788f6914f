package intake

import (
	"strconv"

	"github.com/mycarerecord/mcr/fhir/consent"
	"github.com/mycarerecord/mcr/nhs"
	"github.com/mycarerecord/mcr/registry"
)

// personResource reads who among the professionals is which patient.
func (r *resource) personResource() {
	var numbers []nhs.Number
	var users []string
	own, _ := r.identifiers("identifier", nhs.NumberSystem)
	for _, value := range own {
		numbers = append(numbers, r.number(value))
	}
	staff, _ := r.identifiers("identifier", consent.UserSystem)
	for _, value := range staff {
		users = append(users, r.user(value))
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
	status := registry.Active
	if !r.flag("active", true) {
		status = registry.Ended
		r.without("active is false, not the patient any more")
	}
	if len(numbers)*len(users) > mostEntries {
		r.wrong("names more than %d pairs of a professional and a patient: send several resources", mostEntries)
		return
	}
	for i, n := range numbers {
		for j, u := range users {
			r.stands(strconv.Itoa(i+1)+"-"+strconv.Itoa(j+1), registry.Entry{Kind: registry.KindPerson, Status: status, Patient: n, UserID: u})
		}
	}
}
