package rules_test

import (
	"net/http"
	"strconv"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/mycarerecord/mcr/console/rules"
	"github.com/mycarerecord/mcr/decision"
	"github.com/mycarerecord/mcr/decision/policytest"
	"github.com/mycarerecord/mcr/policies"
)

func TestTheBookShowsTheRulesWithTheirPromises(t *testing.T) {
	cases := strconv.Itoa(len(policytest.Cases(t)))
	status, body := usual().get(t, "/rules")
	if status != http.StatusOK {
		t.Fatal(status)
	}
	wants(t, body,
		"2026-03-02.1", cases+" cases", cases+" pass", "Opted out", "Promise: Patients can opt out at any time; professionals then telephone instead.",
		`href="/console/rules/opt_out"`, "Emergency access is in use", `href="/console/rules/lists/roles/never_elsewhere"`, "There is no earlier revision")
	if strings.Contains(body, "not the ones in force") || strings.Contains(body, "decided otherwise than expected") {
		t.Error("a warning that is not due")
	}
}

func TestARulePageTellsAllOfTheRule(t *testing.T) {
	status, body := usual().get(t, "/rules/emergency")
	if status != http.StatusOK {
		t.Fatal(status)
	}
	wants(t, body,
		"Emergency access", "The promise to patients: In an emergency", "When it permits", "Viewing in a declared emergency",
		"emergency-role-not-entitled", "Your role may not declare emergency access.", "Setting: Longest emergency, in minutes, now: 60",
		"Roles that may declare an emergency", `href="/console/rules/relationship"`, "a paramedic declares an emergency", "package mcr.rules.emergency")
}

func TestListsReasonsAndCasesAreShown(t *testing.T) {
	cases := strconv.Itoa(len(policytest.Cases(t)))
	_, body := usual().get(t, "/rules/lists/roles/never_elsewhere")
	wants(t, body, "Roles that never see records of other organisations", "R0001", "Privacy Officer", "38 entries", "National RBAC", `href="/console/rules/relationship"`)
	_, body = usual().get(t, "/rules/reasons")
	wants(t, body, "opted-out", "Telephone {contact} on {telephone}", "Or, when the number is not known", "The broker itself")
	_, body = usual().get(t, "/rules/cases")
	wants(t, body, cases+" of "+cases+" cases are shown", "Opting out", "an opt-out wins over a recorded permission",
		"The consultant of the hospital (RXA01), role R0050 (Consultant), asks to view Condition at the practice (gp, A81001).", "/console/rules/try?case=opt_out%3Aan+opt-out")
	_, body = usual().get(t, "/rules/cases?rule=restricted&result=passed")
	wants(t, body, "what tells where a protected patient lives is taken out")
	if strings.Contains(body, "a paramedic declares an emergency") {
		t.Error("a case of another rule is shown")
	}
	_, body = usual().get(t, "/rules/cases?result=failed")
	wants(t, body, "0 of "+cases+" cases are shown")
}

func TestWhatThereIsNotIsNotFound(t *testing.T) {
	for _, address := range []string{"/rules/nothing", "/rules/lists/roles/nothing", "/rules/lists/settings/emergency", "/rules/try?case=nothing:x", "/rules/try?case=..%2F..%2Fx:y", "/rules/try/text?case=opt_out:nothing"} {
		if status, body := usual().get(t, address); status != http.StatusNotFound || !strings.Contains(body, "Page not found") {
			t.Errorf("%s: %d", address, status)
		}
	}
}

func TestAFolderThatIsNotInForceIsSaid(t *testing.T) {
	rev, err := decision.Load(t.Context(), policies.FS, decision.Options{Revision: "old"})
	if err != nil {
		t.Fatal(err)
	}
	fsys := few(t, "testdata/decisions/restricted.yaml")
	fsys["data/settings.json"] = &fstest.MapFile{Data: []byte(strings.Replace(string(fsys["data/settings.json"].Data), `"minutes": 60`, `"minutes": 30`, 1))}
	r := open(t, func(cfg *rules.Config) { cfg.FS, cfg.Engine = fsys, decision.NewEngine(rev) })
	_, body := r.get(t, "/rules")
	wants(t, body, "These rules are not the ones in force", "decide by revision old")
}

