package record

import (
	"cmp"
	"strings"
)

// noneKnown are the SNOMED CT findings that say that somebody was asked and has
// no allergy of some sort. They are statements with a date, not the absence of one.
var noneKnown = map[string]bool{
	"716186003": true, "409137002": true, "428607008": true, "429625007": true, "428197003": true,
	"1003774007": true, "160244002": true, "1002287004": true,
}

// noneOf are those of them that speak of every allergy ("") or of a whole sort, by FHIR's
// categories of allergies; the others speak of one thing.
var noneOf = map[string]string{"716186003": "", "160244002": "", "409137002": "medication", "429625007": "food", "428607008": "environment"}

// aboutAllergy is what the summary wants to know of an allergy.
type aboutAllergy struct {
	none  bool
	sorts []string // FHIR's categories: "medication", "food", "environment", "biologic"
	risk  string   // FHIR's criticality: "high", "low"
	codes []string // of what it is, without their systems
}

func readAllergy(e *entry) *Line {
	code := e.get("code")
	title := concept(code)
	reactions := e.get("reaction").list()
	if title == "" {
		for _, r := range reactions {
			title = join(", ", title, concept(r.get("substance")))
		}
	}
	l := e.line("Allergy", cmp.Or(title, "Allergy to something that the source does not name"))
	if coded(e.get("type"), "intolerance") {
		l.Kind = "Intolerance"
	}
	l.coded(code)
	about := aboutAllergy{none: saysNone(code), risk: e.get("criticality").raw(), codes: bareCodes(code)}
	for _, c := range e.get("category").list() {
		about.sorts = append(about.sorts, codeOf(c))
	}
	l.about = about
	if about.none {
		l.Kind = "Statement"
	}
	l.same = identity(code, title)
	l.standing(e)
	l.sort = 1
	switch e.get("criticality").raw() {
	case "high":
		l.mark("High risk", Alarm)
		l.sort = 0
	case "low":
		l.mark("Low risk", Plain)
	case "unable-to-assess":
		l.mark("Risk not assessed", Heed)
	}
	for _, r := range reactions {
		text := cmp.Or(concept(r.get("manifestation")), r.text())
		text = join(", ", text, r.get("description").text())
		if severity := state(r.get("severity")); severity != "" {
			text = join(" – ", text, strings.ToLower(severity))
			if r.get("severity").raw() == "severe" && l.Standing == Current {
				l.sort = 0
			}
		}
		if substance := concept(r.get("substance")); substance != "" && substance != title {
			text = join(": ", substance, text)
		}
		text = join(", ", text, route(r.get("exposureRoute")), when(r.get("onset")).String())
		l.fact("Reaction", text)
	}
	var kinds []string
	for _, c := range e.get("category").list() {
		kinds = append(kinds, state(c))
	}
	l.fact("Sort", strings.Join(kinds, ", "))
	if onset, words := dateOf(e, "onset"); onset.Given() || words != "" {
		l.fact("Began", join("", words, map[bool]string{true: onset.String()}[words == ""]))
	}
	l.fact("Last reaction", when(e.get("lastOccurrence")).String())
	l.at("Recorded", when(e.get("recordedDate")))
	if onset, _ := dateOf(e, "onset"); onset.Given() {
		l.at("Began", onset)
	}
	l.fact("Recorded by", e.named(e.get("recorder")))
	l.fact("Said by", e.named(e.get("asserter")))
	l.notes(e)
	return l
}

func route(n node) string {
	if text := concept(n); text != "" {
		return "by " + lower(text)
	}
	return ""
}

func saysNone(code node) bool {
	for _, c := range code.get("coding").list() {
		if noneKnown[c.get("code").raw()] && strings.HasPrefix(c.get("system").raw(), "http://snomed.info/sct") {
			return true
		}
	}
	return false
}

// standing reads clinicalStatus and verificationStatus, which allergies and
// conditions share. What is not said to be over is shown as not over.
func (l *Line) standing(e *entry) {
	clinical, verified := e.get("clinicalStatus"), e.get("verificationStatus")
	switch {
	case coded(clinical, "inactive", "resolved", "remission"):
		l.Standing = Past
		l.mark(state(clinical), Plain)
	case coded(clinical, "recurrence", "relapse"):
		l.mark(state(clinical), Heed)
	case clinical.is() && !coded(clinical, "active"):
		l.mark(cmp.Or(state(clinical), "Status not understood"), Heed)
	}
	switch {
	case coded(verified, "entered-in-error"):
		l.Standing = Wrong
		l.Marks = []Mark{{"Entered in error", Alarm}}
	case coded(verified, "refuted"):
		l.Standing = Refuted
		l.mark("Ruled out", Plain)
	case coded(verified, "unconfirmed", "provisional", "differential"):
		l.mark(state(verified), Heed)
	case verified.is() && !coded(verified, "confirmed"):
		l.mark(cmp.Or(state(verified), "Status not understood"), Heed)
	}
}
