package population

import "github.com/mycarerecord/mcr/nhs"

var patientRates = rates{changes: 3}

// patient appends a Patient as a demographics service sends it: the registration, with the practice's
// telephone, a restriction for one in 200, and the number that this one replaced.
func (w *writer) patient(i int) {
	bits := draw(i, 0, saltPatient)
	d := dice(bits >> 16)
	// Who changes moves to another practice or, one in eight, dies, after which nothing changes.
	dies, most := d.below(8) == 0, Generations
	if dies {
		most = 1
	}
	version, since, tells := w.tells(patientRates.history(bits), patientRates, most)
	if !tells {
		return
	}
	died, moves := dies && version > 0, version
	if dies {
		moves = 0
	}
	gp := practiceList[practiceOf(i, moves)]
	w.text(`{"resourceType":"Patient","id":"`)
	w.identity(bits)
	w.text(`"`)
	if d.below(200) == 0 {
		w.text(`,"meta":{"security":[{"system":"http://terminology.hl7.org/CodeSystem/v3-Confidentiality","code":"`,
			[]string{"V", "R"}[min(d.below(10), 1)], `"}]}`)
	}
	w.text(`,"identifier":[`)
	w.number(w.region.current(i))
	w.text(`],"contained":[{"resourceType":"Organization","id":"gp","identifier":[{"system":"`, nhs.ODSSystem, `","value":"`, gp.code,
		`"}],"name":"`, gp.name, `","telecom":[{"system":"phone","value":"`, gp.telephone, `"}]}],"generalPractitioner":[{"reference":"#gp"}]`)
	if old, there := w.region.superseded(i); there {
		w.text(`,"link":[{"other":{"identifier":`)
		w.number(old)
		w.text(`},"type":"replaces"}]`)
	}
	if died {
		w.text(",")
		w.date("deceasedDateTime", day(since).AddDate(0, 0, -1))
	}
	w.text("}")
	w.end(&w.told.Patients)
}
