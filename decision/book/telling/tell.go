package telling

import (
	"fmt"
	"slices"
	"strings"

	"github.com/mycarerecord/mcr/decision/book"
	"github.com/mycarerecord/mcr/decision/cases"
)

// Told is what is to be told.
type Told struct {
	Book *book.Book
	Name string // how somebody calls the policies: a folder, a set that was in force, "shipped"
	// Changes says what differs from older policies, which somebody calls Before; nil: that is
	// not told.
	Changes *book.ChangeList
	Before  string
}

// page tells it all: what changed first, and what is longest, and least read, last.
func (t Told) page() *page {
	p := &page{}
	p.heading(1, "book", "", "Policy book")
	p.terms(
		term{"Policies", []string{t.Name}},
		term{"Digest", []string{t.Book.Digest}},
		term{"Cases now", []string{t.passed()}},
	)
	p.para("This book says in plain English who may see what of a patient's record, and why. It is made from the policies themselves: the words are those of their authors, and what comes of each case was decided while the book was made. Nobody in the cases is real.")
	if _, failed := t.count(); failed > 0 {
		p.warning(book.Count(failed, "case is", "cases are")+" decided otherwise than expected", "Nothing may be published until this is put right.")
	}
	if t.Changes != nil {
		p.changes(t.Changes, t.Before)
	}
	t.rules(p)
	t.settings(p)
	t.reasons(p)
	t.cases(p)
	t.lists(p)
	return p
}

func (t Told) count() (passed, failed int) {
	for _, c := range t.Book.Cases {
		if c.Passed {
			passed++
		} else {
			failed++
		}
	}
	return passed, failed
}

func (t Told) passed() string {
	passed, failed := t.count()
	out := fmt.Sprintf("%s: %d decided as expected", book.Count(passed+failed, "case", "cases"), passed)
	if failed > 0 {
		out += fmt.Sprintf(", %d otherwise", failed)
	}
	return out + "."
}

// titleOf gives a rule's title.
func (t Told) titleOf(rule string) string {
	r, _ := t.Book.Rule(rule)
	return r.Title
}

func (t Told) titles(rules []string) string {
	out := make([]string, len(rules))
	for i, r := range rules {
		out[i] = t.titleOf(r)
	}
	return strings.Join(out, ", ")
}

func (t Told) settings(p *page) {
	p.heading(2, "settings", "", "What this region has chosen")
	var rows [][]string
	for _, s := range t.Book.Settings {
		rows = append(rows, []string{s.Title, s.Value, t.titles(s.Rules)})
	}
	p.table("Settings, with the rules that look at them", []string{"Setting", "Value", "Looked at by"}, rows)
}

func (t Told) reasons(p *page) {
	p.heading(2, "reasons", "", "What people are told")
	p.para("Of several reasons, the one that stands first here is told first. Words in curly brackets are filled in, with a telephone number for example.")
	var rows [][]string
	for _, r := range t.Book.Reasons {
		by := t.titles(r.Rules)
		if len(r.Rules) == 0 {
			by = "The broker itself"
		}
		rows = append(rows, append(reasonRow(r), by))
	}
	p.table("Every reason, in the order in which they are told", []string{"Reason", "Text", "What they can do", "Given by"}, rows)
}

// reasonRow is a reason with its remedy.
func reasonRow(r book.ReasonText) []string {
	remedy := r.Remedy
	if r.RemedyOtherwise != "" {
		remedy += " Or, when that is not known: " + r.RemedyOtherwise
	}
	return []string{book.ReasonKind(r.Kind) + ": " + r.Code, r.Text, remedy}
}

func (t Told) cases(p *page) {
	p.heading(2, "cases", "", "Cases")
	p.para("Each case is a short story with what should be decided.")
	for _, f := range book.ByFile(t.Book.Cases) {
		p.heading(3, "cases", f.File, f.Title)
		if f.Promise != "" {
			p.quote("The promise to patients: " + f.Promise)
		}
		for _, c := range f.Cases {
			p.story(c)
		}
	}
}

