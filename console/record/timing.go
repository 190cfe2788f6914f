package record

import (
	"cmp"
	"strings"
)

var (
	periods = map[string][2]string{"s": {"second", "seconds"}, "min": {"minute", "minutes"}, "h": {"hour", "hours"}, "d": {"day", "days"},
		"wk": {"week", "weeks"}, "mo": {"month", "months"}, "a": {"year", "years"}}
	weekdays = map[string]string{"mon": "Monday", "tue": "Tuesday", "wed": "Wednesday", "thu": "Thursday", "fri": "Friday", "sat": "Saturday", "sun": "Sunday"}
	// eventTimes are the codes of FHIR's event-timing and v3 TimingEvent.
	eventTimes = map[string]string{"MORN": "in the morning", "MORN.early": "early in the morning", "MORN.late": "late in the morning", "NOON": "at noon",
		"AFT": "in the afternoon", "AFT.early": "early in the afternoon", "AFT.late": "late in the afternoon", "EVE": "in the evening",
		"EVE.early": "early in the evening", "EVE.late": "late in the evening", "NIGHT": "at night", "PHS": "after going to sleep",
		"HS": "at bedtime", "WAKE": "on waking", "C": "with meals", "CM": "with breakfast", "CD": "with lunch", "CV": "with the evening meal",
		"AC": "before meals", "ACM": "before breakfast", "ACD": "before lunch", "ACV": "before the evening meal",
		"PC": "after meals", "PCM": "after breakfast", "PCD": "after lunch", "PCV": "after the evening meal"}
)

// timing writes a Timing: "2 times a day, after meals, for 7 days".
func timing(t node) string {
	r := t.get("repeat")
	var parts []string
	parts = append(parts, often(r))
	for _, d := range r.get("dayOfWeek").list() {
		parts = append(parts, named(weekdays, d.raw()))
	}
	for _, at := range r.get("timeOfDay").list() {
		parts = append(parts, "at "+strings.TrimSuffix(at.text(), ":00"))
	}
	offset := ""
	if o := r.get("offset").text(); o != "" {
		offset = o + " minutes "
	}
	for _, event := range r.get("when").list() {
		parts = append(parts, offset+named(eventTimes, event.raw()))
	}
	if d := r.get("duration").text(); d != "" {
		parts = append(parts, "each for "+counted(upTo(d, r.get("durationMax").text()), r.get("durationUnit").raw()))
	}
	if c := r.get("count").text(); c != "" {
		parts = append(parts, upTo(c, r.get("countMax").text())+" times in all")
	}
	if d := quantity(r.get("boundsDuration")); d != "" {
		parts = append(parts, "for "+counted(number(r.get("boundsDuration")), cmp.Or(r.get("boundsDuration", "code").raw(), unit(r.get("boundsDuration")))))
	}
	if d := span(r.get("boundsRange")); d != "" {
		parts = append(parts, "for "+d)
	}
	parts = append(parts, spanText(r.get("boundsPeriod")))
	for _, event := range t.get("event").list() {
		parts = append(parts, when(event).String())
	}
	if text := join(", ", parts...); text != "" {
		return text
	}
	return lower(concept(t.get("code")))
}

// often writes frequency and period.
func often(r node) string {
	f, p, u := r.get("frequency").text(), r.get("period").text(), r.get("periodUnit").raw()
	if f == "" && p == "" {
		return ""
	}
	if f == "" {
		f = "1"
	}
	times := upTo(f, r.get("frequencyMax").text())
	switch times {
	case "1":
		times = "once"
	case "2":
		times = "twice"
	default:
		times += " times"
	}
	if p == "" {
		return times
	}
	if p == "1" && r.get("periodMax").raw() == "" {
		return times + " a " + strings.TrimPrefix(counted("1", u), "1 ")
	}
	return times + " every " + counted(upTo(p, r.get("periodMax").text()), u)
}

func upTo(least, most string) string {
	if most == "" || most == least {
		return least
	}
	return least + " to " + most
}

// counted writes "1 day", "8 hours"; a unit that is not known stands as it came.
func counted(n, unit string) string {
	names, ok := periods[unit]
	switch {
	case !ok:
		return join(" ", n, clean(unit))
	case n == "1":
		return n + " " + names[0]
	}
	return n + " " + names[1]
}

func named(words map[string]string, code string) string {
	if text, ok := words[code]; ok {
		return text
	}
	return clean(code)
}
