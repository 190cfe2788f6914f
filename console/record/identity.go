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
func (v *View) identify(answers []*answer, who page.Patient) {
	confirmed, something := who.Checked, false
	for _, a := range answers {
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
				v.Stop = OtherBirth
				if !slices.Contains(v.Differing, a.source) {
					v.Differing = append(v.Differing, a.source)
				}
			}
		}
	}
	if v.Stop == "" && something && !confirmed {
		v.Stop = Unconfirmed
	}
}

// person gathers what sources say about who it is; where they differ, all of it.
func (v *View) person(lines []*Line, who page.Patient) {
	v.Person.Age = age(who.Born, v.Read)
	for _, l := range lines {
		about, ok := l.about.(aboutPerson)
		if !ok || l.typ != "Patient" {
			continue
		}
		v.Person.Names = said(v.Person.Names, about.name, l.Source)
		v.Person.Gender = said(v.Person.Gender, about.gender, l.Source)
		v.Person.Died = said(v.Person.Died, about.died, l.Source)
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