// story is one case with its result now.
func (p *page) story(c cases.Result) {
	p.heading(4, "case", c.File+"-"+c.Name, c.Name)
	if !c.Passed {
		p.warning("This is decided otherwise than the case expects", c.Problems...)
	}
	now := "As expected: "
	if !c.Passed {
		now = "Otherwise than expected: "
	}
	p.terms(
		term{"What is on record", c.Given}, term{"What is asked", c.When}, term{"What is expected", c.Then},
		term{"What is decided now", []string{now + strings.ToLower(book.Effect(c.Decision.Effect)) + "."}},
	)
}

func (t Told) lists(p *page) {
	p.heading(2, "lists", "", "Lists")
	for _, l := range t.Book.Lists {
		p.heading(3, "list", l.Name, l.Title)
		about := fmt.Sprintf("%s, in %s.", book.Count(len(l.Entries), "entry", "entries"), l.File)
		if len(l.Rules) > 0 {
			about += " Looked at by: " + t.titles(l.Rules) + "."
		}
		p.para(about)
		if l.Source != "" {
			p.para("Where it comes from: " + l.Source)
		}
		if !l.Words() {
			var keys []string
			for _, e := range l.Entries {
				keys = append(keys, e.Key)
			}
			p.items(keys)
			continue
		}
		var rows [][]string
		for _, e := range l.Entries {
			rows = append(rows, []string{e.Key, e.Text})
		}
		p.table(l.Title+": entries", []string{"Entry", "What it means"}, rows)
	}
}

func (t Told) rules(p *page) {
	p.heading(2, "rules", "", "The rules")
	p.para("Each rule is there to keep a promise to patients.")
	p.heading(3, "rule", "", "How the rules are put together")
	p.para(t.Book.Description)
	if t.Book.Promise != "" {
		p.quote("The promise to patients: " + t.Book.Promise)
	}
	for _, r := range t.Book.Rules {
		a, _ := t.Book.About(r.Name)
		t.rule(p, a)
	}
}

func (t Told) rule(p *page, a book.About) {
	p.heading(3, "rule", a.Rule.Name, a.Rule.Title)
	p.para(a.Rule.Description)
	if a.Rule.Promise != "" {
		p.quote("The promise to patients: " + a.Rule.Promise)
	}
	for _, g := range a.Groups {
		p.heading(4, "rule", a.Rule.Name+"-"+g.Title, g.Title)
		var parts []term
		for _, part := range g.Parts {
			text := part.Description
			if len(part.Reasons) > 0 {
				text += " (" + strings.Join(part.Reasons, ", ") + ")"
			}
			parts = append(parts, term{part.Title, []string{text}})
		}
		p.terms(parts...)
	}
	if len(a.Reasons) > 0 {
		p.heading(4, "rule", a.Rule.Name+"-reasons", "What people are told")
		var rows [][]string
		for _, r := range a.Reasons {
			rows = append(rows, reasonRow(r))
		}
		p.table("Reasons of the rule "+a.Rule.Title, []string{"Reason", "Text", "What they can do"}, rows)
	}
	t.looksAt(p, a)
	var otherwise []string
	for _, c := range a.Cases {
		if !c.Passed {
			otherwise = append(otherwise, c.Name)
		}
	}
	switch n := len(a.Cases); {
	case n == 0:
		p.para("There is no case for this rule. Write one before it is changed.")
	case len(otherwise) == 0:
		p.para(fmt.Sprintf("It had a part in %s, and all of it is decided as expected. It is written in %s.", book.Count(n, "case", "cases"), a.Rule.File))
	default:
		p.warning(fmt.Sprintf("It had a part in %s, %d decided otherwise than expected", book.Count(n, "case", "cases"), len(otherwise)), otherwise...)
	}
}

func (t Told) looksAt(p *page, a book.About) {
	var out []string
	for _, s := range a.Settings {
		out = append(out, "Setting: "+s.Title+", now: "+s.Value)
	}
	for _, l := range a.Lists {
		out = append(out, fmt.Sprintf("List: %s (%d)", l.Title, len(l.Entries)))
	}
	for _, u := range a.Uses {
		out = append(out, "Words of the rule "+u.Title)
	}
	if slices.Sort(out); len(out) > 0 {
		p.heading(4, "rule", a.Rule.Name+"-looks", "What it looks at")
		p.items(out)
	}
}
