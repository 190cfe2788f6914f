package trail

import (
	"html/template"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/mycarerecord/mcr/audit"
)

// functions are what the templates have beside those of every page.
func (t *Room) functions() template.FuncMap {
	w := t.words
	return template.FuncMap{
		"compared": func() bool { return t.cfg.Complete != nil },
		"notice":   func() string { return t.cfg.Notice },
		"clock":    clock, "longday": longDay, "join": join, "thousands": thousands,
		"thousands64": func(n int64) string { return thousands(int(n)) },
		"thousandsU":  func(n uint64) string { return thousands(int(n)) },
		"more":        func(records []*audit.Record, shown int) int { return len(records) - shown },
		"shown":       func(q question, of any) shown { return shown{q, of} },
		"seen":        func(c audit.Count) int { return c.Visits[audit.EmergencyViews] },
		"out":         func(c audit.Count) out { return out{t, c.Visits[audit.Views], more(c.Views, c.Visits[audit.Views])} },
		"masked":      t.masked, "patients": t.patients, "refusals": w.refusals, "hours": hoursWritten, "whens": hourChoices, "fieldsOf": fieldsOf,
		"lastmonth": func() string { return monthOf(t.cfg.Clock()).before().Key() },
		"measures":  shownMeasures, "heads": headMeasures, "noheads": func() string { return noHeads }, "follow": t.follow,
		"headline": w.headline, "lookedAt": w.lookedAt, "person": w.person, "tag": tagOf, "why": w.why, "orgOf": w.orgOf,
		"upper": func(s string) string { return strings.TrimSuffix(sentence(s), ".") }, "short": inShort, "inwords": emergencyWords, "times": times, "pairs": pairs, "field": newField, "again": t.again, "formats": formats,
	}
}

// shown is a table or a picture of a question, for a template that is used on many pages.
type shown struct {
	Question question
	Of       any
}

// out is what was answered out of hours.
type out struct {
	t          *Room
	N, Records int
}

func (out) Said() string { return hoursSaid }

// Link is where its number leads.
func (o out) Link(q question) string {
	q.Filter.Hours, q.Filter.Measure = hoursOut, audit.Views
	return o.t.address("/trail/records", q.values())
}

// times says how often.
func times(n int) string {
	switch n {
	case 1:
		return "once"
	case 2:
		return "twice"
	}
	return thousands(n) + " times"
}

// reasonCode is the code of a reason before the words for an emergency, as a record has it:
// "unable-to-consent: found unconscious".
var reasonCode = regexp.MustCompile(`^[a-z]+(-[a-z]+)*: `)

// emergencyWords gives the reason and the words for an emergency as a sentence has them.
func emergencyWords(text string) string {
	code := reasonCode.FindString(text)
	if code == "" {
		return text
	}
	return strings.ToUpper(code[:1]) + strings.ReplaceAll(code[1:], "-", " ") + text[len(code):]
}

// more gives how many records there are, 0 when that says nothing more.
func more(records, visits int) int {
	if records == visits {
		return 0
	}
	return records
}

// patients masks whom records are about, each once.
func (t *Room) patients(records []*audit.Record) []string {
	var all []string
	for _, r := range records {
		if m := t.masked(r); m != "" && !slices.Contains(all, m) {
			all = append(all, m)
		}
	}
	return all
}

// refusals says why records were refused, in words, the most often first.
func (w words) refusals(records []*audit.Record) []amount {
	counted := map[string]int{}
	for _, r := range records {
		if r.Outcome == audit.Refused && len(r.Reasons) > 0 {
			counted[r.Reasons[0]]++
		}
	}
	return amounts(counted, w.reason)
}

// why gives the first reason of a record in words, for a list.
func (w words) why(r *audit.Record) string {
	if r.Outcome == audit.Released || len(r.Reasons) == 0 {
		return ""
	}
	return w.reason(r.Reasons[0])
}

func (w words) orgOf(r *audit.Record) string {
	if r.UserOrg == "" {
		return ""
	}
	return w.organisation(r.UserOrg, r.UserOrgName)
}

// pair is one line of a summary.
type pair struct{ What, Text string }

// pairs makes lines of names and values, those that are empty left out.
func pairs(namesAndValues ...string) []pair {
	var all []pair
	for i := 0; i+1 < len(namesAndValues); i += 2 {
		if namesAndValues[i+1] != "" {
			all = append(all, pair{namesAndValues[i], namesAndValues[i+1]})
		}
	}
	return all
}

// field is one field of the search's form.
type field struct {
	ID, Label, Value, Fault string
	Choices                 []choice
}

func newField(p searchPage, id, label string, value any, choices []choice) field {
	f := field{ID: id, Label: label, Fault: p.Fault(id), Choices: choices}
	switch v := value.(type) {
	case string:
		f.Value = v
	case audit.Measure:
		f.Value = string(v)
	}
	return f
}

// again is the same search once more: older, or as a file. It is a link when no
// patient was asked for, and a form otherwise.
type again struct {
	Patient patient
	Fields  []choice // Value is the field's name, Name what it holds
	Address string
	Text    string
}

func (t *Room) again(p searchPage, format, older, text string) again {
	q := p.Question
	q.Format, q.Older = format, older
	v := q.values()
	a := again{Patient: p.Patient, Address: t.address("/trail/records", orAll(v)), Text: text}
	a.Fields = fieldsOf(q)
	return a
}

// fieldsOf gives a question as the hidden fields of a form.
func fieldsOf(q question) []choice {
	var all []choice
	v := q.values()
	for _, name := range slices.Sorted(maps.Keys(v)) {
		all = append(all, choice{Value: name, Name: v.Get(name)})
	}
	return all
}

// formats are the files that a report can be had as.
func formats() []choice {
	return []choice{{"csv", "Download as CSV"}, {"json", "Download as JSON"}}
}
