package intake

import (
	"time"

	"github.com/mycarerecord/mcr/access"
	"github.com/mycarerecord/mcr/fhirdate"
)

// moment reads one time: the beginning of what it covers. The zero time is given
// where there is none.
func (e element) moment(name string) time.Time {
	return e.date(name).Time.UTC()
}

// past reads one time at which something is said to have happened, as moment does.
func (e element) past(name string) time.Time {
	t := e.moment(name)
	if fhirdate.Ahead(t, e.now) {
		e.wrong("%s lies in the future, and says what has happened: correct it, or the clock", e.at(name))
	}
	return t
}

// period reads a FHIR Period. Its end is the last that it includes: a day, a
// month or a year is in it to its end.
func (e element) period(name string) access.Validity {
	p := e.in(name)
	v := access.Validity{From: p.moment("start"), Until: p.date("end").Until().UTC()}
	if !v.Until.IsZero() && !v.From.Before(v.Until) && !v.From.Equal(v.Until) {
		e.wrong("%s ends before it starts: correct it", e.at(name))
	}
	return v
}

// date reads a FHIR date, dateTime or instant; the zero Date where there is none.
func (e element) date(name string) fhirdate.Date {
	s := e.text(name)
	if s == "" {
		return fhirdate.Date{}
	}
	d, ok := fhirdate.Parse(s)
	if !ok {
		e.wrong("%s is not a FHIR date or dateTime with a time zone: correct it", e.at(name))
	}
	return d
}
