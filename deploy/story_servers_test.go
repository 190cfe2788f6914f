//go:build servers

package deploy_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/mycarerecord/mcr/audit"
	"github.com/mycarerecord/mcr/audit/clickhouse"
)

const traced = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"

// lived is a day in the region: the real brokers, twelve sources, and people who
// ask, are refused, ask the patient, see, and come to the end of it.
func lived(t *testing.T) *day {
	const get, post = http.MethodGet, http.MethodPost
	d := newDay(t)
	d.start(`"enabled": false`, `"enabled": true`)
	d.ask("own-gp", "gp-riverside", get, d.about("Condition", "own-record"), "", 200, "")
	d.ask("own-gp", "acute-st-aldhelm", get, d.about("Observation", "own-record", "category=laboratory"), "", 200, "")
	d.ask("own-gp", "acute-st-aldhelm", get, d.about("DocumentReference", "own-record"), "", 403, "permission-needed")
	d.collect("own-gp", "own-record")
	d.ask("laboratory-specialist", "gp-riverside", get, d.about("MedicationRequest", "test-order"), "", 200, "")
	d.ask("consultant", "gp-riverside", get, d.about("Condition", "sensitive"), "", 403, "permission-needed")
	permission := d.ask("consultant", "gp-riverside", post, "Consent", d.consent("consultant", "sensitive", "permission-to-view", "active", asked1), 201, "")
	d.ask("consultant", "gp-riverside", get, d.about("Condition", "sensitive"), "", 200, "", "traceparent", traced)
	d.ask("consultant", "gp-riverside", get, d.about("MedicationRequest", "sensitive"), "", 200, "", "traceparent", traced)
	d.ask("consultant", "mental-health-larkfield", get, d.about("Encounter", "sensitive"), "", 200, "", "traceparent", traced)
	d.ask("consultant", "gp-riverside", post, "Consent", d.consent("consultant", "sensitive", "permission-to-view", "inactive",
		`,"identifier":[{"system":"https://mycarerecord.example/fhir/Id/permission","value":"`+permission+`"}]`), 201, "")
	d.ask("consultant", "gp-riverside", get, d.about("Condition", "sensitive"), "", 403, "permission-withdrawn")
	d.ask("consultant", "gp-riverside", post, "Consent", d.consent("consultant", "permission", "permission-to-view", "active", asked0), 201, "")
	d.ask("consultant", "gp-riverside", get, d.about("MedicationRequest", "permission"), "", 403, "permission-refused-by-patient")
	d.ask("consultant", "gp-riverside", get, d.about("Condition", "opted-out"), "", 403, "opted-out")
	d.ask("council-administrator", "gp-riverside", get, d.about("Condition", "every-source"), "", 403, "role-not-entitled")
	d.ask("", "gp-riverside", get, d.about("Condition", "every-source"), "", 401, "token-missing")
	d.ask("own-gp", "gp-riverside", http.MethodDelete, "Condition/1", "", 405, "read-only")
	d.ask("paramedic", "gp-riverside", get, d.about("AllergyIntolerance", "every-source"), "", 403, "permission-needed")
	d.ask("paramedic", "gp-riverside", post, "Consent", d.consent("paramedic", "every-source", "emergency-access", "active", inDanger(time.Now())), 201, "")
	d.ask("paramedic", "gp-riverside", get, d.about("AllergyIntolerance", "every-source"), "", 200, "")
	d.ask("paramedic", "acute-st-aldhelm", get, d.about("Condition", "every-source"), "", 200, "")
	d.stop()
	d.start(`"enabled": false`, `"enabled":  false`) // the same rules, another revision
	d.ask("paramedic", "gp-riverside", get, d.about("AllergyIntolerance", "every-source"), "", 403, "")
	d.ask("paramedic", "gp-riverside", post, "Consent", d.consent("paramedic", "every-source", "emergency-access", "active", inDanger(time.Now())), 403, "emergency-not-enabled")
	d.ask("own-gp", "gp-riverside", get, d.about("Condition", "own-record"), "", 200, "")
	d.region.Close()
	d.ask("own-gp", "gp-riverside", get, d.about("Condition", "own-record"), "", 502, "source-unavailable")
	d.stop()
	return d
}

