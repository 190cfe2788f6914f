package cases

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/mycarerecord/mcr/access"
	"github.com/mycarerecord/mcr/decision"
)

// Probe is a case of the policies in force, to be decided now and then while they are: what
// was right when it was checked must be right still.
type Probe struct{ of Case }

// Probes gives the cases that permit, of the files without settings of their own: those that
// the revision itself decides. A folder that permits nothing gives those that refuse.
func Probes(rev *decision.Revision) ([]Probe, error) {
	by := map[string][]Probe{}
	texts := rev.Files().Cases
	for _, name := range slices.Sorted(maps.Keys(texts)) {
		file, err := readCases(name, texts[name])
		if err != nil {
			return nil, err
		}
		if len(file.Settings) > 0 {
			continue
		}
		for i := range file.Cases {
			c := &file.Cases[i]
			s, err := newCase(&file, name, c, nil)
			if err != nil {
				return nil, fmt.Errorf("%s:%d: %s: %w", name, c.line, c.Name, err)
			}
			by[c.Then.Decision] = append(by[c.Then.Decision], Probe{s})
		}
	}
	if len(by["permit"]) > 0 {
		return by["permit"], nil
	}
	return by["refuse"], nil
}

// Right says whether a revision decides the case as it says. It counts nowhere.
func (p *Probe) Right(ctx context.Context, rev *decision.Revision) bool {
	s, d := p.decide(ctx, rev)
	return rev != nil && len(s.compare(d)) == 0
}

// Clear says whether a revision decides the case at all, as it says or otherwise.
func (p *Probe) Clear(ctx context.Context, rev *decision.Revision) bool {
	_, d := p.decide(ctx, rev)
	return d.Effect == access.Permit || d.Effect == access.Deny
}

func (p *Probe) decide(ctx context.Context, rev *decision.Revision) (Case, access.Decision) {
	s := p.of
	s.Engine = decision.NewEngine(rev)
	return s, s.Engine.Decide(ctx, s.Question, s.Facts)
}
