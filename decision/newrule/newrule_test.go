package newrule_test

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mycarerecord/mcr/decision/check"
	"github.com/mycarerecord/mcr/decision/invariants"
	"github.com/mycarerecord/mcr/decision/newrule"
	"github.com/mycarerecord/mcr/policies"
)

func deny() newrule.Answers {
	return newrule.Answers{
		Name: "no_scans_by_students", Title: "Students see no scans", Promise: "A student sees: what a student needs.", Does: newrule.Deny,
		Roles: []string{"R8004"}, Kinds: []string{"acute", "community"}, Categories: []string{"imaging"},
		Text: "Students do not see scans of other organisations.", Remedy: "Ask a colleague who is treating the patient.",
	}
}

// drafts are answers of every kind, with all that can be left out, and without.
func drafts() map[string]newrule.Answers {
	bare := deny()
	bare.Kinds, bare.Categories, bare.Name = nil, nil, "no_students"
	permit := deny()
	permit.Name, permit.Does, permit.Title, permit.Roles, permit.Kinds, permit.Categories = "midwives", newrule.Permit, "Midwives: immunisations", []string{"R8017"}, []string{"gp"}, []string{"immunisations", "demographics"}
	open := permit
	open.Name, open.Roles, open.Kinds = "immunisations_for_all", nil, nil
	limit := deny()
	limit.Name, limit.Does, limit.Categories, limit.Text, limit.Remedy, limit.TakeOut = "no_notes", newrule.Limit, nil, "", "", []string{"Condition.note", "Element.photo"}
	withhold := deny()
	withhold.Name, withhold.Does, withhold.Title, withhold.Categories = "kept_from_students", newrule.Withhold, "Kept from students", []string{"imaging", "documents"}
	whole := withhold
	whole.Name, whole.Roles, whole.Kinds = "kept_from_all", nil, nil
	return map[string]newrule.Answers{"withhold": withhold, "withhold from all": whole, "deny": deny(), "deny a role": bare, "permit": permit, "permit all": open, "limit": limit}
}

func shippedCopy(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	if err := os.CopyFS(dir, policies.FS); err != nil {
		t.Fatal(err)
	}
	return dir
}

// put drafts a rule and writes it.
func put(t *testing.T, dir string, a newrule.Answers) newrule.Draft {
	t.Helper()
	d, err := newrule.Write(t.Context(), os.DirFS(dir), a)
	if err != nil {
		t.Fatal(err)
	}
	if err := d.Put(dir); err != nil {
		t.Fatal(err)
	}
	return d
}

// What is written has no fault, its tests reach every line of it, its cases come out as they
// say with everything missing in turn, and no invariant of the region is broken.
func TestWhatIsWrittenPassesAllThatIsAsked(t *testing.T) {
	for does, a := range drafts() {
		t.Run(does, func(t *testing.T) {
			dir := shippedCopy(t)
			d := put(t, dir, a)
			if n := len(d.New); n != 3 || (d.Reasons == "") != (a.Does == newrule.Limit) {
				t.Errorf("%d new files, %v", n, d.Files())
			}
			var out bytes.Buffer
			if err := check.Check(t.Context(), os.DirFS(dir), &out); err != nil {
				t.Fatalf("%v\n%s\n%s", err, out.String(), d.New["rules/"+a.Name+"/"+a.Name+".rego"])
			}
			if err := check.Format(dir, false, &out); err != nil {
				t.Errorf("it is not laid out as OPA does: %v\n%s", err, out.String())
			}
			cases, err := filepath.Glob(filepath.Join(dir, "testdata", "decisions", "*.yaml"))
			if err != nil {
				t.Fatal(err)
			}
			for _, file := range cases { // what others expect, the rule is there to change
				if filepath.Base(file) != a.Name+".yaml" {
					if err := os.Remove(file); err != nil {
						t.Fatal(err)
					}
				}
			}
			out.Reset()
			if err := check.Test(t.Context(), os.DirFS(dir), &out); err != nil {
				t.Errorf("%v\n%s\n%s\n%s", err, out.String(), d.New["rules/"+a.Name+"/"+a.Name+".rego"], d.New["testdata/decisions/"+a.Name+".yaml"])
			}
			out.Reset()
			if err := invariants.Test(t.Context(), os.DirFS(dir), &out); err != nil {
				t.Errorf("%v\n%s", err, out.String())
			}
		})
	}
}

