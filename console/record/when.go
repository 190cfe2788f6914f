package record

import (
	"time"

	"github.com/mycarerecord/mcr/console/page"
	"github.com/mycarerecord/mcr/fhirdate"
)

// When is a date as a source gave it; it says no more than the source did.
type When struct {
	fhirdate.Date        // the zero Date when it is none
	quoted        string // what stood there, when it is no date
}

// when reads a FHIR date, dateTime or instant, and what systems write in place of
// one.
func when(n node) When {
	text := n.raw()
	if d, ok := fhirdate.ParseLenient(text); ok && d.Time.Year() > 1 { // the year 1 is how some write "none"
		return When{Date: d}
	}
	if text != "" {
		return When{quoted: "“" + clean(text) + "”"}
	}
	return When{}
}

// Given says whether the source gave a date at all.
func (w When) Given() bool { return w.Known() || w.quoted != "" }

// Known says whether it can be put in order.
func (w When) Known() bool { return w.Precision > 0 }

// timed says whether it has a time of day.
func (w When) timed() bool { return w.Precision >= fhirdate.Minute }

// String is the date as people write it, in London.
func (w When) String() string {
	switch w.Precision {
	case 0:
		return w.quoted
	case fhirdate.Year:
		return w.Time.Format("2006")
	case fhirdate.Month:
		return w.Time.Format("January 2006")
	case fhirdate.Day:
		return w.Time.Format("2 January 2006")
	}
	return w.Time.In(page.London).Format("2 January 2006, 15:04")
}

// Day is the date without the time of day.
func (w When) Day() string {
	if w.timed() {
		return w.Time.In(page.London).Format("2 January 2006")
	}
	return w.String()
}

// Short is Day with the name of the month cut short, for tables.
func (w When) Short() string {
	switch {
	case w.timed():
		return w.Time.In(page.London).Format("2 Jan 2006")
	case w.Precision == fhirdate.Day:
		return w.Time.Format("2 Jan 2006")
	case w.Precision == fhirdate.Month:
		return w.Time.Format("Jan 2006")
	}
	return w.String()
}

// Machine is the date for the datetime attribute of a <time> element and for
// filters; "" when it cannot be put in order.
func (w When) Machine() string {
	switch w.Precision {
	case 0:
		return ""
	case fhirdate.Year:
		return w.Time.Format("2006")
	case fhirdate.Month:
		return w.Time.Format("2006-01")
	case fhirdate.Day:
		return w.Time.Format(time.DateOnly)
	}
	return w.Time.In(page.London).Format("2006-01-02T15:04:05Z07:00")
}

// compare orders dates, the undated last.
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
	if !w.timed() {
		return ""
	}
	return w.Time.In(page.London).Format("15:04")
}

// year is the year in London.
func (w When) year() string {
	if w.timed() {
		return w.Time.In(page.London).Format("2006")
	}
	return w.Time.Format("2006")
}
