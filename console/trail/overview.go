package trail

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/mycarerecord/mcr/audit"
	"github.com/mycarerecord/mcr/console/page"
	"github.com/mycarerecord/mcr/legible"
)

// longest is how many days an overview covers at most: as many as a count by day
// has keys.
const longest = 190

// overviewPage is what the overview shows.
type overviewPage struct {
	Question question
	Part     string // whose part this is, in a sentence
	Total    audit.Count
	Out      audit.Count // of what came in out of hours
	Pictures []picture
	Tables   []counted
	Looks    []item // who looked at the trail lately
	Spans    []span
	Cut      bool // more days were asked for than an overview covers
}

// counted is one table: by day, by source and so on.
type counted struct {
	By     audit.Dimension
	Title  string
	Head   string
	Note   string
	Rows   []row
	More   bool // there are more rows than are shown
	Behind bool // it stands behind a picture
}

type row struct {
	Name  string
	Count audit.Count
}

// span is a choice of days.
type span struct {
	Name     string
	From, To string
	Current  bool
}

// tablesShown are the tables of the overview.
var tablesShown = []counted{
	{By: audit.ByDay, Title: "By day", Head: "Day", Behind: true},
	{By: audit.ByHourOfWeek, Title: "By hour of the week", Head: "Hour of the week", Behind: true},
	{By: audit.ByReason, Title: "By reason", Head: "Reason told", Note: "A visit may be given more than one reason. It is counted under each.", Behind: true},
	{By: audit.ByRule, Title: "By rule", Head: "Rule that decided", Note: "A visit may rest on more than one rule. It is counted under each.", Behind: true},
	{By: audit.ByUser, Title: "By person", Head: "Who asked"},
	{By: audit.BySource, Title: "By source", Head: "Whose record was asked for", Note: "A visit may ask several sources. It is counted under each."},
	{By: audit.ByUserOrg, Title: "By organisation", Head: "Organisation of the person who asked"},
	{By: audit.ByRole, Title: "By role", Head: "Role of the person who asked"},
	{By: audit.BySourceOrg, Title: "By organisation that holds the record", Head: "Holding organisation"},
}

// shownMeasures are the columns of the overview's tables.
func shownMeasures() []measure {
	return []measure{
		{Measure: audit.Views, Name: "Answered", Say: "Visits in which something was asked for and answered, also where there was nothing to show"},
		{Measure: audit.Refusals, Name: "Refused", Say: "Visits in which the rules refused all that was asked for, or a part"},
		{Measure: audit.Failures, Name: "Failed", Say: "Visits in which something did not work: a source was away, or a fact could not be looked up"},
		{Measure: audit.WithheldSome, Name: "Some withheld", Say: "Visits in which something was left out of an answer"},
		{Measure: audit.Given, Name: "Patient said yes", Say: "Answers of patients that were recorded: yes", Acts: true},
		{Measure: audit.Declined, Name: "Patient said no", Say: "Answers of patients that were recorded: no", Acts: true},
		{Measure: audit.Emergencies, Name: "Emergencies", Say: "Emergencies that were declared", Acts: true},
	}
}

// measure is something that is counted, with its name and what it means.
type measure struct {
	Measure   audit.Measure
	Name, Say string
	// Acts says that each record is one thing that somebody did. Of all else a visit
	// leaves many records, which say nothing of how often it happened.
	Acts bool
}

// Leads is the number that says how often it happened: visits, or acts.
func (m measure) Leads(c audit.Count) int {
	if m.Acts {
		return c.Of(m.Measure)
	}
	return c.Visits[m.Measure]
}

// Records is how many records that left, 0 when it says nothing more.
func (m measure) Records(c audit.Count) int {
	if n := c.Of(m.Measure); n != m.Leads(c) {
		return n
	}
	return 0
}

// measureOf gives a measure as it is shown.
func measureOf(of audit.Measure) (measure, bool) {
	all := append(headMeasures(),
		measure{Measure: audit.Asked, Name: "Patient asked", Say: "Answers of patients that were recorded, yes or no", Acts: true},
		measure{Measure: audit.EmergencyViews, Name: "Seen in an emergency", Say: "Visits that were answered because of an emergency"})
	if i := slices.IndexFunc(all, func(m measure) bool { return m.Measure == of }); i >= 0 {
		return all[i], true
	}
	return measure{}, false
}

// headMeasures are shown above the tables.
func headMeasures() []measure {
	return append(shownMeasures(),
		measure{Measure: audit.Withdrawn, Name: "Withdrawn", Say: "Permissions that were withdrawn", Acts: true},
		measure{Measure: audit.Alerts, Name: "Alerts", Say: "Visits that the privacy officer is to look at; one with an emergency is among them"},
		measure{Measure: audit.Looks, Name: "Looks at the trail", Say: "Visits in which somebody looked at the trail itself"})
}

