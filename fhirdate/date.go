// Package fhirdate reads dates as FHIR writes them: a year, a month, a day, or a
// time with its zone (R4 §2.24.0.1: date, dateTime, instant). Everybody who reads
// one reads it here: were two readers to differ, a permission would have two ends.
//
// A date without a time is a day, a month or a year in England, on every machine.
// [Parse] takes what FHIR allows and nothing else. [ParseLenient] also takes a time
// without its seconds or zone, as searches may have it and as some systems write it.
// A date that is not in the calendar, such as 30 February, is none.
//
// What it does not: it judges no date. Whether the year 3000 makes sense is for
// who asked; [Ahead] is how a date of the past is judged.
//
// All of it may be used by many goroutines at once.
package fhirdate

import (
	"time"
	_ "time/tzdata" // a bare machine has none, and a wrong hour on a permission is a wrong permission
)

// London is where a day begins and ends.
var London = func() *time.Location {
	zone, err := time.LoadLocation("Europe/London")
	if err != nil {
		panic("the zone Europe/London is built in: " + err.Error())
	}
	return zone
}()

// Precision is how much of a date was written. Zero is no date.
type Precision uint8

// What was written last, from the coarsest to the finest.
const (
	Year Precision = iota + 1
	Month
	Day
	Minute
	Second
)

// Date is a date as far as it was written. The zero Date is none. Two that are
// written alike are equal.
type Date struct {
	// Time is the earliest moment that it may mean: in UTC where a zone was written,
	// in London where none was.
	Time      time.Time
	Precision Precision
}

// Parse reads a date, dateTime or instant: the regular expressions of R4
// §2.24.0.1, and the calendar. A second has at most nine digits after its point:
// no system writes more. Second 60 is the beginning of the next minute.
func Parse(s string) (Date, bool) { return parse(s, false) }

// ParseLenient reads what Parse reads, and times without their seconds (R4
// §3.1.1.4.4 allows that in searches) or without a zone, which are London's.
func ParseLenient(s string) (Date, bool) { return parse(s, true) }

// Leeway is how far a clock elsewhere may be ahead of ours: as much as token allows of an
// issuer's. Who needs more sets the clocks right instead.
const Leeway = 5 * time.Minute

// Ahead says that a moment which is said to be over has not come yet, by more than the
// Leeway: what is dated so was not done (attack 109).
func Ahead(moment, now time.Time) bool { return moment.After(now.Add(Leeway)) }

// Until is the end of what it covers, which is not in it any more: of "2026-03"
// the first moment of April. A time covers no more than itself.
func (d Date) Until() time.Time {
	switch d.Precision {
	case Year:
		return d.Time.AddDate(1, 0, 0)
	case Month:
		return d.Time.AddDate(0, 1, 0)
	case Day:
		return d.Time.AddDate(0, 0, 1)
	}
	return d.Time
}

func parse(s string, lenient bool) (Date, bool) {
	r := reader{rest: s}
	d, month, day, hour, minute, second, nanos, zone := Date{Precision: Year}, 1, 1, 0, 0, 0, 0, London
	year := r.number(4, 1, 9999)
	if r.takes('-') {
		d.Precision, month = Month, r.number(2, 1, 12)
		if r.takes('-') {
			d.Precision, day = Day, r.number(2, 1, 31)
			if r.takes('T') {
				d.Precision, hour = Minute, r.number(2, 0, 23)
				r.must(':')
				minute = r.number(2, 0, 59)
				if r.takes(':') {
					d.Precision, second = Second, r.number(2, 0, 60)
					nanos = r.fraction()
				}
				offset, given := r.zone()
				if given {
					zone = time.UTC
				}
				minute -= offset
				r.bad = r.bad || !lenient && (!given || d.Precision != Second)
			}
		}
	}
	if r.bad || r.rest != "" || day > 28 && time.Date(year, time.Month(month), day, 0, 0, 0, 0, time.UTC).Day() != day {
		return Date{}, false
	}
	d.Time = time.Date(year, time.Month(month), day, hour, minute, second, nanos, zone)
	return d, true
}
