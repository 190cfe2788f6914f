package decision

import (
	"context"
	"fmt"
	"io/fs"

	"github.com/mycarerecord/mcr/access"
)

// Tried is a case that was tried, with all that can be told of it.
type Tried struct {
	Name              string
	Given, When, Then []string // in sentences; Then is what the case expected, if it said
	Decision          access.Decision
	Explanation       Explanation
	Outline           Outline
	// Expected says that the case said what it expects; Problems are what is
	// otherwise.
	Expected bool
	Problems []string
	// Missing is how often it was decided again with one thing missing; Wider is
	// what was then let out that was not before. Anything in it is a fault of the
	// rules.
	Missing int
	Wider   []string

	caseFile []byte
}

// Outline is a release plan as people read it.
type Outline struct {
	Released, Withheld []ListEntry // categories, with what they mean
	// Sensitive says that items with a sensitive label are released too.
	Sensitive bool
	Masks     []string // elements that are taken out
}

// CaseFile is the same case with what was decided as what is expected: a file for
// testdata/decisions, which "mcr policy test" takes.
func (t Tried) CaseFile() []byte { return t.caseFile }

// Try decides one case of a person's own by a folder of policies. The case is
// written as those of testdata/decisions are (policies/README.md): one file with
// one case; it need not say what it expects.
//
// What is wrong with the case is a CaseFaults: all faults, each in words and with
// its line. What is read is bounded (MostCaseBytes and so on). Nothing is kept.
func Try(ctx context.Context, fsys fs.FS, caseYAML []byte) (Tried, error) {
	f, err := readFiles(fsys)
	if err != nil {
		return Tried{}, err
	}
	rev, err := load(ctx, f, Options{})
	if err != nil {
		return Tried{}, err
	}
	return try(ctx, f, rev, caseYAML)
}

// Try is Try by the policies of the book, which are compiled already.
func (b *PolicyBook) Try(ctx context.Context, caseYAML []byte) (Tried, error) {
	return try(ctx, b.files, b.rev, caseYAML)
}

func try(ctx context.Context, f files, rev *Revision, text []byte) (Tried, error) {
	one, err := readOneCase(text)
	if err != nil {
		return Tried{}, err
	}
	if len(one.file.Settings) > 0 {
		changed, err := withSettings(ctx, f, one.file.Settings, rev)
		if err != nil {
			return Tried{}, settingFaults(one, err)
		}
		rev = changed
	}
	c := &one.file.Cases[0]
	r := caseReader{file: &one.file}
	s := storedCase{of: &one.file, decided: c, engine: NewEngine(rev), question: r.question(c), facts: r.facts(&c.Given)}
	if r.err != nil {
		return Tried{}, CaseFaults{{Line: one.line, Text: r.err.Error()}}
	}
	tell := teller{file: &one.file, rev: rev}
	t := Tried{
		Name: c.Name, Expected: c.Then.Decision != "",
		Given: tell.given(&c.Given), When: tell.when(&c.When), Then: tell.then(&c.Then),
	}
	d, wrong := s.run(ctx)
	if t.Decision = d; t.Expected {
		t.Problems = wrong
	}
	t.Outline = rev.outline(d)
	if t.Explanation, err = Explain(ctx, rev, d.Input); err != nil {
		return Tried{}, fmt.Errorf("trying case: %w", err)
	}
	if t.Missing, t.Wider, err = s.dropEach(ctx, d); err != nil {
		return Tried{}, fmt.Errorf("trying case: %w", err)
	}
	t.caseFile, err = one.expecting(rev.answerOf(d))
	return t, err
}

// outline says a release plan in categories, in the order of data/categories.json.
func (r *Revision) outline(d access.Decision) Outline {
	var o Outline
	if d.Effect != access.Permit || len(d.Plan.Categories) == 0 {
		return o
	}
	for _, c := range r.everyClass {
		e := ListEntry{Key: c, Text: r.classNames[c]}
		if contains(d.Plan.Categories, c) {
			o.Released = append(o.Released, e)
		} else {
			o.Withheld = append(o.Withheld, e)
		}
	}
	o.Sensitive, o.Masks = everyLabel(d.Plan.Labels), d.Plan.Masks
	return o
}
