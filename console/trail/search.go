package trail

import (
	"cmp"
	"context"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/mycarerecord/mcr/audit"
	"github.com/mycarerecord/mcr/console/page"
	"github.com/mycarerecord/mcr/legible"
)

// onePage is how many visits a page of the search shows.
const onePage = 50

// searchPage is the search with what it found.
type searchPage struct {
	Question question
	Patient  patient
	Part     string
	Asked    bool // something was asked for: there are results
	Total    int  // records
	Visits   int  // that they are of
	Days     []group
	Older    string
	Filters  []chip
	Faults   []fault
	Choices  choices
	Notes    []string   // what could not be found
	Person   string     // whom somebody typed, as they typed it
	People   []somebody // who that can be, when they are several
	Called   string     // the name of the person who is asked for
}

// group are the visits that ended on one day in London.
type group struct {
	Day   string
	Items []item
}

// chip is one filter in force, with where to go without it.
type chip struct{ Name, Value, Without string }

// Fault gives what is wrong with a field, "" when nothing is.
func (p searchPage) Fault(field string) string { return faultOf(p.Faults, field) }

func faultOf(faults []fault, field string) string {
	for _, f := range faults {
		if f.Field == field {
			return f.Text
		}
	}
	return ""
}

// search answers an address: it has no patient in it.
func (t *Room) search(ctx context.Context, r *http.Request, _ *page.Person, s audit.Scope) answer {
	q, faults := read(r.URL.Query(), t.cfg.Clock())
	return t.found(ctx, s, q, patient{}, "", faults, r.URL.RawQuery != "")
}

// searchPosted answers the form. Without a patient it leads on to the address of
// the search, which can be kept and gone back to; with one it answers at once, so
// that the patient stays in the body.
func (t *Room) searchPosted(ctx context.Context, r *http.Request, _ *page.Person, s audit.Scope) answer {
	form, ok := posted(r)
	if !ok {
		return faulty([]fault{{"", "The form could not be read. A patient’s number must not stand in the address."}},
			look{action: audit.LookAtTrail, query: "records", part: s.SourceOrg})
	}
	q, faults := read(form, t.cfg.Clock(), "patient", "of", "person")
	p, wrong, err := t.whom(ctx, form, s)
	if err != nil {
		return t.trouble(err, look{action: audit.LookAtPatient, query: "records", part: s.SourceOrg})
	}
	faults = append(faults, wrong...)
	typed := strings.TrimSpace(form.Get("person"))
	if typed != "" && len(faults) == 0 {
		people, wrong, err := t.called(ctx, s, form["person"])
		if err != nil {
			return t.trouble(err, look{action: audit.LookAtTrail, query: "people", part: s.SourceOrg})
		}
		switch faults = wrong; {
		case len(people) == 1:
			q.Filter.UserID, typed = people[0].UserID, ""
		case len(people) > 1:
			return t.several(s, q, p, typed, people)
		}
	}
	if len(faults) == 0 && !p.Chosen() {
		return answer{elsewhere: t.address("/trail/records", orAll(q.values()))}
	}
	if len(wrong) > 0 { // what was typed stays in its field
		p.Typed = cut(form.Get("patient"), maxText)
	}
	return t.found(ctx, s, q, p, typed, faults, true)
}

// orAll keeps the address of an empty search from being the empty form.
func orAll(v url.Values) url.Values {
	if len(v) == 0 {
		v.Set("measure", "")
	}
	return v
}

