package check_test

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"io"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/mycarerecord/mcr/access"
	"github.com/mycarerecord/mcr/decision"
	"github.com/mycarerecord/mcr/fhir"
	"github.com/mycarerecord/mcr/nhs"
	"github.com/mycarerecord/mcr/policies"
	"github.com/mycarerecord/mcr/upstreams/check"
)

var update = flag.Bool("update", false, "write the golden files anew")

var (
	now    = time.Unix(1_800_000_000, 0)
	source = access.Source{ID: "gp-riverside", Kind: "gp"}
)

// against is the region's own plan, for Patient/p1.
func against(t testing.TB) (check.Against, map[string]string) {
	t.Helper()
	rev, err := decision.Load(context.Background(), policies.FS, decision.Options{})
	if err != nil {
		t.Fatal(err)
	}
	plan, err := decision.NewEngine(rev).PermittedPlan(context.Background(), source, now)
	if err != nil {
		t.Fatal(err)
	}
	number, err := nhs.ParseNumber("9000000009")
	if err != nil {
		t.Fatal(err)
	}
	return check.Against{Owner: fhir.Owner{Numbers: []nhs.Number{number}, LocalIDs: []string{"p1"}}, Plan: plan, Base: "https://source.example/fhir"}, rev.CodeSystems()
}

func lines(text string) check.Entries {
	return check.Lines(func() (io.ReadCloser, error) { return io.NopCloser(strings.NewReader(text)), nil })
}

