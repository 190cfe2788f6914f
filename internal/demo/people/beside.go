package people

// beside writes what stands beside the record proper: what whoever treats the
// patient must know first, what was asked and answered, and what is passed on
// between professionals. It has a lot of its own, so that the rest stays as it is.
func (r *record) beside() {
	r.Rand = r.p.lot("beside/"+r.source.ID, r.person.index)
	told := r.person.index < len(story)
	switch r.source.Kind {
	case "gp":
		if told || r.IntN(5) == 0 {
			r.adjustment()
		}
		if told || r.IntN(4) == 0 {
			r.family()
		}
		if r.person.Has(Everywhere) || r.person.Has(AsksPermission) || r.person.age() > 84 {
			r.escalation()
		}
		r.problemList()
		r.passOn()
	case "acute":
		r.uncategorised(moment(r.Rand, 4+r.IntN(8)))
		if told || r.IntN(6) == 0 {
			r.implant()
		}
	case "community":
		r.falls()
	case "council":
		if told || r.IntN(4) == 0 {
			r.safeguarding()
		}
	}
}

const booking = "https://fhir.nhs.uk/CodeSystem/flag-categories-bars"

// adjustment adds what the patient needs to be treated like anybody else.
func (r *record) adjustment() {
	need := pick(r.Rand, []string{"Needs a British Sign Language interpreter", "Needs letters in large print", "Needs longer appointments, and a quiet room to wait in"})
	r.add("Flag", object{
		"status": "active", "subject": r.subject(), "code": object{"text": need}, "period": period(day(300+r.IntN(600)), ""),
		"category": list{concept(booking, "RA", "Reasonable Adjustment")}, "author": r.organisation(),
	})
	r.add("Flag", object{
		"status": "inactive", "subject": r.subject(), "code": object{"text": "Needs a wheelchair after an operation"}, "period": period(day(1400), day(1300)),
		"category": list{concept(booking, "RA", "Reasonable Adjustment")}, "author": r.organisation(),
	})
}

// safeguarding adds a concern for an adult at risk.
func (r *record) safeguarding() {
	fields := object{
		"status": "active", "subject": r.subject(), "code": coded{"766561000000109", "Adult safeguarding concern"}.concept(),
		"category": list{concept(booking, "SG", "Safeguarding Concern")}, "period": period(r.tie.Start, ""), "author": r.organisation(),
	}
	r.add("Flag", fields)
}

// escalation adds a decision not to be resuscitated, and the plan that it is part
// of (ReSPECT).
func (r *record) escalation() {
	decided := day(60 + r.IntN(100))
	r.add("Consent", object{
		"status": "active", "patient": r.subject(), "dateTime": decided, "performer": list{r.someone()}, "organization": list{r.organisation()},
		"scope":     concept(hl7+"consentscope", "adr", ""),
		"category":  list{concept(hl7+"consentcategorycodes", "dnr", "Not for attempted resuscitation (DNACPR)")},
		"policy":    list{object{"uri": "https://www.resus.org.uk/respect"}},
		"provision": object{"type": "deny", "code": list{object{"text": "Cardiopulmonary resuscitation"}}, "period": period(decided, "")},
	})
	r.add("CarePlan", object{
		"status": "active", "intent": "plan", "title": "ReSPECT: recommended summary plan for emergency care and treatment", "subject": r.subject(),
		"period": period(decided, ""), "author": r.someone(),
		"category": list{coded{"887701000000100", "Emergency health care plan"}.concept()},
		"activity": list{
			object{"detail": object{"status": "in-progress", "description": "To be cared for at home where that can be, with antibiotics by mouth"}},
			object{"detail": object{"status": "in-progress", "doNotPerform": true, "description": "Intensive care"}},
		},
	})
}

// family adds what parents had.
func (r *record) family() {
	for _, relative := range some(r.Rand, []coded{{"FTH", "father"}, {"MTH", "mother"}, {"SIB", "brother or sister"}}, 1+r.IntN(2)) {
		illness := pick(r.Rand, problems[9:14])
		r.add("FamilyMemberHistory", object{
			"status": "completed", "patient": r.subject(), "date": day(500 + r.IntN(900)), "relationship": concept(hl7+"v3-RoleCode", relative.code, relative.display),
			"condition": list{object{"code": illness.concept(), "onsetAge": quantity(float64(45+r.IntN(30)), "years", "a")}},
		})
	}
}

