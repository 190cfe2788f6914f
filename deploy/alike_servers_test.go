//go:build servers

package deploy_test

import (
	"context"
	"fmt"
	"strconv"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mycarerecord/mcr/audit"
)

// alike: the console's overview and the dashboards give the same figures for the
// same records, so that nobody has to ask which of them is right.
func alike(ctx context.Context, t *testing.T, store audit.Trail) {
	t.Helper()
	v := view{from: begin.Add(-1), to: end.Add(1)}
	scope := audit.Scope{Since: v.from, Until: v.to}
	shown := func(file, title string) [][]string {
		t.Helper()
		return shownBy(t, regional("mcr"), v, file, title)
	}
	counts := func(by audit.Dimension) map[string]audit.Count {
		all, err := store.Count(ctx, scope, audit.Filter{}, by)
		if err != nil {
			t.Fatal(err)
		}
		index := map[string]audit.Count{}
		for _, c := range all {
			index[c.Key] = c
		}
		return index
	}
	check := func(title string, want, got [][]string) {
		t.Helper()
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-console, +dashboard):\n%s", title, diff)
		}
	}
	days, shownDays := counts(audit.ByDay), shown("access", "Visits by day")
	for _, row := range shownDays {
		c := days[row[0][:10]]
		check("day "+row[0][:10], [][]string{line(c.Visits[audit.Views])}, [][]string{row[1:2]})
	}
	check("days", [][]string{line(len(days))}, [][]string{line(len(shownDays))})
	for _, row := range shown("access", "Visits by hour of the day") {
		hour, _ := strconv.Atoi(row[0])
		var f audit.Filter
		for day := range 7 {
			f.Hours = append(f.Hours, fmt.Sprintf("%d-%02d", day+1, hour))
		}
		c, err := store.Count(ctx, scope, f, audit.Overall)
		if err != nil || len(c) != 1 {
			t.Fatalf("hour %s: %v, %v", row[0], c, err)
		}
		check("hour "+row[0], [][]string{line(c[0].Visits[audit.Views])}, [][]string{row[1:2]})
	}
	inPeriod := audit.Scope{Since: since, Until: until}
	changes, err := store.Count(ctx, inPeriod, audit.Filter{}, audit.ByDay)
	if err != nil {
		t.Fatal(err)
	}
	var counted [][]string
	for _, c := range changes {
		counted = append(counted, line(c.Key, c.Visits[audit.Views]))
	}
	var said [][]string
	for _, row := range answered(t, regional("mcr"), "changes-of-a-day", period) {
		said = append(said, row[:2])
	}
	check("changes of a day", counted, said)
	sources := counts(audit.BySource)
	for _, row := range shown("access", "Visits by source") {
		c := sources[row[0]]
		check("source "+row[0], [][]string{line(c.Visits[audit.Views], c.Views)}, [][]string{{row[2], row[5]}})
	}
	roles := counts(audit.ByRole)
	for _, row := range shown("access", "Visits by role") {
		c := roles[row[0]]
		check("role "+row[0], [][]string{line(c.Visits[audit.Views], c.Views)}, [][]string{{row[2], row[5]}})
	}
	rules := counts(audit.ByRule)
	for _, row := range shown("access", "Visits by rule") {
		c := rules[row[0]]
		check("rule "+row[0], [][]string{line(c.Visits[audit.Views], c.Views)}, [][]string{{row[1], row[4]}})
	}
	reasons := counts(audit.ByReason)
	for _, row := range shown("refusals-and-reasons", "Reasons") {
		c := reasons[row[0]]
		check("reason "+row[0], [][]string{line(c.Visits[audit.Refusals], c.Refusals)}, [][]string{{row[1], row[5]}})
	}
	all := counts(audit.Overall)[audit.All]
	number := func(file, title string) int {
		n, err := strconv.Atoi(shown(file, title)[0][0])
		if err != nil {
			t.Errorf("%s: %s: %v", file, title, err)
		}
		return n
	}
	for _, c := range []struct {
		file, title string
		n           int
	}{
		{"access", "Visits", all.Visits[audit.Views]},
		{"access", "Requests shown", all.Views}, {"access", "Requests refused", all.Refusals}, {"access", "Requests failed", all.Failures},
		{"emergency", "Emergencies declared", all.Emergencies}, {"emergency", "Visits in an emergency", all.Visits[audit.EmergencyViews]},
		{"emergency", "Visits with an alert", all.Visits[audit.Alerts]},
	} {
		check(c.title, [][]string{line(c.n)}, [][]string{line(number(c.file, c.title))})
	}
	// The console says in how many visits something was refused; the dashboard, in how many of them nothing was shown.
	refused := number("refusals-and-reasons", "Visits refused altogether") + number("refusals-and-reasons", "Visits refused in part")
	check("visits with a refusal", [][]string{line(all.Visits[audit.Refusals])}, [][]string{line(refused)})
}
