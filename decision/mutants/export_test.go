package mutants

import (
	"context"
	"io/fs"
	"slices"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"

	"github.com/mycarerecord/mcr/decision/internal/folder"
	"github.com/mycarerecord/mcr/decision/internal/rego"
)

// What the tests, which stand outside the package, need of its inside.

// All makes every mutant of a folder.
func All(fsys fs.FS) ([]Mutant, error) {
	f, err := folder.Read(fsys)
	if err != nil {
		return nil, err
	}
	return all(f)
}

// Shown writes the mutated rules of a mutant and those that are read back from its
// text; "" for a mutant of data.
func (m Mutant) Shown() (tried, shown string, err error) {
	if m.module == nil {
		return "", "", nil
	}
	text, err := m.Text()
	if err != nil {
		return "", "", err
	}
	again, err := rego.Parse(map[string]string{m.File: text})
	if err != nil {
		return "", "", err
	}
	var a, b strings.Builder
	for _, r := range m.module.Rules {
		bare := *r
		bare.Annotations = nil
		a.WriteString(bare.String() + "\n")
	}
	for _, r := range again[m.File].Rules {
		bare := *r
		bare.Annotations = nil
		b.WriteString(bare.String() + "\n")
	}
	// A "not" before an "or" needs brackets when it is written; "x if true" is "x := true".
	bare := strings.NewReplacer("(", "", ")", "", ":=", "=")
	return bare.Replace(a.String()), bare.Replace(b.String()), nil
}

// Changed are files of rules that somebody else changed: path, line and text.
type Changed struct {
	File string
	Line int
	Text string
}

// TryTexts tries files that were changed by somebody else. What does not parse, or
// is the same rules, is left out.
func TryTexts(ctx context.Context, fsys fs.FS, list []Changed) ([]Result, error) {
	o, err := read(ctx, fsys)
	if err != nil {
		return nil, err
	}
	j := &judge{folder: fsys, original: o, first: map[string][]int{}}
	b, err := j.bench()
	if err != nil {
		return nil, err
	}
	var out []Result
	for _, c := range list {
		modules, err := rego.Parse(map[string]string{c.File: c.Text})
		if err != nil {
			continue
		}
		if sameRules(modules[c.File], b.rules[c.File]) {
			continue
		}
		m := Mutant{Operator: "somebody else's", File: c.File, Line: c.Line, module: modules[c.File], Was: lineAt(o.files.Rules[c.File], c.Line), Is: lineAt(c.Text, c.Line)}
		r, err := b.try(ctx, m)
		if err != nil {
			return nil, err
		}
		out = append(out, r)
	}
	return out, nil
}

// sameRules: a set and an object have no order.
func sameRules(a, b *ast.Module) bool {
	return slices.EqualFunc(a.Rules, b.Rules, func(x, y *ast.Rule) bool {
		x, y = x.Copy(), y.Copy()
		x.Annotations, y.Annotations = nil, nil
		return x.Compare(y) == 0
	})
}

func lineAt(text string, n int) string { return strings.Split(text, "\n")[n-1] }
