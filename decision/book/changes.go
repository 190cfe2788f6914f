package book

import (
	"context"
	"fmt"
	"io/fs"
	"maps"
	"slices"

	"github.com/mycarerecord/mcr/access"
	"github.com/mycarerecord/mcr/decision"
	"github.com/mycarerecord/mcr/decision/cases"
)

// ChangeList is what differs between two folders of policies, as the people who
// publish them need to see it: not lines of files, but rules, entries, words and
// decisions.
type ChangeList struct {
	OldDigest, NewDigest string
	Rules                []RuleChange
	Lists                []ListChange
	Settings             []Change
	Reasons              []Change
	// Cases are those that are decided otherwise. The cases of both folders are
	// decided by both.
	Cases []CaseChange
	// Untold are the cases that one of the folders cannot decide at all, such as
	// those with a setting that it does not have; with why.
	Untold []string
}

// None says that nothing differs that is served or decided.
func (c ChangeList) None() bool {
	return len(c.Rules)+len(c.Lists)+len(c.Settings)+len(c.Reasons)+len(c.Cases)+len(c.Untold) == 0 && c.OldDigest == c.NewDigest
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
}

// RuleChange is a rule, with those of its parts that differ. A rule whose Rego
// changed and whose METADATA did not has no parts here.
type RuleChange struct {
	Name, Title string
	How         How
	Words       []Change // title, description, promise
	Parts       []Change // by title: added, removed, or described otherwise
}

// ListChange is a list with the entries that differ.
type ListChange struct {
	Name, Title string
	How         How
	Entries     []Change
}

// CaseChange is a case that is decided otherwise.
type CaseChange struct {
	File, Name  string
	Given, When []string
	Old, New    access.Decision
	Wider       bool // more is let out than before
}

// Changes compares two folders of policies. Both must load.
func Changes(ctx context.Context, old, new fs.FS) (ChangeList, error) {
	was, err := readSide(ctx, old)
	if err != nil {
		return ChangeList{}, fmt.Errorf("comparing policies: the old ones: %w", err)
	}
	is, err := readSide(ctx, new)
	if err != nil {
		return ChangeList{}, fmt.Errorf("comparing policies: the new ones: %w", err)
	}
	c := ChangeList{OldDigest: was.rev.Digest(), NewDigest: is.rev.Digest()}
	c.Rules = ruleChanges(was, is)
	c.Lists = listChanges(was.book.Lists, is.book.Lists)
	c.Settings = changes(settingTexts(was.book), settingTexts(is.book))
	for i := range c.Settings {
		c.Settings[i].Title = titleOf("settings/" + c.Settings[i].Name)
	}
	c.Reasons = changes(reasonTexts(was.book), reasonTexts(is.book))
	err = c.compareCases(ctx, was, is)
	return c, err
}

// side is one of the folders that are compared.
type side struct {
	rev  *decision.Revision
	book *Book
}

func readSide(ctx context.Context, fsys fs.FS) (*side, error) {
	rev, err := decision.Load(ctx, fsys, decision.Options{})
	if err != nil {
		return nil, err
	}
	book, err := newBook(rev)
	return &side{rev, book}, err
}

// changes compares two maps of texts, in the order of their keys.
func changes(old, new map[string]string) []Change {
	var out []Change
	for _, k := range slices.Sorted(maps.Keys(both(old, new))) {
		was, had := old[k]
		is, has := new[k]
		switch {
		case !had:
			out = append(out, Change{Name: k, How: Added, New: is})
		case !has:
			out = append(out, Change{Name: k, How: Removed, Old: was})
		case was != is:
			out = append(out, Change{Name: k, How: Altered, Old: was, New: is})
		}
	}
	return out
}

func both[V any](old, new map[string]V) map[string]bool {
	out := map[string]bool{}
	for k := range old {
		out[k] = true
	}
	for k := range new {
		out[k] = true
	}
	return out
}

