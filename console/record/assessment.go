package record

import "cmp"

func readImpression(e *entry) *Line {
	l := e.line("Clinical impression", cmp.Or(e.get("description").text(), concept(e.get("code")), "Clinical impression"))
	if e.get("status").raw() != "completed" {
		l.lifeStatus(e.get("status"))
	}
	l.at("Assessed", when(e.get("date")))
	l.period(e, "Assessed", "effective")
	l.fact("Summary", e.get("summary").prose())
	l.fact("Problem", e.names(e.get("problem")))
	for _, f := range e.get("finding").list() {
		l.fact("Finding", join(", ", concept(f.get("itemCodeableConcept")), e.party(f.get("itemReference")), f.get("basis").text()))
	}
	l.fact("Outlook", join(", ", concept(e.get("prognosisCodeableConcept")), e.names(e.get("prognosisReference"))))
	for _, i := range e.get("investigation").list() {
		l.fact("Looked into", join(": ", concept(i.get("code")), e.names(i.get("item"))))
	}
	l.fact("Reason for the status", concept(e.get("statusReason")))
	l.fact("By", e.party(e.get("assessor")))
	e.look("protocol")
	l.notes(e)
	return l
}

// readRisk reads a RiskAssessment: of what, how likely, by what method.
func readRisk(e *entry) *Line {
	l := e.line("Risk assessment", cmp.Or(concept(e.get("code")), concept(e.get("method")), e.named(e.get("condition")), "Risk assessment"))
	l.coded(e.get("code"))
	if s := e.get("status").raw(); s != "final" {
		l.resultStatus(e.get("status"))
	}
	l.period(e, "Assessed", "occurrence")
	for _, p := range e.get("prediction").list() {
		likely := values(p, "probability")
		if p.get("probabilityDecimal").is() {
			likely = "probability " + likely
		}
		text := join(", ", concept(p.get("qualitativeRisk")), likely, values(p, "when"), p.get("rationale").text())
		if r := p.get("relativeRisk").text(); r != "" {
			text = join(", ", text, r+" times the usual risk")
		}
		l.fact("Risk", join(": ", concept(p.get("outcome")), text))
	}
	if method := concept(e.get("method")); method != l.Title {
		l.fact("Method", method)
	}
	l.fact("Condition", e.named(e.get("condition")))
	l.fact("Reason", join(", ", concept(e.get("reasonCode")), e.names(e.get("reasonReference"))))
	l.fact("Rests on", e.names(e.get("basis")))
	l.fact("What lessens it", e.get("mitigation").prose())
	l.fact("By", e.party(e.get("performer")))
	l.notes(e)
	return l
}
