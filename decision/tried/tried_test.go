package tried_test

import (
	"bytes"
	"context"
	"encoding/json"
	"encoding/xml"
	"errors"
	"io"
	"io/fs"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/mycarerecord/mcr/decision/policytest"
	"github.com/mycarerecord/mcr/decision/tried"
)

// few are the policies with one file of cases and one of invariants: the others only take time.
func few(t *testing.T, file string, change func(string) string) fstest.MapFS {
	t.Helper()
	fsys := policytest.Changed(t, file, change)
	policytest.OnlyCases(fsys, "restricted")
	for file := range fsys {
		if strings.HasPrefix(file, "invariants/") && file != "invariants/restricted.yaml" {
			delete(fsys, file)
		}
	}
	return fsys
}

// document is how a reader in another language would read it: nothing more is there.
type document struct {
	Passed, Complete bool
	Error            string
	Tried, Failed    int
	Ms               float64
	Results          []struct {
		Kind, Name, File string
		Line             int
		Passed           bool
		Text             string
		Ms               float64
	}
}

func asJSON(t *testing.T, o tried.Outcome) document {
	t.Helper()
	var out bytes.Buffer
	if err := o.JSON(&out); err != nil {
		t.Fatal(err)
	}
	var d document
	r := json.NewDecoder(&out)
	r.DisallowUnknownFields()
	if err := r.Decode(&d); err != nil {
		t.Fatal(err)
	}
	if _, err := r.Token(); !errors.Is(err, io.EOF) {
		t.Errorf("there is more than one document: %v", err)
	}
	return d
}

// allowed is what Jenkins's schema (junit-10.xsd of its xUnit plugin) allows: of each element its
// attributes, those that must be there with a star, and its children.
var allowed = map[string]struct{ attributes, children string }{
	"testsuites": {"name time tests failures errors", "testsuite"},
	"testsuite":  {"name* tests* failures* errors* group time skipped timestamp hostname id package file log url version", "testsuite properties testcase system-out system-err"},
	"testcase":   {"name* time classname group", "skipped error failure system-out system-err"},
	"failure":    {"type message", ""}, "error": {"type message", ""},
}

// A time of the schema: at most three digits behind the point.
var schemaTime = regexp.MustCompile(`^(([0-9]{0,3},)*[0-9]{3}|[0-9]{0,3})*(\.[0-9]{0,3})?$`)

type element struct {
	attributes map[string]string
	children   []*element
	name, text string
}

// asJUnit reads the XML by the schema's rules, and sees that its counts are true.
func asJUnit(t *testing.T, o tried.Outcome) *element {
	t.Helper()
	var out bytes.Buffer
	if err := o.JUnit(&out); err != nil {
		t.Fatal(err)
	}
	d := xml.NewDecoder(&out)
	top := &element{}
	open := []*element{top}
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		at := open[len(open)-1]
		switch token := token.(type) {
		case xml.StartElement:
			e := &element{name: token.Name.Local, attributes: map[string]string{}}
			rule, known := allowed[e.name]
			if parent := allowed[at.name]; !known || at != top && !slices.Contains(strings.Fields(parent.children), e.name) {
				t.Errorf("%s must not stand in %s", e.name, at.name)
			}
			for _, a := range token.Attr {
				e.attributes[a.Name.Local] = a.Value
				if names := strings.Fields(strings.ReplaceAll(rule.attributes, "*", "")); !slices.Contains(names, a.Name.Local) {
					t.Errorf("%s must not have %s", e.name, a.Name.Local)
				}
			}
			for _, name := range strings.Fields(rule.attributes) {
				if must, is := strings.CutSuffix(name, "*"); is && e.attributes[must] == "" {
					t.Errorf("%s has no %s", e.name, must)
				}
			}
			if took, there := e.attributes["time"]; there && !schemaTime.MatchString(took) {
				t.Errorf("%q is no time", took)
			}
			at.children = append(at.children, e)
			open = append(open, e)
		case xml.EndElement:
			open = open[:len(open)-1]
		case xml.CharData:
			at.text += string(token)
		}
	}
	if len(top.children) != 1 || top.children[0].name != "testsuites" {
		t.Fatal("there is not one element testsuites at the top")
	}
	suites := top.children[0]
	total := map[string]int{}
	for _, s := range suites.children {
		is := map[string]int{"tests": len(s.children)}
		for _, c := range s.children {
			for _, p := range c.children {
				is[p.name+"s"]++
			}
		}
		for _, name := range []string{"tests", "failures", "errors"} {
			if said := s.attributes[name]; said != strconv.Itoa(is[name]) {
				t.Errorf("%s: %s %s are said, and %d are there", s.attributes["name"], said, name, is[name])
			}
			total[name] += is[name]
		}
	}
	for name, n := range total {
		if suites.attributes[name] != strconv.Itoa(n) {
			t.Errorf("%s %s are said of all, and %d are there", suites.attributes[name], name, n)
		}
	}
	return suites
}

// problems are the names of the tests that failed, with the beginning of why.
func problems(suites *element) (out []string) {
	for _, s := range suites.children {
		for _, c := range s.children {
			for _, p := range c.children {
				out = append(out, p.name+" "+c.attributes["classname"]+": "+c.attributes["name"]+": "+strings.TrimSpace(p.text))
			}
		}
	}
	return out
}

