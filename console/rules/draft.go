package rules

import (
	"context"
	"errors"
	"io/fs"
	"net/http"

	"github.com/mycarerecord/mcr/console/page"
	"github.com/mycarerecord/mcr/decision/draft"
	"github.com/mycarerecord/mcr/decision/gate"
)

// drafting is the pages on which settings, lists and cases are changed as a draft.
func (m *Room) drafting(handle func(pattern string, h page.Handler)) {
	handle("GET /rules/draft", m.draft)
	if m.cfg.Desk == nil {
		return
	}
	handle("POST /rules/draft", m.beginDraft)
	handle("POST /rules/draft/undo", m.undoDraft)
	handle("POST /rules/draft/discard", m.discardDraft)
	handle("GET /rules/draft/settings", m.draftSettings)
	handle("GET /rules/draft/settings/{path}", m.draftSetting)
	handle("POST /rules/draft/settings/{path}", m.changeSetting)
	handle("GET /rules/draft/lists", m.draftLists)
	handle("GET /rules/draft/lists/{file}/{name}", m.draftList)
	handle("POST /rules/draft/lists/{file}/{name}", m.changeList)
	handle("GET /rules/draft/cases", m.draftCases)
	handle("POST /rules/draft/cases", m.addCase)
	handle("GET /rules/draft/cases/{file}", m.draftCase)
	handle("POST /rules/draft/cases/{file}", m.changeCase)
	handle("GET /rules/draft/propose", m.propose)
	handle("POST /rules/draft/propose", m.proposeDraft)
}

// draftPage is a page of the draft. Saw goes with each form, so that nobody's change is lost when two
// save at once.
type draftPage struct {
	At    string
	Draft *draft.Draft // nil: there is none
	Saw   string
	Moved bool   // the folder that it began with holds something else now, which the draft does not
	Done  string // what was just done; "" of a page that is only looked at
}

// Last is the last change.
func (p draftPage) Last() draft.Change { return p.Draft.Changes[len(p.Draft.Changes)-1] }

// draftOverview is what was changed in the draft, and whether it passes.
type draftOverview struct {
	draftPage
	Nowhere  bool     // no draft can be kept here
	Unread   []string // why the draft cannot be read
	Checking bool
	Checked  preview
	Trail    bool // whoever looks may have it tried on the trail's requests
	Live     bool // and it is tried on those of now
}

func (m *Room) draft(w http.ResponseWriter, r *http.Request, who *page.Person) {
	p := draftOverview{draftPage: draftPage{At: "draft", Done: doneWords[r.FormValue("done")]}, Nowhere: m.cfg.Desk == nil, Trail: who.Areas.Trail, Live: who.Areas.Trail && m.cfg.Live}
	if p.Nowhere {
		m.pages.Render(w, r, who, http.StatusOK, "draft", p)
		return
	}
	one, err := m.cfg.Desk.Draft()
	switch {
	case errors.Is(err, draft.ErrNone):
	case err != nil:
		m.cfg.Log.Error("the draft of the policies cannot be read", "cause", err)
		p.Unread = lines(err)
	default:
		p.Draft, p.Saw, p.Moved = one, one.Fingerprint(), m.moved(one)
		p.Checked, p.Checking = m.checkDraft(r.Context(), one.FS())
	}
	m.pages.Render(w, r, who, http.StatusOK, "draft", p)
}

// checkDraft judges the draft. Checking says that it goes on still.
func (m *Room) checkDraft(ctx context.Context, fsys fs.FS) (p preview, checking bool) {
	ctx, cancel := context.WithTimeout(ctx, m.cfg.Moment)
	defer cancel()
	p, err := m.preview(ctx, fsys, m.inForce())
	switch {
	case errors.Is(err, errBusy), errors.Is(err, context.DeadlineExceeded):
		return p, true
	case err != nil:
		return preview{Judged: m.cfg.Clock(), Faults: lines(err)}, false
	}
	return p, false
}

// doneWords says what was done, on the page to which a form leads.
var doneWords = map[string]string{
	"begun": "The draft was begun.", "there": "There was a draft already: this is it.", "changed": "The change is in the draft.", "undone": "The last change was taken back.", "discarded": "The draft was thrown away.",
}

func (m *Room) done(w http.ResponseWriter, r *http.Request, what string) {
	http.Redirect(w, r, m.pages.Path("/rules/draft?done="+what), http.StatusSeeOther)
}

func (m *Room) beginDraft(w http.ResponseWriter, r *http.Request, who *page.Person) {
	switch _, err := m.begun(who); {
	case errors.Is(err, draft.ErrThere):
		m.done(w, r, "there")
	case err != nil:
		m.draftFault(w, r, who, err)
	default:
		m.done(w, r, "begun")
	}
}

// begun begins a draft with the folder on disk, or with the policies in the program.
func (m *Room) begun(who *page.Person) (*draft.Draft, error) {
	return m.cfg.Desk.Begin(m.origin(), name(who), m.cfg.Clock())
}