func file(t testing.TB) string {
	t.Helper()
	text, err := os.ReadFile("testdata/source.ndjson")
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestTheReportOfAFile(t *testing.T) {
	a, known := against(t)
	report, err := check.Judge(lines(file(t)), a)
	if err != nil {
		t.Fatal(err)
	}
	var text bytes.Buffer
	if err := report.Print(&text, known); err != nil {
		t.Fatal(err)
	}
	machine, err := json.MarshalIndent(report, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	golden(t, "testdata/source.txt", text.Bytes())
	golden(t, "testdata/source.json", append(machine, '\n'))
	holds(t, report)
	for _, out := range []string{text.String(), string(machine)} {
		clean(t, out)
		for _, never := range []string{"CANARY", "9000000009", "9990000018"} {
			if strings.Contains(out, never) {
				t.Errorf("the report holds %s", never)
			}
		}
	}
}

func golden(t *testing.T, path string, got []byte) {
	t.Helper()
	if *update {
		if err := os.WriteFile(path, got, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("%s (go test -update writes it anew):\n%s", path, diff)
	}
}

// holds checks that each entry stands in one column and nothing is left out.
func holds(t testing.TB, report check.Report) {
	t.Helper()
	var sum check.Counts
	for typ, c := range report.Types {
		if columns(*c) != c.Seen || c.InPart > c.Shown || c.Seen == 0 {
			t.Errorf("%s: the columns do not add up: %+v", typ, *c)
		}
		sum.Seen += c.Seen
		sum.Shown += c.Shown
		sum.InPart += c.InPart
		sum.Unclassified += c.Unclassified
		sum.NotUnderstood += c.NotUnderstood
		sum.Labelled += c.Labelled
		sum.NoPatient += c.NoPatient
		sum.NotOffered += c.NotOffered
	}
	if sum != report.Total {
		t.Errorf("the types are not the total: %+v, %+v", sum, report.Total)
	}
	caused := 0
	for _, c := range report.Causes {
		if c.Reason == "" || c.Type == "" || c.Count == 0 || len(c.IDs) == 0 || len(c.IDs) > 5 || len(c.IDs) > c.Count {
			t.Errorf("a cause that says nothing: %+v", c)
		}
		if c.Reason != fhir.InPart {
			caused += c.Count
		}
	}
	if caused != report.Total.Seen-report.Total.Shown {
		t.Errorf("%d entries are not shown, and %d have a cause", report.Total.Seen-report.Total.Shown, caused)
	}
}

func columns(c check.Counts) int {
	return c.Shown + c.Unclassified + c.NotUnderstood + c.Labelled + c.NoPatient + c.NotOffered
}

// clean checks that nothing in a text steers a terminal (attack 163).
func clean(t testing.TB, text string) {
	t.Helper()
	if at := strings.IndexFunc(text, func(r rune) bool {
		return r != '\n' && (r < ' ' || r >= 0x7f && r < 0xa0 || r >= 0x200b && r <= 0x202e)
	}); at >= 0 {
		t.Errorf("attack 163: a control character at byte %d: %q", at, text[at:min(at+20, len(text))])
	}
}

// A category that the rules know and a permission does not open, and a type that a
// mask takes out, are held back on purpose.
func TestWhatAPolicyHoldsBackStandsInOneColumnToo(t *testing.T) {
	const text = `{"resourceType":"Condition","id":"c","code":{"text":"x"},"subject":{"reference":"Patient/p1"}}
{"resourceType":"Location","id":"l","name":"x"}
`
	a, _ := against(t)
	var some []string
	for _, category := range a.Plan.Categories {
		if category != "conditions" {
			some = append(some, category)
		}
	}
	a.Plan.Categories, a.Plan.Masks = some, []string{"Location"}
	report, err := check.Judge(lines(text), a)
	if err != nil {
		t.Fatal(err)
	}
	holds(t, report)
	if want := (check.Counts{Seen: 2, Labelled: 2}); report.Total != want {
		t.Errorf("%+v, want %+v", report.Total, want)
	}
	var out bytes.Buffer
	if err := report.Print(&out, nil); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"a category that a permission does not open", "taken out by a mask", "nothing to add to categories.json"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("the report does not say %q:\n%s", want, &out)
		}
	}
}

func TestResultsAreWhatTheirReportIsWhereverItStandsInTheFile(t *testing.T) {
	const report = `{"resourceType":"DiagnosticReport","id":"r","status":"final","category":[{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/v2-0074","code":"LAB"}]}],"code":{"text":"x"},"subject":{"reference":"Patient/p1"},"result":[{"reference":"Observation/o"}]}`
	const result = `{"resourceType":"Observation","id":"o","status":"final","code":{"text":"x"},"subject":{"reference":"Patient/p1"}}`
	a, _ := against(t)
	for name, c := range map[string]struct {
		text  string
		shown int
	}{
		"before":            {report + "\n" + result, 1},
		"after":             {result + "\n" + report, 1},
		"alone":             {result, 0},
		"another patient's": {strings.Replace(report, "Patient/p1", "Patient/p2", 1) + "\n" + result, 0},
		"among many":        {strings.Repeat(strings.Replace(report, "Observation/o", "Observation/x", 1)+"\n", 3000) + report + "\n" + result, 1},
		"beside one that is too deep": {
			strings.Replace(report, `{"text":"x"}`, strings.Repeat(`{"code":`, 62)+"1"+strings.Repeat("}", 62), 1) + "\n" + report + "\n" + result, 1,
		},
	} {
		got, err := check.Judge(lines(c.text), a)
		if err != nil {
			t.Fatal(err)
		}
		holds(t, got)
		if shown := got.Types["Observation"].Shown; shown != c.shown {
			t.Errorf("%s: %d results are shown, want %d: %+v", name, shown, c.shown, got.Causes)
		}
	}
}

// Words that stand where a code belongs are content.
func TestWordsInACodeAreNotPrinted(t *testing.T) {
	a, _ := against(t)
	for _, coding := range []string{
		`"system":"http://loc","code":"Smith, Bob 12/3/1958 HIV"`, `"system":"Bob Smith","code":"1"`, `"system":"nowhere","code":"Smith"`,
		`"system":"http://loc","code":"` + strings.Repeat("Smith-", 30) + `"`, `"system":"http://loc|Bob Smith","code":"1"`,
	} {
		text := `{"resourceType":"Observation","id":"o","status":"final","category":[{"coding":[{` + coding + `}]}],"subject":{"reference":"Patient/p1"}}`
		got, err := check.Judge(lines(text), a)
		if err != nil || len(got.Causes) != 1 || got.Causes[0].Code != "(words)" {
			t.Errorf("%s: %+v, %v", coding, got.Causes, err)
		}
		var printed strings.Builder
		if err := got.Print(&printed, nil); err != nil || strings.Contains(printed.String(), "Smith") {
			t.Errorf("%v: %s", err, printed.String())
		}
	}
}

// What a code that looks like an NHS number is, its system tells.
func TestACodeOfSNOMEDMayHaveTheFormOfAnNHSNumber(t *testing.T) {
	a, _ := against(t)
	for system, c := range map[string]struct{ code, shown string }{
		"http://snomed.info/sct":  {"9990001006", "http://snomed.info/sct|9990001006"},
		"http://snomed.info/sct ": {"9990001006", "http://snomed.info/sct |nhs-number"},
		"http://lab.example":      {"9990001006", "http://lab.example|nhs-number"},
		"urn:nhs:9990000018":      {"x", "urn:nhs:nhs-number|x"},
	} {
		if _, err := nhs.ParseNumber(c.code); c.code != "x" && err != nil {
			t.Fatalf("%s has not the form of an NHS number", c.code)
		}
		text := `{"resourceType":"Observation","id":"o","status":"final","category":[{"coding":[{"system":"` + system + `","code":"` + c.code + `"}]}],"code":{"text":"x"},"subject":{"reference":"Patient/p1"}}`
		got, err := check.Judge(lines(text), a)
		if err != nil || len(got.Causes) != 1 || got.Causes[0].Code != c.shown {
			t.Errorf("%s: %+v, %v; want the code %q", system, got.Causes, err, c.shown)
		}
	}
}
