package book

import (
	"cmp"
	"fmt"
	"io"
	"strings"

	"github.com/mycarerecord/mcr/access"
)

// most is how many entries of a list, and how many cases, are told one by one.
const most = 10

// Write tells what differs to somebody who is no programmer: what lets out more first.
func (c ChangeList) Write(w io.Writer) {
	t := &teller{w: w}
	does, may := c.Wider()
	switch {
	case c.None():
		t.line("Nothing differs.")
		return
	case len(does) > 0:
		t.line("LETS OUT MORE. Look at this with a second person before it is put in force:")
	case len(may) == 0:
		t.line("Nothing that differs lets out more.")
	}
	t.items(does)
	if len(may) > 0 {
		t.line("MAY LET OUT MORE. Nothing here can tell; look at it:")
		t.items(may)
	}
	t.cases(&c)
	t.states(&c)
	t.section("Settings", len(c.Settings))
	t.changes(c.Settings)
	t.section("Rules", len(c.Rules))
	for _, r := range c.Rules {
		t.rule(r)
	}
	t.section("Lists", len(c.Lists))
	for _, l := range c.Lists {
		t.list(l)
	}
	t.section("What people are told", len(c.Reasons))
	t.changes(c.Reasons)
	t.files(c.Files)
}

// teller writes lines, and remembers nothing.
type teller struct{ w io.Writer }

func (t *teller) line(format string, args ...any) { fmt.Fprintf(t.w, format+"\n", args...) }

func (t *teller) section(title string, n int) {
	if n > 0 {
		t.line("\n%s", title)
	}
}

func (t *teller) items(list []string) {
	for i, one := range list {
		if i == 2*most {
			t.line("  ... and %d more", len(list)-i)
			break
		}
		t.line("  - %s", one)
	}
}

func (t *teller) cases(c *ChangeList) {
	otherwise := "none comes out"
	if len(c.Cases) > 0 {
		otherwise = Count(len(c.Cases), "comes out", "come out")
	}
	t.line("\nCases: %s both ways, %s otherwise", Count(c.Decided, "is decided", "are decided"), otherwise)
	for i, one := range c.Cases {
		if i == 2*most {
			t.line("  ... and %d more", len(c.Cases)-i)
			break
		}
		t.line("  %s: %s%s", one.File, one.Name, marked(map[bool]Reach{true: Widens}[one.Wider]))
		t.decided(one.Given, one.When, one.Old, one.New, one.Otherwise())
	}
	t.items(c.Untold)
}

func (t *teller) decided(given, when []string, old, next access.Decision, otherwise []string) {
	for _, s := range given {
		t.line("      Given  %s", s)
	}
	for _, s := range when {
		t.line("      When   %s", s)
	}
	if was, is := InOneLine(old), InOneLine(next); was != is {
		t.line("      Before %s", was)
		t.line("      Now    %s", is)
	} else {
		t.line("      Both   %s", was)
	}
	for _, s := range otherwise {
		t.line("             %s", s)
	}
}

func (t *teller) states(c *ChangeList) {
	switch {
	case c.StatesFault != "":
		t.line("\nStates: they could not be gone through: %s", c.StatesFault)
		return
	case c.States == nil && c.OldDigest == c.NewDigest:
		return
	case c.States == nil:
		t.line("\nStates: nobody went through all states, so only the cases tell what is decided otherwise.")
		return
	}
	s := c.States
	t.line("\nStates: of all that the rules can tell apart, %s", cmp.Or(map[bool]string{s.Wider() == 0: "none lets out more"}[true], "these let out more"))
	for i, one := range s.Changes {
		if i == most {
			t.line("  ... and %d more ways", len(s.Changes)-i)
			break
		}
		t.line("  %s: in %s%s. The smallest:", one.Name, one.in(), marked(map[bool]Reach{true: Widens}[one.Wider]))
		t.decided(one.Given, one.When, one.Old, one.New, one.Otherwise())
		switch {
		case one.Wider && one.Accepted == "":
			t.line("      Nobody has accepted this.")
		case one.Wider:
			t.line("      Accepted by %s.", one.Accepted)
		}
	}
	for _, b := range s.Bounds {
		t.line("  Note: %s", b)
	}
}

