package record

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/mycarerecord/mcr/fhirdate"
)

// Change is how a result stands to the one before it, whoever took that: both bear the
// same code of the same code system, and the same unit. It compares figures; whether up
// is good or bad is not for a page to say.
type Change struct {
	Name   string // of the part that changed, where a result has several: "Systolic"
	Way    Way
	From   string // the figure before, as it was written
	When   When
	Ago    string // how old that is, where it is not new
	Source string // who took it, where that was another; else ""
	Line   *Line
}

// Way is up, down or neither.
type Way string

// The ways. NotCompared: one of the two is no plain number, such as "less than 5".
const (
	Up          Way = "Up"
	Down        Way = "Down"
	Same        Way = "The same"
	NotCompared Way = ""
)

// Arrow is the way as a sign, for the eye; the words say it too.
func (c Change) Arrow() string { return map[Way]string{Up: "↑", Down: "↓", Same: "="}[c.Way] }

// String says it in words: "Up from 4.1 on 5 January 2026".
func (c Change) String() string {
	var text string
	switch c.Way {
	case Same:
		text = "The same"
	case NotCompared:
		text = "Before: " + c.From
	default:
		text = string(c.Way) + " from " + c.From
	}
	if c.Name != "" {
		text = c.Name + ": " + lower(text)
	}
	text += " " + c.When.on()
	if c.Ago != "" {
		text += " (" + c.Ago + ")"
	}
	return join(", ", text, c.Source)
}

// ChangesShort says the changes of a line on paper, where a row of a table is a line: "↑
// from 4.1, 5 Jan 2026". Who took the one before stands there where that was another and
// it is asked for; when and by whom stands once for those that share it.
func (l *Line) ChangesShort(whom bool) string {
	var out strings.Builder
	for i, c := range l.Changes {
		if i > 0 {
			out.WriteString("; ")
		}
		text := "before: " + c.From
		switch c.Way {
		case Same:
			text = "= the same"
		case Up, Down:
			text = c.Arrow() + " from " + c.From
		}
		out.WriteString(join(" ", c.Name, text))
		if i+1 < len(l.Changes) && l.Changes[i+1].When == c.When && l.Changes[i+1].Source == c.Source {
			continue
		}
		out.WriteString(", " + c.When.Short())
		if whom && c.Source != "" {
			out.WriteString(", " + c.Source)
		}
	}
	return out.String()
}

// on is the date with its preposition.
func (w When) on() string {
	if w.Precision == fhirdate.Year || w.Precision == fhirdate.Month {
		return "in " + w.String()
	}
	return "on " + w.Day()
}

// changes compares each point of a series with the one before it.
func (s *Series) changes(now time.Time) {
	for i, p := range s.Points {
		about, _ := p.Line.about.(aboutResult)
		for _, before := range s.Points[i+1:] {
			if !before.When.before(p.When) || !sameCode(p.codes, before.codes) {
				continue
			}
			c := Change{Way: way(before.Number, p.Number), From: before.Figure, When: before.When, Ago: before.When.ago(now), Line: before.Line}
			if len(about.plain) > 1 {
				c.Name = p.name
			}
			if before.Line.Source != p.Line.Source {
				c.Source = before.Line.Source.Name
			}
			p.Line.Changes = append(p.Line.Changes, c)
			break
		}
	}
}

// before says that something was over when something else began: not that of one day
// which comes without a time of day.
func (w When) before(o When) bool {
	return w.Known() && o.Known() && w.Time.Before(o.Time) && !w.Until().After(o.Time)
}

// sameCode says that two results are coded as the same, in the same code system.
func sameCode(a, b []string) bool {
	return slices.ContainsFunc(a, func(code string) bool { return slices.Contains(b, code) })
}

func way(from, to string) Way {
	a, err := strconv.ParseFloat(from, 64)
	b, otherErr := strconv.ParseFloat(to, 64)
	switch {
	case err != nil || otherErr != nil:
		return NotCompared
	case a < b:
		return Up
	case a > b:
		return Down
	}
	return Same
}
