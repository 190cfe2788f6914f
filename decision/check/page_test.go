package check_test

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"

	"github.com/mycarerecord/mcr/decision/policytest"
)

var update = flag.Bool("update", false, "write docs/policy-slips.md anew")

const page = "../../docs/policy-slips.md"

// judges is testdata/judges.yaml.
type judges struct {
	Regal, OPA []string
	Not        map[string]string `yaml:"not needed"`
}

func readJudges(t *testing.T) judges {
	t.Helper()
	text, err := os.ReadFile("testdata/judges.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var j judges
	d := yaml.NewDecoder(bytes.NewReader(text))
	d.KnownFields(true)
	if err := d.Decode(&j); err != nil {
		t.Fatal(err)
	}
	return j
}

// names are all that the judges have, as slips name them.
func (j judges) names() []string {
	var out []string
	for _, n := range j.Regal {
		out = append(out, "regal/"+n)
	}
	for _, n := range j.OPA {
		out = append(out, "opa/"+n)
	}
	return out
}

// Everything that Regal calls a bug, and that OPA's documentation calls an error, is
// caught, or it is said why it need not be.
func TestEveryPublishedMistakeIsGoneThrough(t *testing.T) {
	j, caught := readJudges(t), map[string]bool{}
	for _, f := range slipFiles(t) {
		for _, s := range f.Slips {
			if from := strings.Replace(s.From, "regal/bugs/", "regal/", 1); from != "" {
				caught[from] = true
				if !slices.Contains(j.names(), from) {
					t.Errorf("%s: nobody publishes %s", s.Name, s.From)
				}
			}
		}
	}
	for _, name := range j.names() {
		if caught[name] == (j.Not[name] != "") {
			t.Errorf("%s: want a slip, or why none is needed, and not both", name)
		}
	}
}

// docs/policy-slips.md is made from the table, with what check really says.
func TestThePageOfSlipsIsAsTheTableHasIt(t *testing.T) {
	if policytest.Race {
		t.Skip("every slip is made, without the race detector")
	}
	var out bytes.Buffer
	n, passing := 0, 0
	var tables bytes.Buffer
	for _, f := range slipFiles(t) {
		fmt.Fprintf(&tables, "\n## %s\n\n| slip | check says |\n|---|---|\n", f.Title)
		for _, s := range f.Slips {
			n++
			_, faults := s.slipped(t)
			told := "nothing: it does no harm"
			if s.Passes {
				passing++
			}
			if len(faults) > 0 {
				told = cell(fmt.Sprintf("%s — %s", faults[0].What, faults[0].Do))
				if faults[0].File != "" {
					told = "`" + faults[0].File + "`: " + told
				}
			}
			name := s.Name
			if s.From != "" {
				name += " (" + s.From + ")"
			}
			fmt.Fprintf(&tables, "| %s | %s |\n", cell(name), told)
		}
	}
	fmt.Fprintf(&out, pageHead, n, n-passing)
	out.Write(tables.Bytes())
	j := readJudges(t)
	fmt.Fprintf(&out, "\n## What others publish, and is not needed here\n\n%d rules of Regal's category *bugs* and %d of OPA's pages of errors were gone through; the others are slips above.\n\n| rule | why not |\n|---|---|\n", len(j.Regal), len(j.OPA))
	for _, name := range j.names() {
		if why := j.Not[name]; why != "" {
			fmt.Fprintf(&out, "| %s | %s |\n", name, cell(why))
		}
	}
	if *update {
		if err := os.WriteFile(page, out.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	is, err := os.ReadFile(page)
	if err != nil || !bytes.Equal(is, out.Bytes()) {
		t.Errorf("docs/policy-slips.md is not as the table has it (%v): go test ./decision/check -run PageOfSlips -update", err)
	}
}

func cell(s string) string {
	return strings.ReplaceAll(strings.ReplaceAll(s, "|", "\\|"), "\n", " ")
}

const pageHead = `# Slips that mcr policy check catches

<!-- made by go test ./decision/check -run PageOfSlips -update from decision/check/testdata/slips -->

Each of these %d slips is made in a copy of the shipped policies by a test. %d must be told, once, with file and
line; the others do no harm and must not be told. Add one by adding it to ` + "`decision/check/testdata/slips`" + `.

How check finds them: it reads every file with its places; holds the lists against what the program reads of them,
against check digits and NHS England's job roles; compiles the rules by OPA's strict compiler with the schema; then
follows, over the compiled rules, where each value comes from (a field of the input with its words, unit and form, a
list, a text that is written out) and looks at each comparison; asks that every part and list is read by something,
and that the promises of ` + "`decision/check/required.yaml`" + ` are kept; and last decides a few questions of strangers.
What only follows from a fault is not told with it. What the tests find (a wrong case, a fact whose absence opens
something) is in ` + "`mcr policy test`" + `.

A region that gives up a promise, or a protecting list, writes it into ` + "`given_up.yaml`" + ` beside ` + "`decision.rego`" + `:

    - what: rules/emergency
      by: Dr A Example, Caldicott Guardian
      on: 2026-03-02
      because: the region's hospitals do not use it
`