func TestPagesFollowTheFolder(t *testing.T) {
	fsys := few(t, "testdata/decisions/opt_out.yaml")
	fsys["data/settings.json"] = &fstest.MapFile{Data: []byte(strings.Replace(string(fsys["data/settings.json"].Data), `"minutes": 60`, `"minutes": 31`, 1))}
	r := open(t, func(cfg *rules.Config) { cfg.FS = fsys })
	_, body := r.get(t, "/rules")
	wants(t, body, "31")
	file := fsys["testdata/decisions/opt_out.yaml"]
	fsys["testdata/decisions/opt_out.yaml"] = &fstest.MapFile{Data: []byte(strings.Replace(string(file.Data), "because: [opted-out]", "because: [permission-needed]", 1))}
	_, body = r.get(t, "/rules")
	wants(t, body, "1 case is decided otherwise than expected", "11 pass, 1 decided otherwise")
	_, body = r.get(t, "/rules/cases?result=failed")
	wants(t, body, "1 of 12 cases are shown", "because: expected [permission-needed], got [opted-out]")
}

func TestAFolderWithFaultsIsAPageThatSaysWhich(t *testing.T) {
	fsys := policytest.Changed(t, "rules/opt_out/opt_out.rego", func(s string) string { return s + "\nx if input.pateint\n" })
	r := open(t, func(cfg *rules.Config) { cfg.FS = fsys })
	for _, address := range []string{"/rules", "/rules/try", "/rules/opt_out"} {
		status, body := r.get(t, address)
		if status != http.StatusInternalServerError {
			t.Errorf("%s: %d", address, status)
		}
		wants(t, body, "The rules have faults", "rules/opt_out/opt_out.rego", "pateint")
	}
}

func TestWhatChangedIsShown(t *testing.T) {
	now, before := few(t, "testdata/decisions/routine_gp.yaml"), few(t, "testdata/decisions/routine_gp.yaml")
	before["data/settings.json"] = &fstest.MapFile{Data: []byte(strings.Replace(string(before["data/settings.json"].Data), `"minutes": 60`, `"minutes": 45`, 1))}
	file := before["rules/routine_gp/routine_gp.rego"]
	before["rules/routine_gp/routine_gp.rego"] = &fstest.MapFile{Data: []byte(strings.Replace(string(file.Data), "input.facts.registration.value.from <= input.time\n", "input.facts.registration.value.from <= input.time - 100000000\n", 1))}
	r := open(t, func(cfg *rules.Config) {
		cfg.FS, cfg.Previous = now, previous(before)
	})
	status, body := r.get(t, "/rules/changes")
	if status != http.StatusOK {
		t.Fatal(status, body)
	}
	wants(t, body, "Compared with revision 2026-02-01.1", "Longest emergency, in minutes", "45", "60", "Routine GP access: changed", "decided otherwise", "More is let out")
	_, body = r.get(t, "/rules")
	wants(t, body, "What changed since 2026-02-01.1")
	_, body = usual().get(t, "/rules/changes")
	wants(t, body, "There is no earlier revision to compare with")
}

// What the policies say is text, whatever it holds.
func TestHostileWordsOfPoliciesAreText(t *testing.T) {
	const script = `<script>alert(1)</script>`
	fsys := few(t, "testdata/decisions/opt_out.yaml")
	cases := string(fsys["testdata/decisions/opt_out.yaml"].Data)
	fsys["testdata/decisions/opt_out.yaml"] = &fstest.MapFile{Data: []byte(strings.Replace(cases, "name: an opt-out wins over a recorded permission", "name: '"+script+"\"><img src=x onerror=y>'", 1))}
	text := string(fsys["data/roles.json"].Data)
	fsys["data/roles.json"] = &fstest.MapFile{Data: []byte(strings.Replace(text, `"Social Worker Access Role"`, `"\u003cscript>alert(1)</script>"`, 1))}
	r := open(t, func(cfg *rules.Config) { cfg.FS = fsys })
	for _, address := range []string{"/rules/cases", "/rules/opt_out", "/rules/try", "/rules/lists/roles/names"} {
		status, body := r.get(t, address)
		if status != http.StatusOK || !strings.Contains(body, "&lt;script&gt;alert(1)") || strings.Contains(body, script) || strings.Contains(body, "<img") {
			t.Errorf("%s: %d", address, status)
		}
	}
}
