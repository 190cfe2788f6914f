package record

import (
	"cmp"
	"encoding/base64"
	"mime"
	"strings"
	"unicode/utf8"
)

func readDocument(e *entry) *Line {
	title := cmp.Or(e.get("description").text(), concept(e.get("type")))
	if title == "" {
		title = cmp.Or(e.get("content", "attachment", "title").text(), concept(e.get("category")), "Document without a title")
	}
	l := e.line("Document", title)
	if kind := concept(e.get("type")); kind != "" && kind != title {
		l.Kind = kind
	}
	switch e.get("status").raw() {
	case "current", "":
	case "superseded":
		l.Standing = Past
		l.mark("Replaced by a later document", Heed)
	case "entered-in-error":
		l.Standing = Wrong
		l.mark("Entered in error", Alarm)
	default:
		l.mark(state(e.get("status")), Heed)
	}
	switch e.get("docStatus").raw() {
	case "final", "":
	case "entered-in-error":
		l.Standing = Wrong
		l.mark("Entered in error", Alarm)
	default:
		l.mark(state(e.get("docStatus")), Heed)
	}
	l.at("Written", when(e.get("date")))
	for _, content := range e.get("content").list() {
		l.attached(e, content.get("attachment"))
	}
	if !e.get("content").is() {
		l.fact("Document", "the text is not shown here: ask the source")
	}
	l.fact("About the time", spanText(e.get("context", "period")))
	l.fact("Written by", e.names(e.get("author")))
	l.fact("Kept by", e.named(e.get("custodian")))
	l.notes(e)
	return l
}

// attached shows a text that came with an entry, or says that it is one that a
// page cannot show. Nothing of it is offered as a file: what is one has a link, and is
// asked for when somebody wants it (see linked).
func (l *Line) attached(e *entry, a node) {
	title := a.get("title").text()
	kind, with, err := mime.ParseMediaType(a.get("contentType").raw())
	data := a.get("data").raw()
	if _, ok := e.in.link(a.get("url")); ok && data == "" {
		return
	}
	if data == "" {
		l.fact("Document", join(", ", title, "stays with the source: ask there"))
		return
	}
	if err != nil || kind != "text/plain" {
		l.fact("Document", join(", ", title, named(mediaNames, kind)+": this page cannot show it, ask the source"))
		return
	}
	raw, err := base64.StdEncoding.DecodeString(strings.Join(strings.Fields(data), ""))
	text, ok := decoded(raw, strings.ToLower(with["charset"]))
	if err != nil || !ok {
		l.fact("Document", join(", ", title, "its text is damaged: ask the source"))
		return
	}
	if l.Prose != "" {
		l.Prose += "\n\n"
	}
	l.Prose += cleanProse(text)
}

var mediaNames = map[string]string{
	"application/pdf": "a PDF", "text/html": "a formatted text", "text/rtf": "a formatted text", "application/rtf": "a formatted text",
	"image/jpeg": "a picture", "image/png": "a picture", "image/tiff": "a picture", "application/dicom": "an image",
	"application/xml": "a structured document", "text/xml": "a structured document", "": "a file of an unnamed kind",
}

// decoded reads text of the character sets that NHS systems write.
func decoded(raw []byte, charset string) (string, bool) {
	switch charset {
	case "", "utf-8", "utf8", "us-ascii":
		return string(raw), utf8.Valid(raw)
	case "iso-8859-1", "latin1":
		runes := make([]rune, len(raw))
		for i, c := range raw {
			runes[i] = rune(c)
		}
		return string(runes), true
	}
	return "", false
}

func readQuestions(e *entry) *Line {
	l := e.line("Questions and answers", cmp.Or(e.get("_questionnaire", "extension", "valueString").text(), reasonOf(e), questionnaireName(e.get("questionnaire").raw())))
	switch e.get("status").raw() {
	case "completed":
	case "entered-in-error":
		l.Standing = Wrong
		l.mark("Entered in error", Alarm)
	default:
		l.mark(state(e.get("status")), Heed)
	}
	l.at("Answered", when(e.get("authored")))
	l.answers(e, e.get("item"), 0)
	if !e.get("item").is() {
		l.fact("Answers", "not shown here: ask the source")
	}
	l.fact("Asked by", e.named(e.get("author")))
	l.fact("Answered by", e.named(e.get("source")))
	return l
}

// answers adds questions with their answers, those below them too.
func (l *Line) answers(e *entry, items node, depth int) {
	for _, item := range items.list() {
		question := cmp.Or(item.get("text").text(), "Question "+item.get("linkId").text())
		below := item.get("item").list()
		var all []string
		for _, a := range item.get("answer").list() {
			text := e.said(a, "value")
			if text == "" && len(a.choice("value")) > 0 {
				text = "given in a form that this page cannot show"
			}
			all = append(all, text)
			below = append(below, a.get("item").list()...)
		}
		switch text := strings.Join(all, ", "); {
		case text != "":
			l.fact(question, text)
		case len(below) > 0:
			l.Facts = append(l.Facts, Fact{Name: question})
		default:
			l.fact(question, "no answer")
		}
		if depth == deepest && len(below) > 0 {
			l.fact(question, "more lies below than this page can show: ask the source")
			continue
		}
		for _, one := range below {
			l.answers(e, one, depth+1)
		}
	}
}

// reasonOf is what a source says that the questions were for, which names them
// better than their address (HL7's extension).
func reasonOf(e *entry) string {
	for _, x := range e.get("extension").list() {
		if x.get("url").raw() == "http://hl7.org/fhir/StructureDefinition/questionnaireresponse-reason" {
			return values(x, "value")
		}
	}
	return ""
}

// deepest is how far questions may lie below questions.
const deepest = 12

// questionnaireName makes a title of an address: ".../Questionnaire/triage|4.2" → "Triage".
func questionnaireName(address string) string {
	address, _, _ = strings.Cut(address, "|")
	name := address[strings.LastIndexByte(address, '/')+1:]
	if name == "" {
		return "Questionnaire"
	}
	return upper(spaced(name))
}
