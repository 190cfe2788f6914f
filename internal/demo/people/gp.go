package people

// generalPractice writes a practice's record: the whole of a life in outline.
func (r *record) generalPractice() {
	past := 0
	if r.tie.End != "" {
		past = longStanding // the patient has moved: nothing new here
	}
	r.problems(past)
	for _, a := range some(r.Rand, allergies, r.IntN(3)) {
		r.add("AllergyIntolerance", object{
			"patient": r.subject(), "code": a.concept(), "recordedDate": day(past + 300 + r.IntN(3000)), "recorder": r.someone(),
			"clinicalStatus":     concept(hl7+"allergyintolerance-clinical", "active", ""),
			"verificationStatus": concept(hl7+"allergyintolerance-verification", "confirmed", ""),
			"category":           list{"medication"}, "criticality": pick(r.Rand, []string{"low", "high"}),
		})
	}
	for i, v := range some(r.Rand, vaccines, 1+r.IntN(3)) {
		r.add("Immunization", object{
			"status": "completed", "patient": r.subject(), "vaccineCode": v.concept(), "primarySource": true,
			"occurrenceDateTime": moment(r.Rand, past+90+200*i), "performer": list{object{"actor": r.someone()}},
		})
	}
	for range 1 + r.IntN(2) {
		when := moment(r.Rand, past+r.IntN(400))
		r.bloodPressure(when)
		for _, t := range some(r.Rand, vitals, 2) {
			r.measurement(t, "vital-signs", when, nil)
		}
	}
	r.bloods(chemistry[:3+r.IntN(4)], coded{"1000621000000104", "Renal function tests"}, "24362-6", moment(r.Rand, past+40+r.IntN(200)))
	r.appointments(1+r.IntN(2), coded{"394814009", "General practice"})
	r.document(coded{"823691000000103", "Clinical letter"}, moment(r.Rand, past+60+r.IntN(300)),
		"Thank you for seeing this patient, who has been well since the last review.", nil)
	if r.IntN(3) == 0 {
		r.add("Procedure", object{
			"status": "completed", "subject": r.subject(), "code": coded{"29303009", "Electrocardiographic procedure"}.concept(),
			"performedDateTime": moment(r.Rand, past+100+r.IntN(900)), "performer": list{object{"actor": r.someone()}},
		})
	}
	if r.IntN(4) == 0 || r.person.Has(Everywhere) {
		r.flag("clinical", coded{"129839007", "At risk of falls"})
	}
}

// problems adds the conditions that come with the person's age, and what is
// prescribed for them.
func (r *record) problems(past int) {
	most := 1 + r.person.age()/22
	found := some(r.Rand, r.person.fitting(), 1+r.IntN(most))
	for _, p := range found {
		onset := day(past + 400 + r.IntN(4000))
		condition := r.condition(p.coded, "problem-list-item", onset, nil)
		if p.medicine != "" {
			r.prescribe(p.medicine, condition, past)
		}
	}
	r.prescribe(pick(r.Rand, medicines).code, "", past)
	if r.person.Has(Sensitive) {
		c := r.sensitive()
		if c == termination {
			r.add("Procedure", object{"status": "completed", "subject": r.subject(), "code": c.concept(), "performedDateTime": day(past + 700)})
		} else {
			// One system labels the item, the other leaves it to the code.
			var meta object
			if r.source.ID == riverside {
				meta = labelled("R")
			}
			r.condition(c, "problem-list-item", day(past+700), meta)
		}
	}
}

// prescribe adds a repeat prescription; one practice writes the medicine out,
// the other refers to a Medication.
func (r *record) prescribe(medicine, reason string, past int) {
	var m coded
	for _, known := range medicines {
		if known.code == medicine {
			m = known
		}
	}
	authored := day(past + r.IntN(200))
	fields := object{
		"status": "active", "intent": "order", "subject": r.subject(), "authoredOn": authored, "requester": r.someone(),
		"category":          list{concept(hl7+"medicationrequest-category", "community", "Community")},
		"dosageInstruction": list{object{"text": pick(r.Rand, []string{"One to be taken each morning", "One to be taken twice a day", "As directed"})}},
	}
	if reason != "" {
		fields["reasonReference"] = list{refer(reason)}
	}
	if r.source.ID == hillview {
		fields["medicationReference"] = refer("Medication/med-" + m.code)
	} else {
		fields["medicationCodeableConcept"] = m.concept()
	}
	r.add("MedicationRequest", fields)
	if r.IntN(3) == 0 {
		r.add("MedicationStatement", object{
			"status": "active", "subject": r.subject(), "medicationCodeableConcept": m.concept(),
			"effectivePeriod": period(authored, ""), "dateAsserted": authored, "informationSource": r.subject(),
		})
	}
}

// flag adds an alert.
func (r *record) flag(category string, c coded) {
	r.add("Flag", object{
		"status": "active", "subject": r.subject(), "code": c.concept(), "period": period(day(200), ""),
		"category": list{concept(hl7+"flag-category", category, "")}, "author": r.organisation(),
	})
}
