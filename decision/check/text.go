package check

import (
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/mycarerecord/mcr/decision/internal/fault"
)

// strange says what a sign is that a word processor, a web page or a spreadsheet puts into a
// text and that rules and lists read as something else, or that nobody sees; "" when it is
// none.
func strange(r rune) string {
	switch {
	case r == '\n' || r == '\t' || r > 0x1f && r < 0x7f:
		return ""
	case r >= 0x2018 && r <= 0x201f:
		return "a curly quotation mark"
	case r >= 0x202a && r <= 0x202e, r >= 0x2066 && r <= 0x2069, r == 0x200e, r == 0x200f, r == 0x061c:
		return "a sign that turns the order of letters round"
	case r == utf8.RuneError:
		return "the sign that stands for a letter that was lost"
	case unicode.Is(unicode.Cc, r):
		return "a control character"
	case unicode.Is(unicode.Z, r):
		return "a blank that is not an ordinary one (it comes from web pages and word processors)"
	case unicode.Is(unicode.Cf, r), unicode.Is(unicode.Variation_Selector, r), unicode.Is(unicode.Co, r), slices.Contains(invisible, r):
		return "a sign that cannot be seen"
	case unicode.Is(unicode.Nd, r):
		return "a digit that is not an ordinary one"
	case r >= 0x2010 && r <= 0x2011:
		return "a dash that is not the keyboard's"
	case r >= 0xff01 && r <= 0xff5e:
		return "a wide letter, which is not the ordinary one"
	}
	return ""
}

// invisible are letters that look like nothing.
var invisible = []rune{0x034f, 0x115f, 0x1160, 0x17b4, 0x17b5, 0x3164, 0xffa0}

// lookAlike finds a letter of another alphabet within a word of ordinary letters: it looks
// the same, and is not. Greek letters stand in units and in names of substances; only those
// capitals are meant that nobody can tell apart.
func lookAlike(text string) int {
	const same = "ΑΒΕΖΗΙΚΜΝΟΡΤΥΧο"
	latin, other := false, -1
	for at, r := range text + " " {
		if !unicode.IsLetter(r) && !unicode.IsDigit(r) {
			if latin && other >= 0 {
				return other
			}
			latin, other = false, -1
		}
		latin = latin || r < 0x80 && (r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9')
		if other < 0 && (unicode.Is(unicode.Cyrillic, r) || strings.ContainsRune(same, r)) {
			other = at
		}
	}
	return -1
}

// texts finds what an editor does to a text that its writer does not see. A file
// with such a fault is looked at no further: what follows from it is not told too.
func (c *checker) texts() {
	for _, file := range slices.Sorted(maps.Keys(c.text)) {
		if path.Ext(file) == ".md" {
			continue // people read it, and nothing else does
		}
		if f, bad := textFault(file, c.text[file]); bad {
			c.add(f)
			c.unread[file] = true
		}
	}
}

func textFault(file, text string) (fault.Fault, bool) {
	f := fault.Fault{File: file}
	switch {
	case strings.HasPrefix(text, "\ufeff"), strings.HasPrefix(text, "\xff\xfe"), strings.HasPrefix(text, "\xfe\xff"):
		f.Line, f.Column, f.What = 1, 1, "the file begins with a byte order mark, which Windows editors put there and which cannot be seen"
		f.Do = "save it as UTF-8 (in Notepad: not \"UTF-8 with BOM\")"
		return f, true
	case !utf8.ValidString(text):
		at := 0
		for at < len(text) {
			r, n := utf8.DecodeRuneInString(text[at:])
			if r == utf8.RuneError && n == 1 {
				break
			}
			at += n
		}
		f.Line, f.Column = lineColumn(text, at)
		f.What = "a letter here is not UTF-8: the file was saved in another encoding (Windows-1252, say)"
		f.Do = "type the letter anew and save the file as UTF-8"
		return f, true
	}
	if at := strings.IndexByte(text, '\r'); at >= 0 {
		f.Line, f.Column = lineColumn(text, at)
		f.What = "the lines end as Windows ends them (carriage return and line feed)"
		f.Do = "save the file with Unix line ends (LF)"
		if path.Ext(file) == ".rego" {
			f.Do += ", or run mcr policy fmt"
		}
		return f, true
	}
	for at, r := range text {
		if name := strange(r); name != "" {
			f.Line, f.Column = lineColumn(text, at)
			f.What = fmt.Sprintf("there is %s here (U+%04X)", name, r)
			f.Do = "type it anew: an ordinary blank, or ordinary quotation marks"
			return f, true
		}
	}
	if at := lookAlike(text); at >= 0 {
		r, _ := utf8.DecodeRuneInString(text[at:])
		f.Line, f.Column = lineColumn(text, at)
		f.What = fmt.Sprintf("there is a letter of another alphabet within a word here (U+%04X): it looks like an ordinary one", r)
		f.Do = "type the word anew"
		return f, true
	}
	return f, false
}

// lineColumn tells where a byte stands: line and column from 1, the column in
// characters.
func lineColumn(text string, at int) (line, column int) {
	at = min(at, len(text))
	line = 1 + strings.Count(text[:at], "\n")
	begin := strings.LastIndexByte(text[:at], '\n') + 1
	return line, 1 + utf8.RuneCountInString(text[begin:at])
}
