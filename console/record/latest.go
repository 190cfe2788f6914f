package record

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/mycarerecord/mcr/console/page"
)

func (s *Summary) problems(sources []*Source, lines []*Line) {
	s.Problems = section(sources, lines, []string{"Condition"}, func(l *Line) bool {
		about, _ := l.about.(aboutCondition)
		return l.Standing == Current && !about.visit
	})
	for _, l := range lines {
		if about, _ := l.about.(aboutCondition); l.Standing == Current && about.visit {
			s.Problems.More = append(s.Problems.More, l)
		}
	}
	s.Problems.group(lines)
	slices.SortStableFunc(s.Problems.More, func(a, b *Line) int { return newest(a.When, b.When) })
}

// results picks the latest of each test and of each measurement.
func (s *Summary) results(sources []*Source, all []*Line) {
	var laboratory, measures, reports, results []*Line
	for _, l := range all {
		if l.typ == "DiagnosticReport" && l.Category != "laboratory" && l.Standing == Current {
			reports = append(reports, l)
		}
		about, ok := l.about.(aboutResult)
		if !ok {
			continue
		}
		results = append(results, l)
		switch {
		case l.Standing != Current || l.Value == "" && len(l.Facts) == 0:
		case about.measured:
			measures = append(measures, l)
		default:
			laboratory = append(laboratory, l)
		}
	}
	s.Results = latest(laboratory, latestTests)
	s.Results.Account = account(sources, results, "Observation", "DiagnosticReport")
	s.Measurements = latest(measures, latestMeasures)
	slices.SortStableFunc(reports, func(a, b *Line) int { return newest(a.When, b.When) })
	s.Reports = reports[:min(len(reports), latestReports)]
	var forms []*Line
	for _, l := range all {
		if l.Category == "assessments" && l.Standing != Wrong {
			forms = append(forms, l)
		}
	}
	slices.SortStableFunc(forms, func(a, b *Line) int { return newest(a.When, b.When) })
	s.Assessments = forms[:min(len(forms), latestForms)]
}

// latest keeps the newest line of each test: of several on one day by one source,
// every one. Within a day, what the source marked comes first.
func latest(lines []*Line, most int) Section {
	slices.SortStableFunc(lines, func(a, b *Line) int { return newest(a.When, b.When) })
	newestOf := map[any]*Line{}
	var kept []*Line
	for _, l := range lines {
		key := any(l.Series)
		if l.Series == nil || l.Value == "" {
			key = strings.ToLower(l.Title)
		}
		if before, ok := newestOf[key]; ok && before.When.Day() != l.When.Day() {
			continue
		} else if !ok {
			newestOf[key] = l
		}
		kept = append(kept, l)
	}
	slices.SortStableFunc(kept, func(a, b *Line) int {
		return cmp.Or(newest(dayOf(a.When), dayOf(b.When)), cmp.Compare(rank(a), rank(b)), strings.Compare(strings.ToLower(a.Title), strings.ToLower(b.Title)))
	})
	n := min(len(kept), most)
	return Section{Lines: kept[:n], More: kept[n:]}
}

// rank puts what the source marked first.
func rank(l *Line) int {
	if about, _ := l.about.(aboutResult); about.abnormal {
		return 0
	}
	return 1
}

func dayOf(w When) When {
	if w.timed() {
		y, m, d := w.Time.In(page.London).Date()
		w.Time = time.Date(y, m, d, 0, 0, 0, 0, page.London)
	}
	return w
}

// appointments keeps those to come, the next first.
func (s *Summary) appointments(sources []*Source, lines []*Line, now time.Time) {
	s.Appointments = Section{Account: account(sources, lines, "Appointment")}
	for _, l := range lines {
		about, _ := l.about.(aboutAppointment)
		if !about.off && (!l.When.Known() || about.until.After(now)) {
			s.Appointments.Lines = append(s.Appointments.Lines, l)
		}
	}
	slices.SortStableFunc(s.Appointments.Lines, func(a, b *Line) int { return a.When.compare(b.When) })
}

// timeLine puts every line in the order of time.
func timeLine(all []*Line, now time.Time) []Year {
	lines := make([]*Line, 0, len(all))
	for _, l := range all {
		if l.Category != "administrative" && l.typ != "Patient" {
			lines = append(lines, l)
		}
	}
	slices.SortStableFunc(lines, func(a, b *Line) int { return newest(a.When, b.When) })
	var years []Year
	for _, l := range lines {
		name := "No date given"
		if l.When.Known() {
			if name = l.When.year(); l.When.Time.After(now) {
				name = "To come"
			}
		}
		if len(years) == 0 || years[len(years)-1].Name != name {
			years = append(years, Year{Name: name})
		}
		last := &years[len(years)-1]
		last.Lines = append(last.Lines, l)
	}
	return years
}
