package mutants

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"

	"go.yaml.in/yaml/v3"

	"github.com/mycarerecord/mcr/decision/internal/folder"
)

// ExplainedFile is where a person says why a mutant may survive.
const ExplainedFile = "mutants.yaml"

// explanation says why nothing needs to find a mutant, or a group of them: every
// field that is given must be the mutant's.
type explanation struct {
	File     string `yaml:"file"`
	Operator string `yaml:"operator"`
	Rule     string `yaml:"rule"` // the head of the rule, or the path of the datum
	Was      string `yaml:"was"`  // left out: all of them of this file and operator
	Is       string `yaml:"is"`
	Why      string `yaml:"why"`
	By       string `yaml:"by"`
	line     int
}

// Excuse is why nothing needs to find a mutant, or all of a kind, for whoever reads it.
type Excuse struct{ File, What, Why, By string }

// Excuses are those of mutants.yaml in a folder.
func Excuses(fsys fs.FS) ([]Excuse, error) {
	said, err := readExplained(fsys)
	out := make([]Excuse, 0, len(said))
	for _, e := range said {
		o, _ := operatorNamed(e.Operator)
		one := Excuse{File: e.File, What: o.What, Why: oneLine(e.Why), By: oneLine(e.By)}
		if e.Was != "" {
			one.What += ": " + oneLine(e.Was)
		}
		out = append(out, one)
	}
	return out, err
}

// UnmarshalYAML keeps the line and refuses unknown fields.
func (e *explanation) UnmarshalYAML(n *yaml.Node) error {
	type plain explanation
	text, err := yaml.Marshal(n)
	if err != nil {
		return err
	}
	d := yaml.NewDecoder(bytes.NewReader(text))
	d.KnownFields(true)
	if err := d.Decode((*plain)(e)); err != nil {
		return fmt.Errorf("line %d: %w", n.Line, err)
	}
	e.line = n.Line
	return nil
}

// covers says that the explanation speaks of a mutant.
func (e explanation) covers(m Mutant) bool {
	same := func(said, is string) bool { return said == "" || said == is }
	return e.File == m.File && e.Operator == m.Operator &&
		same(e.Rule, m.Rule) && same(e.Was, oneLine(m.Was)) && same(e.Is, oneLine(m.Is))
}

// group says that it speaks of all mutants of a file and an operator.
func (e explanation) group() bool { return e.Was == "" }

// readExplained reads mutants.yaml; without it nothing is explained.
func readExplained(fsys fs.FS) ([]explanation, error) {
	text, err := folder.ReadFile(fsys, ExplainedFile)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	} else if err != nil {
		return nil, fmt.Errorf("reading explanations: %w", err)
	}
	var doc struct {
		Explained []explanation `yaml:"explained"`
	}
	d := yaml.NewDecoder(bytes.NewReader(text))
	d.KnownFields(true)
	if err := d.Decode(&doc); err != nil && !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("%s: %w", ExplainedFile, err)
	}
	var faults []error
	for _, e := range doc.Explained {
		if _, ok := operatorNamed(e.Operator); !ok || e.File == "" {
			faults = append(faults, fmt.Errorf("%s:%d: file and operator must say which mutant it is (operator %q is none)", ExplainedFile, e.line, e.Operator))
		}
		if len(e.Why) < 30 || e.By == "" {
			faults = append(faults, fmt.Errorf("%s:%d: why must give the reason in a sentence, and by who gave it", ExplainedFile, e.line))
		}
	}
	return doc.Explained, errors.Join(faults...)
}

// explain marks the survivors that are explained, and gives the explanations that
// are of no use any more, each with its line.
func explain(results []Result, said []explanation) (stale []string) {
	for _, e := range said {
		survives, found := 0, ""
		for i := range results {
			switch r := &results[i]; {
			case !e.covers(r.Mutant):
			case r.By == "" || r.By == Explained:
				r.By, r.Who = Explained, e.Why
				survives++
			case found == "":
				found = r.By + ": " + r.Who
			}
		}
		switch {
		case survives == 0 && found == "":
			stale = append(stale, fmt.Sprintf("%s:%d: there is no such mutant (%s in %s: %s); take the explanation out", ExplainedFile, e.line, e.Operator, e.File, e.Was))
		case found != "" && (!e.group() || survives == 0):
			stale = append(stale, fmt.Sprintf("%s:%d: this mutant (%s in %s: %s) is found by %s; take the explanation out", ExplainedFile, e.line, e.Operator, e.File, e.Was, oneLine(found)))
		}
	}
	return stale
}
