package record

import (
	"cmp"
	"strings"
)

// interpretations are HL7 v3 ObservationInterpretation: the source's own verdict.
// Words are given only for a code that came without them.
var interpretations = map[string]Mark{
	"N": {"Normal", Plain}, "A": {"Abnormal", Heed}, "AA": {"Critically abnormal", Alarm},
	"H": {"High", Heed}, "HH": {"Critically high", Alarm}, "HU": {"Significantly high", Alarm}, "HX": {"Above the range", Alarm},
	"L": {"Low", Heed}, "LL": {"Critically low", Alarm}, "LU": {"Significantly low", Alarm}, "LX": {"Below the range", Alarm},
	">": {"Off the scale: high", Alarm}, "<": {"Off the scale: low", Alarm},
	"POS": {"Positive", Heed}, "NEG": {"Negative", Plain}, "DET": {"Detected", Heed}, "ND": {"Not detected", Plain}, "IND": {"Indeterminate", Heed},
	"S": {"Susceptible", Plain}, "R": {"Resistant", Heed}, "I": {"Intermediate", Plain}, "NR": {"Non-reactive", Plain}, "RR": {"Reactive", Heed},
	"U": {"Significant change up", Heed}, "D": {"Significant change down", Heed}, "B": {"Better", Plain}, "W": {"Worse", Heed},
	"E": {"Equivocal", Heed}, "H>": {"Significantly high", Alarm}, "L<": {"Significantly low", Alarm},
}

// aboutResult is what series and the summary want to know of a result.
type aboutResult struct {
	plain    []reading // one for a single value; one for each component
	abnormal bool      // the source marked it so
	measured bool      // a vital sign or the like, not a laboratory result
}

// reading is a value that can stand in a series.
type reading struct {
	name   string
	codes  []string
	figure string // as written, with its comparator
	number string // the bare figure, when it can be plotted
	unit   string
	rang   string
	low    string // of the one plain range, for the plot
	high   string
	marks  []Mark
}

func readObservation(e *entry) *Line {
	title := concept(e.get("code"))
	if title == "" {
		title = "Result that the source does not name"
	}
	l := e.line("Result", title)
	l.coded(e.get("code"))
	about := aboutResult{measured: category(e) == "observations"}
	if about.measured {
		l.Kind = "Measurement"
	}
	l.resultStatus(e.get("status"))
	l.Value = values(e, "value")
	l.Range = ranges(e.get("referenceRange"))
	marks := verdicts(e.get("interpretation"))
	l.Marks = append(marks, l.Marks...)
	if q := e.get("valueQuantity"); q.is() {
		about.plain = append(about.plain, readingOf(title, e.get("code"), e.node, marks))
	}
	for _, c := range e.get("component").list() {
		name := concept(c.get("code"))
		text := values(c, "value")
		if text == "" {
			text = absent(c)
		}
		own := verdicts(c.get("interpretation"))
		for _, m := range own {
			text += " – " + strings.ToLower(m.Text)
			about.abnormal = about.abnormal || m.Tone != Plain
		}
		if r := ranges(c.get("referenceRange")); r != "" {
			text += " (reference range " + r + ")"
		}
		l.fact(cmp.Or(name, "Part"), text)
		if c.get("valueQuantity").is() {
			about.plain = append(about.plain, readingOf(name, c.get("code"), c, own))
		}
	}
	if l.Value == "" && len(e.get("component").list()) == 0 && len(e.get("hasMember").list()) == 0 {
		l.Value = absent(e.whole("dataAbsentReason"))
	}
	if l.Value == "" {
		l.Value = pressure(e)
	}
	for _, m := range marks {
		about.abnormal = about.abnormal || m.Tone != Plain
	}
	w, words := dateOf(e, "effective")
	l.at("Taken", w)
	if issued := when(e.get("issued")); !l.at("Issued", issued) && issued.Day() != l.When.Day() {
		l.fact("Issued", issued.Day())
	}
	if strings.Contains(words, " to ") {
		l.fact("Taken", words)
	}
	if report := e.in.results[e]; report != nil {
		l.fact("Part of", concept(report.get("code")))
	}
	l.fact("Place in the body", concept(e.get("bodySite")))
	l.fact("Method", concept(e.get("method")))
	l.fact("By", e.names(e.get("performer")))
	l.notes(e)
	l.about = about
	return l
}

// absent says why there is no value, as the source does.
func absent(n node) string {
	if why := concept(n.get("dataAbsentReason")); why != "" {
		if state(n.get("dataAbsentReason")) != "" && strings.HasPrefix(why, "code ") {
			why = state(n.get("dataAbsentReason"))
		}
		return "No value (" + lower(why) + ")"
	}
	return "No value given"
}

// verdicts reads Observation.interpretation.
func verdicts(n node) []Mark {
	var all []Mark
	for _, one := range n.list() {
		mark, known := interpretations[codeOf(one)]
		if !known {
			mark.Tone = Heed
		}
		if text := concept(one); text != "" && !strings.HasPrefix(text, "code ") && text != codeOf(one) {
			mark.Text = text
		} else if !known {
			mark.Text = text
		}
		if mark.Text != "" {
			all = append(all, mark)
		}
	}
	return all
}

// resultStatus marks what is not simply final (FHIR R4 ObservationStatus,
// DiagnosticReportStatus).
func (l *Line) resultStatus(status node) {
	switch status.raw() {
	case "final":
	case "entered-in-error":
		l.Standing = Wrong
		l.mark("Entered in error", Alarm)
	case "cancelled":
		l.Standing = Undone
		l.mark("Cancelled", Heed)
	case "registered", "preliminary", "partial":
		l.mark(state(status)+": not final", Heed)
	case "":
		l.mark("Status not given", Heed)
	default:
		l.mark(state(status), Heed)
	}
}

// readingOf takes what a series needs of a value.
func readingOf(name string, code, of node, marks []Mark) reading {
	q := of.get("valueQuantity")
	r := reading{name: name, codes: telling(code), figure: number(q), unit: unit(q), rang: ranges(of.get("referenceRange")), marks: marks}
	if q.get("comparator").raw() == "" {
		r.number = q.get("value").raw()
	}
	if all := of.get("referenceRange").list(); len(all) == 1 && !all[0].get("appliesTo").is() && !all[0].get("age").is() {
		r.low, r.high = all[0].get("low", "value").raw(), all[0].get("high", "value").raw()
	}
	return r
}

// pressure writes a blood pressure as everybody does: 128/76 mmHg.
func pressure(e *entry) string {
	var high, low node
	for _, c := range e.get("component").list() {
		for _, code := range codes(c.get("code")) {
			switch code {
			case "http://loinc.org|8480-6", "http://snomed.info/sct|271649006":
				high = c.get("valueQuantity")
			case "http://loinc.org|8462-4", "http://snomed.info/sct|271650006":
				low = c.get("valueQuantity")
			}
		}
	}
	if number(high) == "" || number(low) == "" || unit(high) != unit(low) {
		return ""
	}
	return number(high) + "/" + quantity(low)
}
