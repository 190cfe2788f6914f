package legible

import (
	"strings"
	"unicode"
)

// Wanted says what Words asks for: the end of a sentence, "the reason must …".
const Wanted = "hold words: two different letters that can be seen"

// Words says whether a text holds words, as a reason or a name must: letters of any
// script that can be seen, two different ones at least. Somebody in a hurry writes
// "MI", "PE" or "心梗", and must not be kept from a patient; blanks, dots, digits, signs
// that nobody sees and one letter struck again and again say nothing. The one word of
// medicine that is one letter is let pass: AAA, an abdominal aortic aneurysm.
func Words(text string) bool {
	var first rune
	count := 0
	for _, r := range text {
		if !letter(r) {
			continue
		}
		r = unicode.ToLower(r)
		if count++; count == 1 {
			first = r
		} else if r != first {
			return true
		}
	}
	return strings.EqualFold(strings.TrimSpace(text), "AAA")
}

// Name says whether a text can name somebody: a letter or a digit that can be seen.
func Name(text string) bool {
	return strings.ContainsFunc(text, func(r rune) bool { return letter(r) || unicode.Is(unicode.Nd, r) })
}

// letter says that a rune is a letter that can be seen. Marks, and letters that only
// modify others, are none by themselves.
func letter(r rune) bool {
	if r < 0x80 {
		return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z'
	}
	return unicode.In(r, unicode.Lu, unicode.Ll, unicode.Lt, unicode.Lo) && !Ignorable(r)
}

// Ignorable says that a rune shows nothing by itself: Unicode's derived property
// Default_Ignorable_Code_Point (UAX #44), of the properties that it is derived from.
// The fillers of Hangul are letters that are of it.
func Ignorable(r rune) bool {
	switch {
	case r < 0xAD:
		return false
	case unicode.In(r, unicode.Other_Default_Ignorable_Code_Point, unicode.Variation_Selector):
		return true
	case !unicode.Is(unicode.Cf, r):
		return false
	}
	return !unicode.Is(unicode.Prepended_Concatenation_Mark, r) && // Arabic number signs, which are seen
		(r < 0xFFF9 || r > 0xFFFB) && (r < 0x13430 || r > 0x13440)
}