func run(t *testing.T, fsys fs.FS) (tried.Outcome, string, error) {
	t.Helper()
	var out bytes.Buffer
	o, err := tried.Run(t.Context(), fsys, &out)
	return o, out.String(), err
}

func TestMachinesAreToldWhatPeopleAre(t *testing.T) {
	fsys := few(t, "testdata/decisions/restricted.yaml", policytest.Replace("decision: permit", "decision: refuse"))
	fsys["rules/restricted/restricted_test.rego"] = &fstest.MapFile{Data: append(fsys["rules/restricted/restricted_test.rego"].Data,
		"\ntest_that_fails if restricted.plan == {{\"masks\": [\"<x>\"]}} with input as {}\n"...)}
	o, account, err := run(t, fsys)
	if err == nil {
		t.Fatal("no error")
	}
	d := asJSON(t, o)
	kinds := map[string]int{}
	failed := map[string]int{}
	for _, r := range d.Results {
		kinds[r.Kind]++
		if !r.Passed {
			failed[r.Kind]++
		}
		if r.Name == "" || r.Text == "" || r.Ms < 0 || r.Kind != "coverage" && (r.File == "" || r.Line == 0) {
			t.Errorf("%+v is not whole", r)
		}
		if !r.Passed && !strings.Contains(account, strings.Split(r.Text, "\n")[0]) {
			t.Errorf("people are not told %q", r.Text)
		}
	}
	if d.Passed || !d.Complete || d.Error != "" || d.Ms <= 0 || d.Tried != len(d.Results) || d.Failed != strings.Count(account, "  WRONG ") {
		t.Errorf("%+v\n%s", d, account)
	}
	if kinds["test"] < 100 || kinds["case"] != 6 || kinds["drop-proof"] != 6 || kinds["coverage"] != 1 || kinds["invariant"] != 2 || failed["test"] != 1 || failed["case"] != 1 || failed["coverage"]+failed["drop-proof"]+failed["invariant"] != 0 {
		t.Errorf("%v, failed %v", kinds, failed)
	}
	got := strings.Join(problems(asJUnit(t, o)), "\n\n")
	for _, want := range []string{
		"failure test: rules/restricted/restricted_test.rego: test_that_fails: rules/restricted/restricted_test.rego:", "failure case: testdata/decisions/restricted.yaml: ", "decision: expected refuse, got permit",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("JUnit does not say %q:\n%s", want, got)
		}
	}
}

func TestAFolderThatDoesNotLoadIsNoPass(t *testing.T) {
	fsys := few(t, "rules/restricted/restricted.rego", policytest.Replace("input.facts.restriction.state", "input.facts.restrictoin.state"))
	o, _, err := run(t, fsys)
	if err == nil || o.Passed() || o.Complete() {
		t.Fatalf("%v %+v", err, o)
	}
	if d := asJSON(t, o); d.Passed || d.Complete || d.Error == "" || len(d.Results) == 0 || d.Results[0].Kind != "fault" || d.Results[0].File != "rules/restricted/restricted.rego" || d.Results[0].Line == 0 {
		t.Errorf("%+v", d)
	}
	if got := strings.Join(problems(asJUnit(t, o)), "\n"); !strings.Contains(got, "error fault: rules/restricted/restricted.rego: ") || !strings.Contains(got, "error run: all is tried: ") {
		t.Error(got)
	}
}

func TestARunThatWasEndedIsNoPass(t *testing.T) {
	ctx, stop := context.WithCancel(t.Context())
	stop()
	o, err := tried.Run(ctx, few(t, "testdata/decisions/restricted.yaml", policytest.With("\n")), io.Discard)
	if err == nil || o.Passed() {
		t.Fatalf("%v %+v", err, o)
	}
	if d := asJSON(t, o); d.Passed {
		t.Errorf("%+v", d)
	}
	if len(problems(asJUnit(t, o))) == 0 {
		t.Error("JUnit has no problem")
	}
	if (tried.Outcome{}).Passed() || len(problems(asJUnit(t, tried.Outcome{}))) != 1 {
		t.Error("nothing that was tried is a pass")
	}
}

func TestInvariantsThatAreBrokenOrCannotBeReadAreTold(t *testing.T) {
	fsys := few(t, "invariants/restricted.yaml", policytest.Replace("then never: {decision: permit, masks: false}", "then never: {decision: permit, masks: true}"))
	o, account, err := run(t, fsys)
	if got := strings.Join(problems(asJUnit(t, o)), "\n\n"); err == nil || !strings.Contains(got, "failure invariant: invariants/restricted.yaml: what tells where") || !strings.Contains(got, "not so in ") || !strings.Contains(got, "Given  ") {
		t.Errorf("%v\n%s\n%s", err, got, account)
	}
	fsys = few(t, "invariants/restricted.yaml", policytest.Replace("whenever: {does: view", "whenever: {dose: view"))
	o, _, err = run(t, fsys)
	if got := strings.Join(problems(asJUnit(t, o)), "\n\n"); err == nil || !strings.Contains(got, "invariant: invariants/restricted.yaml") || !strings.Contains(got, "dose") {
		t.Errorf("%v\n%s", err, got)
	}
	delete(fsys, "invariants/restricted.yaml")
	o, _, err = run(t, fsys)
	if got := strings.Join(problems(asJUnit(t, o)), "\n\n"); err == nil || !strings.Contains(got, "there are no invariants") {
		t.Errorf("%v\n%s", err, got)
	}
}
