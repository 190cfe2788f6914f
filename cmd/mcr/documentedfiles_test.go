package main

import (
	"bytes"
	"encoding/json"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// source is the text of all Go files of the product, tests aside.
func source(t *testing.T) []byte {
	t.Helper()
	var all bytes.Buffer
	for _, folder := range []string{"access", "audit", "broker", "caddymodule", "cmd", "collect", "console", "decision", "durable", "fhir", "registry", "token", "upstreams", "vouch"} {
		err := filepath.WalkDir("../../"+folder, func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
				return err
			}
			text, err := os.ReadFile(path)
			all.Write(text)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return all.Bytes()
}

// filesTold are those of the data folder that docs/operating.md tells of.
func filesTold(t *testing.T) (names []string) {
	t.Helper()
	_, table, _ := strings.Cut(pages(t)["docs/operating.md"], "## Files in the data folder")
	table, _, _ = strings.Cut(table, "\n## ")
	for _, m := range regexp.MustCompile("(?m)^\\| `([^`]+)`").FindAllStringSubmatch(table, -1) {
		names = append(names, m[1])
	}
	if len(names) < 10 {
		t.Fatalf("only %d files: the test looks in the wrong place", len(names))
	}
	return names
}

// Every file that docs name is written by something. That each that is written is named,
// TestEveryFileOfTheDataFolderIsDocumented sees, of a broker that runs.
func TestDocsNameNoFileThatThereIsNot(t *testing.T) {
	text := source(t)
	for _, name := range filesTold(t) {
		name, _, _ = strings.Cut(strings.TrimSuffix(name, "/"), "*")
		ok := bytes.Contains(text, []byte(`"`+name+`"`))
		for at, c := range name { // written as another's name with an ending
			ok = ok || (c == '.' || c == '-') && at > 0 && (bytes.Contains(text, []byte(`"`+name[at:]+`"`)) || bytes.Contains(text, []byte(`Beside("`+name[at+1:]+`"`)))
		}
		if !ok {
			t.Errorf("docs/operating.md, Files in the data folder, names %s, which nothing in the product names", name)
		}
	}
}

// Every reason code that docs/refusals.md explains has its words, and every code that the
// program itself gives, and no policy, is explained in some page.
func TestDocsTellEveryReasonCode(t *testing.T) {
	text, err := os.ReadFile("../../policies/data/reasons.json")
	if err != nil {
		t.Fatal(err)
	}
	var list struct {
		Reasons []struct{ Code, Kind string }
	}
	if err := json.Unmarshal(text, &list); err != nil || len(list.Reasons) < 50 {
		t.Fatal(len(list.Reasons), err)
	}
	page, all := pages(t)["docs/refusals.md"], strings.Join(slices.Collect(maps.Values(pages(t))), "\n")
	program := source(t)
	told, known := map[string]bool{}, map[string]bool{}
	for _, m := range regexp.MustCompile("(?m)^\\| `([a-z-]+)` \\| \\d").FindAllStringSubmatch(page, -1) {
		told[m[1]] = true
	}
	policies := ""
	if err := filepath.WalkDir("../../policies/rules", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text, err := os.ReadFile(path)
		policies += string(text)
		return err
	}); err != nil {
		t.Fatal(err)
	}
	for _, r := range list.Reasons {
		known[r.Code] = true
		if !told[r.Code] && !strings.Contains(all, "`"+r.Code+"`") && !strings.Contains(policies, `"`+r.Code+`"`) && !strings.Contains(policies, "- "+r.Code) && bytes.Contains(program, []byte(`"`+r.Code+`"`)) {
			t.Errorf("the reason %s (%s) is no policy's, and docs/refusals.md does not tell it: add a row", r.Code, r.Kind)
		}
	}
	for code := range told {
		if !known[code] {
			t.Errorf("docs/refusals.md explains %s, which policies/data/reasons.json has no words for: correct it, or take the row away", code)
		}
	}
}
