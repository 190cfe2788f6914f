package telling

import (
	"strings"

	"github.com/mycarerecord/mcr/legible"
)

// page is what is told, as blocks. Their texts are lines that may be shown.
type page struct {
	blocks []any
	ids    map[string]bool
}

type (
	// heading has an id that no other has.
	heading struct {
		level    int
		id, text string
	}
	para  string
	quote string // a promise: set in
	// warning is what must be seen before all else.
	warning struct {
		title string
		texts []string
	}
	items []string
	// terms are names with what is said of each.
	terms []term
	term  struct {
		name  string
		texts []string
	}
	// table has the name of each row in its first column.
	table struct {
		caption string
		head    []string
		rows    [][]string
	}
	// written is a text as it stands in a file.
	written struct{ label, text string }
)

// line makes one line of a text of the policies.
func line(text string) string { return legible.Line(strings.Join(strings.Fields(text), " ")) }

func linesOf(texts []string) []string {
	out := make([]string, len(texts))
	for i, t := range texts {
		out[i] = line(t)
	}
	return out
}

// heading begins a part. kind and name make its id.
func (p *page) heading(level int, kind, name, text string) {
	if text = line(text); text == "" {
		text = "(without a name)"
	}
	p.blocks = append(p.blocks, heading{level, p.id(kind, name), text})
}

// id makes an id of plain letters that is there once.
func (p *page) id(kind, name string) string {
	if p.ids == nil {
		p.ids = map[string]bool{}
	}
	plain := strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z', r >= '0' && r <= '9', r == '_', r == '-':
			return r
		case r >= 'A' && r <= 'Z':
			return r - 'A' + 'a'
		}
		return '-'
	}, name)
	id := strings.TrimSuffix(kind+"-"+plain, "-")
	for p.ids[id] {
		id += "-"
	}
	p.ids[id] = true
	return id
}

func (p *page) para(text string) {
	if text = line(text); text != "" {
		p.blocks = append(p.blocks, para(text))
	}
}

func (p *page) quote(text string) { p.blocks = append(p.blocks, quote(line(text))) }

func (p *page) warning(title string, texts ...string) {
	p.blocks = append(p.blocks, warning{line(title), linesOf(texts)})
}

func (p *page) items(texts []string) {
	if len(texts) > 0 {
		p.blocks = append(p.blocks, items(linesOf(texts)))
	}
}

func (p *page) terms(list ...term) {
	var out terms
	for _, t := range list {
		if len(t.texts) > 0 {
			out = append(out, term{line(t.name), linesOf(t.texts)})
		}
	}
	if len(out) > 0 {
		p.blocks = append(p.blocks, out)
	}
}

func (p *page) table(caption string, head []string, rows [][]string) {
	if len(rows) == 0 {
		return
	}
	t := table{caption: line(caption), head: head, rows: make([][]string, len(rows))}
	for i, row := range rows {
		t.rows[i] = linesOf(row)
	}
	p.blocks = append(p.blocks, t)
}

func (p *page) written(label, text string) {
	if strings.TrimSpace(text) == "" {
		return
	}
	text = strings.ReplaceAll(strings.Trim(text, "\r\n"), "\r\n", "\n")
	p.blocks = append(p.blocks, written{line(label), legible.Lines(text)})
}
