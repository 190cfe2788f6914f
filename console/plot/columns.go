package plot

import "html/template"

// Column are numbers that belong together, such as those of one day.
type Column struct {
	Label string // below it, where there is room
	Parts []Part // beside each other; every column has as many
}

// Part is one number, with what it says when it is pointed at, and where it leads.
type Part struct {
	N           int
	Title, Link string
}

// The picture's measures in pixels.
const (
	columnsTop    = 18  // above the highest line, for its number
	columnsHeight = 140 // from the highest line to the lowest
	columnsBelow  = 22  // for the labels
	mostLabels    = 10
)

var columns = template.Must(template.New("columns").Parse(`<svg class="mcr-plot mcr-plot--columns" width="100%" height="{{.Height}}" aria-hidden="true" focusable="false">
{{- range .Lines}}<line class="mcr-plot__line" x1="0" x2="100%" y1="{{.Y}}" y2="{{.Y}}"/>{{end}}
{{- range .Bars}}<a href="{{.Link}}" tabindex="-1"><title>{{.Title}}</title><rect class="mcr-plot__space" x="{{.X}}" width="{{.W}}" y="0" height="{{$.Base}}"/><rect class="mcr-plot__part-{{.Part}}" x="{{.X}}" width="{{.W}}" y="{{.Y}}" height="{{.H}}"/></a>{{end}}
{{- range .Lines}}<text class="mcr-plot__number" x="2" y="{{.Text}}">{{.N}}</text>{{end}}
{{- range .Labels}}<text class="mcr-plot__label" x="{{.X}}" y="{{$.Below}}" text-anchor="middle">{{.Text}}</text>{{end -}}
</svg>`))

// Columns draws columns from the left to the right.
func Columns(all []Column) template.HTML {
	type line struct {
		Y, Text float64
		N       string
	}
	type bar struct {
		Part        int
		X, W        string
		Y, H        float64
		Title, Link string
	}
	type label struct{ X, Text string }
	most := 1
	for _, c := range all {
		for _, p := range c.Parts {
			most = max(most, p.N)
		}
	}
	lines := scale(most)
	top := float64(lines[len(lines)-1])
	height := func(n int) float64 { return float64(int(columnsHeight*float64(n)/top*100)) / 100 }
	const base = columnsTop + columnsHeight
	var d struct {
		Height, Base, Below int
		Lines               []line
		Bars                []bar
		Labels              []label
	}
	d.Height, d.Base, d.Below = base+columnsBelow, base, base+16
	for _, n := range append([]int{0}, lines...) {
		y := base - height(n)
		d.Lines = append(d.Lines, line{y, y - 4, short(n)})
	}
	each := (len(all) + mostLabels - 1) / mostLabels
	slot := 1 / float64(max(1, len(all)))
	for i, c := range all {
		from, wide := float64(i)*slot, 0.84*slot/float64(max(1, len(c.Parts)))
		for j, p := range c.Parts {
			h := height(p.N)
			if p.N > 0 {
				h = max(h, 2) // few among many are seen all the same
				d.Bars = append(d.Bars, bar{j + 1, percent(from + 0.08*slot + float64(j)*wide), percent(wide), base - h, h, p.Title, p.Link})
			}
		}
		if i%each == each/2 {
			d.Labels = append(d.Labels, label{percent(from + slot/2), c.Label})
		}
	}
	return drawn(columns, d)
}
