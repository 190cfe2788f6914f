package decision

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"
)

// The layout of a policies folder (design §4).
const (
	dataFolder  = "data"
	codesFolder = "data/codes"
	casesFolder = "testdata/decisions"
	schemaFile  = "schema/input.json"
)

// files are the texts of a policies folder, by path.
type files struct {
	rules  map[string]string // served: *.rego that are not tests
	tests  map[string]string // *_test.rego, never served
	data   map[string]string // data/*.json and data/codes/*.json
	cases  map[string]string // testdata/decisions/*.yaml
	schema string
}

// readFiles reads a policies folder. A file that has no place in the layout is
// an error: a rule that is spelt .regp would silently not be there.
func readFiles(fsys fs.FS) (files, error) {
	f := files{
		rules: map[string]string{}, tests: map[string]string{},
		data: map[string]string{}, cases: map[string]string{},
	}
	var faults []error
	err := fs.WalkDir(fsys, ".", func(p string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text, err := fs.ReadFile(fsys, p)
		if err != nil {
			return err
		}
		dir, name := path.Split(p)
		switch {
		case strings.HasSuffix(name, "_test.rego"):
			f.tests[p] = string(text)
		case strings.HasSuffix(name, ".rego"):
			f.rules[p] = string(text)
		case (dir == dataFolder+"/" || dir == codesFolder+"/") && strings.HasSuffix(name, ".json"):
			f.data[p] = string(text)
		case dir == casesFolder+"/" && strings.HasSuffix(name, ".yaml"):
			f.cases[p] = string(text)
		case p == schemaFile:
			f.schema = string(text)
		case dir == "" && (name == "embed.go" || strings.HasSuffix(name, ".md")), dir == "" && strings.HasPrefix(name, "."):
		default:
			faults = append(faults, fmt.Errorf("%s: this file has no place here: rules are .rego, data is data/*.json and data/codes/*.json, cases are %s/*.yaml", p, casesFolder))
		}
		return nil
	})
	if err != nil {
		return f, fmt.Errorf("reading policies: %w", err)
	}
	if len(f.rules) == 0 {
		faults = append(faults, errors.New("reading policies: there are no rules (*.rego)"))
	}
	if f.schema == "" {
		faults = append(faults, fmt.Errorf("reading policies: %s is missing", schemaFile))
	}
	return f, errors.Join(faults...)
}

// digest is the SHA-256 of what is served: rules, data and schema, each with its
// path and length, in the order of the paths. Tests and cases do not change it.
func (f files) digest() string {
	h := sha256.New()
	served := map[string]string{schemaFile: f.schema}
	for _, m := range []map[string]string{f.rules, f.data} {
		for p, text := range m {
			served[p] = text
		}
	}
	for _, p := range sorted(served) {
		fmt.Fprintf(h, "%d %s %d\n", len(p), p, len(served[p]))
		h.Write([]byte(served[p]))
	}
	return hex.EncodeToString(h.Sum(nil))
}

// sorted gives a map's keys in order: everything that is said of policies is
// said in the same order every time.
func sorted[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}
