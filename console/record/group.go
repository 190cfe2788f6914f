package record

import (
	"fmt"
	"slices"
	"strings"
)

// Group is one fact with every entry for it, of one source or of several, side by side. The
// entries stay whole: each with its own words, marks, facts, date and source.
type Group struct {
	Name string
	// Lines are the entries that hold, the most pressing first; there is one at least.
	Lines []*Line
	// Against are entries that say otherwise: ruled out, or over at another source.
	Against []*Line
	// Conflicts say in a sentence each what the entries disagree about.
	Conflicts []string
}

// Alone says that there is one entry, which nothing contradicts.
func (g Group) Alone() bool { return len(g.Lines)+len(g.Against) == 1 }

// Count says how many entries there are, and from how many sources.
func (g Group) Count() string {
	all := slices.Concat(g.Lines, g.Against)
	if from := sourcesOf(all); len(from) > 1 {
		return counting(len(all), "entry", "entries") + " of " + counting(len(from), "source", "sources")
	}
	return counting(len(all), "entry", "entries")
}

// sourcesOf are those that have the lines, each once.
func sourcesOf(lines []*Line) (all []*Source) {
	for _, l := range lines {
		if !slices.Contains(all, l.Source) {
			all = append(all, l.Source)
		}
	}
	return all
}

// namesOf lists the sources of some lines: "Riverside and Hill".
func namesOf(lines []*Line) string {
	var names []string
	for _, s := range sourcesOf(lines) {
		names = append(names, s.Name)
	}
	return listed(names)
}

// grouped puts the lines together that are the same fact, in the order of the first of
// each; against are put to the groups that they contradict, as contradicts says, and the
// rest of them is given back.
func grouped(lines, against []*Line, contradicts func(g *Group, l *Line) bool) (groups []Group, rest []*Line) {
	var found []*Group
	by := map[string]*Group{}
	for _, l := range lines {
		g := &Group{Name: l.Title}
		for _, key := range l.same {
			if of := by[key]; of != nil && of != g {
				if len(g.Lines) == 0 {
					g = of
					continue
				}
				g.take(of) // what binds two groups together makes them one
				for k, at := range by {
					if at == of {
						by[k] = g
					}
				}
			}
		}
		if len(g.Lines) == 0 {
			found = append(found, g)
		}
		g.Lines = append(g.Lines, l)
		for _, key := range l.same {
			by[key] = g
		}
	}
	for _, l := range against {
		at := slices.IndexFunc(l.same, func(key string) bool { return by[key] != nil && contradicts(by[key], l) })
		if at < 0 {
			rest = append(rest, l)
			continue
		}
		g := by[l.same[at]]
		g.Against = append(g.Against, l)
	}
	for _, g := range found {
		if len(g.Lines) > 0 {
			g.names()
			groups = append(groups, *g)
		}
	}
	return groups, rest
}

// take makes the entries of another group its own.
func (g *Group) take(of *Group) {
	g.Lines = append(g.Lines, of.Lines...)
	of.Lines = nil
}

// names gives the words of all, where they differ: none of them is believed over another.
func (g *Group) names() {
	var all []string
	for _, l := range g.Lines {
		if !slices.ContainsFunc(all, func(name string) bool { return strings.EqualFold(name, l.Title) }) {
			all = append(all, l.Title)
		}
	}
	g.Name = strings.Join(all, " / ")
}

// dispute adds what the entries against say: by those that rule it out, and by those that
// say that it is over.
func (g *Group) dispute() {
	holds := namesOf(g.Lines)
	for _, one := range []struct {
		standing Standing
		words    string
	}{{Refuted, "ruled out"}, {Past, "over"}} {
		lines := slices.DeleteFunc(slices.Clone(g.Against), func(l *Line) bool { return l.Standing != one.standing })
		switch says := namesOf(lines); {
		case len(lines) == 0:
		case says == holds:
			g.Conflicts = append(g.Conflicts, fmt.Sprintf("Current and %s, both says %s.", one.words, holds))
		default:
			g.Conflicts = append(g.Conflicts, fmt.Sprintf("Current, says %s; %s, says %s.", holds, one.words, says))
		}
	}
}

// elsewhere says that a line is of no source that the group's entries are of.
func (g *Group) elsewhere(l *Line) bool { return !slices.Contains(sourcesOf(g.Lines), l.Source) }
