package trail

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/mycarerecord/mcr/audit"
	"github.com/mycarerecord/mcr/console/page"
	"github.com/mycarerecord/mcr/legible"
)

// question is what a person asks of the trail, as it stands in an address or in
// a form. It narrows within the person's scope; nothing of it reaches the scope's
// organisation.
type question struct {
	From, To string // days in London, 2006-01-02, both included; "" for no bound
	Day      string // a day in London, as the overview counts them
	Filter   audit.Filter
	Older    string // the cursor of the page before
	Format   string // "", "csv", "json"

	since, until time.Time // From and To
}

// fault is something in a form that cannot be used, in words for who typed it.
type fault struct {
	Field string // the field's id on the page
	Text  string
}

// maxField bounds one field of a form.
const maxField = 256

// fields are the filters that stand in an address as they are.
func (q *question) fields() map[string]*string {
	f := &q.Filter
	return map[string]*string{
		"id": &f.ID, "user": &f.UserID, "user-org": &f.UserOrg, "role": &f.Role, "source": &f.Source, "source-org": &f.SourceOrg,
		"reason": &f.Reason, "rule": &f.Rule, "outcome": &f.Outcome, "action": &f.Action, "trace": &f.Trace, "revision": &f.Revision,
		"older": &q.Older, "day": &q.Day, "format": &q.Format,
	}
}

// read takes what a form or an address holds. A field that there is not, or that
// comes twice, is a fault and never passed over: whoever misspells a filter would
// take everything for what it keeps. more are further fields that are not ours.
func read(form url.Values, now time.Time, more ...string) (q question, faults []fault) {
	say := func(field, text string) { faults = append(faults, fault{field, text}) }
	fields := q.fields()
	for name, values := range form {
		value := strings.TrimSpace(values[0])
		into, ours := fields[name]
		switch {
		case name == "csrf" || slices.Contains(more, name):
			continue
		case len(values) > 1:
			say("", "The address or form gives one of the filters more than once.")
			continue
		case len(value) > maxField || !utf8.ValidString(value) || legible.Line(value) != value:
			say(name, "What was typed is too long, or holds signs that cannot be typed.")
			continue
		case value != "" && holdsNumber(value):
			say(name, "This looks like an NHS number. Give it under “Patient” only, where it stays out of the address.")
			continue
		}
		switch {
		case ours:
			*into = value
		case name == "measure":
			q.Filter.Measure = audit.Measure(value)
		case name == "without" && value != "":
			for dimension := range strings.SplitSeq(value, ",") {
				q.Filter.Without = append(q.Filter.Without, audit.Dimension(dimension))
			}
		case name == "hours":
			q.Filter.Hours = hoursOf(value)
		case name == "from":
			q.From = value
		case name == "to":
			q.To = value
		case name != "without":
			say("", "The address or form holds a filter that there is not.")
		}
	}
	slices.SortFunc(faults, func(a, b fault) int { return strings.Compare(a.Field+a.Text, b.Field+b.Text) })
	faults = slices.Compact(faults)
	if q.Filter.Check() != nil || len(q.Filter.Without) > len(audit.Dimensions()) {
		say("measure", "The address or form asks for something that is not counted.")
		q.Filter.Measure, q.Filter.Without, q.Filter.Hours = "", nil, nil
	}
	if !slices.Contains([]string{"", "csv", "json"}, q.Format) {
		say("", "Lists can be had as a page, as CSV or as JSON.")
		q.Format = ""
	}
	return q, append(faults, q.days(now)...)
}

// days turns the days into times.
func (q *question) days(now time.Time) (faults []fault) {
	var ok bool
	if q.since, ok = day(&q.From, page.London); !ok {
		faults = append(faults, fault{"from", "“From” must be a date, such as 2 March 2026."})
	}
	if q.until, ok = day(&q.To, page.London); !ok {
		faults = append(faults, fault{"to", "“To” must be a date, such as 31 March 2026."})
	}
	if !q.until.IsZero() {
		q.until = q.until.AddDate(0, 0, 1) // the day itself is included
	}
	if _, ok = day(&q.Day, page.London); !ok {
		faults = append(faults, fault{"", "The address names a day that there is not."})
	}
	if len(faults) == 0 && !q.since.IsZero() && !q.until.IsZero() && !q.since.Before(q.until) {
		faults = append(faults, fault{"to", "“To” must not be before “From”."})
	}
	if len(faults) == 0 && q.since.After(now) {
		faults = append(faults, fault{"from", "“From” must not be in the future."})
	}
	return faults
}

// forms are the ways in which a date is understood: as a browser's date field
// sends it, and as people type it.
var forms = []string{time.DateOnly, "2/1/2006", "2-1-2006", "2.1.2006", "2 January 2006", "2 Jan 2006"}

// day reads a date and writes it back in the first form.
func day(text *string, zone *time.Location) (time.Time, bool) {
	if *text == "" {
		return time.Time{}, true
	}
	for _, form := range forms {
		if t, err := time.ParseInLocation(form, *text, zone); err == nil && t.Year() > 1999 && t.Year() < 2200 {
			*text = t.Format(time.DateOnly)
			return t, true
		}
	}
	return time.Time{}, false
}

// narrow gives the part of a scope and the filter that the question asks for. It
// sets the scope's times and nothing else of it.
func (q question) narrow(s audit.Scope) (audit.Scope, audit.Filter) {
	s.Since, s.Until = q.since, q.until
	if q.Day == "" {
		return s, q.Filter
	}
	return audit.ByDay.Narrow(s, q.Filter, q.Day)
}

// values gives the question as it stands in an address. The patient is not in it:
// see patient.go.
func (q question) values() url.Values {
	v := url.Values{}
	set := func(name, value string) {
		if value != "" {
			v.Set(name, value)
		}
	}
	for name, value := range q.fields() {
		set(name, *value)
	}
	set("from", q.From)
	set("to", q.To)
	set("measure", string(q.Filter.Measure))
	set("hours", hoursWritten(q.Filter.Hours))
	var without []string
	for _, d := range q.Filter.Without {
		without = append(without, string(d))
	}
	set("without", strings.Join(without, ","))
	return v
}

// words give the question as a look's record keeps it: its filters, sorted,
// without what could be a patient's number.
func (q question) words(what string) string {
	q.Older = map[bool]string{true: "further"}[q.Older != ""] // a cursor says nothing to a reader
	text, err := url.QueryUnescape(q.values().Encode())
	if err != nil || text == "" {
		return what
	}
	return withoutNumbers(fmt.Sprintf("%s?%s", what, text))
}

// with gives the question narrowed to one key of a dimension and a measure: where
// a number of the overview leads.
func (q question) with(by audit.Dimension, key string, m audit.Measure) question {
	q.Older, q.Format, q.Filter.Measure = "", "", m
	if by == audit.ByDay {
		q.Day = key
		return q
	}
	_, q.Filter = by.Narrow(audit.Scope{}, q.Filter, key)
	return q
}
