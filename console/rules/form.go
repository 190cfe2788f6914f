package rules

import (
	"maps"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/mycarerecord/mcr/decision/book"
	"github.com/mycarerecord/mcr/decision/cases"
)

// form is the form of facts as a page shows it. At is when the story takes place.
type form struct {
	Story                cases.Story
	At                   time.Time
	Role, Kind           field
	Organisation, Holder field
	Does, Asks, Purpose  field
	Emergency, Name      field
	Facts                []fact
	Says, Hidden         []field
}

// newStory is what an empty form begins with: a consultant who has not asked yet.
func newStory() cases.Story {
	return cases.Story{
		Name: "a case that was tried", Title: "Cases that were tried",
		Promise: "Every request is judged by the same rules, and nothing is released that no rule permits.",
		Now:     "2026-03-02T10:00:00Z",
		Who:     "professional", User: "555000000001", Role: "R0050", Organisation: "RXA01",
		Where: "the source", SourceID: "gp-riverside", Kind: "gp", Holder: "A81001",
		Does: "view", Asks: "Condition",
		Facts: map[string]cases.StoryFact{
			"relationships": {State: "known", Entry: map[string]string{"organisation": cases.Own, "kind": "referral", "from": "2 weeks ago"}},
		},
	}
}

// likely are the values that a fact begins with when it is turned on.
var likely = map[string]map[string]string{
	"registration":                {"organisation": cases.Holding, "name": "Riverside Surgery", "telephone": "01632 960001", "from": "3 years ago"},
	"relationships":               {"organisation": cases.Own, "kind": "referral", "from": "2 weeks ago"},
	"permissions":                 {"answer": "yes", "for": cases.Self, "organisation": cases.Own, "how": "in-person", "from": "1 hour ago", "until": "in 23 hours"},
	"opt_out":                     {"from": "3 days ago", "contact": "Riverside Surgery", "telephone": "01632 960001"},
	"restriction":                 {"code": "R", "from": "1 year ago"},
	"test_orders":                 {"category": "laboratory", "status": "active", "organisation": cases.Own, "from": "1 day ago"},
	"emergencies":                 {"for": cases.Self, "reason_code": "life-threatening", "from": "10 minutes ago", "until": "in 20 minutes"},
	"professional_is_the_patient": {"is": "true"}, "national_opt_out": {"is": "true"},
}

func newForm(book *book.Book, s cases.Story) form {
	f := form{
		Story:        s,
		Role:         choose("role", "Job role", roles(book), s.Role),
		Organisation: field{Name: "organisation", Label: "Their organisation", Hint: "ODS code, for example RXA01", Value: s.Organisation},
		Kind:         choose("kind", "What kind of source", sourceKinds, s.Kind),
		Holder:       field{Name: "holder", Label: "The organisation that holds the record", Hint: "ODS code, for example A81001. The same code as above means their own records.", Value: s.Holder},
		Does:         choose("does", "What they do", actions, s.Does),
		Asks:         choose("asks", "What they ask for", asked, s.Asks),
		Purpose:      choose("purpose", "What for", purposes, s.Purpose),
		Emergency:    choose("emergency", "Emergency access", emergencyUse, s.EmergencyInUse),
		Name:         field{Name: "name", Label: "Name of the case", Hint: "Say what should happen, for example: an opt-out wins over a permission", Value: s.Name},
	}
	f.At, _ = time.Parse(time.RFC3339, s.Now) // what cannot be read is refused with the case
	if s.Does == "" {
		f.Does.Value = "view"
	}
	for _, one := range facts(book) {
		on := s.Facts[one.Name]
		one.State = on.State
		if one.State == "" {
			one.State = "absent"
		}
		values := on.Entry
		if one.State != "known" {
			values = likely[one.Name]
		}
		one.Hidden = unasked(one.Name+".", one.Fields, on.Entry)
		one.Fields = filled(one.Name+".", one.Fields, values)
		f.Facts = append(f.Facts, one)
	}
	said := s.Says
	if len(said) == 0 && f.Does.Value == "view" {
		said = map[string]string{"how": "in-person", "until": "in 1 day", "permission": "perm-1"}
	}
	f.Hidden = unasked("says.", says(book), s.Says)
	f.Says = filled("says.", says(book), said)
	return f
}

