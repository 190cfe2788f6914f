package record

import (
	"cmp"
	"strings"

	"github.com/mycarerecord/mcr/fhirdate"
)

// dates are the elements that say when something was, in the order of what they
// are worth for an entry that no reader knows.
var dates = []string{"authoredOn", "authored", "date", "sent", "started", "created", "issued", "recordedDate", "received", "recorded"}

// apart are the elements of an entry that are said elsewhere, or to machines.
var apart = map[string]bool{
	"resourceType": true, "id": true, "meta": true, "text": true, "contained": true, "subject": true, "patient": true, "identifier": true,
	"status": true, "implicitRules": true, "language": true, "div": true, "system": true, "extension": true, "modifierExtension": true,
	"reference": true, "url": true, "linkId": true, "active": true, "beneficiary": true,
}

// remaining adds what a reader did not look at: an entry is shown whole.
func (l *Line) remaining(e *entry) {
	for _, name := range e.keys() {
		if !apart[name] && !e.read[name] && !strings.HasPrefix(name, "_") {
			l.elements(e, upper(spaced(name)), e.node.get(name), 0)
		}
	}
}

// most is how many elements of such an entry are listed.
const most = 40

// readPlain lists what an entry of any other kind says, element by element.
func readPlain(e *entry) *Line {
	kind := upper(spaced(e.typ))
	title := ""
	for _, name := range []string{"title", "description", "name", "code", "type", "category"} {
		if title = concept(e.node.get(name)); title != "" {
			break
		}
	}
	if words := humanName(e.whole("name")); words != "" {
		title = words
	}
	l := e.line(kind, cmp.Or(title, kind))
	if e.get("status").is() {
		l.lifeStatus(e.get("status"))
	}
	for _, name := range dates {
		if l.at("Dated", when(e.get(name))) {
			break
		}
	}
	for _, stem := range []string{"effective", "occurrence", "performed"} {
		w, _ := dateOf(e, stem)
		l.at("Dated", w)
	}
	l.at("Since", when(e.get("period", "start")))
	if e.get("text", "div").is() {
		l.fact("Summary by the source", "a formatted text, which this page cannot show")
	}
	return l
}

// elements adds one element in words, or what is below it.
func (l *Line) elements(e *entry, name string, n node, depth int) {
	if len(l.Facts) > most {
		return
	}
	if len(l.Facts) == most || depth > 6 {
		l.fact("More", "this entry says more than this page can show: ask the source")
		return
	}
	for _, one := range n.list() {
		refers := one.get("reference").raw() != "" || one.get("identifier").is() && one.get("type").raw() != ""
		if refers && e.named(one) == "" {
			continue // to something that has no name here
		}
		if words := cmp.Or(yesNo(one), one.text(), concept(one), quantity(one), span(one), spanText(one), e.named(one)); words != "" {
			if w := when(one); w.Precision > fhirdate.Year {
				words = w.String()
			}
			if words != l.Title {
				l.fact(name, words)
			}
			continue
		}
		for _, key := range one.keys() {
			if !apart[key] && !strings.HasPrefix(key, "_") {
				l.elements(e, name+": "+spaced(key), one.get(key), depth+1)
			}
		}
	}
}

func yesNo(n node) string {
	if b, ok := n.v.(bool); ok {
		return map[bool]string{true: "Yes", false: "No"}[b]
	}
	return ""
}
