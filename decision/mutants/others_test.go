package mutants_test

import (
	"io/fs"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/mycarerecord/mcr/decision/mutants"
	"github.com/mycarerecord/mcr/decision/policytest"
	"github.com/mycarerecord/mcr/policies"
)

// The judge of our operators is a list of replacements that none of us wrote: the
// rules of universalmutator, which know no Rego. Of the lines that they make, those
// that are Rego are tried as our own mutants are.
//
// Here some of them are tried, spread over all; MCR_ALL_MUTANTS=1 tries them all, as
// docs/policy-mutation.md tells.
func TestNothingThatSomebodyElseWouldChangeGoesUnnoticed(t *testing.T) {
	made := universal(t)
	if len(made) < 1000 {
		t.Fatalf("only %d lines were made", len(made))
	}
	every := 80
	switch {
	case os.Getenv("MCR_ALL_MUTANTS") != "":
		every = 1
	case policytest.Race:
		every = 1000
	}
	var some []mutants.Changed
	for i := 7 % every; i < len(made); i += every {
		some = append(some, made[i])
	}
	tried, err := mutants.TryTexts(t.Context(), policies.FS, some)
	if err != nil {
		t.Fatal(err)
	}
	if len(tried) == 0 {
		t.Fatal("none of them is Rego")
	}
	by := map[string]int{}
	for _, r := range tried {
		by[r.By]++
		if r.By == mutants.Survives && !same[strings.TrimSpace(r.Was)+" -> "+strings.TrimSpace(r.Is)] {
			t.Errorf("%s:%d nobody would notice:\n%s\n%s", r.File, r.Line, r.Was, r.Is)
		}
	}
	t.Logf("%d lines made, %d tried, %d are Rego: %v", len(made), len(some), len(tried), by)
}

// same are those that mean the same.
var same = map[string]bool{}

func universal(t *testing.T) []mutants.Changed {
	t.Helper()
	text, err := os.ReadFile("testdata/universal.rules")
	if err != nil {
		t.Fatal(err)
	}
	type rule struct {
		from *regexp.Regexp
		to   string
	}
	group := regexp.MustCompile(`\\g<(\d)>|\\(\d)`)
	var rules []rule
	for line := range strings.SplitSeq(string(text), "\n") {
		from, to, ok := strings.Cut(line, " ==>")
		if !ok || strings.HasPrefix(line, "#") || strings.Contains(to, "DO_NOT_MUTATE") {
			continue
		}
		to = group.ReplaceAllString(strings.ReplaceAll(strings.TrimPrefix(to, " "), `\n`, "\n"), "$${$1$2}")
		rules = append(rules, rule{regexp.MustCompile(from), to})
	}
	var out []mutants.Changed
	seen := map[string]bool{}
	walk := func(file string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(file, ".rego") || strings.HasSuffix(file, "_test.rego") {
			return err
		}
		text, err := fs.ReadFile(policies.FS, file)
		lines := strings.Split(string(text), "\n")
		for n, line := range lines {
			if code, _, _ := strings.Cut(line, "#"); strings.TrimSpace(code) == "" || strings.HasPrefix(line, "package") || strings.HasPrefix(line, "import") {
				continue
			}
			for _, r := range rules {
				for _, at := range r.from.FindAllStringSubmatchIndex(line, -1) {
					now := line[:at[0]] + string(r.from.ExpandString(nil, r.to, line, at)) + line[at[1]:]
					whole := strings.Join(lines[:n], "\n") + "\n" + now + "\n" + strings.Join(lines[n+1:], "\n")
					if now != line && !seen[file+whole] {
						seen[file+whole] = true
						out = append(out, mutants.Changed{File: file, Line: n + 1, Text: whole})
					}
				}
			}
		}
		return err
	}
	if err := fs.WalkDir(policies.FS, ".", walk); err != nil {
		t.Fatal(err)
	}
	return out
}
