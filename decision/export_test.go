package decision

import (
	"context"
	"io/fs"
	"slices"
	"strings"

	"github.com/open-policy-agent/opa/v1/cover"

	"github.com/mycarerecord/mcr/access"
)

// What the tests, which stand outside the package, need of its inside.

// Case is a decision case of testdata/decisions.
type Case struct{ stored storedCase }

// Cases reads all cases.
func Cases(ctx context.Context, fsys fs.FS, rev *Revision) ([]Case, error) {
	stored, err := storedCases(ctx, fsys, rev)
	out := make([]Case, len(stored))
	for i, s := range stored {
		out[i] = Case{s}
	}
	return out, err
}

func (c *Case) File() string {
	name := c.stored.file[strings.LastIndex(c.stored.file, "/")+1:]
	return strings.TrimSuffix(name, ".yaml")
}
func (c *Case) Name() string              { return c.stored.decided.Name }
func (c *Case) IsAttack(n int) bool       { return slices.Contains(c.stored.decided.Attacks, n) }
func (c *Case) Engine() *Engine           { return c.stored.engine }
func (c *Case) Question() access.Question { return c.stored.question }
func (c *Case) Facts() access.Facts       { return c.stored.facts }
func (c *Case) Run(ctx context.Context) (access.Decision, []string) {
	return c.stored.run(ctx)
}
func (c *Case) DropEach(ctx context.Context, d access.Decision) (int, []string, error) {
	return c.stored.dropEach(ctx, d)
}

// Drops gives the inputs with one thing missing.
func Drops(input []byte) ([][]byte, error) {
	all, err := drops(input)
	out := make([][]byte, len(all))
	for i, d := range all {
		out[i] = d.input
	}
	return out, err
}

// DecideInput decides by the machine, as Decide does.
func (r *Revision) DecideInput(ctx context.Context, input []byte) (access.Decision, error) {
	return r.decideInput(ctx, input)
}

// Fast says that the policies run on the machine.
func (r *Revision) Fast() bool { return r.program != nil }

// Same compares all that a record keeps of a decision.
var Same = sameDecision

// RegoTest is a test_ rule's outcome.
type RegoTest struct{ Name, Fault string }

// RegoTests runs the test_ rules of a folder.
func RegoTests(ctx context.Context, fsys fs.FS) ([]RegoTest, error) {
	f, err := readFiles(fsys)
	if err != nil {
		return nil, err
	}
	l, err := readLists(f.data)
	if err != nil {
		return nil, err
	}
	results, err := runRegoTests(ctx, f, l, cover.New())
	out := make([]RegoTest, len(results))
	for i, r := range results {
		out[i] = RegoTest{strings.TrimSuffix(r.file, ".rego") + "/" + r.name, r.fault}
	}
	return out, err
}

// Combine makes one plan of several: categories and labels.
func Combine(plans ...[2][]string) (categories, labels []string) {
	list := make([]release, len(plans))
	for i, p := range plans {
		list[i] = release{categories: p[0], labels: p[1]}
	}
	r := combine(list)
	return r.categories, r.labels
}

// AppendString writes a JSON string as inputs have it.
func AppendString(s string) []byte {
	out, _ := appendString(nil, s)
	return out
}

// ReasonCodes are the codes of the reason book.
func (r *Revision) ReasonCodes() []string { return sorted(r.reasons.entries) }
