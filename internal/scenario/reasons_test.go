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
	type words struct{ Code, Text, Remedy string }
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
