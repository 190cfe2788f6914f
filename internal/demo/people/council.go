package people

// socialCare writes a county council's record: who helps, how often, and whom
// to ring.
func (r *record) socialCare() {
	team := r.careTeam("Adult social care, locality team")
	r.carePlan(coded{"734163000", "Care plan"}, "Care and support plan", team, "", nil)
	r.add("RelatedPerson", object{
		"active": true, "patient": r.subject(), "name": list{object{"text": pick(r.Rand, girls) + " " + r.person.Family}},
		"relationship": list{concept(hl7+"v3-RoleCode", pick(r.Rand, []string{"DAU", "SPS", "SIS", "NBOR"}), "")},
		"telecom":      list{object{"system": "phone", "value": "07700 900" + r.person.Phone[9:]}},
	})
	r.add("EpisodeOfCare", object{
		"status": map[bool]string{true: "active", false: "finished"}[r.tie.End == ""], "patient": r.subject(),
		"managingOrganization": r.organisation(), "period": period(r.tie.Start, r.tie.End),
	})
	if r.IntN(2) == 0 {
		r.flag("safety", coded{"105529008", "Lives alone"})
	}
	request := object{
		"status": "active", "intent": "order", "subject": r.subject(), "authoredOn": r.tie.Start,
		"category": list{concept(snomed, "306206005", "Referral to service")},
		"code":     object{"text": "Care at home, twice a day"}, "requester": r.someone(), "performer": list{r.organisation()},
	}
	r.tag(request)
	r.add("ServiceRequest", request)
}
