package record

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// How much of a source's text a page shows; where more is cut, the page says so.
const (
	longestLine  = 600
	longestProse = 60_000
)

const cutHere = " … (cut here: the source has more)"

// clean makes a source's text fit for one line: no control characters, nothing
// that turns the reading direction (a dose that reads backwards is another dose),
// nothing invisible, no more than a line can hold. Escaping is the template's work.
func clean(s string) string {
	if plain(s) {
		return s
	}
	var b strings.Builder
	space, count := false, 0
	for _, r := range s {
		if unicode.IsSpace(r) {
			space = b.Len() > 0
			continue
		}
		if r = visible(r); r < 0 {
			continue
		}
		if count++; count > longestLine {
			b.WriteString(cutHere)
			break
		}
		if space {
			b.WriteByte(' ')
			space = false
		}
		b.WriteRune(r)
	}
	return b.String()
}

// plain says that clean would change nothing: the usual case.
func plain(s string) bool {
	if len(s) > longestLine {
		return false
	}
	last := byte(' ')
	for i := range len(s) {
		c := s[i]
		if c < ' ' || c >= 0x7f || (c == ' ' && last == ' ') {
			return false
		}
		last = c
	}
	return last != ' ' || s == ""
}

// cleanProse does the same for text of several lines.
func cleanProse(s string) string {
	s = strings.ReplaceAll(strings.ReplaceAll(s, "\r\n", "\n"), "\r", "\n")
	var b strings.Builder
	count, empty := 0, 0
	for line := range strings.SplitSeq(s, "\n") {
		line = strings.TrimRightFunc(strings.Map(inProse, line), unicode.IsSpace)
		if line == "" {
			empty++
			continue
		}
		if b.Len() > 0 {
			b.WriteString("\n\n"[:1+min(empty, 1)])
		}
		empty = 0
		if count += utf8.RuneCountInString(line); count > longestProse {
			b.WriteString(string([]rune(line)[:max(0, utf8.RuneCountInString(line)-(count-longestProse))]))
			b.WriteString(cutHere)
			break
		}
		b.WriteString(line)
	}
	return b.String()
}

func inProse(r rune) rune {
	if unicode.IsSpace(r) {
		return ' '
	}
	return visible(r)
}

// visible maps a rune to what may be shown of it: itself, a mark that something
// odd stood there, or -1 for nothing.
func visible(r rune) rune {
	switch {
	case r >= 0x202A && r <= 0x202E, r >= 0x2066 && r <= 0x2069, r == 0x200E, r == 0x200F, r == 0x061C:
		return unicode.ReplacementChar
	case r >= 0xE0000 && r <= 0xE0FFF, r == 0xFEFF, r == 0x200B, r == 0x2060, r == 0x00AD:
		return -1
	case r == 0x200C, r == 0x200D: // joiners: names in Persian and Indian scripts need them
		return r
	case unicode.IsControl(r), unicode.Is(unicode.Cf, r), unicode.Is(unicode.Co, r):
		return unicode.ReplacementChar
	}
	return r
}

// join puts what there is together.
func join(sep string, parts ...string) string {
	kept := parts[:0:0]
	for _, p := range parts {
		if p != "" {
			kept = append(kept, p)
		}
	}
	return strings.Join(kept, sep)
}

// upper begins with a capital.
func upper(s string) string {
	r, size := utf8.DecodeRuneInString(s)
	if size == 0 {
		return s
	}
	return string(unicode.ToUpper(r)) + s[size:]
}

// spaced makes words of a code: "entered-in-error", "inProgress" → "entered in error", "in progress".
func spaced(code string) string {
	var b strings.Builder
	last := ' '
	for _, r := range code {
		before := last
		last = r
		switch {
		case r == '-' || r == '_':
			b.WriteByte(' ')
		case unicode.IsUpper(r) && unicode.IsLower(before):
			b.WriteByte(' ')
			b.WriteRune(unicode.ToLower(r))
		default:
			b.WriteRune(unicode.ToLower(r))
		}
	}
	return clean(strings.ReplaceAll(b.String(), "organization", "organisation"))
}
