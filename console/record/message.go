package record

import (
	"cmp"
	"strings"
)

// asks are HL7's task codes in plain words: by themselves they say nothing of what
// is to be done.
var asks = map[string]string{
	"fulfill": "Carry out", "approve": "Approve", "abort": "Stop", "replace": "Replace", "change": "Change", "suspend": "Pause", "resume": "Resume",
}

// readTask says what is asked of whom.
func readTask(e *entry) *Line {
	focus := cmp.Or(e.named(e.get("focus")), e.kindOf(e.get("focus")))
	what := concept(e.get("code"))
	if ask, ok := asks[codeOf(e.get("code"))]; ok {
		what = ask + " " + cmp.Or(focus, "what was asked for")
		if focus == "" && e.get("description").is() {
			what = "" // which says it better
		}
	}
	e.look("for")
	reason := join(", ", concept(e.get("reasonCode")), e.named(e.get("reasonReference")))
	l := e.line("Task", cmp.Or(e.get("description").text(), what, reason, focus, "Task that the source does not name"))
	l.lifeStatus(e.get("status"))
	if p := e.get("priority").raw(); p != "" && p != "routine" {
		l.mark(state(e.get("priority")), Heed)
	}
	if intent := e.get("intent"); intent.raw() != "order" {
		l.fact("Intent", state(intent))
	}
	l.at("Asked for", when(e.get("authoredOn")))
	if what != l.Title {
		l.fact("To do", what)
	}
	if !strings.Contains(l.Title+what, focus) {
		l.fact("About", focus)
	}
	l.fact("Reason", reason)
	l.fact("Where it stands", concept(e.get("businessStatus")))
	l.fact("Reason for the status", concept(e.get("statusReason")))
	l.fact("Asked by", e.party(e.get("requester")))
	l.fact("Asked of", cmp.Or(e.party(e.get("owner")), concept(e.get("performerType"))))
	l.fact("Time", spanText(e.get("executionPeriod")))
	if changed := when(e.get("lastModified")); changed.Given() && changed.Day() != l.When.Day() {
		l.fact("Last changed", changed.String())
	}
	for _, side := range []string{"input", "output"} {
		for _, one := range e.get(side).list() {
			l.fact(cmp.Or(concept(one.get("type")), upper(side)), e.said(one, "value"))
		}
	}
	l.notes(e)
	return l
}

// readMessage reads what was written to somebody, or is to be.
func readMessage(e *entry) *Line {
	kind, from, to := "Message", e.parties(e.get("sender")), e.parties(e.get("recipient"))
	if e.typ == "CommunicationRequest" {
		kind = "Message to be sent"
	}
	var texts []string
	for _, p := range e.get("payload").list() {
		texts = append(texts, cmp.Or(p.get("contentString").prose(), e.said(p, "content")))
	}
	text := strings.Join(texts, "\n\n")
	title := cmp.Or(concept(e.get("topic")), concept(e.get("reasonCode")), shortened(text), concept(e.get("category")), kind)
	l := e.line(kind, title)
	switch {
	case e.get("status").raw() == "not-done":
		l.Standing = Undone
		l.mark("NOT sent", Alarm)
	case kind == "Message" && e.get("status").raw() == "completed":
	default:
		l.lifeStatus(e.get("status"))
	}
	if p := e.get("priority").raw(); p != "" && p != "routine" {
		l.mark(state(e.get("priority")), Heed)
	}
	if e.get("doNotPerform").yes() {
		l.mark("NOT to be sent", Alarm)
	}
	l.at("Sent", when(e.get("sent")))
	l.at("Asked for", when(e.get("authoredOn")))
	l.at("Received", when(e.get("received")))
	l.period(e, "Planned for", "occurrence")
	l.fact("From", from)
	l.fact("To", to)
	if text != title {
		l.Prose = text
	}
	if sort := concept(e.get("category")); sort != title {
		l.fact("Sort", sort)
	}
	l.fact("About", e.names(e.get("about")))
	l.fact("Asked by", e.party(e.get("requester")))
	l.fact("By", concept(e.get("medium")))
	l.fact("Reason for the status", concept(e.get("statusReason")))
	l.notes(e)
	return l
}

// shortened is a text's first words, for a title.
func shortened(text string) string {
	line, _, _ := strings.Cut(text, "\n")
	words := strings.Fields(line)
	for n := range words {
		if len(strings.Join(words[:n+1], " ")) > 90 {
			return strings.Join(words[:n], " ") + " …"
		}
	}
	return line
}
