package trail_test

import (
	"fmt"
	"html"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"
)

// link is a number of the overview, where it leads, and the number of records where
// it is one of visits that left more.
var link = regexp.MustCompile(`<a[^>]* href="(/console/trail/records\?[^"]*)">([0-9,]+)(?:<span[^>]*>[^<]*</span></a>(?: <span class="mcr-trail-none">\(([0-9,]+)<|\s*<span[^>]*>[^<]*</span>\s*<span[^>]*>[^<]* They left ([0-9,]+) records)?)?`)

// Every number of the overview leads to exactly so many records, for the region
// and for one organisation.
func TestEveryNumberLeadsToItsRecords(t *testing.T) { numbers(t, openSQLite(t), 1) }

// numbers follows each of so many numbers.
func numbers(t *testing.T, s kept, of int) {
	r := open(t, s, ownStaff)
	all := region(t, r.protector)
	for i, rec := range all {
		if i%24 != 7 {
			rec.TraceID = fmt.Sprintf("4bf92f3577b34da6a3ce92%010x", i/24) // a collection leaves many records
			if by := all[i/24*24]; rec.UserID != "" {                      // and is of one person, about one patient, at once
				rec.UserID, rec.UserName, rec.UserOrg, rec.UserOrgName = by.UserID, by.UserName, by.UserOrg, by.UserOrgName
				rec.PatientHMAC, rec.PatientShown, rec.PatientEpoch = by.PatientHMAC, by.PatientShown, by.PatientEpoch
				rec.TimeIn = by.TimeIn.Add(time.Duration(i%24) * time.Second)
			}
		}
	}
	deliver(t, s, all...)
	for _, org := range []string{"X26", "RZ1"} {
		r.who = person(org)
		status, body := r.get(t, "/console/trail?from=2026-03-01&to=2026-03-05")
		if status != http.StatusOK {
			t.Fatalf("%d\n%s", status, body)
		}
		more := 0
		found := link.FindAllStringSubmatch(body, -1)
		if len(found) < 40 {
			t.Fatalf("%d numbers lead to records\n%s", len(found), body)
		}
		for i, l := range found {
			l[3] += l[4] // of the one place or the other
			if l[3] != "" {
				more++
			}
			if i%of > 0 || org != "X26" && i%3 > 0 {
				continue // the same way leads there
			}
			n, err := strconv.Atoi(strings.ReplaceAll(l[2], ",", ""))
			if err != nil {
				t.Fatal(err)
			}
			address := html.UnescapeString(l[1])
			status, list := r.get(t, address)
			// What leads is visits, or acts; what stands beside it is the records.
			want := regexp.MustCompile(`id="found">(` + l[2] + ` visits?, [0-9,]+ records?|[0-9,]+ visits?, ` + l[2] + ` records?)<`)
			if l[3] != "" {
				want = regexp.MustCompile(`id="found">` + l[2] + ` visits?, ` + l[3] + ` records<`)
			}
			if status != http.StatusOK || n == 0 || !want.MatchString(list) {
				t.Errorf("%s: %s (%s) leads to %s: %d %s", org, l[2], l[3], address, status, between(list, `id="found">`, "<"))
			}
		}
		if more < 10 {
			t.Errorf("%s: %d numbers of visits stand beside those of their records", org, more)
		}
		t.Logf("%s: %d numbers", org, len(found))
	}
}

func between(s, from, to string) string {
	_, s, _ = strings.Cut(s, from)
	s, _, _ = strings.Cut(s, to)
	return s
}

// An overview that nobody bounds is of the last thirty days, and never of more
// than can be counted by day.
func TestTheDaysOfAnOverview(t *testing.T) {
	stores(t, func(t *testing.T, s kept) {
		r := open(t, s)
		for address, want := range map[string]string{
			"/console/trail":                               "4 February 2026 to 5 March 2026",
			"/console/trail?from=2026-03-04":               "4 March 2026 to 5 March 2026",
			"/console/trail?from=01/01/2020&to=2026-03-01": "24 August 2025 to 1 March 2026",
		} {
			if status, body := r.get(t, address); status != http.StatusOK || !strings.Contains(body, want) {
				t.Errorf("%s: %d %s, want %s", address, status, between(body, "In numbers, ", "<"), want)
			}
		}
		for _, address := range []string{
			"?from=2026-02-30", "?from=2026-03-04&to=2026-03-01", "?from=2030-01-01", "?to=yesterday", "?from=2026-03-01&from=2026-03-02",
			"?source=gp-riverside", "?org=RZ1", "?older=x",
		} {
			if status, body := r.get(t, "/console/trail"+address); status != http.StatusBadRequest {
				t.Errorf("%s: %d\n%s", address, status, body)
			}
		}
	})
}
