package trail

import (
	"regexp"
	"strings"
	"unicode"

	"github.com/mycarerecord/mcr/nhs"
)

// typedNumber reads an NHS number as people type and paste it: with spaces and
// dashes of every kind. Digits of other scripts are refused by nhs.ParseNumber.
func typedNumber(text string) (nhs.Number, error) {
	return nhs.ParseNumber(strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) || unicode.Is(unicode.Pd, r) || unicode.Is(unicode.Cf, r) || r == '−' {
			return -1
		}
		return r
	}, text))
}

// digits finds runs of digits that may hold an NHS number, also as people group it.
// A run that touches a letter is none: it is part of an id, such as a UUID or a
// trace id, of which one in some hundred would otherwise seem to hold one.
var digits = regexp.MustCompile(`\b\d(?:[\s\p{Pd}\p{Cf}−.]*\d){9,}\b`)

var plain = regexp.MustCompile(`\d+`)

// holdsNumber says whether an NHS number stands in a text: one that was typed
// into the wrong field would otherwise reach an address and the trail.
func holdsNumber(text string) bool {
	return withoutNumbers(text) != text
}

// withoutNumbers writes a text without the NHS numbers that stand in it. A longer
// group of digits, such as a person's 12-digit number, is not one.
func withoutNumbers(text string) string {
	return digits.ReplaceAllStringFunc(text, func(run string) string {
		groups := plain.FindAllString(run, -1)
		for from := range groups {
			together := ""
			for _, group := range groups[from:] {
				if together += group; len(together) >= 10 {
					break
				}
			}
			if _, err := nhs.ParseNumber(together); err == nil {
				return "(an NHS number)"
			}
		}
		return run
	})
}

// spaced writes a number as it stands on letters: 999 000 0018.
func spaced(n nhs.Number) string {
	if n.IsZero() {
		return ""
	}
	d := n.Digits()
	return d[:3] + " " + d[3:6] + " " + d[6:]
}
