package invariants

import (
	"context"
	"fmt"
	"io/fs"
	"maps"

	"github.com/mycarerecord/mcr/access"
	"github.com/mycarerecord/mcr/decision"
)

// Broken names an invariant that a folder of policies breaks; "" when it breaks none.
func Broken(ctx context.Context, fsys fs.FS) (string, error) {
	r, err := Prove(ctx, fsys)
	if err != nil {
		return "", err
	}
	for i := range r.Results {
		if !r.Results[i].Held() {
			return r.Results[i].Name, nil
		}
	}
	return "", nil
}

// Same says that the rules of two folders decide the same in all states, with the same
// words and the same entries to rest on. It says so of rules alone: where lists or
// settings differ, which others read too, it does not, and neither where something was
// not gone through. Lists with more than two entries are not gone through (package doc).
func Same(ctx context.Context, one, other fs.FS) (same bool, err error) {
	err = guarded(func() error {
		same, err = alikeInAll(ctx, one, other)
		return err
	})
	return same && err == nil, err
}

func alikeInAll(ctx context.Context, one, other fs.FS) (bool, error) {
	a, err := decision.Load(ctx, one, patient)
	if err != nil {
		return false, fmt.Errorf("comparing policies: %w", err)
	}
	b, err := decision.Load(ctx, other, patient)
	if err != nil {
		return false, fmt.Errorf("comparing policies: %w", err)
	}
	if !maps.Equal(a.Files().Data, b.Files().Data) {
		return false, nil
	}
	pairs, err := settlements(ctx, a, b)
	if err != nil {
		return false, err
	}
	for _, p := range pairs {
		c := newCompared()
		c.told = true // entries and words count
		e, err := enumerate(ctx, []*decision.Revision{p.was, p.is}, c, mostEntries, Fast)
		if err != nil {
			return false, fmt.Errorf("comparing policies: %w", err)
		}
		if len(e.bounds) > 0 || !e.same() {
			return false, nil
		}
	}
	return true, nil
}

// same says that both revisions decide every possible state in the same way.
func (e *enumeration) same() bool {
	decided := func(d access.Decision) string {
		d.Input, d.Plan.Classes, d.Revision, d.Digest = nil, nil, "", ""
		return fmt.Sprintf("%+v", d)
	}
	var sides [2]map[string]set
	for i := range e.revisions {
		sides[i] = map[string]set{}
		for _, o := range e.revisions[i].outcomes {
			key := decided(o.decision)
			sides[i][key] = e.sets.or(sides[i][key], e.sets.and(o.states, e.possible))
		}
	}
	return maps.Equal(sides[0], sides[1])
}
