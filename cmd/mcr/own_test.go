package main_test

import (
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const (
	ownShut = `# METADATA
# title: A person who is looked into
# description: Nothing is shown to them until that is over.
# custom:
#   promise: Who misused the record does not see it.
#   reasons: [looked-into]
package mcr.rules.looked_into

import rego.v2

# METADATA
# title: Refused while it is looked into
# description: By name of the account.
# custom:
#   reasons: [looked-into]
deny contains {"reason": "looked-into", "alert": true} if input.subject.user_id == "u2"
`
	ownShutTest = `package mcr.rules.looked_into_test

import data.mcr.rules.looked_into

import rego.v2

test_refused if looked_into.deny == {{"reason": "looked-into", "alert": true}} with input as {"subject": {"user_id": "u2"}}

test_others_are_not if looked_into.deny == set() with input as {"subject": {"user_id": "u1"}}
`
	ownReasons = `{
  "source": "The hospital's information governance team.",
  "reasons": [
    {
      "code": "looked-into",
      "kind": "refusal",
      "text": "The hospital looks into how this account was used.",
      "remedy": "Telephone the hospital's privacy officer.",
      "promise": "Who misused the record does not see it."
    }
  ]
}
`
)

// own writes the hospital's own rules.
func (s *site) own() (folder string) {
	s.t.Helper()
	folder = filepath.Join(s.dir, "own")
	write(s.t, filepath.Join(folder, "rules/looked_into/looked_into.rego"), ownShut)
	write(s.t, filepath.Join(folder, "rules/looked_into/looked_into_test.rego"), ownShutTest)
	write(s.t, filepath.Join(folder, "data/reasons.json"), ownReasons)
	return folder
}

// An organisation's own rules refuse at its source what the region's permit, with their own words, in the
// trail by both; broken they are never in force; at a start the last good ones are, and that is seen.
func TestOwnRulesOfAnOrganisation(t *testing.T) {
	t.Parallel()
	s := newSite(t, answering("x"), "own_policies RZ1 own")
	s.own()
	for _, command := range []string{"check", "test"} {
		if out, err := s.run("policy", command, "own", "--own-of", "RZ1"); err != nil {
			t.Fatalf("policy %s: %v\n%s", command, err, out)
		}
	}
	if out, err := s.run("validate", "--config", "Caddyfile"); err != nil {
		t.Fatalf("validate: %v\n%s", err, out)
	}
	s.start()
	view := func(user string) (int, string, string) {
		t.Helper()
		status, record, text, err := s.ask(http.MethodGet, "/fhir/Observation?patient=p1", s.token(user, "RZ1"), "")
		if err != nil {
			t.Fatal(err)
		}
		return status, record, text
	}
	if status, _, text := view("u1"); status != http.StatusOK {
		t.Errorf("u1: %d %s", status, text)
	}
	status, record, text := view("u2")
	if status != http.StatusForbidden || !strings.Contains(text, "The hospital looks into how this account was used.") {
		t.Errorf("u2: %d %s", status, text)
	}
	s.comes("the record", func() bool {
		out, err := s.run("audit", "show", record, "--trail", "data/trail.db", "--keys", "data/keys")
		return err == nil && strings.Contains(out, "RZ1.looked_into") && strings.Contains(out, "own rules")
	})
	var standing struct {
		InForce struct {
			Own map[string]string
		} `json:"in_force"`
		Red map[string]string
	}
	now := func() {
		t.Helper()
		standing.Red = nil
		if err := json.Unmarshal([]byte(s.told("/broker")), &standing); err != nil {
			t.Fatal(err)
		}
	}
	now()
	if len(standing.InForce.Own["RZ1"]) != 64 || len(standing.Red) > 0 {
		t.Errorf("%+v", standing)
	}
	out, err := s.run("policy", "explain", record, "--trail", "data/trail.db", "--data", "data")
	if err != nil || !strings.Contains(out, "RZ1.looked_into") || !strings.Contains(out, "Refused while it is looked into") || !strings.Contains(out, "own-record") && !strings.Contains(out, "own_record") {
		t.Errorf("explain: %v\n%s", err, out)
	}

	if out := s.ran("policy", "replay", "shipped", "--config", "Caddyfile"); !strings.Contains(out, ": 0 would be decided otherwise") || strings.Contains(out, "older schema") {
		t.Errorf("replay:\n%s", out)
	}

	// A slip: the rule would permit, which is never heard.
	rule := filepath.Join(s.dir, "own/rules/looked_into/looked_into.rego")
	write(t, rule, strings.Replace(ownShut, "deny contains", "permit contains", 1))
	if out, err := s.run("reload", "--config", "Caddyfile"); err == nil || !strings.Contains(out, "the own rules of RZ1: rules/looked_into/looked_into.rego:16: an organisation's own rules may only restrict") {
		t.Errorf("reload: %v\n%s", err, out)
	}
	if status, _, _ := view("u2"); status != http.StatusForbidden {
		t.Errorf("after the reload that failed: %d", status)
	}
	s.stop()
	s.start()
	if now(); !strings.Contains(standing.Red["policies-own-last-good"], "may only restrict") {
		t.Errorf("%+v", standing.Red)
	}
	if status, text := s.ready(); status != http.StatusOK || !strings.Contains(text, "the last good own rules of an organisation are in force") {
		t.Errorf("/readyz: %d %s", status, text)
	}
	if status, _, _ := view("u2"); status != http.StatusForbidden {
		t.Errorf("by the last good ones: %d", status)
	}
	if !strings.Contains(s.metrics(), "mcr_policies_last_good 1") {
		t.Error("no metric says so")
	}
	write(t, rule, ownShut)
	if out, err := s.run("reload", "--config", "Caddyfile"); err != nil {
		t.Errorf("mended: %v\n%s", err, out)
	}
	if now(); len(standing.Red) > 0 {
		t.Errorf("mended: %+v", standing.Red)
	}

	// Nothing but the own rules changes, and that is said.
	before := standing.InForce.Own["RZ1"]
	write(t, rule, strings.Replace(ownShut, `== "u2"`, `in {"u2", "u3"}`, 1))
	out = s.ran("reload", "--config", "Caddyfile")
	now()
	digest := standing.InForce.Own["RZ1"]
	beside := "Beside them the own rules of RZ1 restrict what is seen at its sources (digest " + digest + ")."
	if digest == before || !strings.Contains(out, beside) || !strings.HasSuffix(strings.TrimSpace(out), "):\n\nthe own rules of RZ1 changed, which may let out more (digest "+digest+", before "+before+")") {
		t.Errorf("changed:\n%s", out)
	}
	if out := s.ran("policy", "status", "--config", "Caddyfile"); !strings.Contains(out, beside) {
		t.Errorf("policy status:\n%s", out)
	}
	write(t, rule, ownShut)
	s.ran("reload", "--config", "Caddyfile")

	// Without the own rules, and without any that were good, nothing starts: what is missing would restrict.
	s.stop()
	for _, gone := range []string{"own", "data/own"} {
		if err := os.RemoveAll(filepath.Join(s.dir, gone)); err != nil {
			t.Fatal(err)
		}
	}
	if out, err := s.run("run", "--config", "Caddyfile"); err == nil || !strings.Contains(out, "own rules of RZ1") {
		t.Errorf("it starts without them: %v\n%s", err, out)
	}
	for options, told := range map[string]string{
		"own_policies RZ2 own": "no source here is of RZ2", "own_policies RZ1": "give the organisation's ODS code and its folder",
		"own_policies RZ1 nowhere": "there is no folder nowhere", "own_policies rz-1! own": "ODS code",
	} {
		s.own()
		s.change("own_policies RZ1 own", options)
		if out, err := s.run("validate", "--config", "Caddyfile"); err == nil || !strings.Contains(out, told) {
			t.Errorf("%s: %v\n%s", options, err, out)
		}
		s.change(options, "own_policies RZ1 own")
	}
}

// A source that its broker declares goes by its organisation's own rules as one of the sources folder does.
func TestOwnRulesAtASourceThatItsBrokerDeclares(t *testing.T) {
	t.Parallel()
	s := newSite(t, answering("x"), "own_policies RZ9 own")
	s.own()
	s.change("broker acute\n", "broker ward {\n\t\t\tbase_url "+s.source.URL+"/fhir\n\t\t\talone {\n\t\t\t\tname Ward\n\t\t\t\tods RZ9\n\t\t\t\tkind acute\n\t\t\t\ttelephone \"01632 960199\"\n\t\t\t}\n\t\t}\n")
	s.start()
	for user, want := range map[string]int{"u1": http.StatusOK, "u2": http.StatusForbidden} {
		if status, _, text, err := s.ask(http.MethodGet, "/fhir/Observation?patient=p1", s.token(user, "RZ9"), ""); err != nil || status != want {
			t.Errorf("%s: %d %v %s", user, status, err, text)
		}
	}
	s.change("own_policies RZ9", "own_policies RZ8")
	if out, err := s.run("validate", "--config", "Caddyfile"); err == nil || !strings.Contains(out, "no source here is of RZ8, so that its rules would restrict nothing; the sources are of [RZ1 RZ9]") {
		t.Errorf("%v\n%s", err, out)
	}
}
