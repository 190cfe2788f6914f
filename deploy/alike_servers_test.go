//go:build servers

package deploy_test

import (
	"context"
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
		for _, d := range dashboards(t) {
			for _, p := range d.Panels {
				if d.file == file && p.Title == title {
					sql, err := v.expand(p.Targets[0].RawSQL)
					if err != nil {
						t.Fatal(err)
					}
					return regional("mcr").must(t, sql, nil).rows
				}
			}
		}
		t.Fatalf("%s has no panel %s", file, title)
		return nil
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
	days := counts(audit.ByDay)
	for _, row := range shown("access", "Views and refusals by day") {
		c := days[row[0][:10]]
		check("day "+row[0][:10], [][]string{line(row[0], c.Views, c.Refusals, c.Failures)}, [][]string{row})
	}
	sources := counts(audit.BySource)
	for _, row := range shown("access", "Views by source") {
		c := sources[row[0]]
		check("source "+row[0], [][]string{line(c.Views, c.Visits)}, [][]string{{row[2], row[3]}})
	}
	rules := counts(audit.ByRule)
	for _, row := range shown("access", "Views by rule") {
		check("rule "+row[0], [][]string{line(rules[row[0]].Views)}, [][]string{{row[1]}})
	}
	reasons := counts(audit.ByReason)
	for _, row := range shown("refusals-and-reasons", "Reasons") {
		check("reason "+row[0], [][]string{line(reasons[row[0]].Refusals)}, [][]string{{row[1]}})
	}
	var all audit.Count
	for _, c := range days {
		all.Views += c.Views
		all.Refusals += c.Refusals
		all.Failures += c.Failures
		all.Emergencies += c.Emergencies
		all.EmergencyViews += c.EmergencyViews
		all.Alerts += c.Alerts
	}
	for _, c := range []struct {
		file, title string
		n           int
	}{
		{"access", "Views", all.Views}, {"access", "Refused views", all.Refusals}, {"access", "Failures", all.Failures},
		{"emergency", "Emergencies declared", all.Emergencies}, {"emergency", "Views in an emergency", all.EmergencyViews},
		{"emergency", "Alerts", all.Alerts},
	} {
		check(c.title, [][]string{line(c.n)}, shown(c.file, c.title))
	}
}
