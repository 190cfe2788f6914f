package trail

import (
	"html/template"
	"maps"
	"slices"
	"strings"

	"github.com/mycarerecord/mcr/audit"
)

// functions are what the templates have beside those of every page.
func (t *Room) functions() template.FuncMap {
	w := t.words
	return template.FuncMap{
		"compared": func() bool { return t.cfg.Complete != nil },
		"clock":    clock, "longday": longDay, "join": join, "thousands": thousands,
		"thousands64": func(n int64) string { return thousands(int(n)) },
		"thousandsU":  func(n uint64) string { return thousands(int(n)) },
		"more":        func(records []*audit.Record, shown int) int { return len(records) - shown },
		"measures":    shownMeasures, "heads": headMeasures, "noheads": func() string { return noHeads }, "follow": t.follow,
		"headline": w.headline, "lookedAt": w.lookedAt, "person": w.person, "tag": tagOf, "why": w.why, "orgOf": w.orgOf,
		"upper": func(s string) string { return strings.TrimSuffix(sentence(s), ".") }, "pairs": pairs, "field": newField, "again": t.again, "formats": formats,
	}
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
	for _, name := range slices.Sorted(maps.Keys(v)) {
		a.Fields = append(a.Fields, choice{Value: name, Name: v.Get(name)})
	}
	return a
}

// formats are the files that a report can be had as.
func formats() []choice {
	return []choice{{"csv", "Download as CSV"}, {"json", "Download as JSON"}}
}
