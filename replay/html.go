package replay

import (
	_ "embed"
	"html/template"
	"io"
	"strings"

	"github.com/mycarerecord/mcr/legible"
)

//go:embed report.html
var reportHTML string

var page = template.Must(template.New("report").Funcs(template.FuncMap{
	"n": thousands, "stamp": stamp, "say": legible.Line,
	"join": func(all []string) string { return legible.Line(strings.Join(all, ", ")) },
}).Parse(reportHTML))

// What a page shows at most: rows of a table, changes that a number opens, and rows of a list.
const (
	pageRows = 100
	cellMost = 25
	listMost = 1000
)

// HTML writes the report as one page without scripts, which needs nothing else. Each number opens
// its list.
func (r *Report) HTML(w io.Writer) error { return page.Execute(w, laidOut(r)) }

// pageOf is a report as the page has it.
type pageOf struct {
	*Report
	Told   []Kind
	When   string
	Tables []tableOf
	Lists  []listOf
}

type tableOf struct {
	Heading      string
	Rows         []rowOf
	Left, Others int
}

type rowOf struct {
	Label string
	Cells []cellOf
}

// cellOf is a number with the changes that it counts: the first of them, and how many are left.
type cellOf struct {
	N, Left int
	Changes []*Change
}

type listOf struct {
	Kind    Kind
	N, Left int
	Changes []*Change
}

func laidOut(r *Report) pageOf {
	p := pageOf{Report: r, Told: r.told(), When: r.when()}
	listed := map[*Change]bool{}
	for _, k := range p.Told {
		l := listOf{Kind: k, N: r.Kinds[k]}
		for i := range r.Changes {
			if c := &r.Changes[i]; c.Kind == k && len(l.Changes) < listMost {
				l.Changes = append(l.Changes, c)
				listed[c] = true
			}
		}
		l.Left = l.N - len(l.Changes)
		p.Lists = append(p.Lists, l)
	}
	for _, d := range Dimensions() {
		if len(r.By[d].Rows) > 0 {
			p.Tables = append(p.Tables, p.table(d, listed))
		}
	}
	return p
}

func (p *pageOf) table(d Dimension, listed map[*Change]bool) tableOf {
	all := p.By[d]
	t := tableOf{Heading: d.Heading(), Others: all.Others, Left: max(0, len(all.Rows)-pageRows)}
	opens := map[string]map[Kind][]*Change{}
	for i := range p.Changes {
		c := &p.Changes[i]
		if !listed[c] {
			continue
		}
		for _, key := range c.Keys(d) {
			if opens[key] == nil {
				opens[key] = map[Kind][]*Change{}
			}
			if of := opens[key][c.Kind]; len(of) < cellMost {
				opens[key][c.Kind] = append(of, c)
			}
		}
	}
	for _, row := range all.Rows[:min(pageRows, len(all.Rows))] {
		out := rowOf{Label: row.Label()}
		for _, k := range p.Told {
			changes := opens[row.Key][k]
			out.Cells = append(out.Cells, cellOf{N: row.Kinds[k], Left: row.Kinds[k] - len(changes), Changes: changes})
		}
		t.Rows = append(t.Rows, out)
	}
	return t
}
