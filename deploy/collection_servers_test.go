//go:build servers

package deploy_test

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/mycarerecord/mcr/audit"
)

// collect asks for the whole of a patient's record, and enters the collection in
// the ledger: the client knows its trace id, and not how many requests it took.
func (d *day) collect(who, flag string) {
	d.t.Helper()
	body := fmt.Sprintf(`{"resourceType":"Parameters","parameter":[{"name":"identifier",
		"valueIdentifier":{"system":"https://fhir.nhs.uk/Id/nhs-number","value":%q}}]}`, d.number(flag))
	r, err := http.NewRequest(http.MethodPost, d.description.Collect, strings.NewReader(body))
	if err != nil {
		d.t.Fatal(err)
	}
	token, user := d.token(who)
	r.Header.Set("Authorization", "Bearer "+token)
	r.Header.Set("Content-Type", "application/fhir+json")
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		d.t.Fatal(err)
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil || answer.StatusCode != http.StatusOK {
		d.t.Fatalf("collecting: %s %v: %.300s", answer.Status, err, text)
	}
	d.collected[answer.Header.Get("X-Trace-Id")] = entry{who: user, organisation: d.member(who).Organisation}
}

// A GP opens one record at twelve sources: dozens of parts are refused, for the
// rules open only some to a GP who has not asked. It is one visit to one patient
// at every panel that an auditor goes by, and a refusal at none.
func TestServersOneCollectionIsOneVisit(t *testing.T) {
	const database = "mcr_collected"
	at := time.Date(2026, 3, 28, 23, 10, 0, 0, time.UTC) // a Saturday night
	var records []*audit.Record
	part := func(source int, outcome audit.Outcome, effect, reason, rule string) {
		n := len(records)
		r := &audit.Record{
			Schema: audit.SchemaVersion, ID: fmt.Sprintf("part-%03d", n), Broker: "wend-1", TimeIn: at.Add(time.Duration(n) * time.Millisecond),
			TraceID: fmt.Sprintf("%032x", 7), Action: "view", Interaction: "search", ResourceType: "Observation", Outcome: outcome, Effect: effect,
			Reasons: []string{reason}, Rules: []string{rule}, Revision: "2026-03", Digest: "aa11aa11aa11aa11", PatientHMAC: patient(5),
			UserID: staff[0].id, UserName: staff[0].name, RoleCode: staff[0].role, RoleName: staff[0].roleName, UserOrg: staff[0].org, UserOrgName: staff[0].orgName,
			Source: fmt.Sprintf("source-%02d", source), SourceOrg: fmt.Sprintf("X%02d", source),
		}
		r.TimeOut = r.TimeIn
		if outcome == audit.Released {
			r.Categories = map[string]int{"laboratory": 2}
		}
		records = append(records, r)
	}
	for source := 1; source <= 12; source++ {
		for range 4 - source/12*4 { // the last is the GP's own
			part(source, audit.Refused, "deny", "permission-needed", "permission")
		}
		for range 3 + source/12*25 {
			part(source, audit.Released, "permit", "routine-gp-access", "routine_gp")
		}
	}
	shipped(t, database, "wend-1", records)
	v, who := view{from: at.Add(-time.Hour), to: at.Add(time.Hour), interval: time.Hour}, reader{user: "default", database: database}
	for _, c := range []struct {
		file, title string
		want        [][]string
	}{
		{"access", "Visits", [][]string{{"1"}}},
		{"access", "Patients", [][]string{{"1"}}},
		{"access", "Visits refused altogether", [][]string{{"0"}}},
		{"access", "Requests refused", [][]string{{"44"}}},
		{"access", "Visits by day", [][]string{{"2026-03-28 00:00:00", "1", "0", "0"}}},
		{"access", "Visits by the professional's organisation", [][]string{{"Z91001", "Riverside Practice", "1", "1", "1", "61"}}},
		{"access", "Visits by role", [][]string{{"R8000", "Clinical Practitioner Access Role", "1", "1", "1", "61"}}},
		{"access", "Visits by rule", [][]string{{"routine_gp", "1", "1", "1", "61"}}},
		{"access", "What was shown", [][]string{{"laboratory", "1", "1", "122"}}},
		{"access", "Visits by hour of the day", [][]string{{"23", "1", "1", "1"}}},
		{"refusals-and-reasons", "Visits refused altogether", [][]string{{"0"}}},
		{"refusals-and-reasons", "Share refused altogether", [][]string{{"0"}}},
		{"refusals-and-reasons", "Visits refused in part", [][]string{{"1"}}},
		{"refusals-and-reasons", "Professionals refused altogether", [][]string{{"0"}}},
		{"refusals-and-reasons", "Visits refused altogether, by day and reason", nil},
		{"refusals-and-reasons", "Reasons", [][]string{{"permission-needed", "1", "0", "1", "1", "44"}}},
		{"refusals-and-reasons", "By organisation and reason", [][]string{{"Z91001", "permission-needed", "1", "0", "1", "1", "44"}}},
		{"refusals-and-reasons", "Did asking the patient help?", [][]string{{"0", "0", "0"}}},
		{"policy-revisions", "Visits decided", [][]string{{"1"}}},
	} {
		if diff := cmp.Diff(c.want, shownBy(t, who, v, c.file, c.title)); diff != "" {
			t.Errorf("%s: %s (-want +got):\n%s", c.file, c.title, diff)
		}
	}
	for file, title := range map[string]string{"access": "Latest visits", "refusals-and-reasons": "Professionals refused most"} {
		if rows := shownBy(t, who, v, file, title); len(rows) != 1 || title == "Professionals refused most" && rows[0][4] != "0" {
			t.Errorf("%s: %v", title, rows)
		}
	}
	single := answered(t, who, "single-looks-out-of-hours", map[string]string{"since": "2026-03-28 00:00:00", "until": "2026-03-29 00:00:00"})
	if len(single) != 1 {
		t.Errorf("one collection in the night is no single look: %v", single)
	}
}

// shownBy asks one panel.
func shownBy(t *testing.T, who reader, v view, file, title string) [][]string {
	t.Helper()
	for _, d := range dashboards(t) {
		for _, p := range d.Panels {
			if d.file == file && p.Title == title {
				sql, err := v.expand(p.Targets[0].RawSQL)
				if err != nil {
					t.Fatal(err)
				}
				return who.must(t, sql, nil).rows
			}
		}
	}
	t.Fatalf("%s has no panel %s", file, title)
	return nil
}