// found answers a search as a page or as a file.
func (t *Room) found(ctx context.Context, s audit.Scope, q question, p patient, typed string, faults []fault, wanted bool) answer {
	l := look{action: audit.LookAtTrail, query: q.words("records"), part: s.SourceOrg, patient: p}
	if p.Chosen() {
		l.action = audit.LookAtPatient
	}
	data := searchPage{Question: q, Patient: p, Part: t.partOf(s), Faults: faults, Choices: t.choices, Person: cmp.Or(typed, q.Filter.UserID)}
	if len(faults) > 0 {
		a := faulty(faults, l)
		a.name, a.data = "search", data
		return a
	}
	if !wanted { // the empty form shows nothing of the trail
		return answer{status: http.StatusOK, name: "search", data: data}
	}
	if q.Format != "" {
		return t.download(ctx, s, q, p, l)
	}
	narrow, filter := q.narrow(s)
	filter.Patient, narrow.Limit = p.Find, onePage
	found, err := t.cfg.Trail.Visits(ctx, narrow, filter, q.Older)
	if err != nil {
		return t.trouble(err, l)
	}
	counts, err := t.cfg.Trail.Count(ctx, narrow, filter, audit.Overall)
	if err != nil {
		return t.trouble(err, l)
	}
	if p.Chosen() {
		if data.Notes, err = t.unfound(ctx, narrow, p); err != nil {
			return t.trouble(err, l)
		}
	}
	count := whole(counts)
	data.Asked, data.Total, data.Visits, data.Older = true, count.Total, count.Visits[filter.Measure], found.Older
	records := recordsOf(found.Visits)
	if len(records) > 0 && q.Filter.UserID != "" {
		data.Called = tamed(records[:1])[0].UserName
	}
	data.Days, data.Filters = byDay(items(found.Visits, filter)), t.chips(q, data.Called)
	l.shows(records)
	return answer{status: http.StatusOK, name: "search", data: data, look: l}
}

// recordsOf gives the records of visits.
func recordsOf(visits []audit.Visit) (all []*audit.Record) {
	for _, v := range visits {
		all = append(all, v.Records...)
	}
	return all
}

// byDay groups visits, the newest first, by the day in London on which they ended.
func byDay(items []item) []group {
	var groups []group
	for _, i := range items {
		day := i.Until.In(page.London).Format("Monday 2 January 2006")
		if len(groups) == 0 || groups[len(groups)-1].Day != day {
			groups = append(groups, group{Day: day})
		}
		last := &groups[len(groups)-1]
		last.Items = append(last.Items, i)
	}
	return groups
}

// chips names the filters in force.
func (t *Room) chips(q question, called string) []chip {
	var all []chip
	add := func(name, value string, without func(*question)) {
		if value == "" {
			return
		}
		less := q
		less.Older, less.Format = "", ""
		without(&less)
		all = append(all, chip{name, legible.Lines(value), t.address("/trail/records", orAll(less.values()))})
	}
	w, f := t.words, q.Filter
	name := func(by audit.Dimension, key string) string {
		if key == "" {
			return ""
		}
		return w.key(by, key)
	}
	add("From", longDay(q.From), func(q *question) { q.From = "" })
	add("To", longDay(q.To), func(q *question) { q.To = "" })
	add("Day", longDay(q.Day), func(q *question) { q.Day = "" })
	add("Kind", measureName(f.Measure), func(q *question) { q.Filter.Measure = "" })
	add("Record", f.ID, func(q *question) { q.Filter.ID = "" })
	add("When", hoursName(f.Hours), func(q *question) { q.Filter.Hours = nil })
	add("Person", named(called, f.UserID), func(q *question) { q.Filter.UserID = "" })
	add("Their organisation", name(audit.ByUserOrg, f.UserOrg), func(q *question) { q.Filter.UserOrg = "" })
	add("Role", name(audit.ByRole, f.Role), func(q *question) { q.Filter.Role = "" })
	add("Source", name(audit.BySource, f.Source), func(q *question) { q.Filter.Source = "" })
	add("Held by", name(audit.BySourceOrg, f.SourceOrg), func(q *question) { q.Filter.SourceOrg = "" })
	add("Reason", name(audit.ByReason, f.Reason), func(q *question) { q.Filter.Reason = "" })
	add("Rule", name(audit.ByRule, f.Rule), func(q *question) { q.Filter.Rule = "" })
	add("Outcome", f.Outcome, func(q *question) { q.Filter.Outcome = "" })
	add("Action", phrase(f.Action), func(q *question) { q.Filter.Action = "" })
	add("Collection", f.Trace, func(q *question) { q.Filter.Trace = "" })
	add("Policies", f.Revision, func(q *question) { q.Filter.Revision = "" })
	for _, d := range f.Without {
		add("Without", w.key(d, ""), func(q *question) { q.Filter.Without = nil })
	}
	return all
}

func longDay(text string) string {
	t, err := time.Parse(time.DateOnly, text)
	if err != nil {
		return text
	}
	return t.Format("2 January 2006")
}

func measureName(m audit.Measure) string {
	if known, ok := measureOf(m); ok {
		return known.Name
	}
	return string(m)
}
