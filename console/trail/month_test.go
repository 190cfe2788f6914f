package trail_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/mycarerecord/mcr/audit"
	"github.com/mycarerecord/mcr/console/trail"
)

// A month stands beside the one before with the difference in words, months are London's,
// and an organisation's officer sees its own part in every number and name.
func TestAMonthBesideTheMonthBefore(t *testing.T) {
	stores(t, func(t *testing.T, s kept) {
		r := open(t, s, func(cfg *trail.Config) {
			cfg.Clock = func() time.Time { return time.Date(2026, 8, 20, 9, 0, 0, 0, time.UTC) }
		})
		var all []*audit.Record
		for id, at := range map[string]string{
			"000000000001": "2026-06-30T22:59:59Z", // June in London
			"000000000002": "2026-06-30T23:00:00Z", // July in London, June in UTC
			"000000000003": "2026-07-15T10:00:00Z",
			"000000000004": "2026-07-31T22:59:59Z",
			"000000000005": "2026-07-31T23:00:00Z", // August
		} {
			when, err := time.Parse(time.RFC3339, at)
			if err != nil {
				t.Fatal(err)
			}
			all = append(all, asks(r, t, id, "555"+id, "Dr "+id, "gp-riverside", "Z91001", when))
		}
		emergency := asks(r, t, "000000000006", "555006", "Dr Emer Gency", "acute-northmoor", "RZ2", time.Date(2026, 7, 15, 11, 0, 0, 0, time.UTC))
		emergency.Action, emergency.Alert, emergency.Emergency, emergency.EmergencyReason, emergency.Categories = "declare-emergency", true, "em-1", "life-threatening: collapsed", nil
		deliver(t, s, append(all, emergency)...)
		line := func(org, month string) (answered, emergencies string, body string) {
			t.Helper()
			r.who = person(org)
			status, body := r.get(t, "/console/trail/month?month="+month)
			if status != http.StatusOK {
				t.Fatalf("%d\n%s", status, text(body))
			}
			if look := r.looks.last(t); look.Action != audit.LookAtTrail || look.Query != "month?month="+month || look.Outcome != audit.Released || look.SourceOrg != map[bool]string{false: org}[org == "X26"] {
				t.Errorf("the look is recorded as %+v", look)
			}
			got := strings.Join(strings.Fields(text(body)), " ")
			return between(got, "there was nothing to show ", " Refused "), between(got, "Emergencies that were declared", " Alerts "), body
		}
		answered, emergencies, body := line("X26", "2026-07")
		if want := "July 2026 3 Answered in July 2026 June 2026 1 Answered in June 2026 Difference 2 more (200%)"; !strings.Contains(answered, want) {
			t.Errorf("%q, want %q", answered, want)
		}
		if !strings.Contains(emergencies, "1 more") || !strings.Contains(strings.Join(strings.Fields(text(body)), " "), "Dr Emer Gency, St Aldhelm's Hospitals. “Life threatening: collapsed” Patient 999*****18") {
			t.Errorf("%q\n%s", emergencies, text(body))
		}
		if _, _, body := line("Z91001", "2026-07"); strings.Contains(body, "Emer Gency") || strings.Contains(body, "collapsed") || !strings.Contains(body, "None was declared") {
			t.Errorf("another organisation's emergency is told\n%s", text(body))
		}
		answered, _, _ = line("Z91001", "2026-08")
		if want := "August 2026 1 Answered in August 2026 July 2026 3 Answered in July 2026 Difference 2 fewer (67%)"; !strings.Contains(answered, want) {
			t.Errorf("%q, want %q", answered, want)
		}
		if answered, _, _ = line("RZ2", "2026-06"); !strings.Contains(answered, "The same") {
			t.Errorf("%q", answered)
		}
		for _, address := range []string{"?month=2026-09", "?month=july", "?month=2026-07&month=2026-06", "?month=2026-07&org=RZ2", "?org=RZ2", "?month=2026-13"} {
			if status, _ := r.get(t, "/console/trail/month"+address); status != http.StatusBadRequest {
				t.Errorf("%s: %d", address, status)
			}
		}
		r.looks.fail = errAway
		if status, body := r.get(t, "/console/trail/month?month=2026-07"); status != http.StatusServiceUnavailable || strings.Contains(body, "Answered") {
			t.Errorf("a look that is not recorded: %d\n%s", status, text(body))
		}
	})
}

// A share is never said to be all of it where it is not, nor nothing.
func TestADifferenceInWords(t *testing.T) {
	for want, c := range map[string][2]int{
		"358 fewer (more than 99%)": {1, 359}, "359 fewer (100%)": {0, 359}, "1 fewer (less than 1%)": {999, 1000},
		"1 more (less than 1%)": {1001, 1000}, "999 more (100%)": {1998, 999}, "3 more": {3, 0}, "The same": {2, 2}, "1,000 more (1,000%)": {1100, 100},
	} {
		if got := trail.Difference(c[0], c[1]); got != want {
			t.Errorf("%d beside %d: %q, want %q", c[0], c[1], got, want)
		}
	}
}
