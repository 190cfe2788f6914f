package rules

import (
	"errors"
	"io/fs"
	"net/http"
	"path"
	"strings"

	"github.com/mycarerecord/mcr/console/page"
	"github.com/mycarerecord/mcr/decision/cases"
	"github.com/mycarerecord/mcr/decision/draft"
)

const casesFolder = "testdata/decisions/"

// draftCasesPage is the files of cases.
type draftCasesPage struct {
	draftPage
	Files []string
}

// draftCasePage is one file of cases.
type draftCasePage struct {
	draftPage
	File, Text string
	Faults     []fault
}

func (m *Room) draftCases(w http.ResponseWriter, r *http.Request, who *page.Person) {
	p, ok := m.drafted(w, r, who)
	if !ok {
		return
	}
	files, err := fs.Glob(p.Draft.FS(), casesFolder+"*.yaml")
	if err != nil {
		m.fault(w, r, who, err)
		return
	}
	for i := range files {
		files[i] = path.Base(files[i])
	}
	m.pages.Render(w, r, who, http.StatusOK, "draftcases", draftCasesPage{p, files})
}

func (m *Room) caseFor(w http.ResponseWriter, r *http.Request, who *page.Person) (p draftCasePage, ok bool) {
	if p.draftPage, ok = m.drafted(w, r, who); !ok {
		return p, false
	}
	p.File = r.PathValue("file")
	if p.Text = p.Draft.Text(casesFolder + p.File); p.Text == "" || !draft.Changeable(casesFolder+p.File) {
		m.missing(w, r, who, "file of cases")
		return p, false
	}
	return p, true
}

func (m *Room) draftCase(w http.ResponseWriter, r *http.Request, who *page.Person) {
	if p, ok := m.caseFor(w, r, who); ok {
		m.pages.Render(w, r, who, http.StatusOK, "draftcase", p)
	}
}

func (m *Room) changeCase(w http.ResponseWriter, r *http.Request, who *page.Person) {
	if !posted(w, r) {
		m.notRead(w, r, who)
		return
	}
	p, ok := m.caseFor(w, r, who)
	if !ok {
		return
	}
	of, was := p.draftPage, p.Text
	p.Text, p.Saw = typed(r.PostForm.Get("text")), r.PostForm.Get("saw")
	text := p.Text
	if strings.Contains(was, "\r\n") { // the file's own line ends stay
		text = strings.ReplaceAll(text, "\n", "\r\n")
	}
	if err := cases.CheckText(casesFolder+p.File, text); err != nil {
		for _, line := range lines(err) {
			p.Faults = append(p.Faults, fault{Text: line, Field: "text"})
		}
		m.pages.Render(w, r, who, http.StatusUnprocessableEntity, "draftcase", p)
		return
	}
	if p.Saw != of.Saw && text != was { // a long text is not lost with a page that says no more than that
		p.Faults = []fault{{"The draft was changed since you opened this page, so this was not saved. Copy what you wrote, open the page again, and put it in there", "text"}}
		m.pages.Render(w, r, who, http.StatusConflict, "draftcase", p)
		return
	}
	m.change(w, r, who, of, casesFolder+p.File, "Cases of "+p.File, []byte(text))
}

// addCase puts a case that was tried into the draft, as a file of its own. Who looked at no draft
// begins one with it.
func (m *Room) addCase(w http.ResponseWriter, r *http.Request, who *page.Person) {
	tried, ok := m.triedAgain(w, r, who)
	if !ok {
		return
	}
	one, err := m.cfg.Desk.Draft()
	if errors.Is(err, draft.ErrNone) {
		if _, err = m.begun(who); err == nil || errors.Is(err, draft.ErrThere) { // begun by somebody else meanwhile
			one, err = m.cfg.Desk.Draft()
		}
	}
	if err != nil {
		m.draftFault(w, r, who, err)
		return
	}
	file, text := casesFolder+fileName(tried.Name), string(tried.CaseFile())
	if was := one.Text(file); was != "" && was != text {
		m.problem(w, r, who, http.StatusConflict, problem{
			Title: "There is a file of that name", Text: "The draft has " + strings.TrimPrefix(file, casesFolder) + " already, and nothing was written over.",
			Remedy: "Go back, give the case another name, try it again and put it in.",
		})
		return
	}
	err = m.cfg.Desk.Change(one.Fingerprint(), draft.Change{At: m.cfg.Clock(), By: name(who), What: "A case more: " + tried.Name, File: file, Text: text})
	if err != nil {
		m.draftFault(w, r, who, err)
		return
	}
	m.done(w, r, "changed")
}
