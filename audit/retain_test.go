package audit_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/mycarerecord/mcr/audit"
)

func TestClassesOfRecords(t *testing.T) {
	for want, all := range map[audit.Class][]audit.Record{
		audit.AccessClass:    {{Action: "view", Outcome: audit.Released}},
		audit.ConsentClass:   {{Action: "record-permission", Outcome: audit.Released}, {Action: "record-refusal", Outcome: audit.Released}, {Action: "withdraw", Outcome: audit.Released}},
		audit.EmergencyClass: {{Action: "declare-emergency", Outcome: audit.Refused}, {Action: "view", Outcome: audit.Released, Emergency: "e1"}},
		audit.RefusalClass:   {{Action: "view", Outcome: audit.Refused}, {Outcome: audit.Failed}, {Action: "record-permission", Outcome: audit.Refused}},
		audit.LookClass:      {{Action: audit.LookAtPatient, Outcome: audit.Released}, {Action: audit.LookAtTrail, Outcome: audit.Refused}},
		audit.OperationClass: {{Outcome: audit.Released, Interaction: "capabilities"}},
		audit.ReceiptClass:   {{Action: audit.EraseAction}, {Action: audit.RetireAction}, {Action: audit.HoldAction}, {Action: audit.LiftAction}, {Action: audit.AcceptGapAction}, {Action: audit.RotateKeysAction}},
	} {
		for _, r := range all {
			if got := audit.ClassOf(&r); got != want {
				t.Errorf("%+v is of class %s, want %s", r, got, want)
			}
		}
	}
	now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	old := &audit.Record{Action: "view", Outcome: audit.Released, TimeIn: now.AddDate(-9, 0, 0)}
	receipt := &audit.Record{Action: audit.EraseAction, Outcome: audit.Released, TimeIn: now.AddDate(-90, 0, 0)}
	if p := audit.DefaultPeriods(); !p.Over(old, now) || p.Over(receipt, now) || p.Over(&audit.Record{}, now) || (audit.Periods{audit.LookClass: 1}).Over(old, now) {
		t.Error("what is over its period is told wrongly")
	}
}

func TestPeriodsAreRead(t *testing.T) {
	got, err := audit.ParsePeriods([]byte(`{"access":2928,"look":366,"consent":"for ever"}`))
	if diff := cmp.Diff(audit.Periods{audit.AccessClass: 2928, audit.LookClass: 366}, got); err != nil || diff != "" {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
	for _, wrong := range []string{``, `[]`, `{"views":3}`, `{"access":0}`, `{"access":-3}`, `{"access":1.5}`, `{"access":"8 years"}`, `{"receipt":3}`, `{"access":1e9}`} {
		if p, err := audit.ParsePeriods([]byte(wrong)); err == nil {
			t.Errorf("%s was read as %v", wrong, p)
		}
	}
}

// What goes and what stays, by whose details are erased.
func TestWhatAnErasureLeaves(t *testing.T) {
	r := record()
	r.Salt, r.Permission, r.EmergencyReason, r.TokenID = "salt-gone", "permission-gone", "words gone", "token-gone"
	r.Input = []byte(`{"input":"gone"}`)
	whole := audit.AppendJSON(nil, r)
	always := []string{"salt-gone", "permission-gone", "words gone", "token-gone", `"input"`, r.ClientIP, r.UserAgent}
	for whose, gone := range map[audit.Whose][]string{
		audit.OfPatient: {r.PatientHMAC, r.PatientShown}, audit.OfUser: {r.UserID, r.UserName}, audit.OfBoth: {r.PatientHMAC, r.PatientShown, r.UserID, r.UserName},
	} {
		left, err := audit.EraseDetails(whole, whose)
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
		again, err := audit.EraseDetails(left, audit.OfUser)
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
	if _, err := audit.EraseDetails([]byte("x"), audit.OfBoth); err == nil {
		t.Error("what is no record was erased")
	}
	// A record whose client's text looks like an erasure is none.
	forged := record()
	forged.UserAgent, forged.Input = `,"erased":{"whose":"both","entry":"00"}`, []byte(`{"a":1,"erased":{"whose":"both","entry":"`+strings.Repeat("00", 32)+`"}}`)
	if _, ok := audit.ErasedIn(audit.AppendJSON(nil, forged)); ok {
		t.Error("a record's own words were taken for an erasure")
	}
	// An erasure stands at the end, and only there.
	entry := strings.Repeat("00", 32)
	for document, want := range map[string]bool{
		`{"id":"a","erased":{"whose":"both","entry":"` + entry + `"}}`:                    true,
		`{"id":"a","erased":{"whose":"both","entry":"` + entry + `"},"source":"a"}`:       false,
		`{"id":"a","erased":{"whose":"both","entry":"` + entry + `"},"spent_us":{"a":1}}`: false,
	} {
		if _, ok := audit.ErasedIn([]byte(document)); ok != want {
			t.Errorf("%s: %v", document, ok)
		}
	}
}

func FuzzReceiptIn(f *testing.F) {
	f.Add([]byte(`{"action":"erase-details","input":{"erasure":{"whose":"patient","records":[{"chain":"a","number":1,"entry":"00"}]}}}`))
	f.Add([]byte(`{"action":"retire-records","input":{"retirement":{"runs":[{"chain":"a","first":9,"last":1,"hash":"00"}]}}}`))
	f.Fuzz(func(t *testing.T, document []byte) {
		if r, ok := audit.ReceiptIn(document); ok {
			if (r.Erasure == nil) == (r.Retirement == nil) {
				t.Errorf("%s: %+v", document, r)
			}
			if r.Retirement != nil {
				for _, run := range r.Retirement.Runs {
					if _, ok := run.End(); ok && (run.First == 0 || run.Last < run.First) {
						t.Errorf("%s: a run of nothing", document)
					}
				}
			}
		}
		_, _ = audit.ErasedIn(document)
	})
}