// A day in the demo region, through the real brokers into ClickHouse: the trail
// holds what the clients saw, and every panel shows what the trail holds.
func TestServersPanelsShowADayInTheRegion(t *testing.T) {
	began := time.Now()
	d := lived(t)
	if t.Failed() {
		t.FailNow()
	}
	store, err := clickhouse.Open(clickhouse.Options{Addresses: []string{server.Native}, Database: dayDatabase, Timeout: 30 * time.Second})
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	found, err := store.Tail(t.Context(), audit.Scope{Limit: 1000})
	if err != nil {
		t.Fatal(err)
	}
	arrivals := map[string]time.Time{}
	who := reader{user: "default", database: dayDatabase}
	for _, row := range who.must(t, `SELECT id, toUnixTimestamp64Milli(delivered_at) FROM records FINAL`, nil).rows {
		arrivals[row[0]] = millis(t, row[1])
	}
	var records []*kept
	parts := 0 // of collections
	for _, r := range found {
		records = append(records, &kept{r, arrivals[r.ID], ""})
		if e, collected := d.collected[r.TraceID]; collected {
			parts++
			if r.UserID != e.who || r.UserOrg != e.organisation || r.Action != "view" {
				t.Errorf("record %s of a collection: %s of %s: %s, want %+v", r.ID, r.UserID, r.UserOrg, r.Action, e)
			}
			continue
		}
		e, asked := d.ledger[r.ID]
		if !asked {
			t.Errorf("record %s is of a request that nobody made", r.ID)
			continue
		}
		if r.UserID != e.who || r.UserOrg != e.organisation || r.Source != e.source || r.Status != e.status {
			t.Errorf("record %s: %s of %s at %s: %d, want %+v", r.ID, r.UserID, r.UserOrg, r.Source, r.Status, e)
		}
		if e.reason != "" && (r.Outcome == audit.Released || r.Reasons[0] != e.reason) {
			t.Errorf("record %s: %s %v, want %s", r.ID, r.Outcome, r.Reasons, e.reason)
		}
		if took := arrivals[r.ID].Sub(r.TimeIn); took < 0 || took > time.Since(began) {
			t.Errorf("record %s took %s to the trail", r.ID, took)
		}
	}
	if len(records) != len(d.ledger)+parts || parts < 40 {
		t.Errorf("%d records of %d requests and a collection with %d parts", len(records), len(d.ledger), parts)
	}
	v := view{from: began.Add(-time.Minute), to: time.Now().Add(time.Minute), interval: time.Minute}
	compare(t, who, v, asked{records, v.interval})
	ledgered(t, who, v, d.ledger, parts)
}

// ledgered compares a few figures with the ledger, which knows nothing of records.
func ledgered(t *testing.T, who reader, v view, ledger map[string]entry, parts int) {
	t.Helper()
	requests, reasons := len(ledger)+parts, map[string]int{}
	for _, e := range ledger {
		reasons[e.reason]++
	}
	for _, c := range []struct {
		file, title string
		want        []string
	}{
		{"delivery-and-health", "Records", line(requests)},
		{"access", "Requests failed", line(reasons["source-unavailable"])},
		{"emergency", "Emergencies declared", line(1)},
		{"emergency", "Visits in an emergency", line(1)}, // of two requests
		{"emergency", "Declarations refused", line(1)},
		{"refusals-and-reasons", "Patients who opted out", line(1)},
		{"policy-revisions", "Revisions in use", line(2)},
		{"policy-revisions", "Names with two contents", line(0)},
	} {
		if got := shownBy(t, who, v, c.file, c.title); len(got) != 1 || got[0][0] != c.want[0] {
			t.Errorf("%s: %s: %v, the ledger has %v", c.file, c.title, got, c.want)
		}
	}
}

func millis(t *testing.T, text string) time.Time {
	t.Helper()
	var n int64
	for _, c := range text {
		if c < '0' || c > '9' {
			t.Fatalf("%q is no time", text)
		}
		n = n*10 + int64(c-'0')
	}
	return time.UnixMilli(n)
}