func (t *Room) overview(ctx context.Context, r *http.Request, _ *page.Person, s audit.Scope) answer {
	l := look{action: audit.LookAtTrail, part: s.SourceOrg}
	q, faults := read(r.URL.Query(), t.cfg.Clock())
	if q.narrower() {
		faults = append(faults, fault{"", "The overview is of everything within some days. For less, use the search."})
	}
	l.query = q.words("overview")
	if len(faults) > 0 {
		return faulty(faults, l)
	}
	cut := q.within(t.cfg.Clock())
	l.query = q.words("overview")
	data := overviewPage{Question: q, Cut: cut, Part: t.partOf(s), Spans: t.spans(q)}
	narrow, filter := q.narrow(s)
	tables := []counted{{By: audit.Overall}}
	for _, table := range tablesShown {
		if table.By == audit.BySourceOrg && s.SourceOrg != "" && !s.OwnStaff {
			continue // there is one, and everybody knows which
		}
		tables = append(tables, table)
	}
	counts, err := t.counts(ctx, narrow, filter, tables)
	if err != nil {
		return t.trouble(err, l)
	}
	people, err := t.cfg.Trail.People(ctx, narrow)
	if err != nil {
		return t.trouble(err, l)
	}
	data.Total, data.Out = whole(counts[0]), whole(counts[len(tables)])
	for i, table := range tables[1:] {
		data.Tables = append(data.Tables, t.filled(table, counts[i+1], namesOf(people)))
	}
	if data.Total.Total > 0 {
		data.Pictures = t.pictures(q, data.Tables)
	}
	filter.Measure = audit.Looks
	narrow.Limit = 10
	found, err := t.cfg.Trail.Visits(ctx, narrow, filter, "")
	if err != nil {
		return t.trouble(err, l)
	}
	data.Looks = items(found.Visits, filter)
	l.shown, l.outcome, l.recorded = data.Total.Total, audit.Released, true
	return answer{status: http.StatusOK, name: "overview", data: data, look: l}
}

// counts asks for all tables at once, and, last, for all that came in out of hours: an
// auditor waits for the slowest, not for their sum.
func (t *Room) counts(ctx context.Context, s audit.Scope, f audit.Filter, tables []counted) ([][]audit.Count, error) {
	all, errs := make([][]audit.Count, len(tables)+1), make([]error, len(tables)+1)
	var asked sync.WaitGroup
	out := f
	out.Hours = hoursOut
	asked.Go(func() { all[len(tables)], errs[len(tables)] = t.cfg.Trail.Count(ctx, s, out, audit.Overall) })
	for i, table := range tables {
		asked.Go(func() { all[i], errs[i] = t.cfg.Trail.Count(ctx, s, f, table.By) })
	}
	asked.Wait()
	return all, errors.Join(errs...)
}

// mostRows is how many rows a table shows.
const mostRows = 31

// filled gives a table its rows: days with the newest first, hours as the week has them,
// and of all else the largest. names are the people's, by user id.
func (t *Room) filled(c counted, counts []audit.Count, names map[string]string) counted {
	long := false
	switch c.By {
	case audit.ByDay:
		slices.Reverse(counts)
		long = true
	case audit.ByHourOfWeek:
		slices.SortFunc(counts, func(a, b audit.Count) int { return strings.Compare(a.Key, b.Key) })
		long = true
	}
	for i, n := range counts {
		if i == mostRows && !long {
			c.More = true
			break
		}
		name := t.words.key(c.By, n.Key)
		if c.By == audit.ByUser && n.Key != "" {
			name = named(names[n.Key], n.Key)
		}
		c.Rows = append(c.Rows, row{Name: legible.Lines(name), Count: n})
	}
	return c
}

// narrower says that the question has more than days, and what else is allowed.
func (q question) narrower(allowed ...string) bool {
	v := q.values()
	for _, name := range append(allowed, "from", "to") {
		v.Del(name)
	}
	return len(v) > 0
}

// within gives an overview its days: the last thirty when none are asked for, and
// not more than it can count; it says whether it had to cut them.
func (q *question) within(now time.Time) (cut bool) {
	today := now.In(page.London)
	if q.To == "" {
		q.To = today.Format(time.DateOnly)
	}
	if q.From == "" {
		until, _ := time.ParseInLocation(time.DateOnly, q.To, page.London)
		q.From = until.AddDate(0, 0, -29).Format(time.DateOnly)
	}
	_ = q.days(now) // they were read before
	if earliest := q.until.AddDate(0, 0, -longest); q.since.Before(earliest) {
		q.since, q.From, cut = earliest, earliest.Format(time.DateOnly), true
	}
	return cut
}

func (t *Room) spans(q question) []span {
	now := t.cfg.Clock().In(page.London)
	today := now.Format(time.DateOnly)
	var all []span
	for _, s := range []struct {
		name string
		days int
	}{{"Today", 1}, {"7 days", 7}, {"30 days", 30}, {"90 days", 90}} {
		from := now.AddDate(0, 0, 1-s.days).Format(time.DateOnly)
		all = append(all, span{Name: s.name, From: from, To: today})
	}
	last := monthOf(now).before()
	all = append(all, span{Name: "This month", From: monthOf(now).first().Format(time.DateOnly), To: today},
		span{Name: "Last month", From: last.first().Format(time.DateOnly), To: last.last().Format(time.DateOnly)})
	for i := range all {
		all[i].Current = q.From == all[i].From && q.To == all[i].To
	}
	return all
}

// whole gives the count of everything: there is none where there is nothing.
func whole(counts []audit.Count) audit.Count {
	if len(counts) == 0 {
		return audit.Count{}
	}
	return counts[0]
}

// follow is the address to which a number leads: its records.
func (t *Room) follow(q question, by audit.Dimension, key string, m audit.Measure) string {
	if by != "" {
		q = q.with(by, key, m)
	} else {
		q.Filter.Measure = m
	}
	return t.pages.Path("/trail/records") + "?" + q.values().Encode()
}

// partOf says whose part of the trail a person sees: on every page of the room.
func (t *Room) partOf(s audit.Scope) string {
	if s.SourceOrg == "" {
		return "This is the whole region’s trail."
	}
	text := "This is the part of the trail about records that " + t.words.organisation(s.SourceOrg, "") + " holds"
	if s.OwnStaff {
		text += ", and what its own staff did elsewhere, looks at the trail apart"
	}
	return text + "."
}

// address is a place in the room, with a query.
func (t *Room) address(within string, v url.Values) string {
	if len(v) == 0 {
		return t.pages.Path(within)
	}
	return t.pages.Path(within) + "?" + v.Encode()
}
