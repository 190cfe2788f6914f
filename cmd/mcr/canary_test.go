package main_test

import (
	"bytes"
	"io"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Nothing is stored: a canary stands in the content of the record; it is released,
// withheld, refused and failed on, and then looked for in everything that the
// broker keeps and says.
func TestNothingOfTheRecordIsStored(t *testing.T) {
	const canary = "CANARY-5b1d-blood-group-AB"
	s := newSite(t, answering(canary), "")
	s.start()
	own, stranger := s.token("u1", "RZ1"), s.token("u2", "RZ2")
	for _, step := range []struct {
		name, method, target, token string
		status                      int
		sees                        bool
	}{
		{"released", http.MethodGet, "/fhir/Observation?patient=p1", own, http.StatusOK, true},
		{"released, sent as a form", http.MethodPost, "/fhir/Observation/_search?patient=p1", own, http.StatusUnsupportedMediaType, false},
		{"refused", http.MethodGet, "/fhir/Observation?patient=p1", stranger, http.StatusForbidden, false},
		{"refused, by number", http.MethodGet, "/fhir/Observation?patient.identifier=https://fhir.nhs.uk/Id/nhs-number%7C9990000018", stranger, http.StatusForbidden, false},
		{"the source fails", http.MethodGet, "/fhir/Condition?patient=p1", own, http.StatusBadGateway, false},
		{"the source breaks off", http.MethodGet, "/fhir/Procedure?patient=p1", own, http.StatusBadGateway, false},
		{"not there", http.MethodGet, "/fhir/Observation/none", own, http.StatusNotFound, false},
		{"a write with content", http.MethodPut, "/fhir/Observation/o1", own, http.StatusMethodNotAllowed, false},
		{"no token", http.MethodGet, "/fhir/Observation?patient=p1", "", http.StatusUnauthorized, false},
		{"token in the address", http.MethodGet, "/fhir/Observation?patient=p1&access_token=" + own, "", http.StatusUnauthorized, false},
	} {
		body := ""
		if step.method != http.MethodGet {
			body = `{"note":"` + canary + `"}`
		}
		status, _, text, err := s.ask(step.method, step.target, step.token, body)
		if err != nil || status != step.status || strings.Contains(text, canary) != step.sees {
			t.Errorf("%s: %d, want %d, %v: %s", step.name, status, step.status, err, text)
		}
	}
	answer, err := http.Get("http://" + s.listen + "/metrics")
	if err != nil {
		t.Fatal(err)
	}
	metrics, err := io.ReadAll(answer.Body)
	answer.Body.Close()
	if err != nil || !bytes.Contains(metrics, []byte("mcr_decisions_total")) {
		t.Errorf("no metrics of the broker's: %v", err)
	}
	s.stop()
	// What must be nowhere: the content; and, in what is read by people who are
	// not auditors, the patient's number, the source's id for the patient in an
	// address, and the token.
	look := func(where string, text []byte, words ...string) {
		for _, word := range words {
			if bytes.Contains(text, []byte(word)) {
				t.Errorf("%s holds %q", where, word)
			}
		}
	}
	look("the metrics", metrics, canary, "9990000018", "p1", own)
	look("the log", []byte(s.said.String()), canary, "9990000018", "patient=p1", own)
	files := 0
	err = filepath.WalkDir(s.dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		files++
		look(path, text, canary, own)
		if !strings.HasSuffix(path, "registry.db") {
			look(path, text, "9990000018")
		}
		return nil
	})
	if err != nil || files < 5 {
		t.Errorf("only %d files looked at: %v", files, err)
	}
}
