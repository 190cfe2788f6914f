package book

import (
	"context"
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"strings"

	"github.com/mycarerecord/mcr/access"
	"github.com/mycarerecord/mcr/decision"
	"github.com/mycarerecord/mcr/decision/cases"
	"github.com/mycarerecord/mcr/decision/internal/lists"
)

// ChangeList is what differs between two folders of policies, as the people who
// publish them need to see it: not lines of files, but rules, entries, words and
// decisions. No file that differs is left out: Files has each.
type ChangeList struct {
	OldDigest, NewDigest string
	Rules                []RuleChange
	Lists                []ListChange
	Settings             []Change
	Reasons              []Change
	// Cases are those that are decided otherwise, the wider first. The cases of both
	// folders are decided by both; Decided is how many that are.
	Cases   []CaseChange
	Decided int
	// Untold are the cases that one of the folders cannot decide at all, such as
	// those with a setting that it does not have; with why.
	Untold []string
	// States says in which of all states it is decided otherwise; nil when nobody went
	// through them. StatesFault is why somebody could not.
	States      *StateChanges
	StatesFault string
	// Files are all files that differ, those that decide nothing included.
	Files []FileChange
}

// None says that nothing differs.
func (c ChangeList) None() bool {
	return len(c.Rules)+len(c.Lists)+len(c.Settings)+len(c.Reasons)+len(c.Cases)+len(c.Untold)+len(c.Files) == 0 && c.OldDigest == c.NewDigest
}

// How is what happened to something.
type How string

// What can have happened.
const (
	Added   How = "added"
	Removed How = "removed"
	Altered How = "changed"
)

// Change is one thing with what it was and what it is.
type Change struct {
	Name     string // the setting's path, the reason's code, the entry's key
	Title    string // in words
	How      How
	Old, New string
	Reach    Reach
}

// RuleChange is a rule, with what of it differs.
type RuleChange struct {
	File, Name, Title string
	How               How
	Words             []Change // title, description, promise, reasons
	Parts             []Change // by title: added, removed, or described otherwise
	Logic             []Change // by name: what is written there, when it does something else
	FormOnly          bool     // nothing but layout and remarks
	Reach             Reach
}

// ListChange is a list with the entries that differ, and the words about it.
type ListChange struct {
	Name, File, Title string
	How               How
	Entries, Words    []Change
	Reach             Reach // the furthest of its entries'
}

// CaseChange is a case that is decided otherwise.
type CaseChange struct {
	File, Name  string
	Given, When []string
	Old, New    access.Decision
	Wider       bool // more is let out than before
}

// Changes compares two folders of policies. Both must load. states goes through all states
// that the rules can tell apart; nil: nobody does, and a rule that is written otherwise may
// then let out more.
func Changes(ctx context.Context, old, next fs.FS, states States) (ChangeList, error) {
	was, err := readSide(ctx, old)
	if err != nil {
		return ChangeList{}, fmt.Errorf("comparing policies: the old ones: %w", err)
	}
	return was.to(ctx, old, next, states)
}

// to compares policies that are read with others.
func (s *side) to(ctx context.Context, old, next fs.FS, states States) (ChangeList, error) {
	is, err := readSide(ctx, next)
	if err != nil {
		return ChangeList{}, fmt.Errorf("comparing policies: the new ones: %w", err)
	}
	c := ChangeList{OldDigest: s.rev.Digest(), NewDigest: is.rev.Digest()}
	c.compareRules(s, is)
	c.compareLists(s.lists, is.lists)
	if err := c.compareFiles(old, next); err != nil {
		return c, fmt.Errorf("comparing policies: %w", err)
	}
	if c.OldDigest != c.NewDigest || len(c.Files) > 0 {
		err = c.compareCases(ctx, s, is)
	}
	if states != nil && c.OldDigest != c.NewDigest && err == nil {
		c.goThrough(ctx, old, next, states)
	}
	return c, err
}

// side is one of the folders that are compared.
type side struct {
	rev   *decision.Revision
	lists lists.Lists
}

func readSide(ctx context.Context, fsys fs.FS) (*side, error) {
	rev, err := decision.Load(ctx, fsys, decision.Options{})
	if err != nil {
		return nil, err
	}
	l, err := lists.Read(rev.Files().Data)
	return &side{rev, l}, err
}

// changes compares two maps of texts, in the order of their keys.
func changes(old, next map[string]string) []Change {
	asSaid := func(texts map[string]string) map[string]said {
		out := map[string]said{}
		for k, text := range texts {
			out[k] = said{text, text}
		}
		return out
	}
	return differences(asSaid(old), asSaid(next))
}

func both[V any](old, next map[string]V) map[string]bool {
	out := map[string]bool{}
	for k := range old {
		out[k] = true
	}
	for k := range next {
		out[k] = true
	}
	return out
}

// untold notes, in one line, why one of the folders cannot decide the cases of a file.
func (c *ChangeList) untold(which, file string, why error) {
	c.Untold = append(c.Untold, which+" cannot decide "+cases.ShortName(file)+": "+strings.ReplaceAll(why.Error(), "\n", "; "))
}

// compareCases decides the cases of both folders by both. A case that stands in
// both is taken from the new one.
func (c *ChangeList) compareCases(ctx context.Context, old, next *side) error {
	done := map[string]bool{}
	for _, from := range []*side{next, old} {
		for _, name := range slices.Sorted(maps.Keys(from.rev.Files().Cases)) {
			if err := ctx.Err(); err != nil {
				return fmt.Errorf("comparing policies: %w", err)
			}
			one := map[string]string{name: from.rev.Files().Cases[name]}
			was, err := old.decideAll(ctx, one)
			if err != nil {
				c.untold("the old policies", name, err)
				continue
			}
			is, err := next.decideAll(ctx, one)
			if err != nil {
				c.untold("the new policies", name, err)
				continue
			}
			for i := range is {
				key := name + "\x00" + is[i].story.Name
				if done[key] {
					continue
				}
				done[key] = true
				c.Decided++
				if change, differs := compared(&was[i], &is[i]); differs {
					c.Cases = append(c.Cases, change)
				}
			}
		}
	}
	slices.SortStableFunc(c.Cases, func(a, b CaseChange) int {
		return map[bool]int{true: 0, false: 1}[a.Wider] - map[bool]int{true: 0, false: 1}[b.Wider]
	})
	slices.Sort(c.Untold)
	c.Untold = slices.Compact(c.Untold)
	return nil
}
