package people

// ambulance writes an ambulance service's record: a call, and what the crew did.
func (r *record) ambulance() {
	status, end := "in-progress", ""
	when := r.tie.Start + "T02:25:00Z"
	if r.tie.End != "" {
		status, end = "finished", r.tie.End+"T03:40:00Z"
	}
	call := r.encounter("FLD", "field", status, when, end, coded{"", "Ambulance call"})
	for _, t := range vitals[:4] {
		r.measurement(t, "vital-signs", when, object{"encounter": refer(call)})
	}
	r.bloodPressure(when)
	r.add("Procedure", object{
		"status": "completed", "subject": r.subject(), "encounter": refer(call), "performedDateTime": when,
		"code":      pick(r.Rand, []coded{{"29303009", "Electrocardiographic procedure"}, {"57485005", "Oxygen therapy"}}).concept(),
		"performer": list{object{"actor": r.someone()}},
	})
	r.condition(pick(r.Rand, complaints), "encounter-diagnosis", r.tie.Start, nil)
}

// urgentCare writes the record of a 111 or out-of-hours provider: the call, the
// questions that were asked, and where they led.
func (r *record) urgentCare() {
	status, end := "in-progress", ""
	when := r.tie.Start + "T21:05:00Z"
	if r.tie.End != "" {
		status, end = "finished", r.tie.End+"T23:20:00Z"
	}
	call := r.encounter("VR", "virtual", status, when, end, coded{"185317003", "Telephone encounter"})
	complaint := pick(r.Rand, complaints)
	r.add("QuestionnaireResponse", object{
		"status": "completed", "subject": r.subject(), "authored": when, "author": r.someone(), "encounter": refer(call),
		"questionnaire": "https://nhs-111-wend.example/Questionnaire/triage|4.2",
		"item": list{
			object{"linkId": "1", "text": "What is the main trouble?", "answer": list{object{"valueCoding": coding(snomed, complaint.code, complaint.display)}}},
			object{"linkId": "2", "text": "Is the person awake and breathing?", "answer": list{object{"valueBoolean": true}}},
			object{"linkId": "3", "text": "Where it led", "answer": list{object{"valueString": pick(r.Rand, []string{"Speak to own GP within two days", "Home visit tonight", "Attend the emergency department"})}}},
		},
	})
	r.measurement(vitals[1], "vital-signs", when, object{"encounter": refer(call)})
	if r.source.Kind == "out-of-hours" {
		r.condition(complaint, "encounter-diagnosis", r.tie.Start, nil)
		r.document(coded{"371531000", "Report of clinical encounter"}, when, "Seen at home. Advice given. For review by own GP.", nil)
	}
}
