package intake

import (
	"github.com/mycarerecord/mcr/fhir/consent"
	"github.com/mycarerecord/mcr/nhs"
	"github.com/mycarerecord/mcr/registry"
)

// performers reads who is to do what is requested: one organisation, one person,
// or one person of an organisation.
func (r *resource) performers(e *registry.Entry) {
	organisations, people := 0, 0
	for _, p := range r.all("performer") {
		if value, ok := p.names(nhs.ODSSystem); ok {
			e.Organisation = p.ods(value)
			organisations++
		} else if value, ok := p.names(consent.UserSystem); ok {
			e.UserID = p.user(value)
			people++
		}
	}
	switch {
	case organisations+people == 0:
		r.wrong("performer names no organisation by its ODS code (system %s) and no professional (system %s): name who is to do it", nhs.ODSSystem, consent.UserSystem)
	case organisations > 1 || people > 1:
		r.wrong("performer names more than one organisation or professional: send one ServiceRequest for each")
	}
}
