package registry

import (
	"time"
	_ "time/tzdata" // a date means a day in England, on every machine

	"github.com/mycarerecord/mcr/access"
)

var england = func() *time.Location {
	l, err := time.LoadLocation("Europe/London")
	if err != nil {
		panic(err) // tzdata is compiled in
	}
	return l
}()

// span reads a FHIR date, dateTime or instant (R4 §2.24.0.1) as the time that it
// covers, [from, until): "2026-03" is the whole month in England. A time without
// a zone is not a FHIR time.
func span(s string) (from, until time.Time, ok bool) {
	if t, err := time.Parse(time.RFC3339, s); err == nil {
		return t.UTC(), t.UTC(), true
	}
	for _, form := range []struct {
		layout              string
		years, months, days int
	}{{"2006-01-02", 0, 0, 1}, {"2006-01", 0, 1, 0}, {"2006", 1, 0, 0}} {
		if t, err := time.ParseInLocation(form.layout, s, england); err == nil {
			return t.UTC(), t.AddDate(form.years, form.months, form.days).UTC(), true
		}
	}
	return time.Time{}, time.Time{}, false
}

// moment reads one time: the beginning of what it covers. The zero time is given
// where there is none.
func (e element) moment(name string) time.Time {
	s := e.text(name)
	if s == "" {
		return time.Time{}
	}
	from, _, ok := span(s)
	if !ok {
		e.wrong("%s is not a FHIR date or dateTime with a time zone: correct it", e.at(name))
	}
	return from
}

// period reads a FHIR Period. Its end is the last that it includes: a day, a
// month or a year is in it to its end.
func (e element) period(name string) access.Validity {
	p := e.in(name)
	v := access.Validity{From: p.moment("start")}
	if s := p.text("end"); s != "" {
		var ok bool
		if _, v.Until, ok = span(s); !ok {
			p.wrong("%s is not a FHIR date or dateTime with a time zone: correct it", p.at("end"))
		}
	}
	if !v.Until.IsZero() && !v.From.Before(v.Until) && !v.From.Equal(v.Until) {
		e.wrong("%s ends before it starts: correct it", e.at(name))
	}
	return v
}
