package main_test

import (
	"bytes"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// A court orders that a patient's details go: not while a hold lies on them; afterwards
// the trail is whole, the patient is not found, and nothing but the receipt tells.
func TestAPatientsDetailsAreErasedUnlessAHoldLiesOnThem(t *testing.T) {
	s := newSite(t, answering("x"), "")
	audit := func(fails bool, args ...string) string {
		t.Helper()
		out, err := s.run(append([]string{"audit"}, args...)...)
		if (err != nil) != fails {
			t.Fatalf("%v: %v\n%s", args, err, out)
		}
		return out
	}
	who := func(args ...string) []string {
		return append(args, "--data", "data", "--id", "test", "--by", "A. Officer", "--reason", "by order of a court")
	}
	s.start()
	var id string
	for range 3 {
		status, record, text, err := s.ask(http.MethodGet, "/fhir/Observation?patient=p1", s.token("u1", "RZ1"), "")
		if err != nil || status != http.StatusOK {
			t.Fatal(status, text, err)
		}
		id = record
	}
	s.stop()
	hmac := regexp.MustCompile(`found as ([0-9a-f]{64})`).FindStringSubmatch(audit(false, "show", id))[1]
	laid := regexp.MustCompile(`Hold (\S+) is laid`).FindStringSubmatch(audit(false, who("hold", "add", "--patient", "9990000018")...))
	if out := audit(false, "hold", "list"); !strings.Contains(out, laid[1]) || !strings.Contains(out, "one patient") || strings.Contains(out, "9990000018") {
		t.Errorf("holds:\n%s", out)
	}
	// A hold that would lie on nothing is refused: who lays it relies on it.
	for _, nothing := range [][]string{{"--organisation", "rz1"}, {"--since", "2026-03-02", "--until", "2026-03-02"}, {"--record", "nosuch"}} {
		audit(true, who(append([]string{"hold", "add"}, nothing...)...)...)
	}
	audit(false, who("rotate-keys")...) // the hold lies on what comes under the new keys too
	if out := audit(true, who("erase", "--patient", "9990000018")...); !strings.Contains(out, "a legal hold lies on it") {
		t.Errorf("under a hold:\n%s", out)
	}
	if out := audit(false, who("retain", "--dry-run")...); !strings.Contains(out, "test: 0 records in 0 runs") {
		t.Errorf("retain:\n%s", out)
	}
	audit(false, who("hold", "lift", laid[1])...)
	if out := audit(true, "erase", "--data", "data", "--id", "test", "--by", "A. Officer", "--reason", "for 9990000018", "--patient", "9990000018"); !strings.Contains(out, "holds an NHS number") {
		t.Errorf("a number in the reason:\n%s", out)
	}
	out := audit(false, who("erase", "--patient", "9990000018")...)
	if !strings.Contains(out, "Details of 4 records are erased") || !strings.Contains(out, "The spool holds 4 of them still") {
		t.Errorf("erased:\n%s", out)
	}
	out = audit(false, "verify")
	if !strings.Contains(out, "whole and unaltered") || !strings.Contains(out, "of 4 of them details were erased") || !strings.Contains(out, "complete from") {
		t.Errorf("verify:\n%s", out)
	}
	if out := audit(false, "patient", "9990000018"); !strings.Contains(out, "No records") {
		t.Errorf("the patient is found:\n%s", out)
	}
	if text, err := os.ReadFile(filepath.Join(s.dir, "data/trail.db")); err != nil || bytes.Contains(text, []byte(hmac)) { // nor in the hold that was laid
		t.Errorf("%d in the file, %v", bytes.Count(text, []byte(hmac)), err)
	}
	// The broker goes on, and what its spool holds brings nothing back.
	s.start()
	if status, _, text, err := s.ask(http.MethodGet, "/fhir/Observation?patient=p1", s.token("u1", "RZ1"), ""); err != nil || status != http.StatusOK {
		t.Fatal(status, text, err)
	}
	s.stop()
	if out := audit(false, "verify"); !strings.Contains(out, "of 4 of them details were erased") {
		t.Errorf("verify, later:\n%s", out)
	}
	// Nor does it when the trail loses them, and the receipts with them, while the spool holds
	// all; not even when the note beside the checkpoint is gone.
	for _, noted := range []bool{true, false} {
		s.meddle(`DELETE FROM record`)
		if !noted {
			if err := os.Remove(filepath.Join(s.dir, "data/checkpoint.erased")); err != nil {
				t.Fatal(err)
			}
		}
		if out := audit(false, "redeliver", "--data", "data", "--id", "test"); !strings.Contains(out, "that the store had lost were delivered again") {
			t.Errorf("redeliver:\n%s", out)
		}
		if out := audit(false, "verify"); !strings.Contains(out, "whole and unaltered") || !strings.Contains(out, "of 4 of them details were erased") {
			t.Errorf("verify, delivered again:\n%s", out)
		}
		if text, err := os.ReadFile(filepath.Join(s.dir, "data/trail.db")); err != nil || bytes.Contains(text, []byte(hmac)) {
			t.Errorf("%d in the file, delivered again, %v", bytes.Count(text, []byte(hmac)), err)
		}
	}
	if out := audit(false, who("erase", "--finish")...); !strings.Contains(out, "Details of 0 records") {
		t.Errorf("finish:\n%s", out)
	}
	// A second erasure of the same records that was cut off: its receipt is there, and who asked too.
	trail := filepath.Join(s.dir, "data/trail.db")
	before, err := os.ReadFile(trail)
	if err != nil {
		t.Fatal(err)
	}
	audit(false, who("erase", "--user", "u1")...)
	write(t, trail, string(before))
	audit(false, "redeliver", "--data", "data", "--id", "test")
	if out := audit(true, "verify"); !strings.Contains(out, "more of its details were to be erased") {
		t.Errorf("verify, a second erasure is not done:\n%s", out)
	}
	if out := audit(false, who("erase", "--finish")...); strings.Contains(out, "Details of 0 records") {
		t.Errorf("finish, a second erasure:\n%s", out)
	}
	if out := audit(false, "verify"); !strings.Contains(out, "whole and unaltered") {
		t.Errorf("verify, both are done:\n%s", out)
	}
}
