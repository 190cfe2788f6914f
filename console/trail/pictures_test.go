package trail_test

import (
	"html"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/mycarerecord/mcr/audit"
)

// drawn are the parts of a picture: where each leads, and how many visits it says.
var drawn = regexp.MustCompile(`<a href="([^"]*)" tabindex="-1"><title>[^<]*: ([0-9,]+) visits? [a-z]+</title>`)

// bars are those that stand with their words.
var bars = regexp.MustCompile(`<li><a href="([^"]*)">[^<]*<span class="nhsuk-u-visually-hidden">: ([0-9,]+) visits?</span></a>`)

// Every part of every picture leads to just as many visits as it says, for the region and
// for one organisation, on the overview and on the month's page.
func TestEveryPartOfAPictureLeadsToItsRecords(t *testing.T) {
	s := openSQLite(t)
	r := open(t, s)
	deliver(t, s, region(t, r.protector)...)
	for _, page := range []string{"/console/trail?from=2026-03-01&to=2026-03-05", "/console/trail/month"} {
		for _, org := range []string{"X26", "RZ1"} {
			r.who = person(org)
			_, body := r.get(t, page)
			columns, listed := drawn.FindAllStringSubmatch(body, -1), bars.FindAllStringSubmatch(body, -1)
			if len(columns) < 15 || len(listed) < 3 {
				t.Fatalf("%s, %s: %d parts and %d bars\n%s", page, org, len(columns), len(listed), text(body))
			}
			for i, part := range append(columns, listed...) {
				if i%5 > 0 {
					continue // the same way leads there
				}
				address := html.UnescapeString(part[1])
				status, list := r.get(t, address)
				if got := between(list, `id="found">`, "<"); status != http.StatusOK || !regexp.MustCompile(`^`+part[2]+` (visits?|records?)`).MatchString(got) {
					t.Errorf("%s, %s: %s visits lead to %s: %d %s", page, org, part[2], address, status, got)
				}
			}
		}
	}
}

// What came in at night and on a Sunday is out of hours by the clocks of London, in summer
// too, and what came in at eight in the morning is not.
func TestOutOfHours(t *testing.T) {
	stores(t, func(t *testing.T, s kept) {
		r := open(t, s)
		now := time.Date(2026, 7, 31, 12, 0, 0, 0, time.UTC)
		var all []*audit.Record
		for id, at := range map[string]string{
			"000000000001": "2026-07-06T06:59:59Z", // a Monday, just before eight
			"000000000002": "2026-07-06T07:00:00Z", // eight
			"000000000003": "2026-07-06T17:59:59Z",
			"000000000004": "2026-07-06T18:00:00Z", // seven in the evening
			"000000000005": "2026-07-04T11:00:00Z", // a Saturday
			"000000000006": "2026-07-05T23:30:00Z", // half past midnight on Monday
		} {
			when, err := time.Parse(time.RFC3339, at)
			if err != nil || when.After(now) {
				t.Fatal(err)
			}
			all = append(all, asks(r, t, id, "555"+id, "Dr "+id, "gp-riverside", "Z91001", when))
		}
		deliver(t, s, all...)
		// The room's clock stands in March: what is to come is asked for by hours alone.
		_, body := r.get(t, "/console/trail/records?hours=out-of-hours&measure=views")
		got := text(body)
		for id, out := range map[string]bool{"000000000001": true, "000000000002": false, "000000000003": false, "000000000004": true, "000000000005": true, "000000000006": true} {
			if strings.Contains(got, "Dr "+id) != out {
				t.Errorf("%s is out of hours: %v, want %v", id, !out, out)
			}
		}
		if !strings.Contains(got, "4 visits") || !strings.Contains(got, "Out of hours: before 8 am, from 7 pm on, and at weekends") {
			t.Errorf("%s", got)
		}
		if _, body := r.get(t, "/console/trail/records?hours=1-00"); !strings.Contains(body, "1 record<") || !strings.Contains(body, "Monday 00:00 to 01:00") {
			t.Errorf("%s", text(body))
		}
		for _, hours := range []string{"9-00", "1-00,", "out", "1-24"} {
			if status, _ := r.get(t, "/console/trail/records?hours="+hours); status != http.StatusBadRequest {
				t.Errorf("hours %q: %d", hours, status)
			}
		}
	})
}
