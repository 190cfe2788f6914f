package trail

import (
	"fmt"
	"html/template"
	"slices"
	"time"

	"github.com/mycarerecord/mcr/audit"
	"github.com/mycarerecord/mcr/console/page"
	"github.com/mycarerecord/mcr/console/plot"
)

// picture shows a table's numbers at a glance: it stands before it.
type picture struct {
	ID, Title, Say string
	Drawn          template.HTML // "" for bars, each of which stands with its words
	Wide           bool          // it is as wide as a desk's screen, and scrolls on others
	Bars           []bar
	Keys           []key // what the colours mean
	Table          *counted
}

// bar is one of a list of bars.
type bar struct {
	Name, Link, Unit string
	N                int
	Drawn            template.HTML
}

// key says what a colour means. Kind is the class that has it.
type key struct{ Kind, Text string }

// mostBars is how many bars are drawn of a table.
const mostBars = 5

// pictures draws what an overview begins with. The tables are those of the overview, of
// which one that stands behind its picture stands nowhere else.
func (t *Room) pictures(q question, tables []counted) []picture {
	of := func(by audit.Dimension) *counted {
		return &tables[slices.IndexFunc(tables, func(c counted) bool { return c.By == by })]
	}
	return []picture{
		t.pictureOfDays(q, of(audit.ByDay)),
		t.pictureOfWeek(q, of(audit.ByHourOfWeek)),
		t.pictureOfBars(q, "refusals", "Reasons for refusing", "Visits in which the rules refused something, by what the professional was told.", audit.Refusals, of(audit.ByReason)),
		t.pictureOfBars(q, "rules", "Rules that were relied on", "Visits that were answered, by the rule that allowed it.", audit.Views, of(audit.ByRule)),
	}
}

// countOf gives what a table has under a key.
func countOf(c *counted, key string) audit.Count {
	for _, r := range c.Rows {
		if r.Count.Key == key {
			return r.Count
		}
	}
	return audit.Count{}
}

// pictureOfDays draws each day of a question, those too on which nothing happened.
func (t *Room) pictureOfDays(q question, c *counted) picture {
	var columns []plot.Column
	for day := q.since; day.Before(q.until); day = day.AddDate(0, 0, 1) {
		n := countOf(c, day.Format(time.DateOnly))
		key, said := day.Format(time.DateOnly), day.Format("Monday 2 January 2006")
		columns = append(columns, plot.Column{Label: day.Format("2 Jan"), Parts: []plot.Part{
			{N: n.Visits[audit.Views], Title: said + ": " + visits(n.Visits[audit.Views]) + " answered", Link: t.follow(q, audit.ByDay, key, audit.Views)},
			{N: n.Visits[audit.Refusals], Title: said + ": " + visits(n.Visits[audit.Refusals]) + " refused", Link: t.follow(q, audit.ByDay, key, audit.Refusals)},
		}})
	}
	say := "Visits on each day, in London."
	if most := largest(c.Rows, audit.Views); most.Count.Visits[audit.Views] > 0 && len(columns) > 1 {
		say += fmt.Sprintf(" Most were answered on %s: %s.", most.Name, thousands(most.Count.Visits[audit.Views]))
	}
	return picture{ID: "days", Title: "Days", Say: say, Wide: true, Table: c, Drawn: plot.Columns(columns),
		Keys: []key{{"part-1", "Answered"}, {"part-2", "Refused"}}}
}

// pictureOfWeek draws the hours of the week.
func (t *Room) pictureOfWeek(q question, c *counted) picture {
	var heads, labels []string
	for hour := range 24 {
		heads = append(heads, fmt.Sprintf("%02d", hour))
	}
	cells := make([][]plot.Cell, len(weekdays))
	for i, hour := range audit.HoursOfWeek() {
		n := countOf(c, hour).Visits[audit.Views]
		cells[i/24] = append(cells[i/24], plot.Cell{N: n, Title: hourName(hour) + ": " + visits(n) + " answered",
			Link: t.follow(q, audit.ByHourOfWeek, hour, audit.Views), Marked: slices.Contains(hoursOut, hour)})
	}
	for _, day := range weekdays {
		labels = append(labels, day[:3])
	}
	return picture{ID: "week", Title: "Hours of the week", Wide: true, Table: c, Drawn: plot.Grid(heads, labels, cells),
		Say:  "Visits that were answered, by the hour in which they were, on the clocks of London. Out of hours is " + hoursSaid + "; bank holidays are not told apart.",
		Keys: []key{{"heat-4", "In hours"}, {"marked-4", "Out of hours"}}}
}

// pictureOfBars draws the largest numbers of a measure.
func (t *Room) pictureOfBars(q question, id, title, say string, m audit.Measure, c *counted) picture {
	p := picture{ID: id, Title: title, Say: say, Table: c}
	rows := slices.DeleteFunc(slices.Clone(c.Rows), func(r row) bool { return r.Count.Visits[m] == 0 })
	slices.SortStableFunc(rows, func(a, b row) int { return b.Count.Visits[m] - a.Count.Visits[m] })
	for _, r := range rows[:min(mostBars, len(rows))] {
		n := r.Count.Visits[m]
		p.Bars = append(p.Bars, bar{Name: r.Name, N: n, Unit: unitOf(n), Link: t.follow(q, c.By, r.Count.Key, m), Drawn: plot.Bar(n, rows[0].Count.Visits[m])})
	}
	if more := len(rows) - mostBars; more > 0 {
		p.Say += fmt.Sprintf(" There are %d more.", more)
	}
	return p
}

// largest gives the row that has most of a measure.
func largest(rows []row, m audit.Measure) (most row) {
	for _, r := range rows {
		if r.Count.Visits[m] > most.Count.Visits[m] {
			most = r
		}
	}
	return most
}

// visits says how many: "1 visit", "1,204 visits".
func visits(n int) string { return thousands(n) + " " + unitOf(n) }

func unitOf(n int) string {
	if n == 1 {
		return "visit"
	}
	return "visits"
}

// month is a month in London.
type month struct{ at time.Time }

func monthOf(t time.Time) month {
	t = t.In(page.London)
	return month{time.Date(t.Year(), t.Month(), 1, 0, 0, 0, 0, page.London)}
}

func (m month) first() time.Time { return m.at }
func (m month) last() time.Time  { return m.at.AddDate(0, 1, -1) }
func (m month) before() month    { return month{m.at.AddDate(0, -1, 0)} }
func (m month) after() month     { return month{m.at.AddDate(0, 1, 0)} }
func (m month) String() string   { return m.at.Format("January 2006") }
func (m month) Key() string      { return m.at.Format("2006-01") }
