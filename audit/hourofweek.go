package audit

import (
	"fmt"
	"slices"
	"time"

	"github.com/mycarerecord/mcr/fhirdate"
)

// HourOfWeek gives the hour of the week in which a time falls, in London, where summer
// time holds from the last Sunday of March to the last of October: the day, from Monday
// as 1 to Sunday as 7 (ISO 8601), and the hour, "3-09" for a Wednesday between 9 and 10.
// The hour that comes twice at the end of summer time is one.
func HourOfWeek(t time.Time) string {
	t = t.In(fhirdate.London)
	return hourOfWeek((int(t.Weekday())+6)%7, t.Hour())
}

func hourOfWeek(day, hour int) string { return fmt.Sprintf("%d-%02d", day+1, hour) }

// HoursOfWeek are all 168 of them, from Monday's first to Sunday's last.
func HoursOfWeek() []string {
	return slices.Clone(hoursOfWeek)
}

var hoursOfWeek = func() (all []string) {
	for day := range 7 {
		for hour := range 24 {
			all = append(all, hourOfWeek(day, hour))
		}
	}
	return all
}()
