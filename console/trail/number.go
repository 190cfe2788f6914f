package trail

import (
	"net/url"
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

// What is recorded of a look must not hold an NHS number that somebody typed into
// the wrong field. nhs.WithoutNumbers takes out of headers what is surely one; what
// was typed is judged more strictly, since a filter that is refused for nothing
// costs a moment, and a number in the trail stays there for ever.

// hidden stands where a number was.
const hidden = "(an NHS number)"

var (
	// run is digits of any kind with whatever stands between them but letters.
	run     = regexp.MustCompile(`[\p{Nd}\p{No}](?:\P{L}*[\p{Nd}\p{No}])?`)
	figures = regexp.MustCompile(`[\p{Nd}\p{No}]+`)
	// id is a record's or a collection's id, or a digest: of those in hexadecimal one
	// in some hundred seems to hold a number. Without a letter it is none: of random
	// ones that is one in millions, and it may be a number that was filled up.
	id = regexp.MustCompile(`(?i)\b(?:[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|[0-9a-f]{32}|[0-9a-f]{40}|[0-9a-f]{64})\b`)
	// escape is a byte as an address has it.
	escape = regexp.MustCompile(`%[0-9A-Fa-f]{2}`)
)

// withoutNumbers writes a text without the NHS numbers that stand in it: ten
// digits, of any script, however they are grouped and whatever stands between the
// groups, if it is no letter. Zeros before it do not hide it. Any other longer group
// of digits, such as a person's 12-digit number, is none, and neither is part of an id.
func withoutNumbers(text string) string {
	text = id.ReplaceAllStringFunc(text, func(like string) string {
		if filledUp(like) {
			return hidden
		}
		return like
	})
	return outsideIDs(text, func(text string) string {
		return run.ReplaceAllStringFunc(text, func(run string) string {
			groups, kept := figures.FindAllStringIndex(run, -1), 0
			var out strings.Builder
			for from := 0; from < len(groups); from++ {
				if n := numberOf(run, groups[from:], 1); n > 0 {
					out.WriteString(run[kept:groups[from][0]] + hidden)
					from += n - 1
					kept = groups[from][1]
				}
			}
			return out.String() + run[kept:]
		})
	})
}

// holdsNumber says whether an NHS number stands in what was typed, also with
// letters between groups of three digits and more, and also escaped once or twice
// as in an address.
func holdsNumber(text string) bool {
	for range 3 {
		held := withoutNumbers(text) != text
		outsideIDs(text, func(text string) string {
			groups := figures.FindAllStringIndex(text, -1)
			for from := range groups {
				held = held || numberOf(text, groups[from:], 3) > 0
			}
			return ""
		})
		if held {
			return true
		}
		text = escape.ReplaceAllStringFunc(text, func(one string) string {
			plain, _ := url.PathUnescape(one) // it is of the form
			return plain
		})
	}
	return false
}

// numberOf says how many of the groups of digits, from the first on, are an NHS
// number together, 0 when none are. Each must have so many digits. Zeros with which
// the first group begins may be left out.
func numberOf(text string, groups [][]int, fewest int) int {
	first := ascii(text[groups[0][0]:groups[0][1]])
	if n := continued(first, text, groups, fewest); n > 0 {
		return n
	}
	if less := strings.TrimLeft(first, "0"); less != first && less != "" {
		return continued(less, text, groups, fewest)
	}
	return 0
}

// continued is numberOf for groups of which the first is one.
func continued(one, text string, groups [][]int, fewest int) int {
	digits := ""
	for i, g := range groups {
		if i > 0 {
			one = ascii(text[g[0]:g[1]])
		}
		if digits += one; len(one) < fewest || len(digits) > 10 {
			break
		}
		if len(digits) == 10 && nhs.WithoutNumbers(digits) == nhs.Hidden {
			return i + 1
		}
	}
	return 0
}

// ascii writes digits of any kind as 0 to 9. What is none, such as a fraction, stays.
func ascii(group string) string {
	return strings.Map(func(r rune) rune {
		if digit, ok := nhs.Digit(r); ok {
			return rune(digit)
		}
		return r
	}, group)
}

// filledUp says whether what is formed as an id has no letter, and an NHS number in
// its digits.
func filledUp(like string) bool {
	digits := strings.ReplaceAll(like, "-", "")
	if !letterless(digits) {
		return false
	}
	for from := 0; from+10 <= len(digits); from++ {
		if ten := digits[from : from+10]; strings.Trim(ten, "0") != "" && nhs.WithoutNumbers(ten) == nhs.Hidden {
			return true
		}
	}
	return false
}

func letterless(like string) bool { return !strings.ContainsAny(strings.ToLower(like), "abcdef") }

// outsideIDs changes the parts of a text that are no id.
func outsideIDs(text string, change func(string) string) string {
	var out strings.Builder
	kept := 0
	for _, at := range id.FindAllStringIndex(text, -1) {
		if one := text[at[0]:at[1]]; !letterless(one) {
			out.WriteString(change(text[kept:at[0]]) + one)
			kept = at[1]
		}
	}
	return out.String() + change(text[kept:])
}

// spaced writes a number as it stands on letters: 999 000 0018.
func spaced(n nhs.Number) string {
	if n.IsZero() {
		return ""
	}
	d := n.Digits()
	return d[:3] + " " + d[3:6] + " " + d[6:]
}
