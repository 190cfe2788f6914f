package record

import (
	"net/url"
	"time"
)

// Filter narrows the categories and the time line. It never narrows the summary:
// an allergy must not go because somebody looks at appointments. Zero shows all.
type Filter struct {
	Source   string // id
	Category string // id
	Since    string // "", "3m", "1y" or "5y"
}

// spans are the periods that can be chosen, the first being all.
var spans = []struct {
	ID, Name            string
	years, months, days int
}{
	{ID: "", Name: "All dates"}, {ID: "3m", Name: "Last 3 months", months: 3}, {ID: "1y", Name: "Last 12 months", years: 1}, {ID: "5y", Name: "Last 5 years", years: 5},
}

// filterOf reads the filter from an address. What is not known is no filter: a
// page that shows all is never wrong.
func filterOf(q url.Values, v *View) Filter {
	var f Filter
	for _, s := range v.Sources {
		if s.ID == q.Get("source") {
			f.Source = s.ID
		}
	}
	for _, c := range categories {
		if c.id == q.Get("category") {
			f.Category = c.id
		}
	}
	for _, s := range spans {
		if s.ID == q.Get("since") {
			f.Since = s.ID
		}
	}
	return f
}

// On says whether anything is left out.
func (f Filter) On() bool { return f != Filter{} }

// from is the moment since which lines are shown; zero for all.
func (f Filter) from(now time.Time) time.Time {
	for _, s := range spans {
		if s.ID == f.Since && s.ID != "" {
			return now.AddDate(-s.years, -s.months, -s.days)
		}
	}
	return time.Time{}
}

// shows: a line without a date is in every period, since it may be.
func (f Filter) shows(l *Line, from time.Time) bool {
	return (f.Source == "" || l.Source.ID == f.Source) && (f.Category == "" || l.Category == f.Category) &&
		(from.IsZero() || !l.When.Known() || !l.When.Until().Before(from))
}

// Narrowed gives the view with only what a filter shows in its categories and
// its time line. The rest is shared with v.
func (v *View) Narrowed(f Filter) *View {
	if !f.On() {
		return v
	}
	out, from := *v, f.from(v.Read)
	out.Categories, out.Years, out.Total = nil, nil, 0
	for _, c := range v.Categories {
		c.Lines = kept(c.Lines, f, from)
		out.Total += len(c.Lines)
		if f.Category != "" && c.ID != f.Category {
			c.Series = nil
		}
		out.Categories = append(out.Categories, c)
	}
	for _, y := range v.Years {
		if y.Lines = kept(y.Lines, f, from); len(y.Lines) > 0 {
			out.Years = append(out.Years, y)
		}
	}
	return &out
}

func kept(lines []*Line, f Filter, from time.Time) []*Line {
	var out []*Line
	for _, l := range lines {
		if f.shows(l, from) {
			out = append(out, l)
		}
	}
	return out
}
