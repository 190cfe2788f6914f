package trail_test

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/mycarerecord/mcr/audit"
	"github.com/mycarerecord/mcr/console/trail"
)

// Overview, list, report, CSV and JSON say the same of the same records: visits, requests,
// and how often the record was opened. And a page cuts no visit.
func TestVisitsAreCountedAlikeEverywhere(t *testing.T) { stores(t, countedAlike) }

func countedAlike(t *testing.T, s kept) {
	r := open(t, s, func(cfg *trail.Config) { cfg.VisitGap = 20 * time.Minute })
	n := number(t, patients[0])
	var all []*audit.Record
	at := begin
	add := func(trace, session string, outcome audit.Outcome, action string) {
		rec := recorded(t, "permission-to-view")
		rec.ID, rec.TimeIn, rec.TimeOut = fmt.Sprintf("01a20784-0000-7000-8000-%012d", len(all)), at, at
		rec.TraceID, rec.SessionID, rec.Outcome, rec.Action = trace, session, outcome, action
		rec.Source, rec.SourceOrg = []string{"gp-riverside", "acute-northmoor"}[len(all)%2], []string{"Z91001", "RZ2"}[len(all)%2]
		rec.PatientHMAC, rec.PatientShown, rec.PatientEpoch = "", "", ""
		r.protector.About(rec, n)
		all = append(all, rec)
	}
	// One visit of 26 openings of twelve requests each, before and after a yes.
	for opening := range 26 {
		for range 12 {
			outcome := audit.Released
			if opening < 3 {
				outcome = audit.Refused
			}
			add(fmt.Sprintf("4bf92f3577b34da6a3ce92%010x", opening), "session-1", outcome, "view")
		}
		if opening == 2 {
			add("4bf92f3577b34da6a3ce92ffffffffff", "session-1", audit.Released, "record-permission")
		}
		at = at.Add(time.Minute)
	}
	at = at.Add(19 * time.Minute) // just the gap
	add("", "session-1", audit.Released, "view")
	at = at.Add(20*time.Minute + time.Microsecond) // more: the second visit
	add("", "session-1", audit.Released, "view")
	add("", "session-2", audit.Released, "view") // and the third
	for i := range 60 {                          // and sixty more, so that there are two pages
		at = at.Add(time.Hour)
		add(fmt.Sprintf("4bf92f3577b34da6a3ce93%010x", i), "", audit.Released, "view")
	}
	deliver(t, s, all...)
	const visits, records, openings = "63", "376", 89

	_, overview := r.get(t, "/console/trail?from=2026-03-01&to=2026-03-05")
	if !regexp.MustCompile(`>63<span class="nhsuk-u-visually-hidden"> Answered</span>`).MatchString(overview) {
		t.Errorf("the overview: %s", between(overview, "mcr-trail-number__n", "</li>"))
	}
	_, first := r.get(t, "/console/trail/records?measure=")
	if got := between(first, `id="found">`, "<"); got != visits+" visits, "+records+" records" {
		t.Errorf("the list: %s", got)
	}
	older := regexp.MustCompile(`older=([^"&]+)`).FindStringSubmatch(first)
	if older == nil {
		t.Fatal("there is one page")
	}
	_, second := r.get(t, "/console/trail/records?measure=&older="+older[1])
	count := func(page string) int { return strings.Count(page, `<p class="mcr-trail-item__head">`) }
	if a, b := count(first), count(second); a != 50 || !strings.Contains(text(second), "26 times, in 314 requests") && !strings.Contains(text(second), "27 times, in 314 requests") {
		t.Errorf("%d and %d entries\n%s", a, b, text(second))
	}

	_, file := r.post(t, "/console/trail/records", "patient", n.Digits(), "format", "csv")
	rows, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(file, "\ufeff"))).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	told, lines := map[string]bool{}, 0
	for _, row := range rows[1:] {
		for i, head := range rows[0] {
			if head == "Visit" && i < len(row) && row[i] != "" {
				told[row[i]] = true
				lines++
			}
		}
	}
	if fmt.Sprint(len(told)) != visits || fmt.Sprint(lines) != records {
		t.Errorf("CSV: %d visits, %d records", len(told), lines)
	}
	var list struct {
		Visits  int
		Records []struct{ Visit string }
	}
	_, file = r.post(t, "/console/trail/records", "patient", n.Digits(), "format", "json")
	if err := json.Unmarshal([]byte(file), &list); err != nil || fmt.Sprint(list.Visits) != visits || fmt.Sprint(len(list.Records)) != records {
		t.Errorf("JSON: %d visits, %d records, %v", list.Visits, len(list.Records), err)
	}

	_, page := r.post(t, "/console/trail/patient", "patient", n.Digits())
	if got := text(page); strings.Count(page, `class="mcr-trail-visit"`) != 63 || !strings.Contains(got, "in 63 visits.") || !strings.Contains(got, fmt.Sprintf("asked for %d times", openings)) ||
		!strings.Contains(got, "They asked for it 27 times") || !strings.Contains(got, "At first, they saw nothing:") || !strings.Contains(got, "After your yes at ") {
		t.Errorf("the report: %s", got[:min(len(got), 3000)])
	}
	var report struct {
		Visits []struct {
			Visit    string
			Openings int `json:"times_opened"`
			Requests int
			Course   []string `json:"in_order"`
		}
	}
	_, file = r.post(t, "/console/trail/patient", "patient", n.Digits(), "format", "json")
	if err := json.Unmarshal([]byte(file), &report); err != nil || len(report.Visits) != 63 {
		t.Fatalf("the report as JSON: %d visits, %v", len(report.Visits), err)
	}
	opened, requests := 0, 0
	for _, v := range report.Visits {
		opened, requests = opened+v.Openings, requests+v.Requests
		if !told[v.Visit] {
			t.Errorf("visit %s is in the report only", v.Visit)
		}
	}
	if last := report.Visits[62]; opened != openings || fmt.Sprint(requests) != records || last.Openings != 27 || last.Requests != 314 || len(last.Course) != 2 {
		t.Errorf("the report as JSON: opened %d times, %d requests; the first visit %+v", opened, requests, last)
	}
	_, file = r.post(t, "/console/trail/patient", "patient", n.Digits(), "format", "csv")
	if rows, err = csv.NewReader(strings.NewReader(strings.TrimPrefix(file, "\ufeff"))).ReadAll(); err != nil || rows[63][14] != "27" || rows[63][13] != "314" || rows[0][14] != "Times opened" {
		t.Errorf("the report as CSV: %v, %v", rows[63], err)
	}
}
