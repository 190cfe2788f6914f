package record

import "cmp"

// readList reads a list that somebody keeps: of medicines, of problems. Its entries
// have lines of their own; the list says what its keeper has put on it, and where
// it is empty, why.
func readList(e *entry) *Line {
	l := e.line("List", cmp.Or(e.get("title").text(), concept(e.get("code")), "List without a title"))
	switch e.get("status").raw() {
	case "current":
	case "retired":
		l.Standing = Past
		l.mark("No longer kept", Plain)
	default:
		l.lifeStatus(e.get("status"))
	}
	l.at("Dated", when(e.get("date")))
	if words := concept(e.get("code")); words != l.Title {
		l.fact("List of", words)
	}
	unnamed := 0
	for _, one := range e.get("entry").list() {
		name := e.named(one.get("item"))
		if name == "" {
			unnamed++
			continue
		}
		if one.get("deleted").yes() {
			name = "Taken off the list: " + name
		}
		l.fact("On the list", join(", ", name, concept(one.get("flag")), when(one.get("date")).String()))
	}
	if unnamed > 0 {
		l.fact("On the list", counting(unnamed, "entry that is not named here", "entries that are not named here"))
	}
	if !e.get("entry").is() {
		l.fact("On the list", "nothing")
	}
	l.fact("Why it is empty", concept(e.get("emptyReason")))
	l.fact("Kept by", e.party(e.get("source")))
	e.look("mode")
	e.look("orderedBy")
	l.notes(e)
	return l
}

// readComposition reads a document that is written in sections.
func readComposition(e *entry) *Line {
	l := e.line("Document", cmp.Or(e.get("title").text(), concept(e.get("type")), "Document without a title"))
	if kind := concept(e.get("type")); kind != "" && kind != l.Title {
		l.Kind = kind
	}
	if s := e.get("status").raw(); s != "final" {
		l.resultStatus(e.get("status"))
	}
	l.at("Written", when(e.get("date")))
	l.sections(e, e.get("section"), 0)
	for _, a := range e.get("attester").list() {
		l.fact("Signed by", join(", ", e.party(a.get("party")), when(a.get("time")).String()))
	}
	l.fact("Written by", e.parties(e.get("author")))
	l.fact("Kept by", e.party(e.get("custodian")))
	e.look("confidentiality")
	return l
}

func (l *Line) sections(e *entry, sections node, depth int) {
	for _, s := range sections.list() {
		title := cmp.Or(s.get("title").text(), concept(s.get("code")), "Section")
		switch text := join("\n", narrative(s.get("text", "div").raw()), e.names(s.get("entry"))); {
		case text != "":
			l.fact(title, text)
		case s.get("emptyReason").is():
			l.fact(title, "nothing: "+lower(concept(s.get("emptyReason"))))
		case s.get("section").is():
			l.Facts = append(l.Facts, Fact{Name: title})
		case s.get("entry").is():
			l.fact(title, counting(len(s.get("entry").list()), "entry that is not named here", "entries that are not named here"))
		default:
			l.fact(title, "nothing")
		}
		if depth < deepest {
			l.sections(e, s.get("section"), depth+1)
		} else if s.get("section").is() {
			l.fact(title, "more lies below than this page can show: ask the source")
		}
	}
}

func readMedia(e *entry) *Line {
	l := e.line("Picture or recording", cmp.Or(e.get("content", "title").text(), concept(e.get("reasonCode")), concept(e.get("type")), "Picture or recording"))
	if kind := concept(e.get("type")); kind != "" && kind != l.Title {
		l.Kind = kind
	}
	if e.get("status").raw() != "completed" {
		l.lifeStatus(e.get("status"))
	}
	l.period(e, "Made", "created")
	l.at("Issued", when(e.get("issued")))
	l.fact("Shows", concept(e.get("view")))
	l.fact("Place in the body", concept(e.get("bodySite")))
	l.fact("Method", concept(e.get("modality")))
	l.fact("Reason", concept(e.get("reasonCode")))
	l.fact("Made by", e.party(e.get("operator")))
	l.fact("Made with", cmp.Or(e.get("deviceName").text(), e.named(e.get("device"))))
	l.attached(e, e.get("content"))
	l.notes(e)
	return l
}

// readProvenance says who made what. Its signature is for machines.
func readProvenance(e *entry) *Line {
	l := e.line("Where an entry comes from", cmp.Or(e.names(e.get("target")), e.kindOf(e.get("target")), "Where an entry comes from"))
	l.at("Recorded", when(e.get("recorded")))
	l.period(e, "Done", "occurred")
	l.fact("What was done", concept(e.get("activity")))
	l.fact("Reason", concept(e.get("reason")))
	for _, a := range e.get("agent").list() {
		l.fact("By", join(", ", e.party(a.get("who")), concept(a.get("type")), concept(a.get("role"))))
		l.fact("On behalf of", e.party(a.get("onBehalfOf")))
	}
	for _, source := range e.get("entity").list() {
		l.fact("Made from", e.party(source.get("what")))
	}
	if e.get("signature").is() {
		l.fact("Signed", when(e.get("signature", "when")).String())
	}
	e.look("policy")
	return l
}
