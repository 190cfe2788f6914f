package mutants_test

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"io/fs"
	"os"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/mycarerecord/mcr/decision"
	"github.com/mycarerecord/mcr/decision/cases"
	"github.com/mycarerecord/mcr/decision/mutants"
	"github.com/mycarerecord/mcr/decision/policytest"
	"github.com/mycarerecord/mcr/policies"
)

var update = flag.Bool("update", false, "write the golden files anew")

const (
	page   = "../../docs/policy-mutation.md"
	record = "../../policies/" + mutants.RecordFile
)

// Every small fault in the shipped rules and lists is noticed, or explained. What is
// found by what stands in docs/policy-mutation.md and policies/mutation.json; both
// are written by: go test ./decision/mutants -run ShippedPolicies -update
func TestEveryFaultInTheShippedPoliciesIsNoticed(t *testing.T) {
	if policytest.Race { // in ten times the time a few will do: the detector looks for races
		r, err := mutants.Run(t.Context(), policies.FS, mutants.Options{Shard: 5, Of: 100})
		if err != nil {
			t.Fatal(err)
		}
		if len(r.Results) < 10 {
			t.Errorf("only %d were tried", len(r.Results))
		}
		return
	}
	r, err := mutants.Run(t.Context(), policies.FS, mutants.Options{})
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := r.Write(&out); err != nil {
		t.Errorf("%v\n%s", err, &out)
	}
	t.Logf("took %v", r.Took)
	text, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, _ := strings.Cut(string(text), "<!-- table -->\n")
	_, after, ok := strings.Cut(rest, "<!-- end of table -->")
	if !ok {
		t.Fatalf("%s has no place for the table", page)
	}
	now := r.Record(time.Now())
	if *update {
		whole := before + "<!-- table -->\n" + r.Table() + "<!-- end of table -->" + after
		for name, text := range map[string][]byte{page: []byte(whole), record: now.JSON()} {
			if err := os.WriteFile(name, text, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		return
	}
	const anew = "run: go test ./decision/mutants -run ShippedPolicies -update"
	if d := cmp.Diff(r.Table(), strings.TrimSuffix(rest, "<!-- end of table -->"+after)); d != "" {
		t.Errorf("%s has another table; %s\n%s", page, anew, d)
	}
	kept, _, err := mutants.ReadRecord(policies.FS)
	if err != nil {
		t.Fatal(err)
	}
	now.At, now.Fingerprint = kept.At, kept.Fingerprint // of tests and cases, which may have grown
	if d := cmp.Diff(kept, now); d != "" {
		t.Errorf("%s tells of other policies; %s\n%s", record, anew, d)
	}
}

func TestWhatIsShownIsWhatIsTried(t *testing.T) {
	all, err := mutants.All(policies.FS)
	if err != nil {
		t.Fatal(err)
	}
	made := map[string]int{}
	for i, m := range all {
		made[m.Operator]++
		if policytest.Race && i%20 != 0 {
			continue
		}
		tried, shown, err := m.Shown()
		if err != nil {
			t.Errorf("%s: %v", m, err)
		}
		if tried != shown {
			t.Errorf("%s:\n%s", m, cmp.Diff(tried, shown))
		}
	}
	for _, o := range mutants.Operators {
		if made[o.Name] == 0 {
			t.Errorf("%s makes no mutant of the shipped policies", o.Name)
		}
	}
}

// untested is the folder without the tests and cases of emergencies.
func untested(t *testing.T) fstest.MapFS {
	t.Helper()
	f := policytest.Copied(t)
	f["rules/emergency/emergency_test.rego"] = &fstest.MapFile{Data: []byte(`package mcr.rules.emergency_test

import data.mcr.rules.emergency

import rego.v2

test_nothing_is_asked if emergency.permit == set() with input as {}
`)}
	const file = "testdata/decisions/emergency_on.yaml"
	text := string(f[file].Data)
	for _, gone := range []string{"an emergency that was written down for later opens nothing before it begins"} {
		at := strings.Index(text, "  - name: "+gone)
		if at < 0 {
			t.Fatalf("there is no case %q", gone)
		}
		end := strings.Index(text[at+5:], "  - name: ")
		text = text[:at] + text[at+5+end:]
	}
	f[file] = &fstest.MapFile{Data: []byte(text)}
	return f
}

func TestASurvivorIsToldWithTheCaseThatIsMissing(t *testing.T) {
	if policytest.Race {
		t.Skip("a minute without the race detector")
	}
	folder := untested(t)
	r, err := mutants.Run(t.Context(), folder, mutants.Options{Only: "rules/emergency/"})
	if err != nil {
		t.Fatal(err)
	}
	i := slices.IndexFunc(r.Results, func(one mutants.Result) bool {
		return one.Operator == "condition-dropped" && one.Was == "e.from <= input.time"
	})
	if i < 0 {
		t.Fatal("no such mutant")
	}
	s := r.Results[i]
	if want := "Nobody would notice if this condition were gone: e.from <= input.time"; s.By != mutants.Survives || s.Notice() != want {
		t.Fatalf("it is found by %s (%s); told as %q", s.By, s.Who, s.Notice())
	}
	if s.Missing == nil {
		t.Fatal("no case is given")
	}
	var out bytes.Buffer
	if err := r.Write(&out); err == nil || !strings.Contains(out.String(), s.Notice()) || !strings.Contains(out.String(), "decision: refuse") {
		t.Errorf("the account does not tell it (%v):\n%s", err, &out)
	}

	// The case passes as the rules are, and the mutant decides it otherwise.
	passes := func(fsys fs.FS) bool {
		rev, err := decision.Load(t.Context(), fsys, decision.Options{})
		if err != nil {
			t.Fatal(err)
		}
		tried, err := cases.Try(t.Context(), rev, s.Missing)
		if err != nil {
			t.Fatal(err)
		}
		return tried.Expected && len(tried.Problems) == 0
	}
	text, err := s.Text()
	if err != nil {
		t.Fatal(err)
	}
	mutant := policytest.Copied(t)
	mutant[s.File] = &fstest.MapFile{Data: []byte(text)}
	if !passes(folder) || passes(mutant) {
		t.Errorf("the case does not tell the two apart:\n%s", s.Missing)
	}
}

// of tries the settings of a folder, which no test finds, with explanations.
func of(t *testing.T, explained string, opt mutants.Options) (mutants.Report, error) {
	t.Helper()
	f := policytest.Copied(t)
	f[mutants.ExplainedFile] = &fstest.MapFile{Data: []byte(explained)}
	opt.Only = "data/settings.json"
	return mutants.Run(t.Context(), f, opt)
}

func TestAnExplanationMustBeOfUse(t *testing.T) {
	if policytest.Race {
		t.Skip("a minute with the race detector")
	}
	const why = "\n    why: a region chooses this, and the tests hold for it\n    by: a test\n"
	const group = "explained:\n  - file: data/settings.json\n    operator: data-number-moved" + why
	for name, c := range map[string]struct{ yaml, stale string }{
		"of nothing there is":  {"  - file: data/settings.json\n    operator: data-number-moved\n    was: \"emergency.hours: 1\"" + why, "there is no such mutant"},
		"of what is found":     {"  - file: data/settings.json\n    operator: data-entry-dropped\n    was: \"permission.ways_to_ask: video\"" + why, "is found by"},
		"of what survives":     {"  - file: data/settings.json\n    operator: data-switch-turned\n    was: \"emergency.enabled: false\"" + why, ""},
		"of a group all found": {"  - file: data/settings.json\n    operator: data-entry-dropped" + why, "is found by"},
	} {
		t.Run(name, func(t *testing.T) {
			all := group + c.yaml
			if c.stale != "" { // then the other that survives is explained too
				all += "  - file: data/settings.json\n    operator: data-switch-turned" + why
			}
			r, err := of(t, all, mutants.Options{})
			if err != nil {
				t.Fatal(err)
			}
			if (c.stale == "") != (len(r.Stale) == 0) || c.stale != "" && !strings.Contains(r.Stale[0], c.stale) {
				t.Errorf("stale: %q, want %q", r.Stale, c.stale)
			}
		})
	}
}

func TestAnExplanationMustSayWhyAndWho(t *testing.T) {
	for name, yaml := range map[string]string{
		"without a reason":     "explained:\n  - file: decision.rego\n    operator: rule-removed\n    by: somebody\n",
		"without a name":       "explained:\n  - file: decision.rego\n    operator: rule-removed\n    why: because it changes nothing at all\n",
		"of no operator":       "explained:\n  - file: decision.rego\n    operator: rule-eaten\n    why: because it changes nothing at all\n    by: somebody\n",
		"with a field unheard": "explained:\n  - file: decision.rego\n    operator: rule-removed\n    reason: none\n",
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := of(t, yaml, mutants.Options{}); err == nil || !strings.Contains(err.Error(), "line ") && !strings.Contains(err.Error(), "mutants.yaml:") {
				t.Errorf("%v: it is taken, or its place is not told", err)
			}
		})
	}
}

