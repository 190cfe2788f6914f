package check

import (
	"strings"
	"unicode"

	"github.com/mycarerecord/mcr/legible"
	"github.com/mycarerecord/mcr/nhs"
)

// plain makes what a source wrote fit to be shown: without NHS numbers, and with
// whatever could steer a terminal or turn a line around written as an escape
// (attack 163).
func plain(text string) string {
	return legible.Line(nhs.WithoutNumbers(text))
}

const snomed = "http://snomed.info/sct|"

// inWords stands in the place of what is no code.
const inWords = "(words)"

// isCode reports whether a "system|code" has the form of one: an address, or none, and
// a code without blanks. What does not may be words, and words are content.
func isCode(text string) bool {
	at := strings.LastIndexByte(text, '|')
	if at < 0 || len(text)-at-1 >= mostCode {
		return false
	}
	// Blanks around either are a slip that the source is to be told of.
	system, code := strings.TrimSpace(text[:at]), strings.TrimSpace(text[at+1:])
	return strings.IndexFunc(system+code, unicode.IsSpace) < 0 && code != "" && (system == "" || strings.Contains(system, ":"))
}

// plainCode is plain for a "system|code". A concept of SNOMED CT may have ten
// digits, and one in eleven of those has the form of an NHS number: it stays, but
// for the number that is checked for.
func plainCode(code string, patient []nhs.Number) string {
	if code == "" {
		return ""
	}
	if !isCode(code) {
		return inWords
	}
	if len(code) > 190 { // the filter cuts at 200, perhaps through a number
		code = strings.TrimRight(code, "0123456789 -")
	}
	concept, ok := strings.CutPrefix(code, snomed)
	if !ok || len(concept) != 10 || concept[7:9] != "00" || strings.Trim(concept, "0123456789") != "" {
		return plain(code)
	}
	for _, n := range patient {
		if n.Digits() == concept {
			return plain(code)
		}
	}
	return code
}
