package people

// mentalHealth writes a mental-health trust's record. Much of it is labelled.
func (r *record) mentalHealth() {
	label := func() object {
		if r.IntN(2) == 0 {
			return labelled("R", "PSY")
		}
		return nil
	}
	r.condition(pick(r.Rand, disorders), "encounter-diagnosis", r.tie.Start, label())
	team := r.careTeam("Community mental health team")
	r.carePlan(coded{"718347000", "Mental health care plan"}, "Care plan, with what to do in a crisis", team, "", label())
	for i := range 1 + r.IntN(3) {
		when := moment(r.Rand, 10+25*i)
		r.encounter("AMB", "ambulatory", "finished", when, when, coded{"11429006", "Consultation"})
	}
	r.document(coded{"823691000000103", "Clinical letter"}, moment(r.Rand, 30+r.IntN(60)),
		"Reviewed with the family present. Sleeping better. To continue as agreed.", label())
	r.add("EpisodeOfCare", object{
		"status": map[bool]string{true: "active", false: "finished"}[r.tie.End == ""], "patient": r.subject(),
		"managingOrganization": r.organisation(), "period": period(r.tie.Start, r.tie.End),
	})
	r.appointments(1, coded{"394587001", "Psychiatry"})
}
