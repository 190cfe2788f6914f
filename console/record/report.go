package record

import (
	"cmp"
	"strings"
)

func readReport(e *entry) *Line {
	title := concept(e.get("code"))
	if title == "" {
		title = cmp.Or(concept(e.get("category")), "Report that the source does not name")
	}
	l := e.line("Report", title)
	l.coded(e.get("code"))
	l.resultStatus(e.get("status"))
	w, words := dateOf(e, "effective")
	l.at("Taken", w)
	if strings.Contains(words, " to ") {
		l.fact("Taken", words)
	}
	if issued := when(e.get("issued")); !l.at("Issued", issued) && issued.Day() != l.When.Day() {
		l.fact("Issued", issued.Day())
	}
	conclusion := e.get("conclusion").prose()
	l.fact("Conclusion", conclusion)
	l.fact("Conclusion, coded", concept(e.get("conclusionCode")))
	missing := 0
	var results []string
	for _, ref := range e.get("result").list() {
		found, ok := e.find(ref)
		if !ok {
			if name := ref.get("display").text(); name != "" {
				results = append(results, name+" (did not come with this report)")
			} else {
				missing++
			}
			continue
		}
		if !strings.HasPrefix(ref.get("reference").raw(), "#") {
			results = append(results, concept(found.get("code"))) // it has a line of its own
			continue
		}
		line := readObservation(&entry{node: found, in: e.in, contained: e.contained})
		text := join(" ", line.Title, line.Value)
		for _, m := range line.Marks {
			text += " – " + strings.ToLower(m.Text)
		}
		if line.Range != "" {
			text += " (reference range " + line.Range + ")"
		}
		for _, c := range found.get("component").list() {
			text += "; " + join(" ", concept(c.get("code")), values(c, "value"))
		}
		results = append(results, text)
	}
	l.fact("Results", strings.Join(results, "\n"))
	if missing > 0 {
		l.fact("Results not shown", counting(missing, "result of this report did not come", "results of this report did not come"))
	}
	for _, form := range e.get("presentedForm").list() {
		l.attached(e, form)
	}
	l.fact("By", e.names(e.get("performer")))
	l.fact("Interpreted by", e.names(e.get("resultsInterpreter")))
	l.notes(e)
	return l
}

func readImaging(e *entry) *Line {
	l := e.line("Imaging study", cmp.Or(e.get("description").text(), concept(e.get("procedureCode")), "Imaging study"))
	l.coded(e.get("procedureCode"))
	l.resultStatus(e.get("status"))
	l.Marks = drop(l.Marks, "Available")
	l.at("Taken", when(e.get("started")))
	l.fact("Method", concept(e.get("modality")))
	for _, s := range e.get("series").list() {
		l.fact("Series", join(", ", concept(s.get("modality")), s.get("description").text(), concept(s.get("bodySite"))))
	}
	l.fact("Reason", concept(e.get("reasonCode")))
	l.fact("Images", "stay with the source")
	l.fact("Asked for by", e.named(e.get("referrer")))
	l.notes(e)
	return l
}

func readSpecimen(e *entry) *Line {
	l := e.line("Specimen", cmp.Or(concept(e.get("type")), "Specimen"))
	if s := e.get("status").raw(); s != "" && s != "available" {
		l.resultStatus(e.get("status"))
	}
	w, words := dateOf(e.get("collection"), "collected")
	l.at("Collected", w)
	l.at("Received", when(e.get("receivedTime")))
	if strings.Contains(words, " to ") {
		l.fact("Collected", words)
	}
	l.fact("Place in the body", concept(e.get("collection", "bodySite")))
	l.fact("Condition", concept(e.get("condition")))
	l.fact("Collected by", e.named(e.get("collection", "collector")))
	l.notes(e)
	return l
}

func drop(marks []Mark, text string) []Mark {
	kept := marks[:0:0]
	for _, m := range marks {
		if m.Text != text {
			kept = append(kept, m)
		}
	}
	return kept
}
