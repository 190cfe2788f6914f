package main_test

import (
	"errors"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// The privacy officer asks the trail, as a person and as a program.
func TestTheTrailIsAskedOnATerminal(t *testing.T) {
	s := newSite(t, answering("x"), "")
	s.start()
	_, released, _, err := s.ask(http.MethodGet, "/fhir/Observation?patient=p1", s.token("u1", "RZ1"), "")
	if err != nil {
		t.Fatal(err)
	}
	_, refused, _, err := s.ask(http.MethodGet, "/fhir/Observation?patient=p1", s.token("u2", "RZ2"), "")
	if err != nil {
		t.Fatal(err)
	}
	given, err := http.NewRequest(http.MethodGet, "http://"+s.listen+"/fhir/Observation?patient=p1", nil)
	if err != nil {
		t.Fatal(err)
	}
	for name, value := range map[string]string{
		"Authorization": "Bearer " + s.token("u1", "RZ1"), "Traceparent": "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
		"X-Request-ID": "60E0B220-8136-4CA5-AE46-1D97EF59D068", "X-Correlation-ID": "visit-1",
	} {
		given.Header.Set(name, value)
	}
	answer, err := http.DefaultClient.Do(given)
	if err != nil {
		t.Fatal(err)
	}
	answer.Body.Close()
	called := answer.Header.Get("X-Record-ID")
	if answer.Header.Get("X-Request-ID") != "60E0B220-8136-4CA5-AE46-1D97EF59D068" || answer.Header.Get("X-Correlation-ID") != "visit-1" || called == "" || answer.Header.Get("Server") != "" ||
		answer.Header.Get("Content-Security-Policy") == "" {
		t.Errorf("%v", answer.Header)
	}
	s.stop()
	keys, err := os.ReadFile(filepath.Join(s.dir, "data/keys"))
	if err := errors.Join(err, os.Mkdir(filepath.Join(s.dir, "elsewhere"), 0o700), os.WriteFile(filepath.Join(s.dir, "elsewhere/keys"), keys, 0o600)); err != nil {
		t.Fatal(err)
	}
	path, err := binary()
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name, stdin    string
		args           []string
		holds, without string
		fails          bool
	}{
		{name: "the newest", args: []string{"tail"}, holds: released},
		{name: "one", args: []string{"show", refused}, holds: "no-active-care-relationship"},
		{name: "one that is not there", args: []string{"show", "nothing"}, holds: "no such record", fails: true},
		{name: "what its caller calls visit-1", args: []string{"find", "visit-1"}, holds: called, without: released},
		{name: "what its caller calls by a UUID", args: []string{"find", "60E0B220-8136-4CA5-AE46-1D97EF59D068", "--since", "24h"}, holds: called, without: released},
		{name: "by the trace", args: []string{"find", "4bf92f3577b34da6a3ce929d0e0e4736"}, holds: called, without: released},
		{name: "by the record's own id", args: []string{"find", refused}, holds: refused, without: released},
		{name: "by what nobody calls anything", args: []string{"find", "visit"}, holds: "No records."},
		{name: "what its caller calls it", args: []string{"show", called}, holds: "X-Correlation-ID: visit-1"},
		{name: "what was refused", args: []string{"refused"}, holds: refused, without: released},
		{name: "a patient", args: []string{"patient", "9990000018"}, holds: refused},
		{name: "a patient, out of the history", args: []string{"patient", "-"}, stdin: "9990000018\n", holds: released},
		{name: "another patient", args: []string{"patient", "9990000026"}, holds: "No records.", without: released},
		{name: "not a number", args: []string{"patient", "9990000019"}, holds: "check digit", fails: true},
		{name: "for machines", args: []string{"refused", "--json"}, holds: `"outcome":"refused"`},
		{name: "another organisation's part", args: []string{"tail", "--source-org", "RZ9"}, holds: "No records.", without: released},
		{name: "no organisation's part", args: []string{"tail", "--source-org", "rz1"}, holds: "not a valid ODS code", fails: true},
		{name: "what the log was, where there is none", args: []string{"patient", "9990000018", "--keys", "elsewhere/keys"}, holds: "root of the trail's log: not known here"},
		{name: "the same, for machines", args: []string{"refused", "--json", "--keys", "elsewhere/keys"}, holds: "\n" + `{"logs":[]}` + "\n"},
		{name: "whether it is whole", args: []string{"verify"}, holds: "whole"},
	} {
		t.Run(c.name, func(t *testing.T) {
			cmd := exec.Command(path, append([]string{"audit"}, c.args...)...)
			cmd.Dir, cmd.Env, cmd.Stdin = s.dir, s.env(), strings.NewReader(c.stdin)
			out, err := cmd.CombinedOutput()
			if (err != nil) != c.fails || !strings.Contains(string(out), c.holds) || (c.without != "" && strings.Contains(string(out), c.without)) {
				t.Errorf("%v\n%s", err, out)
			}
		})
	}
}
