package trail_test

import (
	"encoding/csv"
	"encoding/json"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/mycarerecord/mcr/audit"
	"github.com/mycarerecord/mcr/console/trail"
)

// story is what happened to one patient's record over some days, with the demo's
// records: each a day after the other, or minutes where it is one visit.
func story(t *testing.T, r *room) []*audit.Record {
	n := number(t, patients[0])
	var all []*audit.Record
	at := time.Date(2026, 6, 1, 13, 5, 0, 0, time.UTC) // summer: 14:05 in London
	add := func(name string, after time.Duration, change func(*audit.Record)) {
		rec := recorded(t, name)
		at = at.Add(after)
		rec.ID = rec.ID[:24] + at.Format("060102150405")
		rec.TimeIn, rec.TimeOut = at, at.Add(3*time.Millisecond)
		rec.PatientHMAC, rec.PatientShown = r.protector.HMAC(n), r.protector.Shown(n)
		if change != nil {
			change(rec)
		}
		all = append(all, rec)
	}
	const day = 24 * time.Hour
	add("own-record", 0, nil)
	add("permission-needed", day, nil)
	add("recorded-permission", 2*time.Minute, func(r *audit.Record) { r.PurposeWords = "Review before the \u202efracture clinic" })
	add("permission-to-view", time.Minute, func(r *audit.Record) { r.TraceID = "4bf92f3577b34da6a3ce929d0e0e4736" })
	add("permission-to-view", time.Second, func(r *audit.Record) {
		r.TraceID, r.Source, r.SourceOrg = "4bf92f3577b34da6a3ce929d0e0e4736", "acute-northmoor", "RZ2"
		r.Categories, r.Withheld = map[string]int{"laboratory": 12, "administrative": 3}, map[string]int{"label-withheld": 1}
	})
	add("withdrawn", day, nil)
	add("test-order", day, nil)
	add("emergency", day, func(r *audit.Record) {
		r.EmergencyReason, r.PurposeWords = "safeguarding: fears her partner", "to keep her partner away"
		r.Withheld = nil
	})
	add("facts-unavailable", day, func(r *audit.Record) { r.Reasons = []string{"facts-unavailable"} })
	add("permission-to-view", day, func(r *audit.Record) { r.Categories = nil })
	add("permission-to-view", day, func(r *audit.Record) {
		r.Categories, r.Withheld, r.UserName = nil, map[string]int{"label-withheld": 4}, ""
	})
	add("recorded-permission", day, func(r *audit.Record) { r.Action, r.PurposeWords = "record-refusal", "A second opinion" })
	add("read-only", day, nil)
	add("own-record", day, func(r *audit.Record) {
		r.Action, r.Source, r.SourceOrg, r.ResourceType, r.Categories = audit.LookAtPatient, "console", "", "AuditEvent", nil
		r.UserID, r.UserName, r.RoleName, r.UserOrg, r.UserOrgName = "555009000100", "Olive Officer", "Privacy Officer", "X26", "Wendshire region"
		r.Reasons, r.Rules = nil, nil
	})
	return all
}

func june(cfg *trail.Config) {
	cfg.Clock = func() time.Time { return time.Date(2026, 6, 30, 9, 0, 0, 0, time.UTC) }
}

// The report as a golden file: a patient should understand every line. Nothing is
// in it of what a professional wrote in words about an emergency.
func TestWhoHasAccessedThisRecord(t *testing.T) { stores(t, whoHasAccessed) }

func whoHasAccessed(t *testing.T, s kept) {
	r := open(t, s, june)
	deliver(t, s, story(t, r)...)
	status, body := r.post(t, "/console/trail/patient", "patient", "999 000 0018")
	if status != http.StatusOK {
		t.Fatalf("%d\n%s", status, body)
	}
	got := text(body)
	golden := filepath.Join("testdata", "report.golden")
	if os.Getenv("MCR_UPDATE") != "" {
		if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	for _, no := range []string{"partner", "safeguarding", "label-withheld", "9990000018"} {
		if strings.Contains(got, no) {
			t.Errorf("the report tells %q", no)
		}
	}
}

// As CSV and as JSON it holds the same visits, and no NHS number.
func TestAReportForPrograms(t *testing.T) {
	stores(t, func(t *testing.T, s kept) {
		r := open(t, s, june)
		deliver(t, s, story(t, r)...)
		files := map[string]string{}
		for _, format := range []string{"csv", "json"} {
			status, header, body := r.ask(t, http.MethodPost, "/console/trail/patient", url.Values{"patient": {patients[0]}, "format": {format}, "csrf": {"c5"}})
			if status != http.StatusOK || header.Get("Content-Disposition") != `attachment; filename="who-has-accessed-this-record-2026-06-30.`+format+`"` ||
				header.Get("Cache-Control") != "no-store" || header.Get("X-Content-Type-Options") != "nosniff" {
				t.Fatalf("%d %v\n%s", status, header, body)
			}
			if strings.Contains(body, patients[0]) || strings.Contains(body, "999 000") || strings.Contains(body, r.protector.HMAC(number(t, patients[0]))) {
				t.Errorf("%s names the patient", format)
			}
			files[format] = body
		}
		rows, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(files["csv"], "\ufeff"))).ReadAll()
		if err != nil {
			t.Fatal(err)
		}
		var document struct {
			Complete bool
			Visits   []struct{ What, Person, Until string }
			Looks    []struct{ Person string } `json:"looks_at_this_list"`
		}
		if err := json.Unmarshal([]byte(files["json"]), &document); err != nil {
			t.Fatal(err)
		}
		if !document.Complete || len(document.Looks) != 1 || len(rows) != 1+len(document.Visits)+len(document.Looks)+1 || len(document.Visits) != 10 {
			t.Errorf("%d rows, %d visits, %d looks", len(rows), len(document.Visits), len(document.Looks))
		}
		for i, v := range document.Visits {
			if row := rows[i+1]; row[2] != v.What || row[3] != v.Person {
				t.Errorf("row %d is %q, the visit %+v", i, row, v)
			}
		}
	})
}

