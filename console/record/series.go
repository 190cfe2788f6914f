package record

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// Series are the repeated results of one test in one unit, whoever took them.
// Results in another unit are another series: nothing is converted.
type Series struct {
	ID, Name, Unit string
	Points         []Point // the newest first
	// Low and High are the reference range, when every point has this same one;
	// "" when the points differ, or a side is open.
	Low, High string
	// Sources are those that took the results, by name.
	Sources []string
	// Unplotted counts points that are no plain number, such as "less than 5".
	Unplotted int

	category string
	differ   bool // the reference ranges of the points do
}

// Point is one result of a series.
type Point struct {
	When   When
	Figure string // as written
	Number string // when it can be plotted
	Range  string
	Marks  []Mark
	Line   *Line

	name  string   // of the part of a result that it is
	codes []string // "system|code"
}

// Abnormal says that the source marked it as out of the ordinary.
func (p Point) Abnormal() bool {
	return slices.ContainsFunc(p.Marks, func(m Mark) bool { return m.Tone != Plain })
}

// seriesOf finds the tests that were done more than once.
func seriesOf(all []*Line, now time.Time) []*Series {
	var found []*Series
	by := map[string]*Series{} // by code, or name, and unit
	for _, l := range all {
		l.Series, l.Changes = nil, nil // of the view before
		about, ok := l.about.(aboutResult)
		if !ok || l.Standing != Current || !l.When.Known() {
			continue
		}
		for _, r := range about.plain {
			if r.figure == "" {
				continue
			}
			keys := keysOf(r)
			var s *Series
			for _, key := range keys {
				if s = by[key]; s != nil {
					break
				}
			}
			if s == nil {
				s = &Series{Name: r.name, Unit: r.unit, category: l.Category}
				found = append(found, s)
			}
			for _, key := range keys {
				if by[key] == nil {
					by[key] = s
				}
			}
			s.add(l, r)
		}
	}
	repeated := found[:0]
	for _, s := range found {
		if len(s.Points) < 2 {
			continue
		}
		s.finish(fmt.Sprintf("trend-%d", len(repeated)+1))
		s.changes(now)
		repeated = append(repeated, s)
	}
	slices.SortStableFunc(repeated, func(a, b *Series) int { return strings.Compare(strings.ToLower(a.Name), strings.ToLower(b.Name)) })
	return repeated
}

func keysOf(r reading) []string {
	var keys []string
	for _, code := range r.codes { // a vague one would make one series of several tests
		keys = append(keys, code+" "+r.unit)
	}
	if len(keys) == 0 {
		keys = []string{"words " + strings.ToLower(r.name) + " " + r.unit}
	}
	return keys
}

func (s *Series) add(l *Line, r reading) {
	first := len(s.Points) == 0
	s.Points = append(s.Points, Point{When: l.When, Figure: r.figure, Number: r.number, Range: r.rang, Marks: r.marks, Line: l, name: r.name, codes: r.codes})
	if first {
		s.Low, s.High = r.low, r.high
	} else if s.Low != r.low || s.High != r.high {
		s.differ = true
	}
	if r.number == "" {
		s.Unplotted++
	}
	if !slices.Contains(s.Sources, l.Source.Name) {
		s.Sources = append(s.Sources, l.Source.Name)
	}
}

func (s *Series) finish(id string) {
	s.ID = id
	if s.differ {
		s.Low, s.High = "", ""
	}
	slices.SortStableFunc(s.Points, func(a, b Point) int { return newest(a.When, b.When) })
	for _, p := range s.Points {
		if p.Line.Series == nil {
			p.Line.Series = s
		}
	}
}
