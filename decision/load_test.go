package decision_test

import (
	"bytes"
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/mycarerecord/mcr/decision"
	"github.com/mycarerecord/mcr/decision/check"
	"github.com/mycarerecord/mcr/decision/policytest"
	"github.com/mycarerecord/mcr/fhir"
	"github.com/mycarerecord/mcr/policies"
)

const ownRecord = "rules/own_record/own_record.rego"

func TestAttack129RulesCannotReachOutside(t *testing.T) {
	for name, body := range map[string]string{
		"http.send":            `http.send({"method": "get", "url": "http://example.org"}).status_code == 200`,
		"opa.runtime":          `opa.runtime().env.PATH != ""`,
		"time.now_ns":          `time.now_ns() > 0`,
		"rand.intn":            `rand.intn("x", 2) == 1`,
		"uuid.rfc4122":         `uuid.rfc4122("x") != ""`,
		"net.lookup_ip_addr":   `net.lookup_ip_addr("example.org") != set()`,
		"rego.parse_module":    `rego.parse_module("x", "package x")`,
		"io.jwt.decode_verify": `io.jwt.decode_verify("x", {"secret": "x"})[0]`,
		"json.match_schema":    `json.match_schema({}, {})[0]`,
		"trace":                `trace("x")`,
	} {
		t.Run(name, func(t *testing.T) {
			fsys := policytest.Changed(t, ownRecord, policytest.With("\nevil if "+body+"\n"))
			_, err := decision.Load(t.Context(), fsys, decision.Options{})
			if err == nil || !strings.Contains(err.Error(), "undefined function "+name) || !strings.Contains(err.Error(), ownRecord+":") {
				t.Errorf("loaded: %v", err)
			}
		})
	}
}

func TestLoadRefuses(t *testing.T) {
	for name, c := range map[string]struct {
		file   string
		change func(string) string
		want   string
	}{
		"a misspelt input":             {ownRecord, policytest.With("\nx if input.pateint.known\n"), "undefined ref: input.pateint"},
		"a misspelt field of an entry": {ownRecord, policytest.With("\nx if {\n\tsome p in input.facts.permissions.value\n\tp.untill > 1\n}\n"), "untill"},
		"a misspelt list":              {ownRecord, policytest.With("\nx if data.setings.emergency.enabled\n"), `there is no "setings" in the data`},
		"a misspelt field of a list":   {ownRecord, policytest.With("\nx if data.settings.emergncy.enabled\n"), `there is no "emergncy" in the data`},
		"a rule that is not there":     {ownRecord, policytest.With("\nx if data.mcr.rules.nobody.permit\n"), "there is no such rule"},
		"an unused name":               {ownRecord, policytest.With("\nx if {\n\ty := 1\n\tinput.time > 0\n}\n"), "assigned var y unused"},
		"Rego that does not parse":     {ownRecord, policytest.With("\nx if {\n"), ownRecord + ":"},
		"no entry point":               {"decision.rego", func(string) string { return "package mcr.decision\n\nimport rego.v2\n\nother := 1\n" }, "no rule data.mcr.decision.outcome"},
		"a reason without remedy":      {"data/reasons.json", func(s string) string { return strings.Replace(s, `"remedy": "Nothing to do."`, `"remedy": ""`, 1) }, "text, remedy and promise must all be given"},
		"a list without a source":      {"data/roles.json", func(s string) string { return strings.Replace(s, `"source"`, `"note"`, 1) }, `"source" must say`},
		"a misspelt setting":           {"data/settings.json", func(s string) string { return strings.Replace(s, `"minutes"`, `"minuets"`, 1) }, "minuets"},
		"no grace":                     {"data/settings.json", func(s string) string { return strings.Replace(s, `"grace_days": 14`, `"grace_days": -1`, 1) }, "test_order.grace_days must be"},
		"no masks":                     {"data/labels.json", func(s string) string { return strings.Replace(s, `"masks": [`, `"masks": [], "x": [`, 1) }, "unknown field"},
		"a mask nobody can read":       {"data/labels.json", func(s string) string { return strings.Replace(s, `"Patient.extension"`, `"adress!"`, 1) }, "adress!"},
		"no roles that never view":     {"data/roles.json", func(s string) string { return strings.Replace(s, `"never_elsewhere"`, `"never"`, 1) }, "never"},
		"a misspelt role":              {"data/roles.json", func(s string) string { return strings.Replace(s, `"R5100"`, `"r5100"`, 1) }, `"r5100" is no job role code`},
		"a role on both lists":         {"data/roles.json", func(s string) string { return strings.Replace(s, `"R8016": true`, `"R8010": true`, 1) }, "R8010 cannot both"},
		"a class nobody knows":         {"data/categories.json", func(s string) string { return strings.Replace(s, `"class": "documents"`, `"class": "dokuments"`, 1) }, "dokuments"},
		"JSON that does not parse":     {"data/roles.json", func(s string) string { return s[:40] }, "data/roles.json: line"},
		"a file without a place":       {"rules/own_record/own_record.regp", func(string) string { return "x" }, "this file has no place here"},
		"no schema":                    {"schema/input.json", func(string) string { return "" }, "schema/input.json"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := decision.Load(t.Context(), policytest.Changed(t, c.file, c.change), decision.Options{})
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("want an error with %q, got %v", c.want, err)
			}
		})
	}
}

