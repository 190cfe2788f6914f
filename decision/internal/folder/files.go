package folder

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"
)

// The layout of a policies folder (design §4).
const (
	dataFolder  = "data"
	CodesFolder = "data/codes"
	CasesFolder = "testdata/decisions"
	SchemaFile  = "schema/input.json"
	// GivenUpFile is where a region says which promise it no longer keeps, and who
	// answers for that (decision/check).
	GivenUpFile = "given_up.yaml"
	// What must hold in all states, and which widenings were accepted: read by
	// package invariants, never served.
	InvariantsFolder = "invariants"
	AcceptedFile     = "accepted.yaml"
)

// Files are the texts of a policies folder, by path.
type Files struct {
	Rules  map[string]string // served: *.rego that are not tests
	Tests  map[string]string // *_test.rego, never served
	Data   map[string]string // data/*.json and data/codes/*.json
	Cases  map[string]string // testdata/decisions/*.yaml
	Other  map[string]string // invariants/*.yaml and accepted.yaml
	Schema string
	// GivenUp decides nothing, and is not served.
	GivenUp string
}

// Read reads a policies folder. A file that has no place in the layout is
// an error: a rule that is spelt .regp would silently not be there.
func Read(fsys fs.FS) (Files, error) {
	f := Files{
		Rules: map[string]string{}, Tests: map[string]string{},
		Data: map[string]string{}, Cases: map[string]string{}, Other: map[string]string{},
	}
	var faults []error
	texts, err := Texts(fsys)
	if err != nil {
		return f, fmt.Errorf("reading policies: %w", err)
	}
	for _, p := range slices.Sorted(maps.Keys(texts)) {
		text := texts[p]
		dir, name := path.Split(p)
		if strings.HasSuffix(name, ".rego") {
			if f, is := TooMuch(p, text); is {
				faults = append(faults, f)
				continue
			}
		}
		switch {
		case strings.HasSuffix(name, "_test.rego") && strings.TrimSuffix(name, ".rego") != path.Base(path.Dir(p)):
			f.Tests[p] = text
		case strings.HasSuffix(name, "_test.rego"):
			faults = append(faults, fmt.Errorf("%s: a rule's name must not end in _test: its file counts as a test and is never served", p))
		case strings.HasSuffix(name, ".rego"):
			f.Rules[p] = text
		case (dir == dataFolder+"/" || dir == CodesFolder+"/") && strings.HasSuffix(name, ".json"):
			f.Data[p] = text
		case dir == CasesFolder+"/" && strings.HasSuffix(name, ".yaml"):
			f.Cases[p] = text
		case dir == InvariantsFolder+"/" && strings.HasSuffix(name, ".yaml"), p == AcceptedFile:
			f.Other[p] = text
		case p == SchemaFile:
			f.Schema = text
		case p == GivenUpFile:
			f.GivenUp = text
		case Aside(p):
		default:
			faults = append(faults, fmt.Errorf("%s: this file has no place here: rules are .rego, data is data/*.json and data/codes/*.json, cases are %s/*.yaml, invariants are %s/*.yaml", p, CasesFolder, InvariantsFolder))
		}
	}
	if len(f.Rules) == 0 {
		faults = append(faults, errors.New("reading policies: there are no rules (*.rego)"))
	}
	if f.Schema == "" {
		faults = append(faults, fmt.Errorf("reading policies: %s is missing", SchemaFile))
	}
	return f, errors.Join(faults...)
}

// Aside reports whether a file has its place in the folder and decides nothing: texts for
// people, what Go needs, and the account of mutants (decision/mutants).
func Aside(p string) bool {
	switch {
	case strings.Contains(p, "/"):
		return false
	case p == "embed.go", p == "mutants.yaml", p == "mutation.json":
		return true
	}
	return strings.HasSuffix(p, ".md")
}

// Digest is the SHA-256 of what is served: rules, data and schema, each with its
// path and length, in the order of the paths. Tests and cases do not change it.
func (f Files) Digest() string {
	h := sha256.New()
	served := map[string]string{SchemaFile: f.Schema}
	for _, m := range []map[string]string{f.Rules, f.Data} {
		for p, text := range m {
			served[p] = text
		}
	}
	for _, p := range slices.Sorted(maps.Keys(served)) {
		fmt.Fprintf(h, "%d %s %d\n", len(p), p, len(served[p]))
		h.Write([]byte(served[p]))
	}
	return hex.EncodeToString(h.Sum(nil))
}
