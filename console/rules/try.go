package rules

import (
	"context"
	"errors"
	"net/http"
	"strings"

	"github.com/mycarerecord/mcr/console/page"
	"github.com/mycarerecord/mcr/decision/book"
	"github.com/mycarerecord/mcr/decision/cases"
)

// tryPage is where a case begins, and where it comes back to with its result.
type tryPage struct {
	opened
	Form   form   // of facts; for "try" and for the result of one
	Text   string // of the case; for "trytext" and for the result of one
	ByForm bool   // the facts were typed, not the text
	Note   string // why the text is shown though the form was asked for
	Faults []fault
	Chosen string // the stored case that it began with, "file:name"
	Tried  *cases.Tried
	Plan   plan
	Desk   bool // it can be put into a draft
}

// choice is the stored cases, from which one is begun with.
type choice struct {
	Action, Chosen string
	Files          []book.CaseFile
}

// fault is something wrong with what was typed, and where on the page it stands.
type fault struct {
	Text  string
	Field string // the id of what it is about; "" when it is about the whole
}

// Choice is the stored cases to begin with, on a page of the room.
func (p tryPage) Choice(action string) choice {
	return choice{Action: action, Chosen: p.Chosen, Files: book.ByFile(p.Book.Cases)}
}

// begin shows the form, empty or filled from a stored case.
func (m *Room) begin(w http.ResponseWriter, r *http.Request, who *page.Person) {
	o, ok := m.open(w, r, who, "try")
	if !ok {
		return
	}
	p := tryPage{opened: o, Chosen: r.FormValue("case"), ByForm: true}
	story := newStory()
	if p.Chosen != "" {
		text, ok := m.stored(w, r, who, p.Chosen)
		if !ok {
			return
		}
		read, whole, err := cases.ReadStory(text)
		if err != nil || !whole {
			p.Text, p.ByForm = string(text), false
			p.Note = "This case holds more than the form of facts can show, so it is here as text."
			m.pages.Render(w, r, who, http.StatusOK, "trytext", p)
			return
		}
		story = read
	}
	p.Form = newForm(o.Book, story)
	m.pages.Render(w, r, who, http.StatusOK, "try", p)
}

// beginText shows a case as text.
func (m *Room) beginText(w http.ResponseWriter, r *http.Request, who *page.Person) {
	o, ok := m.open(w, r, who, "try")
	if !ok {
		return
	}
	p := tryPage{opened: o, Chosen: r.FormValue("case"), Text: string(newStory().YAML())}
	if p.Chosen != "" {
		text, ok := m.stored(w, r, who, p.Chosen)
		if !ok {
			return
		}
		p.Text = string(text)
	}
	m.pages.Render(w, r, who, http.StatusOK, "trytext", p)
}

// stored gives the text of a case of the folder.
func (m *Room) stored(w http.ResponseWriter, r *http.Request, who *page.Person, ref string) ([]byte, bool) {
	file, name, _ := strings.Cut(ref, ":")
	text, err := cases.Text(m.cfg.FS, file, name)
	switch {
	case errors.Is(err, cases.ErrNoCase):
		m.missing(w, r, who, "case")
		return nil, false
	case err != nil:
		m.fault(w, r, who, err)
		return nil, false
	}
	return text, true
}

func (m *Room) tryForm(w http.ResponseWriter, r *http.Request, who *page.Person) {
	if !posted(w, r) {
		m.notRead(w, r, who)
		return
	}
	o, ok := m.open(w, r, who, "try")
	if !ok {
		return
	}
	story := readForm(r.PostForm)
	p := tryPage{opened: o, ByForm: true, Form: newForm(o.Book, story), Text: string(story.YAML())}
	if r.PostForm.Get("as") == "text" {
		p.ByForm = false
		m.pages.Render(w, r, who, http.StatusOK, "trytext", p)
		return
	}
	m.try(w, r, who, p)
}

func (m *Room) tryText(w http.ResponseWriter, r *http.Request, who *page.Person) {
	if !posted(w, r) {
		m.notRead(w, r, who)
		return
	}
	o, ok := m.open(w, r, who, "try")
	if !ok {
		return
	}
	m.try(w, r, who, tryPage{opened: o, Text: typed(r.PostForm.Get("text"))})
}

