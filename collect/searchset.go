package collect

import (
	"net/url"
	"slices"
	"strings"

	"github.com/mycarerecord/mcr/fhir"
	"github.com/mycarerecord/mcr/nhs"
	"github.com/mycarerecord/mcr/strictjson"
)

const reasonSystem = fhir.ReasonSystem

// searchset reads one page of a broker's answer and adds it. It reports false for
// what no broker writes.
func (v *visit) searchset(a *answer, body []byte) bool {
	if strictjson.Check(body, strictjson.Answers) != nil {
		return false
	}
	bundle := pick(body, "resourceType", "type", "entry", "link")
	resourceType := text(bundle[0])
	kind := text(bundle[1])
	if resourceType != "Bundle" || kind != "searchset" {
		return false
	}
	page := page{answer: a}
	if bundle[2] != nil {
		entries, ok := elements(bundle[2])
		if !ok {
			return false
		}
		a.entries = slices.Grow(a.entries, len(entries))
		a.whose = slices.Grow(a.whose, len(entries))
		for _, entry := range entries {
			if !v.entry(&page, entry) {
				return false
			}
		}
		if page.other && !page.told {
			return false // somebody else's Patient
		}
	}
	if bundle[3] != nil && !v.nextPage(a, bundle[3]) {
		return false
	}
	a.mayBe = a.mayBe || page.pageMayBe && a.next == "" // else the last page says what holds of all
	return true
}

// page is one page of an answer, as it is read.
type page struct {
	*answer
	other     bool // a Patient stands under another NHS number than was asked for
	pageMayBe bool // something may be withheld: said by a narrow search, and by a page that others follow
	told      bool // and the broker says that it is the same person's
}

// entry judges one entry.
func (v *visit) entry(a *page, entry []byte) bool {
	parts := pick(entry, "resource", "search", "fullUrl")
	resource := pick(parts[0], "resourceType", "id", "identifier", "subject", "patient", "for")
	mode := text(field(parts[1], "mode"))
	var e Entry
	e.Type = text(resource[0])
	if mode == "outcome" {
		return e.Type == "OperationOutcome" && a.note(parts[0])
	}
	e.ID = text(resource[1])
	e.FullURL = text(parts[2])
	e.Resource, e.Included = parts[0], mode == "include"
	switch {
	case !isTypeName(e.Type) || !isID(e.ID), mode != "match" && mode != "include",
		!e.Included && e.Type != a.typ, e.Included && len(a.include) == 0,
		e.FullURL != v.source.base()+"/"+e.Type+"/"+e.ID: // it names another place
		return false
	}
	// Parts of the address, which is held anyway.
	e.ID = e.FullURL[len(e.FullURL)-len(e.ID):]
	e.Type = e.FullURL[len(e.FullURL)-len(e.ID)-1-len(e.Type):][:len(e.Type)]
	whose := ""
	switch {
	case e.Type == "Patient":
		asked, another := v.numbersIn(resource[2])
		if !asked && !another {
			return false
		}
		whose, a.other = e.ID, a.other || !asked
	default: // what comes along may be somebody's too: a result that its report names
		whose = patientIn(resource[3:])
	}
	a.entries, a.whose = append(a.entries, e), append(a.whose, whose)
	return true
}

// numbersIn says whether a Patient's identifiers have the number that was asked
// for, and whether they have another NHS number.
func (v *visit) numbersIn(identifiers []byte) (asked, another bool) {
	all, _ := elements(identifiers)
	for _, one := range all {
		identifier := pick(one, "system", "value")
		system := text(identifier[0])
		value := text(identifier[1])
		if number, err := nhs.ParseNumber(value); system == nhs.NumberSystem && err == nil {
			asked, another = asked || number == v.question.Patient, another || number != v.question.Patient
		}
	}
	return asked, another
}

// patientIn gives the source's own id of the patient that the first of some
// elements refers to, "" where none does.
func patientIn(elements [][]byte) string {
	for _, element := range elements {
		reference := text(field(element, "reference"))
		if at := strings.LastIndex(reference, "/"); at >= 0 && strings.HasSuffix("/"+reference[:at], "/Patient") {
			return reference[at+1:]
		}
	}
	return ""
}

// note reads what the broker says of what is not shown, and of how the source
// knows the patient. What it says in words that are not known here is taken for
// something withheld.
func (a *page) note(outcome []byte) bool {
	reason, ok := readReason(outcome)
	if !ok {
		return false
	}
	switch reason.Code {
	case string(fhir.KnownByAnotherNumber):
		a.told = true
		a.notes = append(a.notes, reason)
	case string(fhir.AnotherRecord): // which is not shown
		a.withheld = true
		a.notes = append(a.notes, reason)
	case string(fhir.SomePagesMissing): // of which nobody knows what they hold
		a.cut = true
		a.notes = append(a.notes, reason)
	case string(NotUnderstood):
		a.unclear = true
	case string(InPart):
		a.partial = true
	case string(MayBeWithheld):
		a.pageMayBe = true
	default:
		a.withheld = true
	}
	return true
}

// nextPage takes the link to the page that follows. One that leads out of the
// broker's base, or to another type, is no broker's.
func (v *visit) nextPage(a *answer, links []byte) bool {
	all, ok := elements(links)
	if !ok {
		return false
	}
	for _, one := range all {
		link := pick(one, "relation", "url")
		if relation := text(link[0]); relation != "next" {
			continue
		}
		address := text(link[1])
		query, ok := strings.CutPrefix(address, v.source.base()+"/"+a.typ+"?")
		if !ok || a.next != "" {
			return false
		}
		values, err := url.ParseQuery(query)
		if err != nil || len(values) != 1 || len(values["_page"]) != 1 || !isPage(values.Get("_page")) {
			return false
		}
		a.next = v.source.Broker + "/" + a.typ + "?" + values.Encode()
	}
	return true
}

// isPage says that a text could be a page token: base64url.
func isPage(s string) bool {
	for i := range len(s) {
		if !isAlphanumeric(s[i]) && s[i] != '-' && s[i] != '_' {
			return false
		}
	}
	return s != "" && len(s) <= 8<<10
}

// isID says that a text is a FHIR id (R4 §2.24.0.1).
func isID(s string) bool {
	for i := range len(s) {
		if !isAlphanumeric(s[i]) && s[i] != '-' && s[i] != '.' {
			return false
		}
	}
	return s != "" && len(s) <= 64
}

func isTypeName(s string) bool {
	for i := range len(s) {
		if (s[i] < 'a' || s[i] > 'z') && (s[i] < 'A' || s[i] > 'Z') {
			return false
		}
	}
	return s != "" && len(s) <= 64
}

func isAlphanumeric(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z'
}
