package main_test

import (
	"net/http"
	"regexp"
	"strings"
	"testing"
)

// What a broker answered is what is in its store, over a restart and a kill; a row that
// is taken out of the store behind its back is named.
func TestRequestsRecordsAndRowsAreEqual(t *testing.T) {
	s := newSite(t, answering("x"), "")
	ask := func(times int) {
		t.Helper()
		for i := range times {
			target, user := "/fhir/Observation?patient=p1", "u1"
			if i%3 == 0 {
				user = "u2" // who is refused
			}
			if status, _, text, err := s.ask(http.MethodGet, target, s.token(user, map[string]string{"u1": "RZ1", "u2": "RZ2"}[user]), ""); err != nil || status >= 500 {
				t.Fatal(status, text, err)
			}
		}
	}
	verified := func() string {
		t.Helper()
		out, err := s.run("audit", "verify")
		if (err != nil) == strings.Contains(out, "test: complete") {
			t.Errorf("%v\n%s", err, out)
		}
		return out
	}
	s.start()
	ask(5)
	s.stop()
	if out := verified(); !strings.Contains(out, " 5 requests answered, 5 records of them, 5 in the store") {
		t.Errorf("after a stop:\n%s", out)
	}
	s.start()
	ask(3)
	s.kill()
	s.start()
	ask(2)
	s.stop()
	if out := verified(); !regexp.MustCompile(`at least ([789]|10) requests answered, 10 records of them, 10 in the store`).MatchString(out) {
		t.Errorf("after a kill:\n%s", out)
	}
	s.deleteRecords("WHERE key & 0xFFFFFFFFFFFF = 10")
	if out := verified(); !strings.Contains(out, "NOT COMPLETE") || !strings.Contains(out, "1 records are not in the store any more") {
		t.Errorf("after a row was deleted:\n%s", out)
	}
}
