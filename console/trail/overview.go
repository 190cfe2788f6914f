package trail

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"sync"
	"time"

	"github.com/mycarerecord/mcr/audit"
	"github.com/mycarerecord/mcr/console/page"
)

// longest is how many days an overview covers at most: as many as a count by day
// has keys.
const longest = 190

// overviewPage is what the overview shows.
type overviewPage struct {
	Question question
	Part     string // whose part this is, in a sentence
	Total    audit.Count
	Tables   []counted
	Looks    []*audit.Record // who looked at the trail lately
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
	Closed bool // shown when it is opened
	More   bool // there are more rows than are shown
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
	{By: audit.ByDay, Title: "By day", Head: "Day", Note: "Days run from midnight UTC, which is 1 am in summer."},
	{By: audit.BySource, Title: "By source", Head: "Whose record was asked for"},
	{By: audit.ByUserOrg, Title: "By organisation", Head: "Organisation of the person who asked"},
	{By: audit.ByRole, Title: "By role", Head: "Role of the person who asked"},
	{By: audit.ByRule, Title: "By rule", Head: "Rule that decided", Note: "A request may rest on more than one rule. It is counted under each."},
	{By: audit.ByReason, Title: "By reason", Head: "Reason told", Note: "A request may have more than one reason. It is counted under each."},
	{By: audit.BySourceOrg, Title: "By organisation that holds the record", Head: "Holding organisation"},
}

// shownMeasures are the columns of the overview's tables.
func shownMeasures() []measure {
	return []measure{
		{audit.Views, "Views", "Requests that the rules allowed and that were answered"},
		{audit.Refusals, "Refused", "Requests to see something that the rules refused"},
		{audit.Failures, "Failed", "Requests that did not work: a source was away, or a fact could not be looked up"},
		{audit.Asked, "Patient asked", "Answers of patients that were recorded, yes or no"},
		{audit.Given, "Said yes", "Patients said yes"},
		{audit.Declined, "Said no", "Patients said no"},
		{audit.Emergencies, "Emergencies", "Emergencies that were declared"},
		{audit.WithheldSome, "Some withheld", "Answers from which something was left out"},
	}
}

// measure is something that is counted, with its name and what it means.
type measure struct {
	Measure   audit.Measure
	Name, Say string
}

// headMeasures are shown above the tables.
func headMeasures() []measure {
	return append(shownMeasures(),
		measure{audit.Withdrawn, "Withdrawn", "Permissions that were withdrawn"},
		measure{audit.EmergencyViews, "Emergency views", "Views because of an emergency"},
		measure{audit.Alerts, "Alerts", "Requests that the privacy officer is to look at"},
		measure{audit.Looks, "Looks at the trail", "Somebody looked at the trail itself"})
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
	tables := []counted{{By: audit.ByOutcome}}
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
	data.Total = sum(counts[0])
	for i, table := range tables[1:] {
		data.Tables = append(data.Tables, t.filled(table, counts[i+1]))
	}
	filter.Measure = audit.Looks
	narrow.Limit = 10
	found, err := t.cfg.Trail.Search(ctx, narrow, filter, "")
	if err != nil {
		return t.trouble(err, l)
	}
	data.Looks = tamed(found.Records)
	l.shown, l.outcome, l.recorded = data.Total.Total, audit.Released, true
	return answer{status: http.StatusOK, name: "overview", data: data, look: l}
}

// counts asks for all tables at once: an auditor waits for the slowest, not for
// their sum.
func (t *Room) counts(ctx context.Context, s audit.Scope, f audit.Filter, tables []counted) ([][]audit.Count, error) {
	all, errs := make([][]audit.Count, len(tables)), make([]error, len(tables))
	var asked sync.WaitGroup
	for i, table := range tables {
		asked.Go(func() { all[i], errs[i] = t.cfg.Trail.Count(ctx, s, f, table.By) })
	}
	asked.Wait()
	return all, errors.Join(errs...)
}

// mostRows is how many rows a table shows.
const mostRows = 31

func (t *Room) filled(c counted, counts []audit.Count) counted {
	if c.By == audit.ByDay { // the newest first
		for i, j := 0, len(counts)-1; i < j; i, j = i+1, j-1 {
			counts[i], counts[j] = counts[j], counts[i]
		}
	}
	for i, n := range counts {
		if i == mostRows && c.By != audit.ByDay {
			c.More = true
			break
		}
		c.Rows = append(c.Rows, row{Name: visible(t.words.key(c.By, n.Key)), Count: n})
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
		all = append(all, span{Name: s.name, From: from, To: today, Current: q.From == from && q.To == today})
	}
	return all
}

// sum adds up counts whose records do not overlap.
func sum(counts []audit.Count) audit.Count {
	var all audit.Count
	for _, c := range counts {
		all.Total += c.Total
		all.Views += c.Views
		all.Visits += c.Visits // all views are of one outcome
		all.Refusals += c.Refusals
		all.Failures += c.Failures
		all.Asked += c.Asked
		all.Given += c.Given
		all.Declined += c.Declined
		all.Withdrawn += c.Withdrawn
		all.Emergencies += c.Emergencies
		all.EmergencyViews += c.EmergencyViews
		all.WithheldSome += c.WithheldSome
		all.Alerts += c.Alerts
		all.Looks += c.Looks
	}
	return all
}

// countOf gives one measure of a count.
func countOf(c audit.Count, m audit.Measure) int { return c.Of(m) }

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
		text += ", and what its own staff did elsewhere"
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