// typed takes the line ends away that a browser sends.
func typed(s string) string { return strings.ReplaceAll(s, "\r\n", "\n") }

// try decides the case and shows what came of it, or what is wrong with it.
func (m *Room) try(w http.ResponseWriter, r *http.Request, who *page.Person, p tryPage) {
	tried, err := m.tried(r, p.Book, p.Text)
	var faults cases.Faults
	switch {
	case errors.As(err, &faults):
		for _, f := range faults {
			p.Faults = append(p.Faults, p.told(f))
		}
		name := "trytext"
		if p.ByForm {
			name = "try"
		}
		m.pages.Render(w, r, who, http.StatusUnprocessableEntity, name, p)
	case err != nil:
		m.fault(w, r, who, err)
	default:
		p.Tried, p.Plan, p.Desk = &tried, planOf(tried), m.cfg.Desk != nil
		if !p.ByForm {
			// What the text says can be gone on with in the form, when it fits.
			story, whole, err := cases.ReadStory([]byte(p.Text))
			if p.ByForm = err == nil && whole && !tried.Expected; p.ByForm {
				p.Form = newForm(p.Book, story)
			}
		}
		m.pages.Render(w, r, who, http.StatusOK, "tried", p)
	}
}

func (m *Room) tried(r *http.Request, book *book.Book, text string) (cases.Tried, error) {
	ctx, cancel := context.WithTimeout(r.Context(), m.cfg.Within)
	defer cancel()
	done, err := m.turn(ctx)
	if err != nil {
		return cases.Tried{}, err
	}
	defer done()
	return book.Try(ctx, []byte(text))
}

// triedAgain decides the case that a page of a result carries; otherwise the person has been answered.
func (m *Room) triedAgain(w http.ResponseWriter, r *http.Request, who *page.Person) (tried cases.Tried, ok bool) {
	if !posted(w, r) {
		m.notRead(w, r, who)
		return tried, false
	}
	o, ok := m.open(w, r, who, "try")
	if !ok {
		return tried, false
	}
	p := tryPage{opened: o, Text: typed(r.PostForm.Get("text"))}
	tried, err := m.tried(r, o.Book, p.Text)
	if err != nil {
		m.try(w, r, who, p) // shows what is wrong
		return tried, false
	}
	return tried, true
}

// download sends the case with what is decided now as what is expected.
func (m *Room) download(w http.ResponseWriter, r *http.Request, who *page.Person) {
	tried, ok := m.triedAgain(w, r, who)
	if !ok {
		return
	}
	w.Header().Set("Content-Type", "application/yaml")
	w.Header().Set("Content-Disposition", `attachment; filename="`+fileName(tried.Name)+`"`)
	w.Header().Set("Cache-Control", "no-store")
	_, _ = w.Write(tried.CaseFile()) // the browser may have gone
}

// fileName makes a file's name of a case's: letters and digits, so that nothing
// in it means anything to a header or a file system.
func fileName(name string) string {
	const most = 60
	var b strings.Builder
	for _, c := range strings.ToLower(name) {
		switch {
		case c >= 'a' && c <= 'z' || c >= '0' && c <= '9':
			b.WriteRune(c)
		case b.Len() > 0 && !strings.HasSuffix(b.String(), "_"):
			b.WriteByte('_')
		}
		if b.Len() >= most {
			break
		}
	}
	if s := strings.Trim(b.String(), "_"); s != "" {
		return s + ".yaml"
	}
	return "case.yaml"
}

// mostPosted bounds what is read of a form: a case with every byte escaped.
const mostPosted = 4 * cases.MostBytes

func posted(w http.ResponseWriter, r *http.Request) bool {
	r.Body = http.MaxBytesReader(w, r.Body, mostPosted)
	return r.ParseForm() == nil
}

func (m *Room) notRead(w http.ResponseWriter, r *http.Request, who *page.Person) {
	m.problem(w, r, who, http.StatusBadRequest, problem{
		Title: "This could not be read", Text: "What was sent is too long, or is not a form of these pages.",
		Remedy: "Go back, make it shorter and send it again.",
	})
}
