package fhir

import (
	"bytes"
	"unicode/utf8"

	"github.com/mycarerecord/mcr/fhir/internal/spelling"
)

// The digits before the dash. A code of this form ("20447-9") is LOINC's, whatever the system beside them is called, and no
// other's by chance: the last digit is a check digit.
const shortestLOINC, longestLOINC = 3, 8

// tests looks for sensitive codes of LOINC in a code, or in a text (attack 337).
func (j *judge) tests(text []byte) {
	if bytes.IndexByte(text, '-') < 0 && bytes.IndexByte(text, 0xe2) < 0 && bytes.IndexByte(text, 0xef) < 0 {
		return
	}
	var buf [longestLOINC + 2]byte
	number, dashed := buf[:0], false
	for at := 0; at <= len(text); {
		r, size := rune(' '), 1
		if at < len(text) {
			r, size = utf8.DecodeRune(text[at:])
		}
		at += size
		if r >= 0x2010 && r <= 0x2015 || r == 0x2212 {
			r = '-'
		}
		switch r = spelling.Plain(r); {
		case r < 0:
		case r >= '0' && r <= '9' && len(number) < cap(number):
			if r != '0' || len(number) > 0 {
				number = append(number, byte(r))
			}
		case r == '-' && !dashed && len(number) >= 1 && len(number) <= longestLOINC:
			number, dashed = append(number, '-'), true
		default:
			if n := len(number); dashed && n > shortestLOINC && number[n-2] == '-' {
				if use := j.classes.bare[string(number)]; use != nil && use.sensitive {
					j.sensitive = true
				}
			}
			number, dashed = number[:0], false
		}
	}
}
