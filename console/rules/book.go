package rules

import (
	"net/http"

	"github.com/mycarerecord/mcr/console/page"
	"github.com/mycarerecord/mcr/decision"
	"github.com/mycarerecord/mcr/decision/book"
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

// rulePage is one rule, with what the book says of the reasons and lists that it uses.
type rulePage struct {
	opened
	book.About
}

func (m *Room) rule(w http.ResponseWriter, r *http.Request, who *page.Person) {
	o, ok := m.open(w, r, who, "")
	if !ok {
		return
	}
	about, ok := o.Book.About(r.PathValue("name"))
	if !ok {
		m.missing(w, r, who, "rule")
		return
	}
	m.pages.Render(w, r, who, http.StatusOK, "rule", rulePage{opened: o, About: about})
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
	p := listPage{opened: o, List: l, Words: l.Words()}
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
