package record

import (
	"slices"
	"strings"
	"time"

	"github.com/mycarerecord/mcr/console/page"
)

// identify compares the dates of birth of what came with the one that the
// professional typed. An NHS number with one wrong digit can be another person's;
// the date of birth is what tells.
//
// A source with another date of birth stands apart: nothing of it is shown, and the
// top says so. When no source has the one that was typed, nothing is shown at all.
// One slip of the pen in one place must not keep a whole record from a patient's
// bedside.
func (v *View) identify(answers []*answer, who page.Patient) {
	confirmed, something := who.Checked, false
	for _, a := range answers {
		a.source.Apart = false
		for _, l := range a.lines {
			something = something || l.Category != "administrative"
			about, ok := l.about.(aboutPerson)
			if !ok || l.typ != "Patient" || about.born == "" {
				continue
			}
			switch {
			case who.Born == "":
			case about.born == who.Born:
				confirmed = true
			case !strings.HasPrefix(who.Born, about.born+"-"): // a year alone confirms nothing, and differs from nothing
				a.source.Apart = true
			}
		}
		if a.source.Apart {
			v.Differing = append(v.Differing, a.source)
		}
	}
	switch {
	case confirmed || !something:
	case len(v.Differing) > 0:
		v.Stop = OtherBirth
	default:
		v.Stop = Unconfirmed
	}
}

// person gathers what sources say about who it is; where they differ, all of it.
func (v *View) person(lines []*Line, who page.Patient) {
	v.Person.Age, v.Person.Aged = age(who.Born, v.Read), aged(who.Born, v.Read)
	if v.Person.Before = who.Died; who.Died != "" { // no source has said it again yet
		v.Person.Age, v.Person.Aged = -1, ""
	}
	for _, l := range lines {
		about, ok := l.about.(aboutPerson)
		if !ok || l.typ != "Patient" {
			continue
		}
		v.Person.Names = said(v.Person.Names, about.name, l.Source)
		v.Person.Gender = said(v.Person.Gender, about.gender, l.Source)
		if about.dead {
			v.Person.Died = said(v.Person.Died, about.died.death(who.Born), l.Source)
			v.Person.Age, v.Person.Aged = -1, "" // how old they were stands beside when they died
		}
		v.Person.Protected = v.Person.Protected || about.protected
	}
}

func said(all []Said, text string, by *Source) []Said {
	if text == "" {
		return all
	}
	for i := range all {
		if strings.EqualFold(all[i].Text, text) {
			if !slices.Contains(all[i].By, by) {
				all[i].By = append(all[i].By, by)
			}
			return all
		}
	}
	return append(all, Said{text, []*Source{by}})
}

// age is the age in whole years on a day in London.
func age(born string, now time.Time) int {
	b, err := time.Parse(time.DateOnly, born)
	if err != nil {
		return -1
	}
	today := now.In(page.London)
	years := today.Year() - b.Year()
	if today.Month() < b.Month() || today.Month() == b.Month() && today.Day() < b.Day() {
		years--
	}
	return years
}