func ruleChanges(old, new *side) []RuleChange {
	was, is := byName(old.rev.Rules()), byName(new.rev.Rules())
	var out []RuleChange
	for _, name := range slices.Sorted(maps.Keys(both(was, is))) {
		a, had := was[name]
		b, has := is[name]
		c := RuleChange{Name: name, Title: b.Title, How: Altered}
		switch {
		case !had:
			c.How = Added
		case !has:
			c.How, c.Title = Removed, a.Title
		case a.Text == b.Text:
			continue
		default:
			c.Words = changes(ruleWords(a), ruleWords(b))
			c.Parts = changes(partWords(a), partWords(b))
		}
		out = append(out, c)
	}
	return out
}

func byName(rules []decision.Rule) map[string]decision.Rule {
	out := map[string]decision.Rule{}
	for _, r := range rules {
		out[r.Name] = r
	}
	return out
}

func ruleWords(r decision.Rule) map[string]string {
	return map[string]string{"title": r.Title, "description": r.Description, "promise": r.Promise}
}

func partWords(r decision.Rule) map[string]string {
	out := map[string]string{}
	for _, p := range r.Parts {
		out[p.Title] = p.Description
	}
	return out
}

func listChanges(old, new []List) []ListChange {
	index := func(lists []List) map[string]List {
		out := map[string]List{}
		for _, l := range lists {
			out[l.Name] = l
		}
		return out
	}
	was, is := index(old), index(new)
	var out []ListChange
	for _, name := range slices.Sorted(maps.Keys(both(was, is))) {
		a, had := was[name]
		b, has := is[name]
		c := ListChange{Name: name, Title: b.Title, How: Altered, Entries: changes(entryTexts(a), entryTexts(b))}
		switch {
		case !had:
			c.How = Added
		case !has:
			c.How, c.Title = Removed, a.Title
		}
		if len(c.Entries) > 0 || c.How != Altered {
			out = append(out, c)
		}
	}
	return out
}

// entryTexts gives the entries of a list by key. The same key can be there more
// than once, as the types in the rules of data/categories.json are.
func entryTexts(l List) map[string]string {
	out := map[string]string{}
	for _, e := range l.Entries {
		key := e.Key
		for n := 2; ; n++ {
			if _, twice := out[key]; !twice {
				break
			}
			key = fmt.Sprintf("%s (%d)", e.Key, n)
		}
		out[key] = e.Text
	}
	return out
}

func settingTexts(b *Book) map[string]string {
	out := map[string]string{}
	for _, s := range b.Settings {
		out[s.Path] = s.Value
	}
	return out
}

func reasonTexts(b *Book) map[string]string {
	out := map[string]string{}
	for _, r := range b.Reasons {
		text := r.Text + " " + r.Remedy
		if r.RemedyOtherwise != "" {
			text += " (Otherwise: " + r.RemedyOtherwise + ")"
		}
		out[r.Code] = text
	}
	return out
}

// compareCases decides the cases of both folders by both. A case that stands in
// both is taken from the new one.
func (c *ChangeList) compareCases(ctx context.Context, old, new *side) error {
	done := map[string]bool{}
	for _, from := range []*side{new, old} {
		for _, name := range slices.Sorted(maps.Keys(from.rev.Files().Cases)) {
			if err := ctx.Err(); err != nil {
				return fmt.Errorf("comparing policies: %w", err)
			}
			one := map[string]string{name: from.rev.Files().Cases[name]}
			was, err := old.decideAll(ctx, one)
			if err != nil {
				c.Untold = append(c.Untold, "the old policies cannot decide "+cases.ShortName(name)+": "+err.Error())
				continue
			}
			is, err := new.decideAll(ctx, one)
			if err != nil {
				c.Untold = append(c.Untold, "the new policies cannot decide "+cases.ShortName(name)+": "+err.Error())
				continue
			}
			for i := range is {
				key := name + "\x00" + is[i].story.Name
				if done[key] {
					continue
				}
				done[key] = true
				if change, differs := compared(&was[i], &is[i]); differs {
					c.Cases = append(c.Cases, change)
				}
			}
		}
	}
	slices.Sort(c.Untold)
	c.Untold = slices.Compact(c.Untold)
	return nil
}
