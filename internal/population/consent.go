package population

import (
	"time"

	"github.com/mycarerecord/mcr/fhir/consent"
)

var (
	permissionRates = rates{later: 77, changes: 64}
	objectionRates  = rates{later: 26, changes: 64}
)

// consents appends the opt-out of one in 25, the national one of one in 17, and permissions.
func (w *writer) consents(i int) {
	if bits := draw(i, 0, saltOptOut); bits>>56 < 10 {
		w.objection(i, bits, "opt-out")
	}
	if bits := draw(i, 0, saltNational); bits>>56 < 15 {
		w.objection(i, bits, "national-opt-out")
	}
	for k := range permissionsOf(i) {
		w.permission(i, draw(i, k, saltPermission))
	}
}

func (w *writer) consent(bits uint64, category, status string, number uint64) {
	w.text(`{"resourceType":"Consent","id":"`)
	w.identity(bits)
	w.text(`","status":"`, status, `","scope":{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/consentscope",`,
		`"code":"patient-privacy"}]},"category":[{"coding":[{"system":"`, consent.CategorySystem, `","code":"`, category, `"}]}]`)
	w.subject("patient", number)
}

// objection appends one that is taken back, and made again, as it changes.
func (w *writer) objection(i int, bits uint64, category string) {
	version, _, tells := w.tells(objectionRates.history(bits), objectionRates, Generations)
	if !tells {
		return
	}
	w.consent(bits, category, []string{consent.Active, consent.Inactive}[version%2], w.region.current(i))
	w.text(`,"provision":{"type":"deny"}}`)
	w.end(&w.told.Consents)
}

// permission appends the patient's answer: a yes, first made longer and then withdrawn as it
// changes, or, one in ten, a no, which is taken back.
func (w *writer) permission(i int, bits uint64) {
	d := dice(mix(^bits))
	yes := d.below(10) > 0
	most := 2
	if !yes {
		most = 1
	}
	h := permissionRates.history(bits)
	version, _, tells := w.tells(h, permissionRates, most)
	if !tells {
		return
	}
	status := consent.Active
	if version == most {
		status = consent.Inactive
	}
	asked := day(h.born).Add(-time.Duration(1+d.below(700)) * time.Hour)
	w.consent(bits, consent.PermissionToView, status, w.region.current(i))
	w.text(",")
	w.date("dateTime", asked)
	w.text(`,"performer":[{"identifier":{"system":"`, consent.UserSystem, `","value":"5550`)
	w.padded(int(bits>>20%20_000), 8) // of 20,000 professionals
	w.text(`"}}],"organization":[`)
	w.organisation(hospitalOf(elsewhere(&d, practiceOf(i, 0))))
	w.text(`],"provision":{"type":"`)
	if !yes {
		w.text(`deny"}}`)
	} else {
		w.text(`permit","period":{`)
		w.date("end", asked.AddDate(1+version, 0, 0))
		w.text("}}}")
	}
	w.end(&w.told.Consents)
}
