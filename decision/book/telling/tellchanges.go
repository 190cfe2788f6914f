package telling

import (
	"cmp"
	"fmt"

	"github.com/mycarerecord/mcr/access"
	"github.com/mycarerecord/mcr/decision/book"
)

// changes is the chapter of what differs from older policies, what lets out more first.
func (p *page) changes(c *book.ChangeList, before string) {
	p.heading(2, "changes", "", "What changed")
	p.para(fmt.Sprintf("Compared with %s (digest %.12s).", before, c.OldDigest))
	if c.None() {
		p.para("Nothing differs.")
		return
	}
	switch does, may := c.Wider(); {
	case len(does)+len(may) == 0:
		p.para("Nothing that differs lets out more.")
	default:
		if len(does) > 0 {
			p.warning("More is let out. Look at this with a second person before it is put in force.", does...)
		}
		if len(may) > 0 {
			p.warning("More may be let out. What was compared cannot tell: look at it.", may...)
		}
	}
	p.changedCases(c)
	p.states(c)
	if len(c.Settings) > 0 {
		p.heading(3, "changed", "settings", "Settings that changed")
		p.beforeNow("Settings that changed", c.Settings)
	}
	for _, r := range c.Rules {
		p.changedRule(r)
	}
	for _, l := range c.Lists {
		p.heading(3, "changed", l.Name, "List: "+l.Title+" ("+string(l.How)+")"+mark(l.Reach))
		p.beforeNow("Words of "+l.Title, l.Words)
		if l.Long() {
			p.para(l.InShort() + ". The first of each are told.")
		}
		p.beforeNow("Entries of "+l.Title, l.First())
	}
	if len(c.Reasons) > 0 {
		p.heading(3, "changed", "reasons", "What people are told otherwise")
		p.beforeNow("What people are told otherwise", c.Reasons)
	}
	p.files(c.Files)
}

func (p *page) changedCases(c *book.ChangeList) {
	p.heading(3, "changed", "cases", "Cases that come out otherwise")
	p.para(fmt.Sprintf("%s by both; %s.", book.Count(c.Decided, "case is decided", "cases are decided"), cmp.Or(
		map[bool]string{true: "none comes out otherwise"}[len(c.Cases) == 0], book.Count(len(c.Cases), "comes out otherwise", "come out otherwise"))))
	for _, one := range c.Cases {
		p.heading(4, "changed", one.File+"-"+one.Name, one.Name+" ("+one.File+")"+mark(map[bool]book.Reach{true: book.Widens}[one.Wider]))
		p.decided(one.Given, one.When, one.Old, one.New, one.Otherwise())
	}
	if len(c.Untold) > 0 {
		p.warning("Some cases could not be compared", c.Untold...)
	}
}

func (p *page) states(c *book.ChangeList) {
	if c.OldDigest == c.NewDigest {
		return
	}
	p.heading(3, "changed", "states", "All states of question and facts")
	switch {
	case c.StatesFault != "":
		p.warning("The states could not be gone through", c.StatesFault)
		return
	case c.States == nil:
		p.para("Nobody went through all states, so only the cases tell what is decided otherwise.")
		return
	case c.States.Wider() == 0:
		p.para("In none of all states that the rules can tell apart is more let out.")
	default:
		p.para("Of all states that the rules can tell apart, more is let out in these:")
	}
	for _, s := range c.States.Changes {
		p.heading(4, "changed", "state-"+s.Name, "In "+s.In+" "+cmp.Or(map[bool]string{true: "state"}[s.In == "1"], "states")+": "+s.Name)
		p.para("The smallest of them:")
		p.decided(s.Given, s.When, s.Old, s.New, s.Otherwise())
		switch {
		case s.Wider && s.Accepted == "":
			p.warning("Nobody has accepted this")
		case s.Wider:
			p.para("Accepted by " + s.Accepted + ".")
		}
	}
	p.items(c.States.Bounds)
}

func (p *page) decided(given, when []string, old, next access.Decision, otherwise []string) {
	list := []term{{"What is on record", given}, {"What is asked", when}}
	if was, is := book.InOneLine(old), book.InOneLine(next); was != is {
		list = append(list, term{"Before", []string{was}}, term{"Now", append([]string{is}, otherwise...)})
	} else {
		list = append(list, term{"Both", append([]string{was}, otherwise...)})
	}
	p.terms(list...)
}

func (p *page) changedRule(r book.RuleChange) {
	p.heading(3, "changed", r.File, "Rule: "+r.Title+" ("+string(r.How)+")"+mark(r.Reach))
	if r.FormOnly {
		p.para("Nothing but its layout and remarks changed.")
	}
	p.beforeNow("Words of "+r.Title, r.Words)
	p.beforeNow("Parts of "+r.Title, r.Parts)
	for _, l := range r.Logic {
		name := cmp.Or(l.Title, l.Name)
		p.heading(4, "changed", r.File+"-"+l.Name, "What is written under "+name+" ("+string(l.How)+")")
		p.written("Before", l.Old)
		p.written("Now", l.New)
	}
}

// mostOfAFile is how many differences of one file are told.
const mostOfAFile = 40

func (p *page) files(files []book.FileChange) {
	p.heading(3, "changed", "files", "Files that differ")
	var list []string
	for _, f := range files {
		what := f.File + ": " + string(f.How)
		switch {
		case f.FormOnly:
			what = f.File + ": formatting only"
		case f.Where != "":
			what += "; told above"
		case len(f.Details) > 0:
			what += "; " + book.Count(len(f.Details), "difference", "differences") + ", below"
		}
		list = append(list, what)
	}
	p.items(list)
	for _, f := range files {
		if len(f.Details) == 0 || f.FormOnly {
			continue
		}
		p.heading(4, "changed", "file-"+f.File, "What differs in "+f.File)
		details := f.Details
		if over := len(details) - mostOfAFile; over > 0 {
			details = append(details[:mostOfAFile:mostOfAFile], book.Change{Name: fmt.Sprintf("and %d more", over)})
		}
		p.beforeNow("Differences in "+f.File, details)
	}
}

// beforeNow is a table of changes.
func (p *page) beforeNow(caption string, list []book.Change) {
	var rows [][]string
	for _, c := range list {
		rows = append(rows, []string{cmp.Or(c.Title, c.Name) + mark(c.Reach), string(c.How), c.Old, c.New})
	}
	p.table(caption, []string{"What", "Change", "Before", "Now"}, rows)
}

// mark says how far a change reaches, where it does.
func mark(r book.Reach) string {
	if r == book.NoWider {
		return ""
	}
	return ": " + string(r)
}
