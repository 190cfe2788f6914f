package check

import (
	"strconv"
	"strings"
	"unicode"

	"github.com/mycarerecord/mcr/nhs"
)

// plain makes what a source wrote fit to be shown: without NHS numbers, and with
// whatever could steer a terminal or turn a line around written as an escape
// (attack 163).
func plain(text string) string {
	text = nhs.WithoutNumbers(text)
	if strings.IndexFunc(text, func(r rune) bool { return !unicode.IsPrint(r) || r == unicode.ReplacementChar }) < 0 {
		return text
	}
	quoted := strconv.Quote(text)
	return quoted[1 : len(quoted)-1]
}

const snomed = "http://snomed.info/sct|"

// plainCode is plain for a "system|code". A concept of SNOMED CT may have ten
// digits, and one in eleven of those has the form of an NHS number: it stays, but
// for the number that is checked for.
func plainCode(code string, patient []nhs.Number) string {
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
