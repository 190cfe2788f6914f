package retention_test

import (
	"crypto/sha256"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/mycarerecord/mcr/audit"
	"github.com/mycarerecord/mcr/audit/retention"
	"github.com/mycarerecord/mcr/audit/spool"
	"github.com/mycarerecord/mcr/audit/trailtest"
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
	// Receipts bear the hash of what is left: a later version makes the same of it.
	for whose, want := range map[audit.Whose]string{
		audit.OfPatient: "b08937f743b6ab59118863866a994d5cfaf13f0bc1a45bf091aa486659dbdafa",
		audit.OfUser:    "ffb22d8f10436339aa831f4f0f2b471f93825898b25c190fcfb49914365e3132",
		audit.OfBoth:    "6dea7eddd7ee86095501785926aeb5ea2d644e9a67d10186a8ec08e3053d7c0f",
	} {
		left, err := retention.EraseDetails(whole, whose)
		if got := fmt.Sprintf("%x", sha256.Sum256(left)); err != nil || got != want {
			t.Errorf("%s: what is left has the hash %s, %v: %s", whose, got, err, left)
		}
	}
	if _, err := retention.EraseDetails([]byte("x"), audit.OfBoth); err == nil {
		t.Error("what is no record was erased")
	}
}

// However it came to it, what is left without all details is the same, and a receipt of the
// most records that one may name is never cut.
func TestAReceiptSaysWhatIsLeft(t *testing.T) {
	var receipt retention.Erasure
	for i, r := range trailtest.NewVaried("a-broker-with-as-long-a-name-as-there-may-be-in-a-region-of-ours", 1).Take(3 * retention.MostErased) {
		whole := audit.AppendJSON(nil, r)
		both, err := retention.EraseDetails(whole, audit.OfBoth)
		if err != nil {
			t.Fatal(err)
		}
		for _, first := range []audit.Whose{audit.OfPatient, audit.OfUser} {
			left, err := retention.EraseDetails(whole, first)
			if err == nil {
				left, err = retention.EraseDetails(left, audit.OfUser)
			}
			if first == audit.OfUser && err == nil {
				left, err = retention.EraseDetails(left, audit.OfPatient)
			}
			if err != nil || string(left) != string(both) {
				t.Fatalf("%s first: %v\n%s\n%s", first, err, left, both)
			}
		}
		named, err := retention.Name(r.Broker, spool.Entry{Seq: 1 << 60, Payload: whole}, audit.OfPatient)
		if err != nil {
			t.Fatal(err)
		}
		if i < retention.MostErased {
			receipt.Records = append(receipt.Records, named)
		}
	}
	act := audit.Act{Action: audit.EraseAction, Reason: "test", By: "An Officer", Words: "by order of a court", Input: retention.Receipt{Erasure: &receipt}}
	read, ok := retention.ReceiptIn(audit.AppendJSON(nil, act.Record(time.Now())))
	if !ok || read.Erasure == nil || len(read.Erasure.Records) != retention.MostErased {
		t.Error("a receipt was cut")
	}
}
