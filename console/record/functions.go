package record

import (
	"html/template"
	"slices"
	"strings"

	"github.com/mycarerecord/mcr/collect"
)

// functions are what the templates have besides those of every page.
var functions = template.FuncMap{
	"names": func(all []*Source) string {
		var names []string
		for _, s := range all {
			names = append(names, s.Name)
		}
		return listed(names)
	},
	"listed":   listed,
	"many":     counting,
	"account":  func(a Account, what string) accounted { return accounted{a, what} },
	"trend":    func(s *Series, printed bool) trended { return trended{s, printed} },
	"parts":    partsOf,
	"told":     func(all []Attention, s shown, ways bool) saying { return saying{all, s, ways} },
	"table":    func(lines []*Line, caption string, printed bool) tabled { return tabled{lines, caption, printed} },
	"lower":    lower,
	"together": together, "decisions": decisions,
	"part":     func(s shown, name string) summaryPart { return summaryPart{s, name} },
	"unixtime": func(w When) int64 { return w.Time.Unix() },
}

// accounted is an Account with the words for what it is about.
type accounted struct {
	Account
	What string
}

// summaryPart is one part of the summary.
type summaryPart struct {
	Shown shown
	Name  string
}

type trended struct {
	*Series
	Printed bool
}

// saying is what is said of sources, on a page.
type saying struct {
	All   []Attention
	Shown shown
	Ways  bool // what can be done stands beside each
}

type tabled struct {
	Lines   []*Line
	Caption string
	Printed bool
}

// Tone and Word say in short how a source answered.
func (s *Source) Tone() Tone { return statusMarks[s.Status].Tone }

// Word is the status in a word or two.
func (s *Source) Word() string { return statusMarks[s.Status].Text }

var statusMarks = map[collect.Status]Mark{
	collect.Complete: {"All shown", Good}, collect.Withheld: {"Some not shown", Heed}, collect.MayBeWithheld: {"Some may not be shown", Heed},
	collect.NotUnderstood: {"Some could not be read", Plain}, collect.InPart: {"Some shown in part", Plain},
	collect.Refused: {"Not shown", Heed}, collect.NoRecord: {"No record", Plain}, collect.TimedOut: {"Did not answer", Alarm}, collect.Failed: {"Could not be read", Alarm},
}

// listed writes "A, B and C".
func listed(names []string) string {
	if len(names) < 2 {
		return strings.Join(names, "")
	}
	return strings.Join(names[:len(names)-1], ", ") + " and " + names[len(names)-1]
}

// Silence is what several sources' silence has in common.
type Silence struct {
	Why     string
	Sources []*Source
}

// Silences gathers the sources that may hold more by why it is not here.
func (a Account) Silences() []Silence {
	var all []Silence
	for _, s := range a.Unknown {
		at := slices.IndexFunc(all, func(o Silence) bool { return o.Why == s.Why })
		if at < 0 {
			all, at = append(all, Silence{Why: s.Why}), len(all)
		}
		all[at].Sources = append(all[at].Sources, s.Source)
	}
	return all
}

// essential are the facts of each type that its line in the summary has; the
// rest stand with its full entry.
var essential = map[string][]string{
	"AllergyIntolerance": {"Reaction", "Coded as", "Note"},
	"MedicationRequest":  {"Dose", "and", "then", "Reason for the status", "Coded as"}, "MedicationStatement": {"Dose", "and", "then", "Reason for the status", "Coded as"},
	"MedicationDispense": {"Dose", "and", "then", "Amount"}, "MedicationAdministration": {"Dose", "and", "then"},
	"Appointment": {"Until", "With", "About", "Specialty"}, "CarePlan": {"What is done", "Goal", "Until"}, "CareTeam": {"Member", "Telephone"},
	"RelatedPerson": {"Relationship", "Telephone or email"}, "DiagnosticReport": {"Conclusion", "Conclusion, coded"},
	"EpisodeOfCare": {"Organisation", "Care manager"}, "Flag": {"Until", "Coded as"}, "Consent": {"Decision", "But", "Until", "Decided by"}, "Condition": {"Began", "Ended", "Note", "Coded as"},
}

// Brief are the facts for the summary.
func (l *Line) Brief() []Fact {
	if l.typ == "" {
		return l.Facts
	}
	if l.typ == "Observation" {
		if l.Value != "" {
			return nil
		}
		return l.Facts
	}
	var out []Fact
	for _, f := range l.Facts {
		marked := slices.ContainsFunc(l.Marks, func(m Mark) bool { return m.Text == f.Text }) // said already
		if slices.Contains(essential[l.typ], f.Name) && !marked {
			out = append(out, f)
		}
	}
	return out
}

// Class is the standing in the words of the style sheet.
func (s Standing) Class() string {
	return [...]string{"current", "past", "past", "past", "wrong"}[min(s, Wrong)]
}

// Dated is the date, with what happened then and until when.
func (l *Line) Dated() string {
	if !l.When.Given() {
		return "No date given"
	}
	return join(" to ", l.WhenIs+" "+l.When.String(), l.Till)
}

// Shortly is Dated for a line of the summary: the day alone, its month cut short.
func (l *Line) Shortly() string {
	if !l.When.Given() {
		return "No date given"
	}
	is := l.WhenIs + " "
	if l.WhenIs == "Recorded" { // as a date beside its source is
		is = ""
	}
	return join(" to ", is+l.When.Short(), l.Till)
}

// Category by its id, for the heading of a line that stands among others.
func partsOf(id string) string {
	for _, c := range categories {
		if c.id == id {
			return c.name
		}
	}
	return id
}
