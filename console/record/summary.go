package record

import (
	"cmp"
	"slices"
	"strings"
	"time"
)

// Summary is what is looked for first.
type Summary struct {
	Allergies    AllergyList
	Alerts       Section // what whoever treats the patient must know first; More holds what is over
	Medicines    MedicineList
	Problems     Section // More holds diagnoses of single visits
	Results      Section // the latest of each test; More holds older tests
	Reports      []*Line // the latest imaging and other reports
	Measurements Section
	Appointments Section
	Plans        Section
	Contacts     Section
	// Empty says that no source gave anything about the patient.
	Empty bool
}

// Section is one part of the summary.
type Section struct {
	Lines, More []*Line
	Account     Account
}

// AllergyList keeps apart what must not be confused.
type AllergyList struct {
	Current    []*Line // whatever is not said to be over, the gravest first
	Statements []*Line // "no known allergies", as somebody stated
	Over       []*Line // resolved, inactive, ruled out
	Account    Account
}

// MedicineList is what the patient takes or should take, as far as it was told.
type MedicineList struct {
	Groups  []Medicine // by name
	Lately  []*Line    // supplied or given in the last days
	Over    int        // medicines that are stopped or completed: in the full list
	Account Account
}

// Medicine is one medicine with every source's entry for it, side by side. The
// entries stay apart: doses that differ are for the clinician to see.
type Medicine struct {
	Name  string
	Lines []*Line
}

// Several says that more than one source has it.
func (m Medicine) Several() bool {
	return slices.ContainsFunc(m.Lines, func(l *Line) bool { return l.Source != m.Lines[0].Source })
}

// What of the latest stands in the summary.
const (
	latestTests    = 12
	latestReports  = 4
	latestMeasures = 8
	lately         = 30 * 24 * time.Hour
)

func summarise(sources []*Source, all []*Line, now time.Time) Summary {
	var s Summary
	part := map[string][]*Line{} // by type
	for _, l := range all {
		part[l.typ] = append(part[l.typ], l)
		if l.Category != "administrative" && l.typ != "Patient" {
			s.Empty = true
		}
	}
	s.Empty = !s.Empty
	s.Allergies = allergyList(sources, part["AllergyIntolerance"])
	s.Alerts = alertList(sources, all)
	s.Medicines = medicineList(sources, all, now)
	s.problems(sources, part["Condition"])
	s.results(sources, all)
	s.appointments(sources, part["Appointment"], now)
	current := func(l *Line) bool { return l.Standing == Current }
	s.Plans = section(sources, slices.Concat(part["CarePlan"], part["CareTeam"], part["EpisodeOfCare"]), nil, current)
	s.Plans.Account = account(sources, part["CarePlan"], "CarePlan")
	s.Contacts = section(sources, part["RelatedPerson"], []string{"RelatedPerson"}, current)
	for _, l := range part["Patient"] {
		if about, ok := l.about.(aboutPerson); ok {
			for _, c := range about.contacts {
				s.Contacts.Lines = append(s.Contacts.Lines, &Line{ID: l.ID, Source: l.Source, Kind: "Contact", Title: c.Name, Facts: []Fact{{"", c.Text}}})
			}
		}
	}
	return s
}

func section(sources []*Source, lines []*Line, types []string, which func(*Line) bool) Section {
	s := Section{Account: account(sources, lines, types...)}
	for _, l := range lines {
		if which(l) {
			s.Lines = append(s.Lines, l)
		}
	}
	slices.SortStableFunc(s.Lines, func(a, b *Line) int { return cmp.Or(cmp.Compare(a.sort, b.sort), newest(a.When, b.When)) })
	return s
}

func allergyList(sources []*Source, lines []*Line) AllergyList {
	a := AllergyList{Account: account(sources, lines, "AllergyIntolerance")}
	for _, l := range lines {
		about, _ := l.about.(aboutAllergy)
		switch {
		case l.Standing == Wrong:
		case l.Standing != Current:
			a.Over = append(a.Over, l)
		case about.none:
			a.Statements = append(a.Statements, l)
		default:
			a.Current = append(a.Current, l)
		}
	}
	gravest := func(x, y *Line) int {
		return cmp.Or(cmp.Compare(x.sort, y.sort), strings.Compare(strings.ToLower(x.Title), strings.ToLower(y.Title)), newest(x.When, y.When))
	}
	for _, list := range [][]*Line{a.Current, a.Statements, a.Over} {
		slices.SortStableFunc(list, gravest)
	}
	return a
}

func medicineList(sources []*Source, all []*Line, now time.Time) MedicineList {
	var m MedicineList
	var lines, standing []*Line
	for _, l := range all {
		about, ok := l.about.(aboutMedicine)
		if !ok {
			continue
		}
		lines = append(lines, l)
		switch {
		case about.event:
			if l.Standing != Wrong && l.Standing != Undone && l.When.Known() && now.Sub(l.When.Time) < lately {
				m.Lately = append(m.Lately, l)
			}
		case l.Standing == Current || l.Standing == Undone:
			standing = append(standing, l)
		case l.Standing == Past:
			m.Over++
		}
	}
	m.Groups = sideBySide(standing)
	slices.SortStableFunc(m.Lately, func(a, b *Line) int { return newest(a.When, b.When) })
	m.Account = account(sources, lines, typesIn("medications")...)
	return m
}

// sideBySide groups lines that are the same thing by code or by words.
func sideBySide(lines []*Line) []Medicine {
	slices.SortStableFunc(lines, func(a, b *Line) int {
		return cmp.Or(strings.Compare(strings.ToLower(a.Title), strings.ToLower(b.Title)), newest(a.When, b.When))
	})
	var groups []*Medicine
	by := map[string]*Medicine{}
	for _, l := range lines {
		var g *Medicine
		for _, key := range l.alike {
			if g = by[key]; g != nil {
				break
			}
		}
		if g == nil {
			g = &Medicine{Name: l.Title}
			groups = append(groups, g)
		}
		for _, key := range l.alike {
			if by[key] == nil {
				by[key] = g
			}
		}
		g.Lines = append(g.Lines, l)
	}
	out := make([]Medicine, 0, len(groups))
	for _, g := range groups {
		out = append(out, *g)
	}
	return out
}