func TestInvariantsAndProofsAreAsked(t *testing.T) {
	if policytest.Race {
		t.Skip("a minute with the race detector")
	}
	asked := 0
	broken := func(_ context.Context, mutant fs.FS) (string, error) {
		asked++
		text, err := fs.ReadFile(mutant, "data/settings.json")
		var doc struct{ Emergency struct{ Enabled bool } }
		if err == nil {
			err = json.Unmarshal(text, &doc)
		}
		if doc.Emergency.Enabled {
			return "emergency access is off", err
		}
		return "", err
	}
	same := func(context.Context, fs.FS, fs.FS) (bool, error) { return true, nil }
	r, err := of(t, "", mutants.Options{AtOnce: 1, Broken: broken, Same: same})
	if err != nil {
		t.Fatal(err)
	}
	by := map[string]int{}
	for _, one := range r.Results {
		by[one.By]++
	}
	if by[mutants.ByInvariants] != 1 || by[mutants.Equal] != 6 || asked != 7 || len(r.Survivors()) != 0 {
		t.Errorf("asked %d times: %v", asked, by)
	}
}

func TestTheRecordTellsWhetherItIsOfThisFolder(t *testing.T) {
	f := policytest.Copied(t)
	delete(f, mutants.RecordFile)
	tell := func(want string) {
		t.Helper()
		if got, err := mutants.Last(f); err != nil || !strings.Contains(got, want) {
			t.Errorf("%q, %v: want %q", got, err, want)
		}
	}
	tell("never tried; run mcr policy test --mutants")
	rev, err := decision.Load(t.Context(), f, decision.Options{})
	if err != nil {
		t.Fatal(err)
	}
	fingerprint, err := decision.Fingerprint(f)
	if err != nil {
		t.Fatal(err)
	}
	put := func(digest, fingerprint string, missed int) {
		r := mutants.Record{At: "2026-03-02", Digest: digest, Fingerprint: fingerprint, Tried: 7, NotNoticed: missed}
		f[mutants.RecordFile] = &fstest.MapFile{Data: r.JSON()}
	}
	put(rev.Digest(), fingerprint, 0)
	tell("on 2026-03-02 with these policies (digest " + rev.Digest()[:12] + "): 7 tried, 0 would not have been noticed")
	put(rev.Digest(), "other", 2)
	tell("with these rules (digest " + rev.Digest()[:12] + "), but other tests or cases: 7 tried, 2 would not have been noticed; run")
	put("0123456789abcdef", "other", 0)
	tell("with other rules (digest 0123456789ab)")
	f[mutants.RecordFile] = &fstest.MapFile{Data: []byte("{")}
	if _, err := mutants.Last(f); err == nil {
		t.Error("half a record is taken")
	}
}
