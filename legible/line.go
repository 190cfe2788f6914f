package legible

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Line gives a text as it may stand in one line of a terminal, a log or a page: what
// cannot be seen, what turns the direction of writing and what steers a terminal is
// written out as JSON does, \u009b, and so are line ends and every blank but the plain
// one. Within a JSON string the result means the same as the text.
func Line(text string) string { return shown(text, "") }

// Lines is Line for a text of several lines: line ends and tabs stay. Of a JSON document
// it gives one that means the same.
func Lines(text string) string { return shown(text, "\n\t") }

func shown(text, kept string) string {
	at := strings.IndexFunc(text, func(r rune) bool { return hidden(r, kept) })
	if at < 0 {
		return text
	}
	var b strings.Builder
	b.WriteString(text[:at])
	for _, r := range text[at:] {
		switch {
		case !hidden(r, kept):
			b.WriteRune(r)
		case r > 0xFFFF: // as a pair of surrogates
			r -= 0x10000
			escape(&b, 0xD800+r>>10)
			escape(&b, 0xDC00+r&0x3FF)
		default:
			escape(&b, r)
		}
	}
	return b.String()
}

// hidden says that a rune is written out. What was no UTF-8 comes as U+FFFD.
func hidden(r rune, kept string) bool {
	if r < utf8.RuneSelf {
		return (r < ' ' || r == 0x7F) && strings.IndexByte(kept, byte(r)) < 0
	}
	return r == utf8.RuneError || !unicode.IsPrint(r) || Ignorable(r)
}

func escape(b *strings.Builder, r rune) {
	const digits = "0123456789abcdef"
	b.WriteString(`\u`)
	for shift := 12; shift >= 0; shift -= 4 {
		b.WriteByte(digits[r>>shift&0xF])
	}
}
