package console

import (
	"errors"
	"strings"
	"unicode"

	"github.com/mycarerecord/mcr/nhs"
)

// Why a typed NHS number is not one; each has its own words on the page.
var (
	errNumberMissing = errors.New("reading NHS number: there is none")
	errNumberLength  = errors.New("reading NHS number: not ten digits")
	errNumberLetters = errors.New("reading NHS number: something else than digits")
	errNumberCheck   = errors.New("reading NHS number: the check digit does not fit")
)

// typedNumber reads an NHS number as people type and paste it: spaces of any kind,
// dashes of any kind and invisible marks that come with pasting are left out.
// Digits of other scripts, full-width ones too, are refused: a program that turns
// them into others is guessing who the patient is. No error carries the text.
func typedNumber(text string) (nhs.Number, error) {
	if len(text) > 200 {
		return nhs.Number{}, errNumberLetters
	}
	var digits strings.Builder
	for _, c := range text {
		switch {
		case c >= '0' && c <= '9':
			digits.WriteRune(c)
		case unicode.IsSpace(c), unicode.Is(unicode.Zs, c), unicode.Is(unicode.Pd, c), c == '\u2212', unicode.Is(unicode.Cf, c):
		default:
			return nhs.Number{}, errNumberLetters
		}
	}
	switch {
	case digits.Len() == 0:
		return nhs.Number{}, errNumberMissing
	case digits.Len() != 10:
		return nhs.Number{}, errNumberLength
	}
	n, err := nhs.ParseNumber(digits.String())
	if err != nil {
		return nhs.Number{}, errNumberCheck
	}
	return n, nil
}

// spaced writes a number as it is printed everywhere in the NHS: 999 000 0018.
// It is for a page's content, and never for an address or a log.
func spaced(n nhs.Number) string {
	d := n.Digits()
	if len(d) != 10 {
		return ""
	}
	return d[:3] + " " + d[3:6] + " " + d[6:]
}
