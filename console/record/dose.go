package record

import (
	"slices"
	"strings"
)

// What of a Dosage and of its timing this page can put in words. Anything beside
// these is said to be missing: half a dose instruction is a wrong one.
var (
	doseParts = []string{"id", "sequence", "text", "additionalInstruction", "patientInstruction", "timing", "asNeededBoolean",
		"asNeededCodeableConcept", "site", "route", "method", "doseAndRate", "maxDosePerPeriod", "maxDosePerAdministration",
		"maxDosePerLifetime", "dose", "rateQuantity", "rateRatio"}
	repeatParts = []string{"id", "frequency", "frequencyMax", "period", "periodMax", "periodUnit", "dayOfWeek", "timeOfDay", "when",
		"boundsPeriod", "boundsDuration", "boundsRange", "count", "countMax", "duration", "durationMax", "durationUnit", "offset"}
)

const moreDose = "more is said of this dose than this page can show: check with the source"

// dose writes a Dosage: the source's own words first, then the parts that say more.
func dose(d node) string {
	if text := d.text(); text != "" {
		return text
	}
	figures := doseFigures(d)
	text := d.get("text").text()
	if text == "" {
		text, figures = figures, ""
	}
	if strings.Contains(strings.ToLower(text), strings.ToLower(figures)) {
		figures = ""
	}
	out := join(" – ", text, figures, concept(d.get("additionalInstruction")), d.get("patientInstruction").text())
	if !known(d, doseParts) || !known(d.get("timing", "repeat"), repeatParts) {
		out = join(" – ", out, moreDose)
	}
	if out == "" {
		return noDose
	}
	return out
}

func known(n node, names []string) bool {
	for _, key := range n.keys() {
		if !slices.Contains(names, key) && !strings.HasPrefix(key, "_") {
			return false
		}
	}
	return true
}

// doseFigures writes what a Dosage says in numbers and codes.
func doseFigures(d node) string {
	var amounts []string
	for _, one := range d.get("doseAndRate").list() {
		amounts = append(amounts, amount(one))
	}
	if len(amounts) == 0 {
		amounts = []string{amount(d)}
	}
	text := join(", ", join(" or ", amounts...), lower(concept(d.get("method"))), lower(concept(d.get("route"))),
		lower(concept(d.get("site"))), timing(d.get("timing")), asNeeded(d))
	text = join(", ", text, limit("at most ", ratio(d.get("maxDosePerPeriod"))), limit("at most ", quantity(d.get("maxDosePerAdministration")), " at once"),
		limit("at most ", quantity(d.get("maxDosePerLifetime")), " in a lifetime"))
	return text
}

func limit(before, figure string, after ...string) string {
	if figure == "" {
		return ""
	}
	return before + figure + strings.Join(after, "")
}

// amount writes a dose and its rate.
func amount(n node) string {
	of := join("", quantity(n.get("doseQuantity")), span(n.get("doseRange")), quantity(n.get("dose")))
	rate := join("", quantity(n.get("rateQuantity")), span(n.get("rateRange")), ratio(n.get("rateRatio")))
	if rate != "" {
		rate = "at " + rate
	}
	return join(" ", of, rate)
}

func asNeeded(d node) string {
	if words := concept(d.get("asNeededCodeableConcept")); words != "" {
		return "when needed for " + lower(words)
	}
	if d.get("asNeededBoolean").yes() {
		return "when needed"
	}
	return ""
}

// lower begins with a small letter, unless the word is an abbreviation.
func lower(s string) string {
	if len(s) > 1 && s[0] >= 'A' && s[0] <= 'Z' && s[1] >= 'a' && s[1] <= 'z' {
		return strings.ToLower(s[:1]) + s[1:]
	}
	return s
}
