package check

import (
	"fmt"
	"path"
	"strings"
	"unicode/utf8"

	"github.com/mycarerecord/mcr/decision/internal/fault"
)

// strange are signs that a word processor, a web page or a spreadsheet puts into a
// text and that rules and lists read as something else, or that nobody sees.
var strange = map[rune]string{
	'\u00a0': "a blank that is not an ordinary one (it comes from web pages and word processors)",
	'\u2018': "a curly quotation mark", '\u2019': "a curly quotation mark",
	'\u201c': "a curly quotation mark", '\u201d': "a curly quotation mark",
	'\u200b': "a sign that cannot be seen", '\u200c': "a sign that cannot be seen", '\u200d': "a sign that cannot be seen",
	'\u00ad': "a sign that cannot be seen", '\u2060': "a sign that cannot be seen", '\ufeff': "a sign that cannot be seen",
	'\u202a': "a sign that turns the order of letters round", '\u202b': "a sign that turns the order of letters round",
	'\u202d': "a sign that turns the order of letters round", '\u202e': "a sign that turns the order of letters round",
	'\u2066': "a sign that turns the order of letters round", '\u2067': "a sign that turns the order of letters round",
	'\u2068': "a sign that turns the order of letters round", '\u2069': "a sign that turns the order of letters round",
	'\ufffd': "the sign that stands for a letter that was lost",
}

// texts finds what an editor does to a text that its writer does not see. A file
// with such a fault is looked at no further: what follows from it is not told too.
func (c *checker) texts() {
	for _, file := range sorted(c.text) {
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
		name, odd := strange[r]
		if r < ' ' && r != '\n' && r != '\t' || r == 0x7f {
			name, odd = "a control character", true
		}
		if odd {
			f.Line, f.Column = lineColumn(text, at)
			f.What = fmt.Sprintf("there is %s here (U+%04X)", name, r)
			f.Do = "type it anew: an ordinary blank, or ordinary quotation marks"
			return f, true
		}
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
