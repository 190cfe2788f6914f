package audit_test

import (
	"bytes"
	"errors"
	"strings"
	"testing"
	"unicode"

	"github.com/google/go-cmp/cmp"

	"github.com/mycarerecord/mcr/audit"
)

func TestPrintLine(t *testing.T) {
	var out bytes.Buffer
	r := record()
	r.Query = "Observation?category=laboratory"
	if err := audit.PrintLine(&out, r); err != nil {
		t.Fatal(err)
	}
	want := "2026-03-02 12:00:00.123  released    permission-to-view            KHAN, Amira (Dr) (Clinical Practitioner R8000) of " +
		"Northmoor Hospitals RXA01, user 555021935107  at gp-riverside  view Observation?category=laboratory  0195f2c0-7a3b-7c11-9d2e-0242ac120002\n"
	if diff := cmp.Diff(want, out.String()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// Looking at the trail is not looking at a record.
func TestPrintingALook(t *testing.T) {
	r := record()
	r.Action, r.Source, r.Interaction, r.ResourceType = audit.LookAtPatient, "console", "search", "AuditEvent"
	r.Query = "AuditEvent?action=view"
	var line, page bytes.Buffer
	if err := audit.PrintLine(&line, r); err != nil {
		t.Fatal(err)
	}
	if err := audit.PrintRecord(&page, r); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(line.String(), "at console  looked at a patient's part of the trail AuditEvent?action=view  ") {
		t.Error(line.String())
	}
	if !strings.Contains(page.String(), "asked for   looked at a patient's part of the trail, not at a record, by search, of AuditEvent?action=view\n") {
		t.Error(page.String())
	}
}

func TestPrintRecord(t *testing.T) {
	var out bytes.Buffer
	r := record()
	r.Sequence = 7
	if err := audit.PrintRecord(&out, r); err != nil {
		t.Fatal(err)
	}
	const want = `record      0195f2c0-7a3b-7c11-9d2e-0242ac120002 (number 7 of region-1)
came in     Monday 2 March 2026, 12:00:00.123 UTC, answered after 12ms
who         KHAN, Amira (Dr) (Clinical Practitioner R8000) of Northmoor Hospitals RXA01, user 555021935107
signed in   by https://issuer.example, through ward-viewer, assurance AAL3, token 9f1b7f0e-2f55, session b3a1c9d0-77e2
from        127.0.0.1, with curl/8.5.0
patient     999*****34, found as 0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f
record of   gp-riverside, held by A81001
asked for   to view, by search, of Observation?category=laboratory&_count=50
purpose     direct-care
outcome     released, status 200, decision permit
because     permission-to-view
decided by  rules permission, of policy 2026-03-01, digest abababababab…
resting on  permission perm-1, care relationship rel-7
released    12 laboratory, as 12 Observation, in bytes 3977
withheld    2 label-withheld
resources   Observation/1/_history/1, Observation/2/_history/1, Observation/3/_history/4
source said status 200, bytes 4312
time spent  parse 3, token 2, facts 4, decision 31, source 9120, filter 12 µs
trace       4bf92f3577b34da6a3ce929d0e0e4736
caller's id X-Request-ID: 60e0b220-8136-4ca5-ae46-1d97ef59d068
`
	if diff := cmp.Diff(want, out.String()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestPrintingAnEmptyRecord(t *testing.T) {
	var out bytes.Buffer
	if err := audit.PrintLine(&out, &audit.Record{}); err != nil {
		t.Fatal(err)
	}
	if err := audit.PrintRecord(&out, &audit.Record{}); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(out.String(), "nobody known") {
		t.Error(out.String())
	}
}

// Attack 132: what a client sent cannot write on the reader's terminal.
func TestAttack132HostileValuesDoNotReachTheTerminal(t *testing.T) {
	const hostile = "\x1b[2J\x1b]0;x\x07a\nrecord      forged\r\u009b1m\u202e\u2028\x00\xff"
	r := record()
	r.UserName, r.UserAgent, r.Query, r.UserID, r.Source, r.EmergencyReason, r.ID = hostile, hostile, hostile, hostile, hostile, hostile, hostile
	r.Reasons, r.Resources, r.Withheld, r.Outcome = []string{hostile}, []string{hostile}, map[string]int{hostile: 1}, hostile
	var line, page bytes.Buffer
	if err := audit.PrintLine(&line, r); err != nil {
		t.Fatal(err)
	}
	if err := audit.PrintRecord(&page, r); err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(line.String(), "\n"); n != 1 {
		t.Errorf("one record printed %d lines", n)
	}
	for _, c := range line.String() + page.String() {
		if c != '\n' && !unicode.IsGraphic(c) {
			t.Fatalf("%q was printed", c)
		}
	}
	if strings.Contains(page.String(), "\nrecord      forged") {
		t.Error("a line was forged")
	}
}

// Attack 163: lines of the trail are pasted into spreadsheets, and imported as text.
func TestAttack163NoTextOfOthersIsPrintedAsAFormula(t *testing.T) {
	signs := []string{"=", "+", "-", "@", "\t=", "\r=", "\n=", "＝", " =", "\u00a0="}
	for _, sign := range signs {
		text := sign + "cmd|' /C calc'!A0"
		r := record().Written(func(string) string { return text })
		var out bytes.Buffer
		if err := errors.Join(audit.PrintLine(&out, r), audit.PrintRecord(&out, r)); err != nil {
			t.Fatal(err)
		}
		bare := strings.TrimLeftFunc(text, unicode.IsSpace)
		printed, armless := strings.Count(out.String(), bare), strings.Count(out.String(), "'"+bare)
		if printed < 20 || armless != printed {
			t.Errorf("%+q: printed %d times, %d times as no formula:\n%s", text, printed, armless, out.String())
		}
	}
}
