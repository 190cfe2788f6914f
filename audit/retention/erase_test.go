package retention_test

import (
	"strings"
	"testing"
	"time"

	"github.com/mycarerecord/mcr/audit"
	"github.com/mycarerecord/mcr/audit/retention"
)

// What goes and what stays, by whose details are erased.
func TestWhatAnErasureLeaves(t *testing.T) {
	r := &audit.Record{
		Schema: audit.SchemaVersion, ID: "0195f2c0-7a3b-7c11-9d2e-0242ac120002", Broker: "region-1", Salt: "salt-gone",
		TimeIn: time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC), Outcome: audit.Released, Status: 200, Reasons: []string{"permission-to-view"},
		UserID: "555021935107", UserName: "KHAN, Amira (Dr)", TokenID: "token-gone", ClientIP: "127.0.0.1", UserAgent: "curl/8.5.0",
		PatientHMAC: strings.Repeat("0f", 32), PatientShown: "999*****34", Source: "gp-riverside", SourceOrg: "A81001", Action: "view",
		Permission: "permission-gone", EmergencyReason: "words gone", Input: []byte(`{"input":"gone"}`),
	}
	whole := audit.AppendJSON(nil, r)
	always := []string{"salt-gone", "permission-gone", "words gone", "token-gone", `"input"`, r.ClientIP, r.UserAgent}
	for whose, gone := range map[audit.Whose][]string{
		audit.OfPatient: {r.PatientHMAC, r.PatientShown}, audit.OfUser: {r.UserID, r.UserName}, audit.OfBoth: {r.PatientHMAC, r.PatientShown, r.UserID, r.UserName},
	} {
		left, err := retention.EraseDetails(whole, whose)
		if err != nil {
			t.Fatal(err)
		}
		for _, text := range append(gone, always...) {
			if text == "" || strings.Contains(string(left), text) || !strings.Contains(string(whole), text) {
				t.Errorf("%s: %q is left", whose, text)
			}
		}
		if audit.EntryOf(left) != audit.LeafEntry(whole) {
			t.Errorf("%s: the entry is another", whose)
		}
		again, err := retention.EraseDetails(left, audit.OfUser)
		if err != nil || audit.EntryOf(again) != audit.LeafEntry(whole) || strings.Contains(string(again), r.UserID) {
			t.Errorf("%s, and the user then: %s, %v", whose, again, err)
		}
		if whose == audit.OfPatient && !strings.Contains(string(left), r.UserID) || whose == audit.OfUser && !strings.Contains(string(left), r.PatientHMAC) {
			t.Errorf("%s: more than that is gone: %s", whose, left)
		}
		if c, err := audit.ReadColumns(left); err != nil || c.ID != r.ID || c.SourceOrg != r.SourceOrg {
			t.Errorf("%s: %+v, %v", whose, c, err)
		}
	}
	if _, err := retention.EraseDetails([]byte("x"), audit.OfBoth); err == nil {
		t.Error("what is no record was erased")
	}
}
