package telling

import (
	"bufio"
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"fmt"
	"html"
	"io"
)

//go:embed book.css
var style string

// HTML writes the book as one page. It asks nothing of anybody: its policy lets it load nothing
// and run nothing.
func (t Told) HTML(w io.Writer) error {
	out := &htmlWriter{bufio.NewWriter(w)}
	p := t.page()
	sum := sha256.Sum256([]byte(style))
	out.printf(`<!DOCTYPE html>
<html lang="en-GB">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'sha256-%s'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>%s</title>
<style>%s</style>
</head>
<body>
<header>
`, base64.StdEncoding.EncodeToString(sum[:]), esc(line("Policy book: "+t.Name)), style)
	blocks, rest := p.opening()
	out.blocks(blocks)
	out.printf("</header>\n")
	out.contents(rest)
	out.printf("<main>\n")
	out.blocks(rest)
	out.printf("</main>\n</body>\n</html>\n")
	return out.Flush()
}

// opening divides what stands before the first chapter from the rest.
func (p *page) opening() (before, chapters []any) {
	for i, b := range p.blocks {
		if h, ok := b.(heading); ok && h.level == 2 {
			return p.blocks[:i], p.blocks[i:]
		}
	}
	return p.blocks, nil
}

type htmlWriter struct{ *bufio.Writer }

// printf keeps no error: the writer gives the first again when it is flushed.
func (w *htmlWriter) printf(format string, args ...any) { fmt.Fprintf(w, format, args...) }

func esc(text string) string { return html.EscapeString(text) }

// contents lists chapters, and what is in them.
func (w *htmlWriter) contents(blocks []any) {
	w.printf("<nav aria-labelledby=\"contents\">\n<h2 id=\"contents\">Contents</h2>\n<ul>\n")
	level := 2
	for i, b := range blocks {
		h, ok := b.(heading)
		if !ok || h.level > 3 {
			continue
		}
		switch {
		case h.level > level:
			w.printf("\n<ul>\n")
		case h.level < level:
			w.printf("</li>\n</ul></li>\n")
		case i > 0:
			w.printf("</li>\n")
		}
		level = h.level
		w.printf(`<li><a href="#%s">%s</a>`, h.id, esc(h.text))
	}
	if level == 3 {
		w.printf("</li>\n</ul>")
	}
	w.printf("</li>\n</ul>\n</nav>\n")
}

func (w *htmlWriter) blocks(blocks []any) {
	for _, b := range blocks {
		switch b := b.(type) {
		case heading:
			w.printf("<h%d id=\"%s\">%s</h%[1]d>\n", b.level, b.id, esc(b.text))
		case para:
			w.printf("<p>%s</p>\n", esc(string(b)))
		case quote:
			w.printf("<blockquote><p>%s</p></blockquote>\n", esc(string(b)))
		case warning:
			w.printf("<div class=\"warning\">\n<p><strong>%s</strong></p>\n", esc(b.title))
			w.items(b.texts)
			w.printf("</div>\n")
		case items:
			w.items(b)
		case terms:
			w.printf("<dl>\n")
			for _, t := range b {
				w.printf("<dt>%s</dt>\n", esc(t.name))
				for _, text := range t.texts {
					w.printf("<dd>%s</dd>\n", esc(text))
				}
			}
			w.printf("</dl>\n")
		case table:
			w.table(b)
		case written:
			w.printf("<figure>\n<figcaption>%s</figcaption>\n<pre><code>%s</code></pre>\n</figure>\n", esc(b.label), esc(b.text))
		}
	}
}

func (w *htmlWriter) items(list []string) {
	if len(list) == 0 {
		return
	}
	w.printf("<ul>\n")
	for _, text := range list {
		w.printf("<li>%s</li>\n", esc(text))
	}
	w.printf("</ul>\n")
}

func (w *htmlWriter) table(t table) {
	w.printf("<table>\n<caption>%s</caption>\n<thead><tr>", esc(t.caption))
	for _, h := range t.head {
		w.printf(`<th scope="col">%s</th>`, esc(h))
	}
	w.printf("</tr></thead>\n<tbody>\n")
	for _, row := range t.rows {
		w.printf(`<tr><th scope="row">%s</th>`, esc(row[0]))
		for _, cell := range row[1:] {
			w.printf("<td>%s</td>", esc(cell))
		}
		w.printf("</tr>\n")
	}
	w.printf("</tbody>\n</table>\n")
}
