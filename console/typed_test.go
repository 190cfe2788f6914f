package console

import (
	"errors"
	"strings"
	"testing"
	"time"
)

func TestTypedNumber(t *testing.T) {
	for text, want := range map[string]error{
		"9990000018":                     nil,
		"999 000 0018":                   nil,
		" 999-000-0018\r\n":              nil,
		"999–000–0018":                   nil, // en dashes
		"999—000—0018":                   nil, // em dashes
		"999\u2011000\u20110018":         nil, // non-breaking hyphens
		"999\u2212000\u22120018":         nil, // minus signs
		"999\u00a0000\u202f0018":         nil, // non-breaking spaces
		"\u200b999\u200b0000018\ufeff":   nil, // zero-width marks
		"\u202d9990000018\u202c":         nil, // direction marks of a copied contact
		"":                               errNumberMissing,
		" - ":                            errNumberMissing,
		"999000001":                      errNumberLength,
		"99900000180":                    errNumberLength,
		"9990000019":                     errNumberCheck,
		"9990000000":                     errNumberCheck,
		"９９９００００１８":                      errNumberLetters, // full-width
		"٩٩٩٠٠٠٠٠١٨":                     errNumberLetters,
		"999000001O":                     errNumberLetters,
		"<script>":                       errNumberLetters,
		"999.000.0018":                   errNumberLetters,
		"\xff\xfe":                       errNumberLetters,
		strings.Repeat("9", 1000):        errNumberLetters,
		"https://fhir.nhs.uk|9990000018": errNumberLetters,
	} {
		n, err := typedNumber(text)
		if !errors.Is(err, want) {
			t.Errorf("%q: %v, want %v", text, err, want)
		}
		if (err == nil) == n.IsZero() {
			t.Errorf("%q: a number beside an error, or neither", text)
		}
		if err == nil && (n.Digits() != "9990000018" || spaced(n) != "999 000 0018") {
			t.Errorf("%q: %s", text, n.Digits())
		}
	}
}

func FuzzTypedNumber(f *testing.F) {
	for _, s := range []string{"9990000018", "999 000–0018", "９９９", "\u202d"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		n, err := typedNumber(text)
		if (err == nil) == n.IsZero() {
			t.Fatal("a number beside an error, or neither")
		}
		if err != nil {
			return
		}
		var digits string
		for _, c := range text {
			if c >= '0' && c <= '9' {
				digits += string(c)
			}
		}
		if digits != n.Digits() {
			t.Fatal("digits that were not typed")
		}
	})
}

func TestTypedBorn(t *testing.T) {
	now := time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		day, month, year, want string
		err                    error
	}{
		{"11", "2", "1958", "1958-02-11", nil},
		{" 1", "02 ", "1958", "1958-02-01", nil},
		{"1", "Mar", "1958", "1958-03-01", nil},
		{"1", "march", "1958", "1958-03-01", nil},
		{"1", "sept", "1958", "1958-09-01", nil},
		{"29", "2", "2024", "2024-02-29", nil},
		{"29", "2", "2025", "", errBornNoDate},
		{"31", "4", "1958", "", errBornNoDate},
		{"0", "4", "1958", "", errBornNoDate},
		{"1", "13", "1958", "", errBornNoDate},
		{"1", "ma", "1958", "", errBornNoDate},
		{"1", "marchx", "1958", "", errBornNoDate},
		{"1", "4", "58", "", errBornNoDate},
		{"+1", "4", "1958", "", errBornNoDate},
		{"１", "4", "1958", "", errBornNoDate},
		{"1", "4", "", "", errBornMissing},
		{"1", "4", "2027", "", errBornFuture},
		{"1", "4", "1870", "", errBornLongAgo},
		{"23", "11", "2026", "2026-11-23", nil},
	} {
		got, err := typedBorn(c.day, c.month, c.year, now)
		if got != c.want || !errors.Is(err, c.err) {
			t.Errorf("%s %s %s: %q %v, want %q %v", c.day, c.month, c.year, got, err, c.want, c.err)
		}
	}
}