func TestEmptyPoliciesAreRefused(t *testing.T) {
	if _, err := decision.Load(t.Context(), fstest.MapFS{}, decision.Options{}); err == nil || !strings.Contains(err.Error(), "there are no rules") {
		t.Error(err)
	}
	if d := decision.NewEngine(nil).Decide(t.Context(), policytest.Consultant(), policytest.Permitted()); d.Effect != "indeterminate" {
		t.Error(d.Effect)
	}
}

func TestAllFaultsAreGivenAtOnce(t *testing.T) {
	fsys := policytest.Changed(t, ownRecord, policytest.With("\nx if input.pateint\n\ny if input.tiem\n"))
	_, err := decision.Load(t.Context(), fsys, decision.Options{})
	for _, want := range []string{"input.pateint", "input.tiem"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q is not among: %v", want, err)
		}
	}
}

func TestTestModulesAreNotServed(t *testing.T) {
	fsys := policytest.Changed(t, "rules/own_record/own_record_test.rego", policytest.With("\ntest_evil if http.send({}).x\n"))
	if _, err := decision.Load(t.Context(), fsys, decision.Options{}); err != nil {
		t.Error(err)
	}
	var out bytes.Buffer
	if err := check.Check(t.Context(), fsys, &out); err == nil {
		t.Error("a test that does not compile passes the check")
	}
}

func TestDigestIsOfWhatIsServed(t *testing.T) {
	digest := func(fsys fs.FS) string {
		rev, err := decision.Load(t.Context(), fsys, decision.Options{})
		if err != nil {
			t.Fatal(err)
		}
		if !strings.HasPrefix(rev.Name(), "local-"+rev.Digest()[:12]) {
			t.Error(rev.Name())
		}
		return rev.Digest()
	}
	was := digest(policies.FS)
	if digest(policytest.Copied(t)) != was {
		t.Error("the same policies have another digest")
	}
	if digest(policytest.Changed(t, "testdata/decisions/opt_out.yaml", policytest.With("\n"))) != was {
		t.Error("a case changes the digest")
	}
	for _, file := range []string{"data/settings.json", "schema/input.json", "decision.rego"} {
		if digest(policytest.Changed(t, file, policytest.With("\n"))) == was {
			t.Errorf("a change of %s does not change the digest", file)
		}
	}
}

// Every code that a package refuses with has its text here.
func TestEveryReasonCodeHasItsText(t *testing.T) {
	codes := []string{ // the broker's own, as agreed
		"token-missing", "token-not-accepted", "identity-incomplete", "token-service-unavailable",
		"patient-ambiguous-at-source", "not-found", "source-unavailable", "source-answer-not-understood",
		"audit-unavailable", "not-ready", "too-many-requests", "busy", "registry-unavailable", "consent-not-understood",
		"other-patient", "category-not-in-plan", "label-withheld", "not-understood", "type-not-allowed",
		"policy-unclear", "facts-unavailable", "internal-error", "some-information-withheld",
	}
	for code := range fhir.Codes() {
		codes = append(codes, code)
	}
	rev := policytest.Engine(t).Revision()
	for _, code := range codes {
		if !strings.Contains(" "+strings.Join(rev.ReasonCodes(), " ")+" ", " "+code+" ") {
			t.Errorf("data/reasons.json does not have %q", code)
		}
	}
}
