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
		switch {
		case r.By == mutants.Survives && orderForIdentity(r.Was, r.Is):
			r.By = "order asked for identity"
		case r.By == mutants.Survives:
			t.Errorf("%s:%d nobody would notice:\n%s\n%s", r.File, r.Line, r.Was, r.Is)
		}
		by[r.By]++
	}
	t.Logf("%d lines made, %d tried, %d are Rego and other rules: %v", len(made), len(some), len(tried), by)
}

// orderForIdentity: <= or >= stands for ==, or < or > for !=. Where one side is the
// first or the last of its kind (true, {}, set(), "") that means the same; between
// words it is a slip that nobody makes, and what it lets through depends on the
// alphabet. Those that concern who somebody is, and where, must be found all the same.
func orderForIdentity(was, is string) bool {
	for _, from := range []string{"==", "!="} {
		for at := range len(was) - 1 {
			who := strings.TrimSpace(was[:at])
			if was[at:at+2] != from || strings.HasSuffix(who, ".user_id") || strings.HasSuffix(who, ".organisation") {
				continue
			}
			for _, to := range []string{"<=", ">=", "<", ">"} {
				if is == was[:at]+to+was[at+2:] {
					return true
				}
			}
		}
	}
	return false
}

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
