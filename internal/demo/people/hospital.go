package people

// hospital writes an acute trust's record: what came in, what was found, and
// what was written home.
func (r *record) hospital() {
	specialty := pick(r.Rand, specialties)
	start := r.tie.Start + "T08:40:00Z"
	end := r.tie.End
	status := "in-progress"
	if end != "" {
		end, status = end+"T16:10:00Z", "finished"
	}
	kind := coded{"11429006", "Consultation"}
	class, words := "AMB", "ambulatory"
	if r.tie.Kind == "admission" {
		class, words, kind = "IMP", "inpatient encounter", coded{"183452005", "Emergency hospital admission"}
	}
	visit := r.encounter(class, words, status, start, end, kind)
	if r.IntN(3) == 0 {
		when := moment(r.Rand, 120+r.IntN(600))
		r.encounter("EMER", "emergency", "finished", when, when, coded{"50849002", "Emergency department patient visit"})
	}
	r.condition(pick(r.Rand, r.person.fitting()).coded, "encounter-diagnosis", r.tie.Start, nil)
	if r.person.Has(Sensitive) && r.person.index%3 != 0 {
		r.condition(r.sensitive(), "encounter-diagnosis", r.tie.Start, labelled("R", about[r.sensitive()]))
	}
	r.bloods(bloodCount, coded{"1022441000000101", "Full blood count"}, "58410-2", moment(r.Rand, 10+r.IntN(60)))
	r.bloods(chemistry[:2+r.IntN(5)], coded{"1000621000000104", "Renal function tests"}, "24362-6", moment(r.Rand, 70+r.IntN(300)))
	r.bloodPressure(moment(r.Rand, 10+r.IntN(20)))
	r.add("DiagnosticReport", object{
		"status": "final", "subject": r.subject(), "effectiveDateTime": moment(r.Rand, 15+r.IntN(90)), "performer": list{r.organisation()},
		"code":     coded{"399208008", "Plain chest X-ray"}.concept(),
		"category": list{concept(hl7+"v2-0074", "RAD", "Radiology")}, "conclusion": "No focal lung abnormality.",
	})
	if r.IntN(2) == 0 {
		r.add("Procedure", object{
			"status": "completed", "subject": r.subject(), "code": pick(r.Rand, operations).concept(), "encounter": refer(visit),
			"performedDateTime": moment(r.Rand, 5+r.IntN(300)), "performer": list{object{"actor": r.someone()}},
		})
	}
	r.appointments(1+r.IntN(2), specialty)
	r.document(coded{"823691000000103", "Clinical letter"}, moment(r.Rand, 20+r.IntN(40)),
		"Seen in the "+specialty.display+" clinic. To be reviewed in three months.", nil)
	if end != "" {
		r.document(coded{"373942005", "Discharge summary"}, end, "Discharged home, medicines unchanged. GP to repeat bloods in two weeks.", nil)
	} else {
		r.prescribe(pick(r.Rand, medicines).code, "", 0)
	}
	r.order(end)
}

// order adds a request for a test, open while the tie lasts.
func (r *record) order(end string) {
	status := "active"
	if end != "" {
		status = "completed"
	}
	r.add("ServiceRequest", object{
		"status": status, "intent": "order", "subject": r.subject(), "authoredOn": r.tie.Start,
		"code":      coded{"1022441000000101", "Full blood count"}.concept(),
		"category":  list{concept(snomed, "108252007", "Laboratory procedure")},
		"requester": r.someone(), "performer": list{r.organisation()},
	})
}
