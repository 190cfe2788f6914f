package record

import (
	"cmp"
	"slices"
	"strings"
	"time"
)

// MedicineList is what the patient takes or should take, as far as it was told.
type MedicineList struct {
	Groups  []Medicine // by name
	Lately  []*Line    // supplied or given in the last days
	Over    int        // medicines that are stopped or completed: in the full list
	Account Account
}

// lately is how long what was supplied or given stands in the summary.
const lately = 30 * 24 * time.Hour

// Medicine is one medicine with every source's entry for it, one below another. The
// entries stay apart: doses that differ are for the clinician to see.
type Medicine struct {
	Name  string
	Lines []*Line
	// Rows are the lines as the table has them.
	Rows []MedicineRow
	// Doses counts the doses in force that differ, strengths among them: 2 and more is
	// what somebody must look into. 0 or 1 where none differs, or none is told.
	Doses int
}

// MedicineRow is one source's entry as the table has it.
type MedicineRow struct {
	*Line
	Dose   string
	Since  When
	Issued When // when it was last issued or supplied by this source, as far as it says
	// Told are the marks and facts that the table's columns do not say.
	ToldMarks []Mark
	ToldFacts []Fact
}

// Conflict says in a word or two that the entries in force do not say one dose; "" where
// they do.
func (m Medicine) Conflict() string {
	switch {
	case m.Doses < 2:
		return ""
	case m.Doses == 2:
		return "Two doses"
	}
	return counting(m.Doses, "dose", "doses")
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
	m.Groups = sideBySide(standing, lines)
	slices.SortStableFunc(m.Lately, func(a, b *Line) int { return newest(a.When, b.When) })
	m.Account = account(sources, lines, typesIn("medications")...)
	return m
}

// sideBySide groups the lines of what is taken that are the same medicine, by code, by
// words, or by the name before the strength; issues are all lines of medicines, which say
// when each was issued.
func sideBySide(lines, issues []*Line) []Medicine {
	slices.SortStableFunc(lines, func(a, b *Line) int {
		return cmp.Or(strings.Compare(strings.ToLower(a.Title), strings.ToLower(b.Title)), newest(a.When, b.When))
	})
	var groups []*Medicine
	by := map[string]*Medicine{}
	groupOf := func(l *Line) *Medicine {
		for _, key := range l.medicineKeys() {
			if g := by[key]; g != nil {
				return g
			}
		}
		return nil
	}
	for _, l := range lines {
		g := groupOf(l)
		if g == nil {
			g = &Medicine{Name: l.Title}
			groups = append(groups, g)
		} else if !strings.EqualFold(g.Name, l.Title) {
			g.Name = cmp.Or(bareName(g.Name), g.Name)
		}
		for _, key := range l.medicineKeys() {
			if by[key] == nil {
				by[key] = g
			}
		}
		g.Lines = append(g.Lines, l)
	}
	type issuer struct {
		of *Medicine
		by *Source
	}
	last := map[issuer]When{}
	for _, l := range issues {
		about, _ := l.about.(aboutMedicine)
		if g := groupOf(l); g != nil && about.issued.Known() && l.Standing != Wrong && l.Standing != Undone {
			if at := (issuer{g, l.Source}); newest(about.issued, last[at]) < 0 {
				last[at] = about.issued
			}
		}
	}
	out := make([]Medicine, 0, len(groups))
	for _, g := range groups {
		for _, l := range g.Lines {
			g.Rows = append(g.Rows, l.medicineRow(last[issuer{g, l.Source}]))
		}
		g.Doses = dosesInForce(g.Lines)
		out = append(out, *g)
	}
	return out
}

// medicineKeys are the codes and words by which a line is the same medicine as another.
func (l *Line) medicineKeys() []string {
	keys := append(slices.Clone(l.alike), strings.ToLower(l.Title))
	if name := bareName(l.Title); name != "" {
		keys = append(keys, "name "+strings.ToLower(name))
	}
	return keys
}

// medicineRow is the line as the table has it.
func (l *Line) medicineRow(issued When) MedicineRow {
	about, _ := l.about.(aboutMedicine)
	row := MedicineRow{Line: l, Dose: doseIn(l.Facts), Since: about.since, Issued: issued}
	for _, m := range l.Marks {
		if m.Tone != Good { // active: as is all that has no mark
			row.ToldMarks = append(row.ToldMarks, m)
		}
	}
	for _, f := range l.Brief() {
		if f.Name != "Dose" && f.Name != "and" && f.Name != "then" {
			row.ToldFacts = append(row.ToldFacts, f)
		}
	}
	return row
}

// doseIn writes the doses among a line's facts in one.
func doseIn(facts []Fact) (text string) {
	for _, f := range facts {
		switch f.Name {
		case "Dose":
			text = f.Text
		case "and", "then":
			text += "; " + f.Name + " " + lower(f.Text)
		}
	}
	return text
}