// filled gives fields their names in the form and their values. A value that is
// none of a field's choices becomes one: nothing is changed by being shown.
func filled(prefix string, fields []field, values map[string]string) []field {
	out := make([]field, len(fields))
	for i, f := range fields {
		value := values[f.Name]
		f.Name, f.Value = prefix+f.Name, value
		if f.Options != nil {
			f = choose(f.Name, f.Label, f.Options, value)
		}
		out[i] = f
	}
	return out
}

// unasked are the values that a form does not ask for, such as the id of an entry.
// They go with it unseen, so that a case that is shown and sent is the same case.
func unasked(prefix string, fields []field, values map[string]string) []field {
	var out []field
	for _, name := range slices.Sorted(maps.Keys(values)) {
		if !slices.ContainsFunc(fields, func(f field) bool { return f.Name == name }) {
			out = append(out, field{Name: prefix + name, Value: values[name]})
		}
	}
	return out
}

func choose(name, label string, options []option, value string) field {
	if !slices.ContainsFunc(options, func(o option) bool { return o.Value == value }) {
		text := value
		if value == "" {
			text = "Not said"
		}
		options = slices.Concat(options, []option{{value, text}})
	}
	return field{Name: name, Label: label, Options: options, Value: value}
}

// readForm reads what was typed. What is not asked for is as in an empty form.
func readForm(v url.Values) cases.Story {
	s := newStory()
	take := func(to *string, name string) {
		if v.Has(name) {
			*to = strings.TrimSpace(v.Get(name))
		}
	}
	for name, to := range map[string]*string{
		"name": &s.Name, "title": &s.Title, "promise": &s.Promise, "now": &s.Now, "who": &s.Who, "user": &s.User, "role": &s.Role,
		"organisation": &s.Organisation, "where": &s.Where, "source": &s.SourceID, "kind": &s.Kind, "holder": &s.Holder,
		"does": &s.Does, "asks": &s.Asks, "purpose": &s.Purpose, "emergency": &s.EmergencyInUse, "older_numbers": &s.OlderNumbers,
	} {
		take(to, name)
	}
	s.PatientUnknown, s.RegistryAway = v.Get("patient_unknown") == "true", v.Get("registry") == "unavailable"
	s.Facts = map[string]cases.StoryFact{}
	for _, name := range cases.StoryFacts {
		state := v.Get(name)
		if state != "known" && state != "unavailable" {
			continue
		}
		one := cases.StoryFact{State: state}
		if state == "known" {
			one.Entry = entry(v, name+".")
		}
		s.Facts[name] = one
	}
	if s.Does != "" && s.Does != "view" {
		s.Says = entry(v, "says.")
	}
	return s
}

func entry(v url.Values, prefix string) map[string]string {
	out := map[string]string{}
	for name := range v {
		if short, ok := strings.CutPrefix(name, prefix); ok {
			if value := strings.TrimSpace(v.Get(name)); value != "" {
				out[short] = value
			}
		}
	}
	return out
}

// told says a fault of a case where it stands on the page: in the form by the
// fact that it is about, in the text by its line.
func (p tryPage) told(f cases.Fault) fault {
	if !p.ByForm {
		text := capital(f.Text)
		if f.Line > 0 {
			return fault{Text: "Line " + itoa(f.Line) + ": " + f.Text, Field: "text"}
		}
		return fault{Text: text, Field: "text"}
	}
	all := strings.Split(p.Text, "\n")
	if f.Line < 1 || f.Line > len(all) {
		return fault{Text: capital(f.Text)}
	}
	// Every fact is written on a line of its own, with its name in front.
	name, _, _ := strings.Cut(strings.TrimSpace(strings.TrimPrefix(strings.TrimSpace(all[f.Line-1]), "- ")), ":")
	for _, one := range p.Form.Facts {
		if one.Name == name {
			return fault{Text: one.Legend + " " + capital(f.Text), Field: one.Name}
		}
	}
	places := map[string]field{"professional": p.Form.Organisation, "source": p.Form.Holder, "name": p.Form.Name, "when": p.Form.Asks}
	if name == p.Form.Story.Who {
		name = "professional"
	} else if name == p.Form.Story.Where {
		name = "source"
	}
	if at, ok := places[name]; ok {
		return fault{Text: at.Label + ": " + f.Text, Field: at.Name}
	}
	return fault{Text: capital(f.Text)}
}
