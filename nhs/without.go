package nhs

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Hidden stands where WithoutNumbers took an NHS number out.
const Hidden = "nhs-number"

// WithoutNumbers takes every NHS number out of a text that somebody else wrote
// and that is going to be kept: a header, an explanation, a search's words. A
// number counts as one whatever script its digits are of, and however they are
// grouped, with up to three signs that are neither letters nor digits between the
// groups: in threes and four, as it is written ("999 000-0018", "999 - 000 - 0018"),
// with any signs; in other groups where they are joined alike ("99.90.00.00.18"), or
// a date and a time would be taken for one. Ten digits within a longer run of digits
// are no number.
//
// A text without one, which is nearly every text, is given back as it is.
func WithoutNumbers(text string) string {
	if !mayHold(text) {
		return text
	}
	var out strings.Builder
	kept := 0
	for at := 0; at < len(text); {
		end := numberAt(text, at)
		if end > 0 {
			out.WriteString(text[kept:at])
			out.WriteString(Hidden)
			kept, at = end, end
			continue
		}
		at = nextRun(text, at)
	}
	if kept == 0 {
		return text
	}
	out.WriteString(text[kept:])
	return out.String()
}

// mayHold says whether there are ten digits without a letter between them, or
// anything but ASCII, of which the slow way must judge.
func mayHold(text string) bool {
	digits := 0
	for i := range len(text) {
		switch c := text[i]; {
		case c >= utf8.RuneSelf:
			return true
		case c >= '0' && c <= '9':
			if digits++; digits == 10 {
				return true
			}
		case c|0x20 >= 'a' && c|0x20 <= 'z':
			digits = 0
		}
	}
	return false
}

// numberAt gives the end of the number whose first run of digits begins at at,
// or 0.
func numberAt(text string, at int) int {
	var digits [10]byte
	n, joint, alike, written := 0, "", true, true
	for first := true; n < len(digits); first = false {
		if !first {
			size := jointAt(text[at:])
			if size == 0 {
				return 0
			}
			alike = alike && (joint == "" || joint == text[at:at+size])
			written = written && (n == 3 || n == 6)
			joint = text[at : at+size]
			at += size
		}
		began := n
		for at < len(text) {
			r, size := utf8.DecodeRuneInString(text[at:])
			digit, ok := Digit(r)
			if !ok {
				break
			}
			if n == len(digits) {
				return 0 // a longer run
			}
			digits[n] = digit
			n++
			at += size
		}
		if n == began {
			return 0
		}
	}
	if !alike && !written {
		return 0
	}
	if _, err := ParseNumber(string(digits[:])); err != nil {
		return 0
	}
	return at
}

// jointAt gives the size of what may stand between two groups of digits.
func jointAt(text string) (size int) {
	for range 3 {
		r, n := utf8.DecodeRuneInString(text[size:])
		if n == 0 || isDigit(r) || unicode.IsLetter(r) {
			break
		}
		size += n
	}
	return size
}

// nextRun gives the beginning of the next run of digits after the one, or the
// text, at at.
func nextRun(text string, at int) int {
	inRun := true
	for i, r := range text[at:] {
		switch digit := isDigit(r); {
		case digit && !inRun:
			return at + i
		case !digit:
			inRun = false
		}
	}
	return len(text)
}
