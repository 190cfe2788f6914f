package plot

import "html/template"

// Cell is one number of a grid, with what it says when it is pointed at, and where it leads.
type Cell struct {
	N           int
	Title, Link string
	Marked      bool // it stands out from the others, however small its number
}

// The grid's measures: the width of the labels, and in pixels the height of the heads and
// of a row.
const (
	gridLabels = 0.06
	gridHeads  = 20
	gridRow    = 28
	levels     = 5 // of shade, beside that of nothing
)

var grid = template.Must(template.New("grid").Parse(`<svg class="mcr-plot mcr-plot--grid" width="100%" height="{{.Height}}" aria-hidden="true" focusable="false">
{{- range .Heads}}<text class="mcr-plot__label" x="{{.X}}" y="14" text-anchor="middle">{{.Text}}</text>{{end}}
{{- range .Labels}}<text class="mcr-plot__label" x="0" y="{{.Y}}">{{.Text}}</text>{{end}}
{{- range .Cells}}{{if .Link}}<a href="{{.Link}}" tabindex="-1"><title>{{.Title}}</title>{{end}}<rect class="mcr-plot__cell mcr-plot__{{.Kind}}-{{.Level}}" x="{{.X}}" width="{{.W}}" y="{{.Y}}" height="{{.H}}"/>
{{- if .Link}}<text class="mcr-plot__in mcr-plot__in-{{.Level}}" x="{{.Middle}}" y="{{.Text}}" text-anchor="middle">{{.N}}</text></a>{{end}}{{end}}
{{- range .Edges}}<line class="mcr-plot__edge" x1="{{.X1}}" x2="{{.X2}}" y1="{{.Y1}}" y2="{{.Y2}}"/>{{end -}}
</svg>`))

// Grid draws a cell for each head and label, the darker the larger its number is among
// them all. A line runs between those that are marked and those that are not.
func Grid(heads, labels []string, cells [][]Cell) template.HTML {
	type head struct{ X, Text string }
	type label struct {
		Y    int
		Text string
	}
	type cell struct {
		Title, Link, Kind string
		Level             int
		X, W, Middle      string
		Y, H, Text        int
		N                 string
	}
	type edge struct {
		X1, X2 string
		Y1, Y2 int
	}
	var d struct {
		Height int
		Heads  []head
		Labels []label
		Cells  []cell
		Edges  []edge
	}
	d.Height = gridHeads + gridRow*len(labels) + 1
	slot := (1 - gridLabels) / float64(max(1, len(heads)))
	at := func(column int) float64 { return gridLabels + float64(column)*slot }
	for i, text := range heads {
		d.Heads = append(d.Heads, head{percent(at(i) + slot/2), text})
	}
	most := 1
	for _, row := range cells {
		for _, c := range row {
			most = max(most, c.N)
		}
	}
	for r, row := range cells {
		y := gridHeads + r*gridRow
		d.Labels = append(d.Labels, label{y + 18, labels[r]})
		for i, c := range row {
			kind := "heat"
			if c.Marked {
				kind = "marked"
			}
			if c.N == 0 {
				c.Link = ""
			}
			d.Cells = append(d.Cells, cell{
				Title: c.Title, Link: c.Link, Kind: kind, Level: (c.N*levels + most - 1) / most, N: short(c.N),
				X: percent(at(i)), W: percent(slot * 0.96), Middle: percent(at(i) + slot/2), Y: y, H: gridRow - 1, Text: y + 18,
			})
			if i > 0 && row[i-1].Marked != c.Marked {
				d.Edges = append(d.Edges, edge{percent(at(i)), percent(at(i)), y, y + gridRow})
			}
			if r > 0 && cells[r-1][i].Marked != c.Marked {
				d.Edges = append(d.Edges, edge{percent(at(i)), percent(at(i + 1)), y, y})
			}
		}
	}
	return drawn(grid, d)
}