func TestNothingIsWrittenOver(t *testing.T) {
	dir := shippedCopy(t)
	all := func() map[string]string {
		out := map[string]string{}
		for _, pattern := range []string{"*", "*/*", "*/*/*"} {
			files, err := filepath.Glob(filepath.Join(dir, pattern))
			if err != nil {
				t.Fatal(err)
			}
			for _, file := range files {
				text, _ := os.ReadFile(file) // of a folder there is none
				out[strings.TrimPrefix(file, dir)] = string(text)
			}
		}
		return out
	}
	before := all()
	d, err := newrule.Write(t.Context(), os.DirFS(dir), deny())
	if err != nil {
		t.Fatal(err)
	}
	spoilt := filepath.Join(dir, "data", "reasons.json")
	text := before["/data/reasons.json"]
	if err := os.WriteFile(spoilt, []byte(text+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := d.Put(dir); err == nil || !strings.Contains(err.Error(), "nothing was written") || !strings.Contains(err.Error(), "changed meanwhile") {
		t.Error(err)
	}
	if err := os.WriteFile(spoilt, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(before, all()); diff != "" {
		t.Errorf("something was written: %s", diff)
	}
	if err := d.Put(dir); err != nil {
		t.Fatal(err)
	}
	after := all()
	for file, was := range before {
		if file != "/data/reasons.json" && after[file] != was {
			t.Errorf("%s is another", file)
		}
	}
	if now := after["/data/reasons.json"]; !strings.Contains(now, "\"no-scans-by-students\"") || strings.Count(now, "\n")-strings.Count(text, "\n") != 7 {
		t.Errorf("more than the reason was written:\n%s", cmp.Diff(text, now))
	}
	if err := d.Put(dir); err == nil || cmp.Diff(after, all()) != "" {
		t.Errorf("it is written twice: %v", err)
	}
	if _, err := newrule.Write(t.Context(), os.DirFS(dir), deny()); err == nil || !strings.Contains(err.Error(), "is there already") {
		t.Error(err)
	}
}

func TestAnswersThatCannotBeAreRefused(t *testing.T) {
	for want, change := range map[string]func(*newrule.Answers){
		"is no name for a rule":           func(a *newrule.Answers) { a.Name = "../../etc" },
		"no _test at the end":             func(a *newrule.Answers) { a.Name = "x_test" },
		"rules/opt_out/ is there already": func(a *newrule.Answers) { a.Name = "opt_out" },
		"reason opted-out is in":          func(a *newrule.Answers) { a.Name = "opted_out" },
		"the title is not said":           func(a *newrule.Answers) { a.Title = " " },
		"must be one line":                func(a *newrule.Answers) { a.Promise = "x\nimport y" },
		"a rule does one of":              func(a *newrule.Answers) { a.Does = "allow" },
		"\"R1\" is no role":               func(a *newrule.Answers) { a.Roles = []string{"R1"} },
		"or is said twice":                func(a *newrule.Answers) { a.Roles = []string{"R8004", "R8004"} },
		"\"clinic\" is no kind":           func(a *newrule.Answers) { a.Kinds = []string{"clinic"} },
		"\"scans\" is no category":        func(a *newrule.Answers) { a.Categories = []string{"scans"} },
		"\"unclassified\" is no category": func(a *newrule.Answers) { a.Categories = []string{"unclassified"} },
		"only a rule that limits":         func(a *newrule.Answers) { a.TakeOut = []string{"Condition.note"} },
		"a rule that permits opens":       func(a *newrule.Answers) { a.Does, a.Categories = newrule.Permit, nil },
		"takes something out: say what":   func(a *newrule.Answers) { a.Does, a.Categories = newrule.Limit, nil },
		"refuses everybody everything":    func(a *newrule.Answers) { a.Roles, a.Kinds, a.Categories = nil, nil, nil },
		"all kinds of organisations":      func(a *newrule.Answers) { a.Kinds = slices.Clone(newrule.Kinds) },
		"no case could be found":          func(a *newrule.Answers) { a.Does, a.Roles = newrule.Permit, []string{"R8009"} },
		"is to be taken out is no element": func(a *newrule.Answers) {
			a.Does, a.Categories, a.TakeOut = newrule.Limit, nil, []string{"Condition.nothing"}
		},
	} {
		a := deny()
		change(&a)
		if _, err := newrule.Write(t.Context(), policies.FS, a); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", want, err)
		}
	}
}
