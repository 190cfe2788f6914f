package rules

import (
	"net/http"
	"slices"

	"github.com/mycarerecord/mcr/console/page"
	"github.com/mycarerecord/mcr/decision"
	"github.com/mycarerecord/mcr/decision/book"
	"github.com/mycarerecord/mcr/decision/cases"
)

// opened is a page of the book.
type opened struct {
	Book *book.Book
	// Revision and Digest are those in force; InForce says that the folder is what
	// the brokers decide by. Without an engine Revision is empty.
	Revision, Digest string
	InForce          bool
	Before           string // the name of the policies before; "" when there are none
	Passed, Failed   int    // cases
	At               string // the entry of the room's menu that this is
}

// TitleOf gives a rule's title.
func (o opened) TitleOf(rule string) string {
	r, _ := o.Book.Rule(rule)
	return r.Title
}

func (m *Room) open(w http.ResponseWriter, r *http.Request, who *page.Person, at string) (opened, bool) {
	book, err := m.theBook(r.Context())
	if err != nil {
		m.fault(w, r, who, err)
		return opened{}, false
	}
	o := opened{Book: book, Digest: book.Digest, At: at}
	if m.cfg.Engine != nil {
		if rev := m.cfg.Engine.Revision(); rev != nil {
			o.Revision, o.Digest, o.InForce = rev.Name(), rev.Digest(), rev.Digest() == book.Digest
		}
	}
	if m.cfg.Previous != nil {
		if _, name, ok := m.cfg.Previous(); ok {
			o.Before = name
		}
	}
	for _, c := range book.Cases {
		if c.Passed {
			o.Passed++
		} else {
			o.Failed++
		}
	}
	return o, true
}

func (m *Room) overview(w http.ResponseWriter, r *http.Request, who *page.Person) {
	if o, ok := m.open(w, r, who, "book"); ok {
		m.pages.Render(w, r, who, http.StatusOK, "overview", o)
	}
}

// rulePage is one rule, with what it says of the reasons and lists that it uses.
type rulePage struct {
	opened
	Rule     decision.Rule
	Groups   []group
	Reasons  []book.ReasonText
	Lists    []book.List
	Settings []book.Setting
	Uses     []decision.Rule
	Cases    []cases.Result
}

// group is the parts of a rule that are of one kind.
type group struct {
	Title string
	Parts []decision.Part
}

// groups are the kinds of parts in the order in which people ask.
var groups = []struct {
	kind  decision.Kind
	title string
}{
	{decision.Denies, "When it refuses, whatever other rules say"},
	{decision.Permits, "When it permits"},
	{decision.Plans, "How far the record is opened"},
	{decision.Unknown, "When it cannot tell, so that the request waits"},
	{decision.Lacks, "What it may be lacking"},
	{decision.Condition, "What its words mean"},
}

func (m *Room) rule(w http.ResponseWriter, r *http.Request, who *page.Person) {
	o, ok := m.open(w, r, who, "")
	if !ok {
		return
	}
	rule, ok := o.Book.Rule(r.PathValue("name"))
	if !ok {
		m.missing(w, r, who, "rule")
		return
	}
	p := rulePage{opened: o, Rule: rule, Cases: o.Book.CasesOf(rule.Name)}
	for _, g := range groups {
		var parts []decision.Part
		for _, part := range rule.Parts {
			if part.Kind == g.kind {
				parts = append(parts, part)
			}
		}
		if len(parts) > 0 {
			p.Groups = append(p.Groups, group{g.title, parts})
		}
	}
	for _, reason := range o.Book.Reasons {
		if slices.Contains(rule.Reasons, reason.Code) {
			p.Reasons = append(p.Reasons, reason)
		}
	}
	for _, l := range o.Book.Lists {
		if slices.Contains(rule.Lists, l.Name) {
			p.Lists = append(p.Lists, l)
		}
	}
	for _, s := range o.Book.Settings {
		if slices.Contains(s.Rules, rule.Name) {
			p.Settings = append(p.Settings, s)
		}
	}
	for _, name := range rule.UsesRules {
		if other, ok := o.Book.Rule(name); ok {
			p.Uses = append(p.Uses, other)
		}
	}
	m.pages.Render(w, r, who, http.StatusOK, "rule", p)
}

// listPage is one code list.
type listPage struct {
	opened
	List  book.List
	Words bool // the entries say what they mean
	Rules []decision.Rule
}

func (m *Room) list(w http.ResponseWriter, r *http.Request, who *page.Person) {
	o, ok := m.open(w, r, who, "")
	if !ok {
		return
	}
	l, ok := o.Book.List(r.PathValue("file") + "/" + r.PathValue("name"))
	if !ok {
		m.missing(w, r, who, "list")
		return
	}
	p := listPage{opened: o, List: l}
	for _, e := range l.Entries {
		p.Words = p.Words || e.Text != ""
	}
	for _, name := range l.Rules {
		if rule, ok := o.Book.Rule(name); ok {
			p.Rules = append(p.Rules, rule)
		}
	}
	m.pages.Render(w, r, who, http.StatusOK, "list", p)
}

func (m *Room) reasons(w http.ResponseWriter, r *http.Request, who *page.Person) {
	if o, ok := m.open(w, r, who, "reasons"); ok {
		m.pages.Render(w, r, who, http.StatusOK, "reasons", o)
	}
}

// changesPage is what differs from the policies before.
type changesPage struct {
	opened
	Changes changes
}

func (m *Room) changed(w http.ResponseWriter, r *http.Request, who *page.Person) {
	o, ok := m.open(w, r, who, "changes")
	if !ok {
		return
	}
	list, name, there, err := m.since(r.Context())
	if err != nil {
		m.fault(w, r, who, err)
		return
	}
	p := changesPage{opened: o, Changes: list}
	p.Before = ""
	if there {
		p.Before = name
	}
	m.pages.Render(w, r, who, http.StatusOK, "changes", p)
}
