package record

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/mycarerecord/mcr/console/page"
)

// Picture is a series drawn by the server, as an SVG without style or script: for paper, and
// for a browser without JavaScript, where the plotting library draws nothing. It is for the
// eye alone; the table beside it has the same figures. All lengths are in its own units,
// of which it is Wide by High, so that its words can be read on a telephone's width.
type Picture struct {
	Wide, High               int
	Left, Right, Top, Bottom float64 // of the field within
	Path                     string  // of the line, for a polyline
	Band                     *Band   // the reference range; nil without one
	Dots                     []Dot
	Along, Up                []Tick
	Key                      []Dot // a colour for each source, where there are several
	Marked                   bool  // the source marked some of them
}

// Band is the reference range within the field.
type Band struct{ X, Y, Wide, High float64 }

// Dot is a result, or the colour of a source.
type Dot struct {
	X, Y         float64
	Colour, From string
	Marked       bool
}

// Tick is a label of an axis; below has the second line.
type Tick struct {
	X, Y         float64
	Words, Below string
}

// inks are the colours of the sources, those of the plotting script.
var inks = []string{"#005eb8", "#330072", "#007f3b", "#7c2855", "#425563", "#ae2573"}

// spot is a point that is a plain number.
type spot struct {
	at    time.Time
	value float64
	Point
}

// Picture draws the series; nil where fewer than two of its points are plain numbers.
func (s *Series) Picture() *Picture {
	var spots []spot
	for _, p := range s.Points {
		if v, err := strconv.ParseFloat(p.Number, 64); err == nil {
			spots = append(spots, spot{p.When.Time, v, p})
		}
	}
	if len(spots) < 2 {
		return nil
	}
	slices.Reverse(spots) // the oldest first
	p := &Picture{Wide: 360, High: 190, Left: 46, Right: 350, Top: 8, Bottom: 150}
	first, last := spots[0].at, spots[len(spots)-1].at
	least, most := spots[0].value, spots[0].value
	for _, one := range spots {
		least, most = min(least, one.value), max(most, one.value)
	}
	low, lowErr := strconv.ParseFloat(s.Low, 64)
	high, highErr := strconv.ParseFloat(s.High, 64)
	ranged := lowErr == nil && highErr == nil && low <= high
	if ranged {
		least, most = min(least, low), max(most, high)
	}
	margin := most - least
	if margin == 0 {
		margin = max(math.Abs(most), 1)
	}
	least, most = least-margin/10, most+margin/10
	if math.IsInf(least, 0) || math.IsInf(most, 0) || math.IsInf(most-least, 0) {
		return nil // beyond what can be drawn
	}
	y := func(v float64) float64 { return tenth(p.Bottom - (v-least)/(most-least)*(p.Bottom-p.Top)) }
	inner := [2]float64{p.Left + 12, p.Right - 12}
	x := func(t time.Time) float64 {
		if !last.After(first) {
			return tenth((inner[0] + inner[1]) / 2)
		}
		return tenth(inner[0] + t.Sub(first).Seconds()/last.Sub(first).Seconds()*(inner[1]-inner[0]))
	}
	if ranged {
		p.Band = &Band{p.Left, y(high), p.Right - p.Left, tenth(y(low) - y(high))}
	}
	var path []string
	for _, one := range spots {
		d := Dot{X: x(one.at), Y: y(one.value), Colour: inks[slices.Index(s.Sources, one.Line.Source.Name)%len(inks)], Marked: one.Abnormal()}
		p.Dots, p.Marked = append(p.Dots, d), p.Marked || d.Marked
		path = append(path, fmt.Sprintf("%g,%g", d.X, d.Y))
	}
	p.Path = strings.Join(path, " ")
	if len(s.Sources) > 1 {
		for i, name := range s.Sources {
			p.Key = append(p.Key, Dot{Colour: inks[i%len(inks)], From: name})
		}
	}
	p.along(first, last, x)
	for _, v := range steps(least, most) {
		p.Up = append(p.Up, Tick{X: p.Left - 5, Y: y(v), Words: strconv.FormatFloat(v, 'f', -1, 64)})
	}
	return p
}

// along labels the axis of time, every label with its year: in months where the series is
// a year long or nearly, else in days, and within two days in hours.
func (p *Picture) along(first, last time.Time, x func(time.Time) float64) {
	const labels = 4
	above, below := "2 Jan", "2006"
	switch span := last.Sub(first); {
	case span > 300*24*time.Hour:
		above = "Jan"
	case span < 48*time.Hour:
		above, below = "15:04", "2 Jan 2006"
	}
	for i := range labels {
		at := first.Add(time.Duration(float64(last.Sub(first)) * float64(i) / (labels - 1))).In(page.London)
		t := Tick{X: x(at), Y: p.Bottom + 16, Words: at.Format(above), Below: at.Format(below)}
		if i == 0 || t.Words != p.Along[len(p.Along)-1].Words || t.Below != p.Along[len(p.Along)-1].Below {
			p.Along = append(p.Along, t)
		}
		if !last.After(first) {
			return
		}
	}
}

// steps are round figures between two others, from three to seven of them.
func steps(least, most float64) (all []float64) {
	size := math.Pow(10, math.Floor(math.Log10((most-least)/3)))
	for _, times := range []float64{5, 2, 1} {
		if step := size * times; (most-least)/step >= 3 {
			size = step
			break
		}
	}
	digits := max(0, -int(math.Floor(math.Log10(size))))
	for n := math.Ceil(least / size); n*size <= most && len(all) < 12; n++ {
		v, _ := strconv.ParseFloat(strconv.FormatFloat(n*size, 'f', digits, 64), 64)
		all = append(all, v)
	}
	return all
}

func tenth(v float64) float64 { return math.Round(v*10) / 10 }
