package book

import (
	"cmp"
	"fmt"
	"strings"
)

// Wider is what lets out more, in lines, and what may: what a person has to look at before
// all else.
func (c ChangeList) Wider() (does, may []string) {
	note := func(r Reach, format string, args ...any) {
		switch line := fmt.Sprintf(format, args...); r {
		case Widens:
			does = append(does, line)
		case MayWiden:
			may = append(may, line)
		}
	}
	for _, one := range c.Cases {
		if one.Wider {
			note(Widens, "Case: %s (%s).", one.Name, one.File)
		}
	}
	if c.States != nil {
		for _, s := range c.States.Changes {
			if s.Wider {
				note(Widens, "In %s: %s%s.", s.in(), s.Name, s.acceptance())
			}
		}
	}
	for _, s := range c.Settings {
		note(s.Reach, "Setting: %s: %s → %s.", s.title(), cmp.Or(s.Old, "nothing"), cmp.Or(s.New, "nothing"))
	}
	for _, r := range c.Rules {
		note(r.Reach, "Rule: %s is %s.", r.Title, cmp.Or(map[How]string{Altered: "written otherwise"}[r.How], string(r.How)))
	}
	for _, l := range c.Lists {
		for _, reach := range []Reach{Widens, MayWiden} {
			for _, how := range []How{Added, Removed, Altered} {
				if n, first := l.count(reach, how); n > 0 {
					note(reach, "List: %s: %s %s (%s).", l.Title, Count(n, "entry is", "entries are"), how, first)
				}
			}
		}
	}
	for _, r := range c.Reasons {
		note(r.Reach, "Reason: %s is of another kind.", r.Name)
	}
	for _, u := range c.Untold {
		note(MayWiden, "Not compared: %s.", u)
	}
	return does, may
}

// in says in how many states it is.
func (s StateChange) in() string {
	if s.In == "1" {
		return "1 state"
	}
	return s.In + " states"
}

// acceptance says who accepts it.
func (s StateChange) acceptance() string {
	if s.Accepted == "" {
		return ", which nobody has accepted"
	}
	return " (accepted by " + s.Accepted + ")"
}

// count says how many entries of a list came, went or changed with a reach, and which first.
func (l ListChange) count(reach Reach, how How) (n int, first string) {
	var names []string
	for _, e := range l.Entries {
		if e.Reach == reach && e.How == how {
			names = append(names, e.inWords())
		}
	}
	return len(names), shown(names)
}

// title is what changed, in words.
func (c Change) title() string { return cmp.Or(c.Title, c.Name) }

// inWords names an entry of a list with what it means.
func (c Change) inWords() string {
	if c.How == Altered || cmp.Or(c.New, c.Old) == "yes" {
		return c.title()
	}
	return c.withText()
}

// withText is what came or went, with its text: a code with its meaning, a title in words
// with what stands under it.
func (c Change) withText() string {
	title, text := c.title(), cmp.Or(c.New, c.Old)
	switch {
	case text == "":
		return title
	case strings.Contains(title, " "):
		return title + ": " + text
	}
	return title + " " + text
}

// Count says how many there are.
func Count(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}