// origin is what a draft begins with.
func (m *Room) origin() fs.FS {
	if m.cfg.Candidate != nil {
		return m.cfg.Candidate
	}
	return m.cfg.FS
}

// moved says that whoever writes the rules, or a newer program, changed what the draft began with: a
// release of the draft would take that back. It is no news when the draft is what came of it.
func (m *Room) moved(one *draft.Draft) bool {
	is, err := gate.Fingerprint(m.origin())
	if err != nil {
		return false // a folder that cannot be read takes nothing back
	}
	began, err := gate.Fingerprint(one.Began())
	return err == nil && is != began && is != one.Fingerprint()
}

func (m *Room) undoDraft(w http.ResponseWriter, r *http.Request, who *page.Person) {
	if !posted(w, r) {
		m.notRead(w, r, who)
		return
	}
	if err := m.cfg.Desk.Undo(r.PostForm.Get("saw")); err != nil {
		m.draftFault(w, r, who, err)
		return
	}
	m.done(w, r, "undone")
}

func (m *Room) discardDraft(w http.ResponseWriter, r *http.Request, who *page.Person) {
	if !posted(w, r) {
		m.notRead(w, r, who)
		return
	}
	if r.PostForm.Get("sure") != "yes" {
		m.problem(w, r, who, http.StatusUnprocessableEntity, problem{
			Title: "The draft was not thrown away", Text: "Whoever throws it away says that they mean it, by ticking the box.",
			Remedy: "Go back, tick the box, and send it again.",
		})
		return
	}
	if err := m.cfg.Desk.Discard(r.PostForm.Get("saw")); err != nil && !errors.Is(err, draft.ErrNone) { // sent twice
		m.draftFault(w, r, who, err)
		return
	}
	m.cfg.Log.Warn("the draft of the policies was thrown away", "by", name(who))
	m.done(w, r, "discarded")
}

// drafted gives the draft for a page about it; without one the person is led to where one is begun.
func (m *Room) drafted(w http.ResponseWriter, r *http.Request, who *page.Person) (p draftPage, ok bool) {
	one, err := m.cfg.Desk.Draft()
	if err != nil {
		m.draftFault(w, r, who, err)
		return p, false
	}
	return draftPage{At: "draft", Draft: one, Saw: one.Fingerprint()}, true
}

// change makes a change of a file, and leads to the draft. Of is the draft that the text was made of,
// which may be another than the one whose form was sent.
func (m *Room) change(w http.ResponseWriter, r *http.Request, who *page.Person, of draftPage, file, what string, text []byte) {
	err := draft.ErrChanged
	if r.PostForm.Get("saw") == of.Saw || of.Draft.Text(file) == string(text) {
		err = m.cfg.Desk.Change(of.Saw, draft.Change{At: m.cfg.Clock(), By: name(who), What: what, File: file, Text: string(text)})
	}
	if err != nil {
		m.draftFault(w, r, who, err)
		return
	}
	m.done(w, r, "changed")
}

// draftFault answers for what is wrong with a draft.
func (m *Room) draftFault(w http.ResponseWriter, r *http.Request, who *page.Person, err error) {
	switch {
	case errors.Is(err, draft.ErrNone) && r.Method == http.MethodPost:
		m.problem(w, r, who, http.StatusConflict, problem{
			Title: "There is no draft any more", Text: "Somebody threw it away meanwhile. What you sent was not saved.",
			Remedy: "Begin another draft, and make your change there.",
		})
	case errors.Is(err, draft.ErrNone):
		http.Redirect(w, r, m.pages.Path("/rules/draft"), http.StatusSeeOther) // it says so, and how to begin one
	case errors.Is(err, draft.ErrChanged):
		m.problem(w, r, who, http.StatusConflict, problem{
			Title: "The draft was changed meanwhile", Text: "Somebody else changed it, or you did: in another tab, or by pressing a button twice. What you sent was not saved, so that no other change is lost.",
			Remedy: "Look at the draft as it is now. Make your change again if it is not in it.",
		})
	case errors.Is(err, draft.ErrTooMuch):
		m.problem(w, r, who, http.StatusRequestEntityTooLarge, problem{
			Title: "The draft would be too large", Text: "What you sent was not saved.", Remedy: "Propose the draft as it is and begin another when it is in force, or take changes back.",
		})
	default:
		m.cfg.Log.Error("the draft of the policies could not be used", "cause", err)
		m.problem(w, r, who, http.StatusInternalServerError, problem{
			Title: "The draft cannot be read or kept", Text: "What you sent was not saved. Nothing of what is in force has changed.",
			Remedy: "Ask whoever runs this broker: its log says what is wrong.",
		})
	}
}

// name is who made a change, as the others read it.
func name(who *page.Person) string {
	if who.Subject.Name != "" {
		return who.Subject.Name
	}
	return who.Subject.UserID
}
