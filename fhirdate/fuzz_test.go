package fhirdate_test

import (
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/mycarerecord/mcr/fhirdate"
)

// The regular expression of dateTime, as R4 §2.24.0.1 gives it (less what is finer
// than a nanosecond), and with what ParseLenient takes as well. time.Parse alone
// will not do: it also takes an hour of one digit, a comma before the fraction,
// zones up to +24:59, and the year 0.
const (
	standard = `^([0-9]([0-9]([0-9][1-9]|[1-9]0)|[1-9]00)|[1-9]000)(-(0[1-9]|1[0-2])(-(0[1-9]|[1-2][0-9]|3[0-1])` +
		`(T([01][0-9]|2[0-3]):[0-5][0-9]:([0-5][0-9]|60)(\.[0-9]{1,9})?(Z|(\+|-)((0[0-9]|1[0-3]):[0-5][0-9]|14:00)))?)?)?$`
)

var (
	strict  = regexp.MustCompile(standard)
	lenient = regexp.MustCompile(strings.NewReplacer(
		`:([0-5][0-9]|60)(\.[0-9]{1,9})?(Z`, `(:([0-5][0-9]|60)(\.[0-9]{1,9})?)?(Z`, `14:00)))?)?)?$`, `14:00))?)?)?)?$`).Replace(standard))
)

// Two others judge: the standard's own expression says what is of the form, and
// time.Parse what is in the calendar and which moment it is.
func FuzzParse(f *testing.F) {
	for _, text := range []string{
		"2026", "2026-03", "2026-02-29", "2024-02-29", "2026-03-29T01:30:00", "2026-10-25T01:30", "2026-03-02T10:00:00Z", "2026-03-02T10:00:00.123+01:00",
		"2016-12-31T23:59:60Z", "2026-03-02T10:00:00,5Z", "2026-03-02T1:00:00Z", "0000", "9999-12-31T23:59:59-14:00", "2026-03-02T10:00-00:00", "2026-03-02T10:00:00.1234567890123Z",
	} {
		f.Add(text)
	}
	layouts := []string{"2006", "2006-01", time.DateOnly, time.RFC3339, "2006-01-02T15:04:05", "2006-01-02T15:04Z07:00", "2006-01-02T15:04"}
	f.Fuzz(func(t *testing.T, text string) {
		var moment time.Time
		inCalendar := false
		for _, layout := range layouts {
			// Go knows no second 60.
			if at, err := time.ParseInLocation(layout, strings.Replace(text, ":60", ":59", 1), fhirdate.London); err == nil {
				moment, inCalendar = at, true
			}
		}
		if strings.Contains(text, ":60") {
			moment = moment.Add(time.Second)
		}
		for kind, form := range map[string]*regexp.Regexp{"Parse": strict, "ParseLenient": lenient} {
			d, ok := readers[kind](text)
			if want := inCalendar && form.MatchString(text); ok != want {
				t.Fatalf("%s takes %q: %v, want %v", kind, text, ok, want)
			}
			if !ok && d != (fhirdate.Date{}) {
				t.Fatalf("%s of %q gives %v beside its no", kind, text, d)
			}
			if ok && !d.Time.Equal(moment) {
				t.Fatalf("%s reads %q as %v, time.Parse as %v", kind, text, d.Time, moment)
			}
			if until := d.Until(); ok && (d.Precision <= fhirdate.Day) != until.After(d.Time) {
				t.Fatalf("%s: %q, of precision %d, covers %v to %v", kind, text, d.Precision, d.Time, until)
			}
		}
	})
}
