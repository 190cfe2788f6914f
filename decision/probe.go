package decision

import (
	"context"
	"fmt"
	"io/fs"
)

// Probe is a decision case of the policies in force, to be decided now and then while they
// are: what was right when it was checked must be right still.
type Probe struct {
	Name string // file and case
	of   storedCase
}

// Probes gives the cases that permit, of the files without settings of their own: those
// that the revision itself decides. A folder that permits nothing gives those that refuse.
func Probes(fsys fs.FS) ([]Probe, error) {
	f, err := readFiles(fsys)
	if err != nil {
		return nil, err
	}
	by := map[string][]Probe{}
	for _, name := range sorted(f.cases) {
		file, err := readCases(name, f.cases[name])
		if err != nil {
			return nil, err
		}
		if len(file.Settings) > 0 {
			continue
		}
		for i := range file.Cases {
			c := &file.Cases[i]
			r := caseReader{file: &file}
			s := storedCase{file: name, of: &file, decided: c, question: r.question(c), facts: r.facts(&c.Given)}
			if r.err != nil {
				return nil, fmt.Errorf("%s:%d: %s: %w", name, c.line, c.Name, r.err)
			}
			by[c.Then.Decision] = append(by[c.Then.Decision], Probe{name + ": " + c.Name, s})
		}
	}
	if len(by["permit"]) > 0 {
		return by["permit"], nil
	}
	return by["refuse"], nil
}

// Right says whether the engine decides the case as it says, by the revision in force.
func (p *Probe) Right(ctx context.Context, e *Engine) bool {
	rev := e.Revision()
	if rev == nil {
		return false
	}
	s := p.of
	s.engine = NewEngine(rev)
	return len(s.compare(s.engine.Decide(ctx, s.question, s.facts))) == 0
}
