package trail

import (
	"fmt"
	"slices"
	"strings"

	"github.com/mycarerecord/mcr/audit"
)

// outOfHours stands in an address for all of them.
const outOfHours = "out-of-hours"

// hoursOut are the hours of the week that are out of hours: all but those from 8 am to
// 7 pm from Monday to Friday. General practices in England are open from 8 am to 6.30 pm
// (the core hours of the NHS's GP contract), and what is counted is whole hours. Bank
// holidays are not known here.
var hoursOut = slices.DeleteFunc(audit.HoursOfWeek(), func(hour string) bool {
	return hour[0] < '6' && hour[2:] >= "08" && hour[2:] < "19"
})

// hoursSaid says that in words.
const hoursSaid = "before 8 am, from 7 pm on, and at weekends, by the clocks of London"

// hoursOf reads hours of the week from an address: see hoursWritten.
func hoursOf(text string) []string {
	switch text {
	case "":
		return nil
	case outOfHours:
		return slices.Clone(hoursOut)
	}
	return strings.Split(text, ",")
}

// hoursWritten writes hours of the week as they stand in an address.
func hoursWritten(hours []string) string {
	if slices.Equal(hours, hoursOut) {
		return outOfHours
	}
	return strings.Join(hours, ",")
}

// hoursName says which hours of the week are asked for.
func hoursName(hours []string) string {
	if slices.Equal(hours, hoursOut) {
		return "Out of hours: " + hoursSaid
	}
	var names []string
	for _, hour := range hours {
		names = append(names, hourName(hour))
	}
	return join(names)
}

// hourChoices are the hours that the search offers, with those that are asked for.
func hourChoices(asked []string) []choice {
	all := []choice{{outOfHours, "Out of hours"}}
	if text := hoursWritten(asked); text != "" && text != outOfHours {
		all = append(all, choice{text, hoursName(asked)})
	}
	return all
}

var weekdays = []string{"Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"}

// hourName gives an hour of the week as people say it: "Wednesday 09:00 to 10:00".
func hourName(key string) string {
	var day, hour int
	if n, err := fmt.Sscanf(key, "%d-%d", &day, &hour); n != 2 || err != nil || day < 1 || day > 7 {
		return key
	}
	return fmt.Sprintf("%s %02d:00 to %02d:00", weekdays[day-1], hour, hour+1)
}