// problemList adds the practice's own list of what it has written down as problems.
func (r *record) problemList() {
	var entries list
	for _, raw := range r.out {
		if kind, id, ok := named(raw); ok && kind == "Condition" {
			entries = append(entries, object{"item": refer("Condition/" + id)})
		}
	}
	fields := object{
		"status": "current", "mode": "snapshot", "title": "Problem list", "code": coded{"717711000000103", "Problems"}.concept(),
		"subject": r.subject(), "date": moment(r.Rand, 20), "source": r.someone(),
	}
	if entries == nil {
		fields["emptyReason"] = concept(hl7+"list-empty-reason", "nilknown", "Nil Known")
	} else {
		fields["entry"] = entries
	}
	r.add("List", fields)
}

// passOn adds a message within the practice, and what was asked for in it.
func (r *record) passOn() {
	when := moment(r.Rand, 12+r.IntN(20))
	r.add("Communication", object{
		"status": "completed", "subject": r.subject(), "sent": when, "sender": r.someone(), "recipient": list{r.someone()},
		"category": list{concept(hl7+"communication-category", "notification", "Notification")},
		"payload":  list{object{"contentString": "The daughter rang: more tired than usual this week. Bloods are due. Could somebody ring back?"}},
	})
	status, priority := "completed", "routine"
	if r.tie.End == "" {
		status, priority = "requested", "urgent"
	}
	r.add("Task", object{
		"status": status, "intent": "order", "priority": priority, "for": r.subject(), "authoredOn": when, "lastModified": when,
		"code":        concept("http://hl7.org/fhir/CodeSystem/task-code", "fulfill", ""),
		"description": "Ring back, and repeat the blood tests", "requester": r.someone(), "owner": r.organisation(),
	})
}

// falls adds a form that was filled in at home.
func (r *record) falls() {
	question := func(id, text string, answer object) object {
		return object{"linkId": id, "text": text, "answer": list{answer}}
	}
	r.add("QuestionnaireResponse", object{
		"status": "completed", "subject": r.subject(), "authored": moment(r.Rand, 15+r.IntN(60)), "author": r.someone(), "source": r.subject(),
		"questionnaire": "https://community-wend-valley.example/Questionnaire/falls-at-home|2",
		"item": list{object{"linkId": "1", "text": "Falls", "item": list{
			question("1.1", "Fallen in the last year?", object{"valueBoolean": r.IntN(2) == 0}),
			question("1.2", "How many times?", object{"valueInteger": r.IntN(4)}),
			question("1.3", "Where?", object{"valueString": pick(r.Rand, []string{"On the stairs", "In the garden", "In the bathroom"})}),
		}}},
	})
}

// implant adds a device in the body, which an MRI scanner must know of.
func (r *record) implant() {
	since := day(700 + r.IntN(900))
	device := r.add("Device", object{
		"status": "active", "patient": r.subject(), "type": coded{"14106009", "Cardiac pacemaker"}.concept(), "manufacturer": "Example Devices Ltd",
		"serialNumber": "PM-" + r.local, "manufactureDate": day(1700), "owner": r.organisation(),
		"safety": list{object{"text": "MRI only under conditions"}},
	})
	r.add("DeviceUseStatement", object{
		"status": "active", "subject": r.subject(), "device": refer(device), "timingPeriod": period(since, ""), "recordedOn": since, "source": r.someone(),
	})
}

// uncategorised adds a laboratory's report as pathology messages have it: the report
// has a category, its results have none.
func (r *record) uncategorised(when string) {
	var results list
	for _, one := range []struct {
		words, value string
	}{{"Urine culture", "No growth after 48 hours"}, {"Urine microscopy", "No white cells seen"}} {
		results = append(results, refer(r.add("Observation", object{
			"status": "final", "subject": r.subject(), "code": object{"text": one.words}, "effectiveDateTime": when, "issued": when,
			"valueString": one.value, "performer": list{r.organisation()},
		})))
	}
	r.add("DiagnosticReport", object{
		"status": "final", "subject": r.subject(), "code": object{"text": "Urine microscopy and culture"}, "effectiveDateTime": when, "issued": when,
		"category":  list{concept(hl7+"v2-0074", "MB", "Microbiology")},
		"performer": list{r.organisation()}, "result": results,
	})
}
