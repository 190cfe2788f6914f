package main_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

const (
	checkedPatient = `{"resourceType":"Patient","id":"p1","identifier":[{"system":"https://fhir.nhs.uk/Id/nhs-number","value":"9990000018"}],"name":[{"family":"CANARY"}]}`
	checkedResult  = `{"resourceType":"Observation","id":"local","status":"final","code":{"coding":[{"system":"http://lab.example/codes/bloods","code":"GLU","display":"CANARY"}]},"subject":{"reference":"Patient/p1"}}`
)

// exitOf gives what a command ended with.
func exitOf(t *testing.T, err error) int {
	t.Helper()
	var exit *exec.ExitError
	switch {
	case err == nil:
		return 0
	case errors.As(err, &exit):
		return exit.ExitCode()
	}
	t.Fatal(err)
	return 0
}

func TestAnOrganisationChecksAFileOnTheAfternoonThatItJoins(t *testing.T) {
	s := newSite(t, answering("x"), "")
	write(t, filepath.Join(s.dir, "data.ndjson"), strings.Replace(checkedPatient, "9990000018", "9000000009", 1)+"\n"+`{"from":"x","resource":`+checkedResult+"}\n")
	out, err := s.run("source", "check", "data.ndjson", "--source", "acute", "--sources", "sources")
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	for _, want := range []string{
		"Of 2 entries of types that are offered and about this patient, 1 are shown: 50.0 %.",
		"1  Observation.code http://lab.example/codes/bloods|GLU: not classified (local)",
	} {
		if !strings.Contains(out, want) {
			t.Errorf("not said: %s\n%s", want, out)
		}
	}
	if !strings.HasSuffix(out, "{\n  \"systems\": {\n    \"bloods\": \"http://lab.example/codes/bloods\"\n  },\n  \"rules\": [\n"+
		"    {\"type\":\"Observation\",\"code\":[\"bloods|GLU\"],\"class\":\"CHOOSE\"}\n  ]\n}\n") || strings.Contains(out, "CANARY") {
		t.Errorf("it does not end with the lines to add, or holds content:\n%s", out)
	}
	out, err = s.run("source", "check", "data.ndjson", "--source", "acute", "--json")
	var got struct {
		Types map[string]map[string]int
		Total map[string]int
	}
	if err != nil || json.Unmarshal([]byte(out), &got) != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	if sum := fmt.Sprint(got.Total); sum != "map[in_part:0 labelled:0 no_patient:0 not_offered:0 not_understood:0 seen:2 shown:1 unclassified:1]" || len(got.Types) != 2 {
		t.Error(sum)
	}
	for _, c := range []struct {
		exit int
		args []string
	}{
		{0, []string{"data.ndjson", "--source", "acute", "--sources", "sources", "--min-shown", "50"}},
		{1, []string{"data.ndjson", "--source", "acute", "--sources", "sources", "--min-shown", "50.1"}},
		{1, []string{"data.ndjson", "--source", "acute", "--sources", "sources", "--patient", "p2", "--nhs-number", "999 000 0018", "--min-shown", "1"}},
		{2, nil},
		{0, []string{"data.ndjson", "--source", "about-to-join"}},
		{0, []string{"data.ndjson"}},
		{2, []string{"--source", "nowhere"}},
		{2, []string{"data.ndjson", "data.ndjson", "--source", "gp-riverside"}},
		{2, []string{"missing.ndjson", "--source", "gp-riverside"}},
		{2, []string{"sources", "--source", "gp-riverside"}},
		{2, []string{"data.ndjson", "--source", "gp-riverside", "--patient", "a b"}},
		{2, []string{"data.ndjson", "--source", "gp-riverside", "--nhs-number", "1234567890"}},
		{2, []string{"data.ndjson", "--source", "gp-riverside", "--policies", "missing"}},
		{2, []string{"data.ndjson", "--source", "gp-riverside", "--token", "abc"}},
		{1, []string{"http://127.0.0.1:1/fhir", "--source", "gp-riverside"}},
		{2, []string{"https://u:1234567890@127.0.0.1:1/fhir", "--source", "gp-riverside"}},
	} {
		out, err := s.run(append([]string{"source", "check"}, c.args...)...)
		if exit := exitOf(t, err); exit != c.exit || strings.Contains(out, "1234567890") {
			t.Errorf("%v ends with %d, want %d:\n%s", c.args, exit, c.exit, out)
		}
	}
}

func TestAnOrganisationChecksItsSourceItself(t *testing.T) {
	s := newSite(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/fhir+json")
		switch {
		case r.Header.Get("Authorization") != "Bearer of-the-source":
			w.WriteHeader(http.StatusUnauthorized)
		case r.Method == http.MethodGet && r.URL.Path == "/fhir/Patient/p1":
			fmt.Fprint(w, checkedPatient)
		case r.Method == http.MethodGet && r.URL.Path == "/fhir/Observation" && r.URL.Query().Get("patient") == "p1":
			fmt.Fprint(w, `{"resourceType":"Bundle","type":"searchset","entry":[{"resource":`+checkedResult+`}]}`)
		default:
			w.WriteHeader(http.StatusNotFound)
		}
	}), "")
	token := filepath.Join(s.dir, "token")
	write(t, token, "of-the-source\n")
	ask := func(args ...string) string {
		t.Helper()
		out, err := s.run(append([]string{"source", "check", "--source", "acute", "--sources", "sources"}, args...)...)
		if err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		return out
	}
	for _, out := range []string{ask(s.source.URL+"/fhir/", "--token-file", token), ask("--token-file", token)} {
		if !strings.Contains(out, "Of 2 entries of types that are offered and about this patient, 1 are shown") ||
			!strings.Contains(out, "The source does not offer: AllergyIntolerance, ") || strings.Contains(out, "CANARY") || strings.Contains(out, "999") {
			t.Errorf("the source was not checked, or content is told:\n%s", out)
		}
	}
	if out, err := s.run("source", "check", s.source.URL+"/fhir", "--source", "acute", "--sources", "sources"); exitOf(t, err) != 1 || !strings.Contains(out, "give a token with --token-file") {
		t.Errorf("%v\n%s", err, out)
	}
	if err := os.WriteFile(token, []byte("two\nlines"), 0o600); err != nil {
		t.Fatal(err)
	}
	if out, err := s.run("source", "check", "--source", "acute", "--sources", "sources", "--token-file", token); exitOf(t, err) != 2 || strings.Contains(out, "lines") && strings.Contains(out, "two\n") {
		t.Errorf("%v\n%s", err, out)
	}
}
