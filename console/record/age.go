package record

import (
	"cmp"
	"fmt"
	"time"

	"github.com/mycarerecord/mcr/console/page"
	"github.com/mycarerecord/mcr/fhirdate"
)

// fresh is how long something counts as new: what is older says how old it is.
const fresh = 30 * 24 * time.Hour

// ago says how old something is: "5 weeks ago", "16 months ago", "3 years ago"; in
// whole calendar months, and from two years on in years. "" for what is new, to come
// or without a date. Of a date that is a month or a year alone it is about so old.
func (w When) ago(now time.Time) string {
	if !w.Known() || now.Sub(w.Until()) < fresh {
		return ""
	}
	months := monthsBetween(w.date(), now)
	about := ""
	switch w.Precision {
	case fhirdate.Year:
		return "about " + counting(max(1, now.In(page.London).Year()-w.Time.Year()), "year", "years") + " ago"
	case fhirdate.Month:
		about = "about "
	}
	switch {
	case months < 2:
		return about + counting(int(now.Sub(w.Time)/(7*24*time.Hour)), "week", "weeks") + " ago"
	case months < 24:
		return fmt.Sprintf("%s%d months ago", about, months)
	}
	return fmt.Sprintf("%s%d years ago", about, months/12)
}

// date is the day that it was in London, at noon.
func (w When) date() time.Time {
	t := w.Time
	if w.timed() {
		t = t.In(page.London)
	}
	y, m, d := t.Date()
	return time.Date(y, m, d, 12, 0, 0, 0, page.London)
}

// monthsBetween counts the whole calendar months from a day in London to a moment.
func monthsBetween(from, to time.Time) int {
	from, to = from.In(page.London), to.In(page.London)
	months := 12*(to.Year()-from.Year()) + int(to.Month()) - int(from.Month())
	if to.Day() < from.Day() && to.AddDate(0, 0, 1).Month() == to.Month() { // the 31st of a month with 30 days is its last
		months--
	}
	return months
}

// aged is how old somebody is at a moment who was born on a day ("1958-02-11"):
// "68 years", of a small child "16 months", of a baby "12 days". "" when the day is
// none, or is to come.
func aged(born string, at time.Time) string {
	day, err := time.ParseInLocation(time.DateOnly, born, page.London)
	years := age(born, at)
	if err != nil || years < 0 || at.Before(day) {
		return ""
	}
	switch months := monthsBetween(day, at); {
	case years >= 2:
		return fmt.Sprintf("%d years", years)
	case months >= 2:
		return fmt.Sprintf("%d months", months)
	default:
		return counting(int(at.Sub(day)/(24*time.Hour)), "day", "days")
	}
}

// death says when somebody died, and at what age: "3 March 2024, aged 91". Of a month
// or a year alone the age may be one of two.
func (w When) death(born string) string {
	if !w.Known() {
		return cmp.Or(w.Day(), "date not given")
	}
	first, last := w.Time, w.Time
	if !w.timed() {
		last = w.Until().Add(-time.Nanosecond)
	}
	youngest, oldest := aged(born, first), aged(born, last)
	switch {
	case oldest == "" || youngest == "": // before they were born, or nobody knows when that was
		return w.Day()
	case youngest == oldest:
		return w.Day() + ", aged " + bareYears(oldest)
	}
	return w.Day() + ", aged " + bareYears(youngest) + " or " + bareYears(oldest)
}

// bareYears leaves out what everybody says without: "aged 91".
func bareYears(aged string) string {
	var years int
	if n, err := fmt.Sscanf(aged, "%d years", &years); err == nil && n == 1 {
		return fmt.Sprint(years)
	}
	return aged
}
