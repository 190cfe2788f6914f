package record

import "cmp"

// readDue reads an ImmunizationRecommendation: which vaccinations are due, and when.
func readDue(e *entry) *Line {
	var due []string
	for _, r := range e.get("recommendation").list() {
		due = append(due, cmp.Or(concept(r.get("vaccineCode")), concept(r.get("targetDisease"))))
	}
	l := e.line("Vaccinations due", cmp.Or(join(", ", due...), "Vaccinations due"))
	l.at("Dated", when(e.get("date")))
	for _, r := range e.get("recommendation").list() {
		what := cmp.Or(concept(r.get("vaccineCode")), concept(r.get("targetDisease")), "Vaccination")
		l.fact(what, join(", ", concept(r.get("forecastStatus")), join(" of ", join("", prefixed("dose ", values(r, "doseNumber"))), values(r, "seriesDoses")),
			prefixed("against ", concept(r.get("targetDisease"))), concept(r.get("forecastReason")), r.get("description").text()))
		for _, d := range r.get("dateCriterion").list() {
			l.fact(join(", ", what, lower(concept(d.get("code")))), when(d.get("value")).String())
		}
		l.fact(what+", not to be given", concept(r.get("contraindicatedVaccineCode")))
	}
	l.fact("By", e.party(e.get("authority")))
	return l
}

// prefixed puts words before a text, where there is one.
func prefixed(words, text string) string {
	if text == "" {
		return ""
	}
	return words + text
}

// readDiet reads a NutritionOrder.
func readDiet(e *entry) *Line {
	oral, tube := e.get("oralDiet"), e.get("enteralFormula")
	var extra []string
	for _, s := range e.get("supplement").list() {
		extra = append(extra, cmp.Or(s.get("productName").text(), concept(s.get("type"))))
	}
	title := join(", ", concept(oral.get("type")), cmp.Or(tube.get("baseFormulaProductName").text(), concept(tube.get("baseFormulaType"))), join(", ", extra...))
	l := e.line("Diet", cmp.Or(title, "Diet that the source does not name"))
	l.lifeStatus(e.get("status"))
	l.at("Ordered", when(e.get("dateTime")))
	for _, t := range oral.get("texture").list() {
		l.fact("Texture", join(", ", concept(t.get("modifier")), concept(t.get("foodType"))))
	}
	l.fact("Fluids", concept(oral.get("fluidConsistencyType")))
	for _, n := range oral.get("nutrient").list() {
		l.fact("Nutrient", join(" ", concept(n.get("modifier")), quantity(n.get("amount"))))
	}
	l.fact("Instruction", oral.get("instruction").prose())
	for _, s := range e.get("supplement").list() {
		l.fact("Supplement", join(", ", cmp.Or(s.get("productName").text(), concept(s.get("type"))), quantity(s.get("quantity")), s.get("instruction").text()))
	}
	l.fact("By tube", join(", ", concept(tube.get("routeofAdministration")), prefixed("at most ", quantity(tube.get("maxVolumeToDeliver"))), tube.get("administrationInstruction").text()))
	for _, a := range tube.get("administration").list() {
		l.fact("By tube", join(", ", quantity(a.get("quantity")), values(a, "rate"), timing(a.get("schedule"))))
	}
	l.fact("Give", concept(e.get("foodPreferenceModifier")))
	l.fact("Do NOT give", concept(e.get("excludeFoodModifier")))
	l.fact("Allergies", e.names(e.get("allergyIntolerance")))
	l.fact("Ordered by", e.party(e.get("orderer")))
	l.notes(e)
	return l
}

func readBody(e *entry) *Line {
	l := e.line("Part of the body", cmp.Or(join(": ", concept(e.get("location")), concept(e.get("morphology"))), e.get("description").text(), "Part of the body"))
	if e.get("active").raw() == "false" {
		l.Standing = Past
		l.mark("No longer", Plain)
	}
	l.fact("More exactly", concept(e.get("locationQualifier")))
	if words := e.get("description").text(); words != l.Title {
		l.fact("Description", words)
	}
	if e.get("image").is() {
		l.fact("Picture", "stays with the source: ask there")
	}
	return l
}

// readSequence says what was sequenced and what differs. The letters themselves
// mean nothing on a page.
func readSequence(e *entry) *Line {
	l := e.line("Genetic sequence", join(", ", "Genetic sequence", upper(e.get("type").text()), concept(e.get("referenceSeq", "chromosome"))))
	l.fact("Compared with", concept(e.get("referenceSeq", "referenceSeqId")))
	for _, v := range e.get("variant").list() {
		l.fact("Differs", join(" ", prefixed("at ", v.get("start").text()), prefixed("from ", v.get("referenceAllele").text()), prefixed("to ", v.get("observedAllele").text())))
	}
	if e.get("observedSeq").is() {
		l.fact("Sequence", "stays with the source: ask there")
	}
	l.fact("Specimen", e.named(e.get("specimen")))
	l.fact("Made with", e.named(e.get("device")))
	l.fact("By", e.party(e.get("performer")))
	for _, name := range []string{"coordinateSystem", "repository", "pointer", "quality", "readCoverage", "structureVariant"} {
		e.look(name)
	}
	if e.get("quality").is() || e.get("structureVariant").is() {
		l.fact("More", "this entry says more than this page can show: ask the source")
	}
	return l
}
