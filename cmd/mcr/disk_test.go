package main_test

import (
	"io"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// No room for records: nothing is released, health is red, and the answer says
// that it is worth coming back.
func TestADiskWithoutRoomReleasesNothing(t *testing.T) {
	const canary = "CANARY-no-room"
	s := newSite(t, answering(canary), "")
	s.start()
	own := s.token("u1", "RZ1")
	if status, _, text, err := s.ask(http.MethodGet, "/fhir/Observation?patient=p1", own, ""); err != nil || status != http.StatusOK {
		t.Fatal(status, text, err)
	}
	s.stop()
	// The floor is put above what any disk has.
	caddyfile, err := os.ReadFile(s.dir + "/Caddyfile")
	if err != nil {
		t.Fatal(err)
	}
	write(t, s.dir+"/Caddyfile", strings.Replace(string(caddyfile), "id test\n", "id test\n\t\tspool {\n\t\t\tmin_free 900PiB\n\t\t}\n", 1))
	s.startUntil(http.StatusServiceUnavailable)
	for _, target := range []string{"/fhir/Observation?patient=p1", "/fhir/metadata", "/fhir/Observation/none"} {
		status, _, text, err := s.ask(http.MethodGet, target, own, "")
		if err != nil || status != http.StatusServiceUnavailable || !strings.Contains(text, "audit-unavailable") || strings.Contains(text, canary) {
			t.Errorf("%s: %d %v %s", target, status, err, text)
		}
	}
	s.unhealthy()
	s.stop()
	write(t, s.dir+"/Caddyfile", string(caddyfile))
	s.start()
	if status, _, text, err := s.ask(http.MethodGet, "/fhir/Observation?patient=p1", own, ""); err != nil || status != http.StatusOK {
		t.Errorf("there is room again: %d %v %s", status, err, text)
	}
}

var metricName = regexp.MustCompile(`(?m)^# TYPE (mcr_[a-z_]+) `)

// Every metric there is stands in docs/metrics.md, and the other way round.
func TestEveryMetricIsDocumented(t *testing.T) {
	s := newSite(t, answering("x"), "")
	s.start()
	for _, target := range []string{"/fhir/Observation?patient=p1", "/fhir/Condition?patient=p1"} {
		if _, _, _, err := s.ask(http.MethodGet, target, s.token("u1", "RZ1"), ""); err != nil {
			t.Fatal(err)
		}
	}
	answer, err := http.Get("http://" + s.listen + "/metrics")
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	docs, err := os.ReadFile("../../docs/metrics.md")
	if err != nil {
		t.Fatal(err)
	}
	found := metricName.FindAllStringSubmatch(string(text), -1)
	if len(found) < 10 {
		t.Fatalf("only %d metrics of ours", len(found))
	}
	for _, m := range found {
		if !strings.Contains(string(docs), "`"+m[1]+"`") {
			t.Errorf("%s is not documented", m[1])
		}
	}
	s.filesAreDocumented()
}

// filesAreDocumented: every file of the data folder is in docs/operating.md.
func (s *site) filesAreDocumented() {
	s.t.Helper()
	docs, err := os.ReadFile("../../docs/operating.md")
	if err != nil {
		s.t.Fatal(err)
	}
	files, err := os.ReadDir(filepath.Join(s.dir, "data"))
	if err != nil || len(files) < 5 {
		s.t.Fatal(len(files), err)
	}
	for _, file := range files {
		// One that is being written just now is documented under the name it is about to have.
		name := strings.TrimSuffix(strings.TrimSuffix(file.Name(), ".new"), ".part")
		if beside, ending, ok := strings.Cut(name, "-"); ok && ending != "" && strings.Contains(name, ".db-") {
			name = beside // SQLite's own, beside the file
		}
		if begin, ok := strings.CutPrefix(name, "checkpoint.delivered-"); ok && begin != "" {
			name = "checkpoint.delivered-*"
		}
		if !strings.Contains(string(docs), "| `"+name) {
			s.t.Errorf("%s is in the data folder, and docs/operating.md does not tell of it: add it to Files in the data folder", file.Name())
		}
	}
}

// unhealthy holds that health says 503.
func (s *site) unhealthy() {
	s.t.Helper()
	for _, path := range []string{"/healthz", "/readyz"} {
		answer, err := http.Get("http://" + s.listen + path)
		if err != nil {
			s.t.Fatal(err)
		}
		answer.Body.Close()
		if answer.StatusCode != http.StatusServiceUnavailable {
			s.t.Errorf("%s is %d, want 503", path, answer.StatusCode)
		}
	}
}
