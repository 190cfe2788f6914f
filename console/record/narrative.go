package record

import (
	"html"
	"strings"
)

// breaks are the tags after which a new line begins, or a new cell.
var breaks = map[string]string{
	"br": "\n", "p": "\n", "div": "\n", "li": "\n", "tr": "\n", "table": "\n", "ul": "\n", "ol": "\n", "h1": "\n", "h2": "\n", "h3": "\n", "h4": "\n", "h5": "\n", "h6": "\n",
	"td": " · ", "th": " · ",
}

// narrative makes plain text of a formatted one (FHIR R4 §2.12, XHTML): its words
// in order, without tags, scripts and style. The result is text like any other of a
// source and escaped as such.
func narrative(xhtml string) string {
	var b strings.Builder
	hidden := ""
	for xhtml != "" {
		text, rest, more := strings.Cut(xhtml, "<")
		if hidden == "" {
			b.WriteString(html.UnescapeString(strings.Join(strings.Fields(text), " ")))
			if strings.TrimSpace(text) != "" && strings.TrimRight(text, " \t\r\n") != text {
				b.WriteByte(' ')
			}
		}
		if !more {
			break
		}
		if comment, ok := strings.CutPrefix(rest, "!--"); ok {
			_, xhtml, _ = strings.Cut(comment, "-->")
			continue
		}
		tag, after, _ := strings.Cut(rest, ">")
		xhtml = after
		closes := strings.HasPrefix(tag, "/")
		name := tagName(tag)
		switch {
		case hidden != "" && closes && name == hidden:
			hidden = ""
		case hidden == "" && !closes && !strings.HasSuffix(tag, "/") && (name == "script" || name == "style"):
			hidden = name
		case hidden == "" && !closes && name == "sup":
			b.WriteString("^") // 10^9 is not 109
		case hidden == "" && (closes || name == "br" || name == "table" || name == "ul" || name == "ol"):
			b.WriteString(breaks[name])
		}
	}
	var lines []string
	for line := range strings.SplitSeq(b.String(), "\n") {
		if line = strings.Trim(line, " ·\t"); line != "" {
			lines = append(lines, line)
		}
	}
	return cleanProse(strings.Join(lines, "\n"))
}

// tagName is the name at the beginning of a tag: "/p", "td class=x", "br/".
func tagName(tag string) string {
	name := strings.TrimPrefix(tag, "/")
	if end := strings.IndexAny(name, " /\t\r\n"); end >= 0 {
		name = name[:end]
	}
	return strings.ToLower(name)
}
