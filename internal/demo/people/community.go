package people

// community writes a community trust's record: visits at home, and the plan
// that they follow.
func (r *record) community() {
	goal := r.add("Goal", object{
		"lifecycleStatus": "active", "subject": r.subject(), "startDate": r.tie.Start,
		"description": object{"text": "To walk to the shop and back without help"},
	})
	team := r.careTeam("District nursing team")
	r.carePlan(coded{"773130005", "Nursing care plan"}, "Care at home", team, goal, nil)
	for i := range 2 + r.IntN(3) {
		when := moment(r.Rand, 5+12*i)
		visit := r.encounter("HH", "home health", "finished", when, when, coded{"439708006", "Home visit"})
		for _, t := range some(r.Rand, vitals, 2) {
			r.measurement(t, "vital-signs", when, object{"encounter": refer(visit)})
		}
	}
	r.appointments(1, coded{"394581000", "Community medicine"})
}

// careTeam adds those who look after the person, while the tie lasts.
func (r *record) careTeam(name string) string {
	status := "active"
	if r.tie.End != "" {
		status = "inactive"
	}
	return r.add("CareTeam", object{
		"status": status, "name": name, "subject": r.subject(), "period": period(r.tie.Start, r.tie.End),
		"participant":          list{object{"member": r.someone()}, object{"member": r.organisation()}},
		"managingOrganization": list{r.organisation()},
	})
}

// carePlan adds a plan in force, or completed.
func (r *record) carePlan(kind coded, title, team, goal string, meta object) string {
	status := "active"
	if r.tie.End != "" {
		status = "completed"
	}
	fields := object{
		"status": status, "intent": "plan", "title": title, "subject": r.subject(), "period": period(r.tie.Start, r.tie.End),
		"category": list{kind.concept()}, "careTeam": list{refer(team)}, "author": r.someone(),
		"activity": list{object{"detail": object{"status": "in-progress", "description": "Visit each week, and review after three months"}}},
	}
	if goal != "" {
		fields["goal"] = list{refer(goal)}
	}
	r.tag(fields)
	if meta != nil {
		fields["meta"] = meta
	}
	return r.add("CarePlan", fields)
}
