package trail

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/mycarerecord/mcr/audit"
	"github.com/mycarerecord/mcr/console/page"
)

// monthPage is a month beside the one before: two sheets of paper, for a board.
type monthPage struct {
	Month, Before month
	Later         string // the month after, as an address has it; "" when it has not begun
	Running       bool   // it is not over
	Part, By      string
	Made          time.Time
	Question      question // of the month
	Was           question // of the month before
	Lines         []beside
	Days, Week    picture
	Lists         []picture
	Emergencies   []declared
	More          int // emergencies that are not listed
}

// beside is a number of a month beside that of the month before.
type beside struct {
	measure
	Now, Then         int
	NowLink, ThenLink string
	Words             string
}

// declared is one emergency of the month.
type declared struct {
	Record              *audit.Record
	Org, Patient, Words string
}

// mostDeclared is how many emergencies a month's page lists: it must not be more than
// two sheets. All are one step away.
const mostDeclared = 5

// inShort cuts what somebody wrote to what there is room for: all of it is on the record's
// own page.
func inShort(text string) string {
	const most = 100
	if runes := []rune(text); len(runes) > most {
		return strings.TrimSpace(string(runes[:most])) + "…"
	}
	return text
}

// monthMeasures are the lines of the comparison.
func monthMeasures() []measure {
	return append(headMeasures(), measure{Measure: audit.EmergencyViews, Name: "Seen in an emergency", Say: "Visits that were answered because of an emergency"})
}

// month shows one month in London beside the month before.
func (t *Room) month(ctx context.Context, r *http.Request, who *page.Person, s audit.Scope) answer {
	l := look{action: audit.LookAtTrail, query: "month", part: s.SourceOrg}
	now := t.cfg.Clock()
	m, faults := readMonth(r, now)
	if len(faults) > 0 {
		return faulty(faults, l)
	}
	l.query = "month?month=" + m.Key()
	this, before := questionOf(m), questionOf(m.before())
	data := monthPage{Month: m, Before: m.before(), Part: t.partOf(s), By: by(who), Made: now, Question: this, Was: before,
		Running: m.after().first().After(now)}
	if next := m.after(); !next.first().After(now) {
		data.Later = next.Key()
	}
	then, filter := before.narrow(s)
	was, err := t.counts(ctx, then, filter, []counted{{By: audit.Overall}})
	if err != nil {
		return t.trouble(err, l)
	}
	narrow, _ := this.narrow(s)
	tables := []counted{{By: audit.Overall}}
	for _, table := range tablesShown {
		if table.By != audit.BySourceOrg && table.By != audit.ByRole {
			tables = append(tables, table)
		}
	}
	is, err := t.counts(ctx, narrow, filter, tables)
	if err != nil {
		return t.trouble(err, l)
	}
	people, err := t.cfg.Trail.People(ctx, narrow)
	if err != nil {
		return t.trouble(err, l)
	}
	filled := map[audit.Dimension]*counted{}
	for i, table := range tables[1:] {
		table = t.filled(table, is[i+1], namesOf(people))
		filled[table.By] = &table
	}
	data.Lines = t.beside(this, before, whole(is[0]), whole(was[0]), whole(is[len(tables)]), whole(was[1]))
	data.Days, data.Week = t.pictureOfDays(this, filled[audit.ByDay]), t.pictureOfWeek(this, filled[audit.ByHourOfWeek])
	for _, list := range []struct {
		id, title, say string
		m              audit.Measure
		by             audit.Dimension
	}{
		{"refusals", "Reasons for refusing", "Visits, by what was told.", audit.Refusals, audit.ByReason},
		{"rules", "Rules that were relied on", "Visits that were answered.", audit.Views, audit.ByRule},
		{"orgs", "Organisations that asked", "Visits that were answered.", audit.Views, audit.ByUserOrg},
		{"sources", "Whose records were asked for", "Visits that were answered.", audit.Views, audit.BySource},
		{"people", "People who asked most", "Visits that were answered.", audit.Views, audit.ByUser},
	} {
		data.Lists = append(data.Lists, t.pictureOfBars(this, list.id, list.title, list.say, list.m, filled[list.by]))
	}
	filter.Measure, narrow.Limit = audit.Emergencies, mostDeclared
	found, err := t.cfg.Trail.Search(ctx, narrow, filter, "")
	if err != nil {
		return t.trouble(err, l)
	}
	for _, rec := range tamed(found.Records) {
		data.Emergencies = append(data.Emergencies, declared{Record: rec, Org: t.words.organisation(rec.UserOrg, rec.UserOrgName),
			Patient: t.masked(rec), Words: inShort(emergencyWords(cmp.Or(rec.EmergencyReason, "no words were given")))})
	}
	data.More = whole(is[0]).Emergencies - len(data.Emergencies)
	l.shown, l.outcome, l.recorded = whole(is[0]).Total+whole(was[0]).Total, audit.Released, true
	return answer{status: http.StatusOK, name: "month", data: data, look: l}
}

// readMonth reads which month is asked for: the running one by default.
func readMonth(r *http.Request, now time.Time) (month, []fault) {
	m, form := monthOf(now), r.URL.Query()
	text := form.Get("month")
	switch {
	case len(form) > 1 || len(form) == 1 && len(form["month"]) != 1:
		return m, []fault{{"", "The address asks for something that there is not."}}
	case text == "":
		return m, nil
	}
	at, err := time.ParseInLocation("2006-01", text, page.London)
	switch {
	case err != nil || at.Year() < 2000 || at.Year() > 2199:
		return m, []fault{{"", "The month must be one such as 2026-03."}}
	case at.After(now):
		return m, []fault{{"", "The month must not be in the future."}}
	}
	return monthOf(at), nil
}

// questionOf gives the question that a month is.
func questionOf(m month) question {
	return question{From: m.first().Format(time.DateOnly), To: m.last().Format(time.DateOnly), since: m.first(), until: m.after().first()}
}

// beside puts the numbers of two months beside each other.
func (t *Room) beside(this, before question, is, was, isOut, wasOut audit.Count) []beside {
	var lines []beside
	line := func(m measure, now, then int, link func(question) string) {
		lines = append(lines, beside{m, now, then, link(this), link(before), difference(now, then)})
	}
	for _, m := range monthMeasures() {
		line(m, m.Leads(is), m.Leads(was), func(q question) string { return t.follow(q, "", "", m.Measure) })
	}
	line(measure{Name: "Out of hours", Say: "Visits that were answered " + hoursSaid}, isOut.Visits[audit.Views], wasOut.Visits[audit.Views], out{t: t}.Link)
	return lines
}

// difference says in words how much a number is more or less than another.
func difference(now, then int) string {
	share := func(n int) string {
		if then == 0 {
			return ""
		}
		switch p := (200*n + then) / (2 * then); { // half a percent is rounded up
		case p == 100 && n < then:
			return " (more than 99%)"
		case p > 0:
			return fmt.Sprintf(" (%s%%)", thousands(p))
		}
		return " (less than 1%)"
	}
	switch {
	case now > then:
		return thousands(now-then) + " more" + share(now-then)
	case now < then:
		return thousands(then-now) + " fewer" + share(then-now)
	}
	return "The same"
}
