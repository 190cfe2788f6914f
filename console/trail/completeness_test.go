package trail_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/mycarerecord/mcr/audit"
	"github.com/mycarerecord/mcr/audit/completeness"
	"github.com/mycarerecord/mcr/console/trail"
)

// Each organisation sees its own numbers, the region's auditors all; what differs is red
// and named; every look is recorded.
func TestCompletenessIsShownToEachItsOwn(t *testing.T) {
	var asked [2]time.Time
	var fails error
	lines := []completeness.Line{
		{Broker: "wend-1", Day: "2026-03-02", Organisation: "RZ1", Counted: true, Counts: completeness.Counts{Served: 1205, Records: 1205}, Rows: audit.Rows{Requests: 1204},
			Differences: []completeness.Difference{{Kind: completeness.Missing, N: 1}}},
		{Broker: "wend-1", Day: "2026-03-02", Organisation: "RZ2", Counted: true, Counts: completeness.Counts{Served: 77, Records: 77}, Rows: audit.Rows{Requests: 77}},
		{Broker: "wend-1", Day: "2026-03-01", Organisation: "RZ2", Counted: true, LowerBound: []time.Time{now}, Counts: completeness.Counts{Served: 66, Records: 67}, Rows: audit.Rows{Requests: 67}},
		{Broker: "other-1", Day: "2026-03-01", Organisation: "RZ2", Rows: audit.Rows{Requests: 9}},
	}
	s := openSQLite(t)
	r := open(t, s, func(cfg *trail.Config) {
		cfg.Complete = func(_ context.Context, from, to time.Time) ([]completeness.Line, error) {
			asked = [2]time.Time{from, to}
			return lines, fails
		}
	})
	for name, c := range map[string]struct {
		org          string
		holds, hides []string
	}{
		"one that lacks a record": {"RZ1", []string{"1,205", "1,204", `tag--red">1 records are not in the store any more`, "On 1 line the numbers differ"}, []string{"77", "Nothing is missing"}},
		"one that lacks nothing":  {"RZ2", []string{"77", "Nothing is missing", "at least 66", "not counted here", "Not compared"}, []string{"1,205", "tag--red"}},
		"the region's auditors":   {"X26", []string{"77", "1,205", "On 1 line"}, nil},
		"one without records":     {"RZ9", []string{"Nothing was recorded on these days"}, []string{"77", "1,205"}},
	} {
		r.who = person(c.org)
		before := r.looks.count()
		status, page := r.get(t, "/console/trail/completeness?from=2026-03-01&to=2026-03-02")
		if status != http.StatusOK || r.looks.count() != before+1 {
			t.Errorf("%s: %d, %d looks", name, status, r.looks.count()-before)
		}
		if look := r.looks.last(t); look.Action != audit.LookAtTrail || look.Query != "completeness?from=2026-03-01&to=2026-03-02" || look.SourceOrg != strings.Replace(c.org, "X26", "", 1) {
			t.Errorf("%s: recorded as %+v", name, look)
		}
		for _, text := range c.holds {
			if !strings.Contains(page, text) {
				t.Errorf("%s: the page lacks %q\n%s", name, text, page)
			}
		}
		for _, text := range c.hides {
			if strings.Contains(page, text) {
				t.Errorf("%s: the page shows %q", name, text)
			}
		}
	}
	if want := time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC); !asked[0].Equal(want) || !asked[1].Equal(want.AddDate(0, 0, 1)) {
		t.Errorf("asked for %v", asked)
	}
	if status, _ := r.get(t, "/console/trail/completeness?from=2020-01-01&to=2026-03-02"); status != http.StatusOK || asked[1].Sub(asked[0]) != 30*24*time.Hour {
		t.Errorf("%d, asked for %v", status, asked)
	}
	for _, wrong := range []string{"user=u1", "from=never", "format=csv", "x=1"} {
		if status, _ := r.get(t, "/console/trail/completeness?"+wrong); status != http.StatusBadRequest {
			t.Errorf("%s: %d", wrong, status)
		}
	}
	fails = errors.New("away")
	if status, page := r.get(t, "/console/trail/completeness"); status != http.StatusServiceUnavailable || strings.Contains(page, "away") {
		t.Errorf("%d %s", status, page)
	}
}