// Whoever has the report can ask for a proof that the trail still holds what it held then.
// Where no log is followed, or none is published yet, it says so.
func TestAReportSaysWhatTheTrailsLogWas(t *testing.T) {
	s := openSQLite(t)
	for _, c := range []struct {
		name   string
		with   []option
		wanted map[string]string // by format
	}{
		{"followed", []option{june, proving(proofs{})}, map[string]string{
			"": "When this list was made the log mcr.example/region-1 had 42 entries and the root AAAA", "csv": "When this file was made the log mcr.example/region-1 had 42 entries",
			"json": `"entries": 42`,
		}},
		{"not followed", []option{june}, map[string]string{"": "not known here.", "csv": "not known here", "json": `"logs": []`}},
	} {
		r := open(t, s, c.with...)
		for format, want := range c.wanted {
			_, body := r.post(t, "/console/trail/patient", "patient", patients[0], "format", format)
			if format == "" {
				body = strings.ReplaceAll(text(body), "\n", " ")
			}
			if !strings.Contains(body, want) {
				t.Errorf("%s, %q: not in it: %q\n%s", c.name, format, want, body)
			}
		}
	}
}

// An organisation's report is of its part, and says so; the days narrow it.
func TestAReportOfOnePart(t *testing.T) {
	s := openSQLite(t)
	r := open(t, s, june)
	deliver(t, s, story(t, r)...)
	r.who = person("RZ2")
	_, body := r.post(t, "/console/trail/patient", "patient", patients[0])
	got := text(body)
	if !strings.Contains(got, "1 person at 1 organisation saw something of your record, in 1 visit.") || !strings.Contains(got, "Other organisations have the parts") ||
		strings.Contains(got, "Riverside") || strings.Contains(got, "Olive Officer, Wendshire") {
		t.Errorf("%s", got)
	}
	r.who = auditor()
	for days, want := range map[string]string{"2026-06-01 2026-06-01": "Dr Amara Okafor", "2026-06-04 2026-06-04": "Dr Yusuf Demir", "2026-06-29 2026-06-30": "Nobody has asked for this record"} {
		from, to, _ := strings.Cut(days, " ")
		if _, body := r.post(t, "/console/trail/patient", "patient", patients[0], "from", from, "to", to); !strings.Contains(text(body), want) || strings.Count(body, `class="mcr-trail-visit"`) > 1 {
			t.Errorf("%s:\n%s", days, text(body))
		}
	}
	if _, body := r.post(t, "/console/trail/patient", "patient", patients[1]); !strings.Contains(body, "Nobody has asked for this record") {
		t.Error(text(body))
	}
}

// What is cut says so, on the page and in the files.
func TestWhatIsCutSaysSo(t *testing.T) { stores(t, cutSaysSo) }

func cutSaysSo(t *testing.T, s kept) {
	r := open(t, s, june, func(cfg *trail.Config) { cfg.MostRows = 5 })
	deliver(t, s, story(t, r)...)
	for _, c := range []struct{ target, format, says string }{
		{"/console/trail/patient", "", "This report holds the newest 5 requests."}, {"/console/trail/patient", "csv", "There are older records than this file holds."},
		{"/console/trail/patient", "json", `"complete": false`}, {"/console/trail/records", "csv", "More records match than this file holds."}, {"/console/trail/records", "json", `"complete": false`},
	} {
		_, body := r.post(t, c.target, "patient", patients[0], "format", c.format)
		if !strings.Contains(body, c.says) {
			t.Errorf("%+v:\n%s", c, body)
		}
	}
}

// From a record to its patient's report: the number comes from the record, by the
// deployment's keys, and the look is one at that patient.
func TestTheReportOfARecordsPatient(t *testing.T) {
	s := openSQLite(t)
	r := open(t, s, june)
	all := story(t, r)
	deliver(t, s, all...)
	status, body := r.post(t, "/console/trail/patient", "of", all[3].ID)
	if status != http.StatusOK || !strings.Contains(text(body), "NHS number\n999 000 0018\n") || !strings.Contains(body, `name="of" value="`+all[3].ID+`"`) || strings.Contains(body, `name="patient"`) {
		t.Errorf("%d\n%s", status, body)
	}
	if look := r.looks.last(t); look.Action != audit.LookAtPatient || look.PatientHMAC != all[3].PatientHMAC || look.PatientShown != all[3].PatientShown {
		t.Errorf("%+v", look)
	}
	_, page := r.get(t, "/console/trail/records/"+all[3].ID)
	if strings.Contains(page, "999 000 0018") || strings.Contains(page, "9990000018") || !strings.Contains(page, "999*****18") {
		t.Error("a record's page tells the number")
	}
	// A record that is about nobody, and one whose number was kept masked.
	masked := recorded(t, "opted-out")
	nobody := recorded(t, "read-only")
	other := openSQLite(t)
	r2 := open(t, other, june)
	deliver(t, other, masked, nobody)
	if status, _ := r2.post(t, "/console/trail/patient", "of", nobody.ID); status != http.StatusBadRequest {
		t.Errorf("a report of nobody: %d", status)
	}
	if status, body := r2.post(t, "/console/trail/patient", "of", masked.ID); status != http.StatusOK || !strings.Contains(text(body), "Not kept in a form that can be read back") {
		t.Errorf("%d\n%s", status, body)
	}
}
