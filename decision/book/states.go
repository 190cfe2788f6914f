package book

import (
	"context"
	"io/fs"

	"github.com/mycarerecord/mcr/access"
)

// States goes through all states of question and facts that the rules of two folders can tell
// apart, and says in which it is decided otherwise. Package decision/states does.
type States func(ctx context.Context, old, next fs.FS) (StateChanges, error)

// StateChanges are the states that are decided otherwise; those that let out more must be
// among them.
type StateChanges struct {
	Changes []StateChange
	Bounds  []string // what was not gone through, in sentences
}

// StateChange is one way in which it is decided otherwise, with its smallest case.
type StateChange struct {
	Name        string // "refused because opted-out, now permitted by permission"
	In          string // in how many states, as "1,234"
	Given, When []string
	Old, New    access.Decision
	Wider       bool
	Accepted    string // who accepts it, and why; "" when nobody does
	Case        []byte // a case file, to copy from
}

// Wider is in how many ways more is let out.
func (s StateChanges) Wider() int {
	n := 0
	for _, one := range s.Changes {
		if one.Wider {
			n++
		}
	}
	return n
}

// goThrough asks for the states. What rules alone read is then known: it lets out more where
// a state says so, and nowhere else.
func (c *ChangeList) goThrough(ctx context.Context, old, next fs.FS, states States) {
	got, err := states(ctx, old, next)
	if err != nil {
		c.StatesFault = err.Error()
		return
	}
	c.States = &got
	if len(got.Bounds) > 0 {
		return // what was not gone through may let out more
	}
	for i := range c.Rules {
		c.Rules[i].Reach = NoWider
	}
	for i := range c.Settings {
		if c.Settings[i].Reach == MayWiden {
			c.Settings[i].Reach = NoWider
		}
	}
	for i := range c.Lists {
		l := &c.Lists[i]
		if filtered(l.Name) {
			continue
		}
		l.Reach = NoWider
		for n := range l.Entries {
			if l.Entries[n].Reach == MayWiden {
				l.Entries[n].Reach = NoWider
			}
			l.Reach = l.Reach.Further(l.Entries[n].Reach)
		}
	}
}

// Reach says whether anything lets out more.
func (c ChangeList) Reach() Reach {
	reach := NoWider
	for _, one := range c.Cases {
		if one.Wider {
			reach = Widens
		}
	}
	if c.States != nil && c.States.Wider() > 0 {
		reach = Widens
	}
	if len(c.Untold) > 0 {
		reach = reach.Further(MayWiden)
	}
	for _, r := range c.Rules {
		reach = reach.Further(r.Reach)
	}
	for _, l := range c.Lists {
		reach = reach.Further(l.Reach)
	}
	for _, list := range [][]Change{c.Settings, c.Reasons} {
		for _, s := range list {
			reach = reach.Further(s.Reach)
		}
	}
	return reach
}
