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
	// in some hundred seems to hold a number.
	id = regexp.MustCompile(`(?i)\b(?:[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|[0-9a-f]{32}|[0-9a-f]{40}|[0-9a-f]{64})\b`)
	// escape is a byte as an address has it.
	escape = regexp.MustCompile(`%[0-9A-Fa-f]{2}`)
)

// withoutNumbers writes a text without the NHS numbers that stand in it: ten
// digits, of any script, however they are grouped and whatever stands between the
// groups, if it is no letter. A longer group of digits, such as a person's 12-digit
// number, is none, and neither is part of an id.
func withoutNumbers(text string) string {
	return outside(id, text, func(text string) string {
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
		outside(id, text, func(text string) string {
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
// number together, 0 when none are. Each must have so many digits.
func numberOf(text string, groups [][]int, fewest int) int {
	var digits []rune
	for i, g := range groups {
		one := []rune(text[g[0]:g[1]])
		if digits = append(digits, one...); len(one) < fewest || len(digits) > 10 {
			break
		}
		if len(digits) == 10 && nhs.WithoutNumbers(strings.Map(decimal, string(digits))) == nhs.Hidden {
			return i + 1
		}
	}
	return 0
}

// raised are digits that are in no script's row of ten: ¹, ₂, ③ and so on.
var raised = []struct {
	from  rune
	first rune // what it stands for
	n     rune
}{
	{'¹', '1', 1}, {'²', '2', 2}, {'⁰', '0', 1}, {'⁴', '4', 6}, {'₀', '0', 10}, {'⓪', '0', 1}, {'⓿', '0', 1},
	{'①', '1', 9}, {'⑴', '1', 9}, {'⒈', '1', 9}, {'⓵', '1', 9}, {'❶', '1', 9}, {'➀', '1', 9}, {'➊', '1', 9},
}

// decimal gives a digit as one of a script.
func decimal(r rune) rune {
	for _, row := range raised {
		if i := r - row.from; i >= 0 && i < row.n {
			return row.first + i
		}
	}
	return r
}

// outside changes the parts of a text that an expression does not match.
func outside(of *regexp.Regexp, text string, change func(string) string) string {
	var out strings.Builder
	kept := 0
	for _, at := range of.FindAllStringIndex(text, -1) {
		out.WriteString(change(text[kept:at[0]]) + text[at[0]:at[1]])
		kept = at[1]
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
