package registry

import (
	"time"

	"github.com/mycarerecord/mcr/access"
	"github.com/mycarerecord/mcr/fhirdate"
	"github.com/mycarerecord/mcr/nhs"
)

// born is a date of birth as it is on record, under one of the person's numbers.
type born struct {
	date   string // as FHIR writes it: a year, a month or a day
	number nhs.Number
}

// age is how old the person is at a time, in whole years of England's calendar. It is Absent where
// there is no date of birth, and where those that there are do not say: a year alone says it on the
// last day of a year only, and two that differ where they come to the same. The number in use goes
// before the others.
func (p *person) age(t time.Time) access.Fact[int] {
	current := make([]born, 0, 4)
	for _, b := range p.births {
		if b.number == p.identity.Current {
			current = append(current, b)
		}
	}
	if len(current) == 0 {
		current = p.births
	}
	age := access.AbsentFact[int]()
	for _, b := range current {
		years, ok := Age(b.date, t)
		if !ok || age.State == access.Known && age.Value != years {
			return access.AbsentFact[int]()
		}
		age = access.KnownFact(years)
	}
	return age
}

// Age is how many whole years lie between a date of birth and a time, by London's calendar; not ok
// where the date says a day, a month or a year after it, or less than it takes. Who was born on 29
// February is a year older on 1 March where the year has no such day.
func Age(birth string, t time.Time) (years int, ok bool) {
	d, ok := fhirdate.Parse(birth)
	if !ok || d.Precision > fhirdate.Day {
		return 0, false
	}
	oldest, youngest := d.Time, d.Until().AddDate(0, 0, -1)
	t = t.In(fhirdate.London)
	years = yearsBetween(oldest, t)
	return years, years >= 0 && years == yearsBetween(youngest, t)
}

// yearsBetween counts the birthdays from the first one on; it is negative before the birth.
func yearsBetween(birth, t time.Time) int {
	years := t.Year() - birth.Year()
	if t.Month() < birth.Month() || t.Month() == birth.Month() && t.Day() < birth.Day() {
		years--
	}
	return years
}
