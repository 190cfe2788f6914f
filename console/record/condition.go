package record

// aboutCondition is what the summary wants to know of a condition.
type aboutCondition struct {
	visit bool
	over  When // when it ended
}

func readCondition(e *entry) *Line {
	code := e.get("code")
	title := concept(code)
	if title == "" {
		title = "Problem that the source does not name"
	}
	l := e.line("Problem", title)
	l.coded(code)
	visit, listed := false, false
	for _, c := range e.get("category").list() {
		visit = visit || coded(c, "encounter-diagnosis")
		listed = listed || coded(c, "problem-list-item", "health-concern")
	}
	visit = visit && !listed
	if l.sort = 0; visit {
		l.Kind, l.sort = "Diagnosis at a visit", 1
	}
	l.same = identity(code, concept(code))
	l.standing(e)
	onset, words := dateOf(e, "onset")
	if l.at("Began", onset); words != "" {
		l.fact("Began", words)
	}
	over, words := dateOf(e, "abatement")
	l.about = aboutCondition{visit, over}
	if words == "" {
		words = over.String()
	}
	if words != "" && words != "No" {
		l.fact("Ended", words)
		if l.Standing == Current && !e.get("clinicalStatus").is() && words != "" {
			l.Standing = Past
		}
	}
	if recorded := when(e.get("recordedDate")); !l.at("Recorded", recorded) && recorded.Day() != l.When.Day() {
		l.fact("Recorded", recorded.Day())
	}
	if severity := concept(e.get("severity")); severity != "" {
		l.mark(upper(severity), Heed)
	}
	l.fact("Place in the body", concept(e.get("bodySite")))
	for _, stage := range e.get("stage").list() {
		l.fact("Stage", concept(stage.get("summary")))
	}
	for _, evidence := range e.get("evidence").list() {
		l.fact("Evidence", concept(evidence.get("code")))
	}
	l.fact("Said by", e.named(e.get("asserter")))
	l.fact("Recorded by", e.named(e.get("recorder")))
	l.notes(e)
	return l
}