func (t *teller) rule(r RuleChange) {
	what := string(r.How)
	if r.FormOnly {
		what = "nothing but its layout and remarks changed"
	}
	t.line("  %s (%s): %s%s", r.Title, r.File, what, marked(r.Reach))
	t.changes(r.Words)
	t.changes(r.Parts)
	for _, l := range r.Logic {
		t.line("    What is written under %s %s:", l.title(), cmp.Or(map[How]string{Altered: "changed"}[l.How], "is "+string(l.How)))
		t.text("before", l.Old)
		t.text("now", l.New)
	}
}

// text sets a text of several lines in.
func (t *teller) text(when, text string) {
	if text != "" {
		t.line("      %s:", when)
		t.line("        %s", strings.ReplaceAll(strings.TrimSpace(text), "\n", "\n        "))
	}
}

// list tells a long list by its counts, and the first entries of each.
func (t *teller) list(l ListChange) {
	if l.How == Altered {
		t.line("  %s (%s)%s", l.Title, l.Name, marked(l.Reach))
	} else {
		t.line("  %s (%s): the list is %s%s", l.Title, l.Name, l.How, marked(l.Reach))
	}
	t.changes(l.Words)
	if l.Long() {
		t.line("    %s; the first %d of each are:", l.InShort(), most/2)
	}
	for _, e := range l.First() {
		t.change(e)
	}
}

// Long says that so many entries differ that they are counted, and the first shown.
func (l ListChange) Long() bool { return len(l.Entries) > 2*most }

// First are the entries that are told one by one: all, or the first that were added, removed
// and changed.
func (l ListChange) First() []Change {
	if !l.Long() {
		return l.Entries
	}
	told := map[How]int{}
	var out []Change
	for _, e := range l.Entries {
		if told[e.How]++; told[e.How] <= most/2 {
			out = append(out, e)
		}
	}
	return out
}

// InShort counts the entries that came, went and changed.
func (l ListChange) InShort() string {
	n := map[How]int{}
	for _, e := range l.Entries {
		n[e.How]++
	}
	var out []string
	for _, how := range []How{Added, Removed, Altered} {
		if n[how] > 0 {
			out = append(out, fmt.Sprintf("%d %s", n[how], how))
		}
	}
	return strings.Join(out, ", ")
}

func (t *teller) changes(list []Change) {
	for i, c := range list {
		if i == 2*most {
			t.line("    ... and %d more", len(list)-i)
			break
		}
		t.change(c)
	}
}

// change tells one change, both sides under each other when they are long.
func (t *teller) change(c Change) {
	mark := marked(c.Reach)
	switch {
	case c.How != Altered:
		t.line("    %s: %s%s", c.How, c.withText(), mark)
	case c.Old == "" && c.New == "":
		t.line("    changed: %s%s", c.title(), mark)
	case len(c.Old)+len(c.New) < 60 && !strings.Contains(c.Old+c.New, "\n"):
		t.line("    %s: %s → %s%s", c.title(), cmp.Or(c.Old, "(nothing)"), cmp.Or(c.New, "(nothing)"), mark)
	default:
		t.line("    %s:%s", c.title(), mark)
		t.text("before", cmp.Or(c.Old, "(nothing)"))
		t.text("now", cmp.Or(c.New, "(nothing)"))
	}
}

func (t *teller) files(files []FileChange) {
	t.line("\nFiles that differ")
	for _, f := range files {
		switch {
		case f.FormOnly:
			t.line("  %s: formatting only", f.File)
		case f.Where != "":
			t.line("  %s: %s; see %s", f.File, f.How, f.Where)
		default:
			t.line("  %s: %s", f.File, f.How)
		}
		t.changes(f.Details)
	}
}

func marked(r Reach) string {
	if r == NoWider {
		return ""
	}
	return "  [" + string(r) + "]"
}
