package main

import (
	"encoding/json"
	"encoding/xml"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestPolicyTestTellsMachines(t *testing.T) {
	dir := ownPolicies(t)
	file := filepath.Join(t.TempDir(), "junit.xml")
	read := func() (tests, failures string) {
		t.Helper()
		text, err := os.ReadFile(file)
		var doc struct {
			XMLName  xml.Name `xml:"testsuites"`
			Tests    string   `xml:"tests,attr"`
			Failures string   `xml:"failures,attr"`
		}
		if err != nil || xml.Unmarshal(text, &doc) != nil {
			t.Fatalf("%v\n%s", err, text)
		}
		return doc.Tests, doc.Failures
	}
	out, err := policy(t, "test", dir, "--junit", file)
	if err != nil || !strings.Contains(out, "All is well.") {
		t.Fatalf("%v\n%s", err, out)
	}
	if tests, failures := read(); failures != "0" || len(tests) < 3 {
		t.Errorf("%s tests, %s failures", tests, failures)
	}
	edit(t, dir, "testdata/decisions/restricted.yaml", "decision: permit", "decision: refuse")
	out, err = policy(t, "test", dir, "--json", "--junit", file)
	var doc struct {
		Passed        bool
		Tried, Failed int
	}
	if err == nil || json.Unmarshal([]byte(out), &doc) != nil || doc.Passed || doc.Failed != 1 || doc.Tried < 100 {
		t.Errorf("%v\n%.500s", err, out)
	}
	if _, failures := read(); failures != "1" {
		t.Errorf("%s failures", failures)
	}
	for _, args := range [][]string{{"--json", "--mutants"}, {"--junit", file, "--mutants"}, {"--watch", "--json"}, {"--watch", "--mutants"}} {
		if out, err := policy(t, append([]string{"test", dir}, args...)...); err == nil || !strings.Contains(err.Error(), args[len(args)-1]) {
			t.Errorf("%v: %v\n%s", args, err, out)
		}
	}
	if _, err := policy(t, "test", "--watch"); err == nil || !strings.Contains(err.Error(), "needs a folder") {
		t.Error(err)
	}
	if _, err := policy(t, "test", dir, "--junit", filepath.Join(dir, "nowhere", "junit.xml")); err == nil || !strings.Contains(err.Error(), "writing what came of the tests") {
		t.Error(err)
	}
}
