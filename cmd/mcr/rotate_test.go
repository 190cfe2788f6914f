package main_test

import (
	"net/http"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// Keys are rotated between two requests about one patient, who is found under both; an
// old copy of the keys says what it cannot find; a withdrawn epoch says what is lost.
func TestKeysAreRotatedWithoutLosingAPatient(t *testing.T) {
	s := newSite(t, answering("x"), "")
	ask := func() string {
		t.Helper()
		s.start()
		status, id, text, err := s.ask(http.MethodGet, "/fhir/Observation?patient=p1", s.token("u1", "RZ1"), "")
		if err != nil || status != http.StatusOK {
			t.Fatal(status, text, err)
		}
		return id
	}
	audit := func(fails bool, args ...string) string {
		t.Helper()
		out, err := s.run(append([]string{"audit"}, args...)...)
		if (err != nil) != fails {
			t.Fatalf("%v: %v\n%s", args, err, out)
		}
		return out
	}
	who := []string{"--data", "data", "--id", "test", "--by", "A. Officer", "--reason", "a year has passed"}
	before := ask()
	if out := audit(true, append([]string{"rotate-keys"}, who...)...); !strings.Contains(out, "stop the broker first") {
		t.Errorf("beside a running broker: %s", out)
	}
	s.stop()
	old := read(t, filepath.Join(s.dir, "data/keys"))
	out := audit(false, append([]string{"rotate-keys"}, who...)...)
	after := ask()
	s.stop()

	epochs := regexp.MustCompile(`\b[12]-[0-9a-f]{8}\b`).FindAllString(out, -1)
	if len(epochs) != 3 || epochs[0] != epochs[2] || !strings.HasPrefix(epochs[1], "1-") {
		t.Fatalf("epochs %v in\n%s", epochs, out)
	}
	found := audit(false, "patient", "9990000018")
	if !strings.Contains(found, before) || !strings.Contains(found, after) || strings.Contains(found, "NOT ALL") {
		t.Errorf("found\n%s", found)
	}
	if told := audit(false, "tail", "--json"); !strings.Contains(told, `"action":"rotate-keys"`) || !strings.Contains(told, "a year has passed") {
		t.Errorf("the rotation is not in the trail:\n%s", told)
	}
	audit(false, "verify") // the checkpoint is believed as before

	next := read(t, filepath.Join(s.dir, "data/keys"))
	write(t, filepath.Join(s.dir, "old"), old)
	found = audit(false, "patient", "9990000018", "--keys", "old")
	if !strings.Contains(found, before) || strings.Contains(found, after) || !strings.Contains(found, "NOT ALL: 1 records") {
		t.Errorf("an old copy of the keys found\n%s", found)
	}

	forget := append([]string{"rotate-keys", "--forget", epochs[1]}, who...)
	if out := audit(true, forget...); !strings.Contains(out, "1 records of the store can be found by patient under epoch "+epochs[1]) || read(t, filepath.Join(s.dir, "data/keys")) != next {
		t.Errorf("without --lose-records: %s", out)
	}
	if out := audit(false, append(forget, "--lose-records")...); !strings.Contains(out, epochs[1]+"   made") || !strings.Contains(out, "withdrawn 20") {
		t.Errorf("withdrawn:\n%s", out)
	}
	s.start()
	s.stop()
	found = audit(false, "patient", "9990000018")
	if strings.Contains(found, before) || !strings.Contains(found, after) || !strings.Contains(found, "NOT ALL: 1 records") {
		t.Errorf("after an epoch was withdrawn:\n%s", found)
	}
	audit(false, "verify")
}
