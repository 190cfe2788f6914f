package record

import "cmp"

func readProcedure(e *entry) *Line {
	l := e.line("Procedure", cmp.Or(concept(e.get("code")), concept(e.get("category")), "Procedure that the source does not name"))
	l.coded(e.get("code"))
	switch e.get("status").raw() {
	case "completed":
	case "not-done":
		l.Standing = Undone
		l.mark("NOT done", Alarm)
	default:
		l.lifeStatus(e.get("status"))
	}
	l.period(e, "Done", "performed")
	l.fact("Place in the body", concept(e.get("bodySite")))
	l.fact("Reason", join(", ", concept(e.get("reasonCode")), e.names(e.get("reasonReference"))))
	l.fact("Reason for the status", concept(e.get("statusReason")))
	l.fact("Outcome", concept(e.get("outcome")))
	l.fact("Complication", concept(e.get("complication")))
	l.fact("Follow-up", concept(e.get("followUp")))
	l.fact("By", e.names(e.get("performer"), "actor"))
	l.fact("Where", e.named(e.get("location")))
	l.notes(e)
	return l
}

func readVaccine(e *entry) *Line {
	l := e.line("Vaccination", cmp.Or(concept(e.get("vaccineCode")), "Vaccine that the source does not name"))
	l.coded(e.get("vaccineCode"))
	switch e.get("status").raw() {
	case "completed":
	case "not-done":
		l.Standing = Undone
		l.mark("NOT given", Alarm)
	default:
		l.lifeStatus(e.get("status"))
	}
	if e.get("isSubpotent").yes() {
		l.mark("Dose not fully potent", Heed)
	}
	if e.get("primarySource").raw() == "false" {
		l.fact("Said by", "somebody else than who gave it")
	}
	l.period(e, "Given", "occurrence")
	l.at("Recorded", when(e.get("recorded")))
	l.fact("Why not", concept(e.get("statusReason")))
	for _, p := range e.get("protocolApplied").list() {
		l.fact("Dose number", join(" of ", values(p, "doseNumber"), values(p, "seriesDoses")))
		l.fact("Against", concept(p.get("targetDisease")))
	}
	l.fact("Amount", quantity(e.get("doseQuantity")))
	l.fact("Site", concept(e.get("site")))
	l.fact("Route", concept(e.get("route")))
	l.fact("Batch", e.get("lotNumber").text())
	for _, r := range e.get("reaction").list() {
		l.fact("Reaction", join(", ", e.named(r.get("detail")), when(r.get("date")).String(), map[bool]string{true: "as reported"}[r.get("reported").yes()]))
		l.mark("Reaction recorded", Alarm)
	}
	l.fact("By", e.names(e.get("performer"), "actor"))
	l.fact("Where", e.named(e.get("location")))
	l.notes(e)
	return l
}

func readRequest(e *entry) *Line {
	l := e.line("Request", cmp.Or(concept(e.get("code")), concept(e.get("category")), "Request that the source does not name"))
	l.coded(e.get("code"))
	l.lifeStatus(e.get("status"))
	if e.get("doNotPerform").yes() {
		l.mark("Do NOT do", Alarm)
	}
	if p := e.get("priority").raw(); p != "" && p != "routine" {
		l.mark(state(e.get("priority")), Heed)
	}
	if intent := e.get("intent"); intent.raw() != "order" {
		l.fact("Intent", state(intent))
	}
	l.at("Asked for", when(e.get("authoredOn")))
	l.period(e, "Planned for", "occurrence")
	if kind := concept(e.get("category")); kind != l.Title {
		l.fact("Kind", kind)
	}
	l.fact("Details", concept(e.get("orderDetail")))
	l.fact("Reason", join(", ", concept(e.get("reasonCode")), e.names(e.get("reasonReference"))))
	l.fact("What the patient was told", e.get("patientInstruction").text())
	l.fact("Asked by", e.party(e.get("requester")))
	l.fact("Asked of", e.parties(e.get("performer")))
	l.notes(e)
	return l
}

func readFamily(e *entry) *Line {
	title := join(": ", upper(cmp.Or(relation(e.get("relationship")), "Relative")), conditionsOf(e))
	l := e.line("Family history", title)
	switch e.get("status").raw() {
	case "completed", "partial":
	default:
		l.lifeStatus(e.get("status"))
	}
	l.at("Recorded", when(e.get("date")))
	for _, c := range e.get("condition").list() {
		_, began := dateOf(c, "onset")
		l.fact("Condition", join(", ", concept(c.get("code")), began, concept(c.get("outcome"))))
	}
	if died, words := dateOf(e, "deceased"); died.Given() || words != "" && words != "No" {
		l.fact("Died", cmp.Or(words, died.String()))
	}
	l.notes(e)
	return l
}

func conditionsOf(e *entry) string {
	var all []string
	for _, c := range e.get("condition").list() {
		all = append(all, concept(c.get("code")))
	}
	return join(", ", all...)
}
