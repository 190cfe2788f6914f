package record

import (
	"time"

	"github.com/mycarerecord/mcr/console/page"
)

// precision is how much of a date a source gave (FHIR R4 §2.24.0.1: dates may be
// a year, or a year and a month).
type precision uint8

const (
	noDate precision = iota
	notADate
	toYear
	toMonth
	toDay
	toMinute
)

// When is a date as a source gave it; it says no more than the source did.
type When struct {
	Time time.Time // the earliest moment that it may mean; zero when it is no date
	as   precision
	text string // what stood there, when it is no date
}

// when reads a FHIR date, dateTime or instant.
func when(n node) When {
	text := n.raw()
	for _, form := range []struct {
		layout string
		as     precision
	}{
		{time.DateOnly, toDay}, {time.RFC3339, toMinute}, {"2006-01", toMonth}, {"2006", toYear},
		{"2006-01-02T15:04:05", toMinute}, {"2006-01-02T15:04Z07:00", toMinute}, {"2006-01-02T15:04", toMinute},
	} {
		if t, err := time.ParseInLocation(form.layout, text, page.London); err == nil && t.Year() > 1 {
			return When{Time: t, as: form.as}
		}
	}
	if text != "" {
		return When{as: notADate, text: clean(text)}
	}
	return When{}
}

// Given says whether the source gave a date at all.
func (w When) Given() bool { return w.as != noDate }

// Known says whether it can be put in order.
func (w When) Known() bool { return w.as > notADate }

// String is the date as people write it, in London.
func (w When) String() string {
	switch w.as {
	case noDate:
		return ""
	case notADate:
		return "“" + w.text + "”"
	case toYear:
		return w.Time.Format("2006")
	case toMonth:
		return w.Time.Format("January 2006")
	case toDay:
		return w.Time.Format("2 January 2006")
	}
	return w.Time.In(page.London).Format("2 January 2006, 15:04")
}

// Day is the date without the time of day.
func (w When) Day() string {
	if w.as == toMinute {
		return w.Time.In(page.London).Format("2 January 2006")
	}
	return w.String()
}

// Machine is the date for the datetime attribute of a <time> element and for
// filters; "" when it cannot be put in order.
func (w When) Machine() string {
	switch w.as {
	case noDate, notADate:
		return ""
	case toYear:
		return w.Time.Format("2006")
	case toMonth:
		return w.Time.Format("2006-01")
	case toDay:
		return w.Time.Format(time.DateOnly)
	}
	return w.Time.In(page.London).Format("2006-01-02T15:04:05Z07:00")
}

// end is the last moment that it may mean: a permission "until March" lasts all March.
func (w When) end() time.Time {
	switch w.as {
	case toYear:
		return w.Time.AddDate(1, 0, 0)
	case toMonth:
		return w.Time.AddDate(0, 1, 0)
	case toDay:
		return w.Time.AddDate(0, 0, 1)
	}
	return w.Time
}

// before orders dates, the undated last.
func (w When) compare(o When) int {
	switch {
	case w.Known() && o.Known():
		return w.Time.Compare(o.Time)
	case w.Known():
		return -1
	case o.Known():
		return 1
	}
	return 0
}

// newest orders the newest first, the undated last.
func newest(a, b When) int {
	if a.Known() && b.Known() {
		return b.Time.Compare(a.Time)
	}
	return a.compare(b)
}

// spanText writes a FHIR Period.
func spanText(n node) string {
	from, to := when(n.get("start")), when(n.get("end"))
	switch {
	case from.Given() && to.Given() && from.String() == to.String():
		return from.String()
	case from.Given() && to.Given():
		return from.String() + " to " + to.String()
	case from.Given():
		return "since " + from.String()
	case to.Given():
		return "until " + to.String()
	}
	return ""
}

// clock is the time of day alone.
func (w When) clock() string {
	if w.as != toMinute {
		return ""
	}
	return w.Time.In(page.London).Format("15:04")
}

// year is the year in London.
func (w When) year() string {
	if w.as == toMinute {
		return w.Time.In(page.London).Format("2006")
	}
	return w.Time.Format("2006")
}
