package telling

import (
	"bufio"
	"fmt"
	"io"
	"strings"
)

// Markdown writes the book as CommonMark with GitHub's tables.
func (t Told) Markdown(w io.Writer) error {
	out := &markdownWriter{bufio.NewWriter(w)}
	for i, b := range t.page().blocks {
		if i > 0 {
			out.printf("\n")
		}
		out.block(b)
	}
	return out.Flush()
}

type markdownWriter struct{ *bufio.Writer }

// printf keeps no error: the writer gives the first again when it is flushed.
func (w *markdownWriter) printf(format string, args ...any) { fmt.Fprintf(w, format, args...) }

func (w *markdownWriter) block(b any) {
	switch b := b.(type) {
	case heading:
		w.printf("%s %s\n", strings.Repeat("#", b.level), plain(b.text))
	case para:
		w.printf("%s\n", plain(string(b)))
	case quote:
		w.printf("> %s\n", plain(string(b)))
	case warning:
		w.printf("> **%s**\n", plain(b.title))
		for i, text := range b.texts {
			if i == 0 {
				w.printf(">\n")
			}
			w.printf("> - %s\n", plain(text))
		}
	case items:
		for _, text := range b {
			w.printf("- %s\n", plain(text))
		}
	case terms:
		for _, t := range b {
			if len(t.texts) == 1 {
				w.printf("- **%s**: %s\n", plain(t.name), plain(t.texts[0]))
				continue
			}
			w.printf("- **%s**\n", plain(t.name))
			for _, text := range t.texts {
				w.printf("  - %s\n", plain(text))
			}
		}
	case table:
		w.row(b.head)
		w.printf("|%s\n", strings.Repeat("---|", len(b.head)))
		for _, row := range b.rows {
			w.row(row)
		}
	case written:
		fence := strings.Repeat("`", max(3, longestRun(b.text, '`')+1))
		w.printf("**%s**\n\n%s\n%s\n%s\n", plain(b.label), fence, b.text, fence)
	}
}

func (w *markdownWriter) row(cells []string) {
	for _, c := range cells {
		w.printf("| %s ", plain(c))
	}
	w.printf("|\n")
}

// plain writes a line so that no reader of Markdown takes anything in it for Markdown, HTML, an
// address or a formula. Every sign that could begin something, somewhere in the line, is escaped;
// those that cannot stay, so that the text can be read as it is.
func plain(text string) string {
	if text == "" {
		return ""
	}
	var b strings.Builder
	word := func(i int) bool { // a letter or a digit, as far as Markdown's marks look
		return i >= 0 && i < len(text) && (text[i] >= 0x80 || isAlnum(text[i]))
	}
	for i := range len(text) {
		c := text[i]
		escape := false
		switch c {
		case '\\', '`', '*', '[', ']', '<', '>', '|', '~', '$', '{', '}', '@', '^':
			escape = true
		case '&':
			escape = i+1 < len(text) && (text[i+1] == '#' || isAlnum(text[i+1]))
		case '_':
			escape = !word(i-1) || !word(i+1)
		case '#', '+', '-', '=', '!':
			escape = i == 0 || c == '#' && i == len(text)-1
		case ':':
			escape = i+1 < len(text) && text[i+1] == '/' || i == 0
		case '.', ')':
			escape = onlyDigits(text[:i]) || c == '.' && endsWithWWW(text[:i])
		}
		if escape {
			b.WriteByte('\\')
		}
		b.WriteByte(c)
	}
	return b.String()
}

func isAlnum(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9'
}

// onlyDigits says that a text is a number: with what follows it would begin a numbered list.
func onlyDigits(s string) bool {
	return s != "" && strings.Trim(s, "0123456789") == ""
}

func endsWithWWW(s string) bool {
	return len(s) >= 3 && strings.EqualFold(s[len(s)-3:], "www")
}

// longestRun is the most of a sign that stand beside each other.
func longestRun(text string, sign rune) int {
	most, now := 0, 0
	for _, r := range text {
		if now++; r != sign {
			now = 0
		}
		most = max(most, now)
	}
	return most
}
