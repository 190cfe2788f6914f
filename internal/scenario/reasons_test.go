package scenario_test

import (
	"encoding/json"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/mycarerecord/mcr/fhir"
	"github.com/mycarerecord/mcr/nhs"
	"github.com/mycarerecord/mcr/policies"
)

// told are the calls that tell a client, or the record, a reason code.
var told = map[string]bool{"refuse": true, "fail": true, "tellCode": true, "Reason": true}

var reasonCode = regexp.MustCompile(`^[a-z]+(-[a-z]+)*$`)

// codesInGo gives every reason code that stands in the Go code as a literal, with
// the place where it was found.
func codesInGo(t *testing.T) map[string]string {
	t.Helper()
	found := map[string]string{}
	for code := range fhir.Codes() {
		found[code] = "fhir.Codes"
	}
	for _, folder := range []string{"broker", "caddymodule", "decision", "fhir", "token", "registry"} {
		files, err := filepath.Glob(filepath.Join("..", "..", folder, "*.go"))
		if err != nil || len(files) == 0 {
			t.Fatalf("%s: %v, %d files", folder, err, len(files))
		}
		for _, path := range files {
			if strings.HasSuffix(path, "_test.go") {
				continue
			}
			set := token.NewFileSet()
			file, err := parser.ParseFile(set, path, nil, 0)
			if err != nil {
				t.Fatal(err)
			}
			ast.Inspect(file, func(n ast.Node) bool {
				call, ok := n.(*ast.CallExpr)
				if !ok || !told[called(call)] {
					return true
				}
				for _, arg := range call.Args {
					literal, ok := arg.(*ast.BasicLit)
					if !ok || literal.Kind != token.STRING {
						continue
					}
					if code, err := strconv.Unquote(literal.Value); err == nil && reasonCode.MatchString(code) {
						found[code] = set.Position(literal.Pos()).String()
					}
				}
				return true
			})
		}
	}
	return found
}

func called(call *ast.CallExpr) string {
	switch f := call.Fun.(type) {
	case *ast.Ident:
		return f.Name
	case *ast.SelectorExpr:
		return f.Sel.Name
	}
	return ""
}

// TestEveryReasonHasWords: a code that is not in the table would be answered with
// a general text, which tells the professional nothing that they can do.
func TestEveryReasonHasWords(t *testing.T) {
	all := table(t)
	codes := codesInGo(t)
	if len(codes) < 35 {
		t.Errorf("only %d reason codes were found in the code: the search is broken", len(codes))
	}
	for code, place := range codes {
		reason, ok := all[code]
		switch {
		case !ok:
			t.Errorf("%s (%s) is not in policies/data/reasons.json", code, place)
		case reason.Text == "" || reason.Remedy == "":
			t.Errorf("%s (%s) has no text, or no remedy", code, place)
		}
	}
}

// words are what the policies say of a reason.
type words struct{ Code, Text, Remedy string }

func table(t *testing.T) map[string]words {
	t.Helper()
	var table struct{ Reasons []words }
	text, err := fs.ReadFile(policies.FS, "data/reasons.json")
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, &table); err != nil {
		t.Fatal(err)
	}
	all := map[string]words{}
	for _, reason := range table.Reasons {
		all[reason.Code] = reason
	}
	return all
}

// What a searchset tells beside its entries is in the words of the table: the
// collector and the console show the one, the policy book the other.
func TestWhatASearchsetTellsIsInTheTablesWords(t *testing.T) {
	number, err := nhs.ParseNumber("9990000018")
	if err != nil {
		t.Fatal(err)
	}
	classes, err := fhir.NewClassifier([]fhir.ClassRule{{Type: "Patient", Class: "demographics"}}, nil)
	if err != nil {
		t.Fatal(err)
	}
	const found = `{"resourceType":"Bundle","type":"searchset","entry":[{"resource":{"resourceType":"Patient","id":"p",` +
		`"identifier":[{"system":"https://fhir.nhs.uk/Id/nhs-number","value":"9990000018"}]}}]}`
	owner := fhir.Owner{Numbers: []nhs.Number{number}, Notes: []fhir.Note{fhir.KnownByAnotherNumber, fhir.AnotherRecord}}
	plan := fhir.Plan{Categories: []string{"demographics"}, Classes: classes}
	search := fhir.Request{Interaction: fhir.Search, Type: "Patient"}
	narrow := search
	narrow.Params = []fhir.Param{{Name: "birthdate", Value: "1970"}}
	told := map[string]string{}
	for _, c := range []struct {
		asked fhir.Request
		plan  fhir.Plan
	}{{search, plan}, {narrow, plan}, {search, fhir.Plan{Classes: classes}}} {
		cut, err := fhir.Filter([]byte(found), c.asked, owner, c.plan, fhir.Links{Base: "http://broker.example"})
		if err != nil {
			t.Fatal(err)
		}
		var set struct {
			Entry []struct {
				Resource struct {
					Issue []struct {
						Details struct {
							Coding []struct{ Code string }
							Text   string
						}
					}
				}
			}
		}
		if err := json.Unmarshal(cut.Body, &set); err != nil {
			t.Fatal(err)
		}
		for _, e := range set.Entry {
			for _, issue := range e.Resource.Issue {
				told[issue.Details.Coding[0].Code] = issue.Details.Text
			}
		}
	}
	if len(told) != 4 {
		t.Errorf("told: %q", told)
	}
	all := table(t)
	for code, text := range told {
		if text != all[code].Text {
			t.Errorf("%s: %q, in the table %q", code, text, all[code].Text)
		}
	}
}
