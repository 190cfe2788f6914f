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
	Assessments  []*Line // the latest forms and assessments, such as a 111 call's
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
	Disputed    string  // of alerts: how current decisions about resuscitation differ, by source
	Groups      []Group // of problems: Lines, each problem once, with what contradicts it
	Account     Account
}

// AllergyList keeps apart what must not be confused.
type AllergyList struct {
	Current    []*Line  // whatever is not said to be over, the gravest first
	Groups     []Group  // the same, each allergy once, with those that contradict it
	Statements []*Line  // "no known allergies", as somebody stated
	Denied     []string // what such a statement denies, a sentence each
	Over       []*Line  // resolved, inactive, ruled out, and not in Groups
	Account    Account
}

// What of the latest stands in the summary.
const (
	latestTests    = 12
	latestReports  = 4
	latestForms    = 4
	latestMeasures = 8
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
	a.group()
	return a
}
