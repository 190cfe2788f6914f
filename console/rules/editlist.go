package rules

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"net/url"
	"path"
	"slices"
	"strings"

	"github.com/mycarerecord/mcr/console/page"
	"github.com/mycarerecord/mcr/decision/book"
	"github.com/mycarerecord/mcr/decision/draft"
	"github.com/mycarerecord/mcr/legible"
	"github.com/mycarerecord/mcr/strictjson"
)

// draftList is a list of the draft. Kind is how its entries are written.
type draftList struct {
	File, Name, Title, Source string
	Entries                   []book.ListEntry
	Kind                      listKind
}

// listKind is how the entries of a list are written.
type listKind string

// The kinds. Entries of several parts are changed in the folder, by whoever writes the rules.
const (
	namesAndWords listKind = "names and words"
	namesAlone    listKind = "names"
	namesThatHold listKind = "names that hold" // {"R0050": true}
	severalParts  listKind = "several parts"
)

// Changeable reports whether entries are put in and taken out in a browser.
func (l draftList) Changeable() bool { return l.Kind != severalParts }

// Worded reports whether an entry has words beside its name.
func (l draftList) Worded() bool { return l.Kind == namesAndWords }

// Path is where the list is changed.
func (l draftList) Path() string {
	return "/rules/draft/lists/" + url.PathEscape(l.File) + "/" + url.PathEscape(l.Name)
}

// place gives the file of a list, and where it stands in that.
func place(file, name string) (string, []string) {
	switch file {
	case "codes":
		return "data/codes/" + name + ".json", []string{"codes"}
	case "settings":
		return settingsFile, strings.Split(name, ".")
	}
	return "data/" + file + ".json", []string{name}
}

// listOf reads a list of the draft, as the policy book names it.
func listOf(d *draft.Draft, file, name string) (l draftList, ok bool) {
	where, at := place(file, name)
	if !draft.Changeable(where) {
		return l, false
	}
	text := []byte(d.Text(where))
	value, err := draft.At(text, at...)
	if err != nil {
		return l, false
	}
	l = draftList{File: file, Name: name, Title: book.ListTitle(file + "/" + name), Source: wordsAt(text, "source")}
	if file == "codes" {
		l.Title = wordsAt(text, "title")
	}
	if l.Entries, l.Kind, ok = entriesOf(value); ok && len(l.Entries) == 0 && l.Changeable() {
		// What its entries are is told by those that it began with: a role that holds is not one with words.
		if was, err := draft.At([]byte(d.Base[where]), at...); err == nil {
			if _, kind, is := entriesOf(was); is {
				l.Kind = kind
			}
		}
	}
	return l, ok
}

// entriesOf reads the entries of a list; false of what is none.
func entriesOf(value []byte) (entries []book.ListEntry, kind listKind, ok bool) {
	kinds := map[listKind]bool{}
	for m := range strictjson.Members(value) {
		e := book.ListEntry{Key: string(m.Name())}
		switch words, is := strictjson.Text(m.Value); {
		case is:
			e.Text = words
			kinds[namesAndWords] = true
		case string(m.Value) == "true":
			kinds[namesThatHold] = true
		default:
			kinds[severalParts] = true
		}
		entries = append(entries, e)
	}
	for element := range strictjson.Elements(value) {
		words, is := strictjson.Text(element)
		kinds[namesAlone] = true
		if !is {
			kinds[severalParts] = true
		}
		entries = append(entries, book.ListEntry{Key: words})
	}
	switch written, is := strictjson.KindOf(value); {
	case !is, written != strictjson.Object && written != strictjson.Array:
		return nil, "", false
	case kinds[severalParts], len(kinds) > 1:
		return nil, severalParts, true
	case kinds[namesThatHold]:
		return entries, namesThatHold, true
	case written == strictjson.Array:
		return entries, namesAlone, true
	}
	return entries, namesAndWords, true
}

func wordsAt(text []byte, at string) string {
	value, err := draft.At(text, at)
	if err != nil {
		return ""
	}
	words, _ := strictjson.Text(value)
	return words
}

type draftListsPage struct {
	draftPage
	Lists []draftList
}

// Fixed are the lists that are not changed here.
func (p draftListsPage) Fixed() (all []draftList) {
	for _, l := range p.Lists {
		if !l.Changeable() {
			all = append(all, l)
		}
	}
	return all
}

func (m *Room) draftLists(w http.ResponseWriter, r *http.Request, who *page.Person) {
	p, ok := m.drafted(w, r, who)
	if !ok {
		return
	}
	lists, err := listsOf(p.Draft)
	if err != nil {
		m.fault(w, r, who, err)
		return
	}
	m.pages.Render(w, r, who, http.StatusOK, "draftlists", draftListsPage{p, lists})
}

// listsOf are all lists of a draft but the settings and the reasons that people are told.
func listsOf(d *draft.Draft) (all []draftList, err error) {
	files, err := fs.Glob(d.FS(), "data/*.json")
	if err != nil {
		return nil, err
	}
	for _, file := range files {
		name := strings.TrimSuffix(path.Base(file), ".json")
		if name == "settings" || name == "reasons" {
			continue
		}
		var doc map[string]json.RawMessage
		if err := json.Unmarshal([]byte(d.Text(file)), &doc); err != nil {
			return nil, fmt.Errorf("%s: %w", file, err)
		}
		for m := range strictjson.Members([]byte(d.Text(file))) {
			if l, ok := listOf(d, name, string(m.Name())); ok {
				all = append(all, l)
			}
		}
	}
	if files, err = fs.Glob(d.FS(), "data/codes/*.json"); err != nil {
		return nil, err
	}
	for _, file := range files {
		if l, ok := listOf(d, "codes", strings.TrimSuffix(path.Base(file), ".json")); ok {
			all = append(all, l)
		}
	}
	return all, nil
}

// draftListPage is one list. Entry and Words are what was typed.
type draftListPage struct {
	draftPage
	List         draftList
	Entry, Words string
	Faults       []fault
}

func (m *Room) listFor(w http.ResponseWriter, r *http.Request, who *page.Person) (p draftListPage, ok bool) {
	if p.draftPage, ok = m.drafted(w, r, who); !ok {
		return p, false
	}
	if p.List, ok = listOf(p.Draft, r.PathValue("file"), r.PathValue("name")); !ok {
		m.missing(w, r, who, "list")
	}
	return p, ok
}

func (m *Room) draftList(w http.ResponseWriter, r *http.Request, who *page.Person) {
	if p, ok := m.listFor(w, r, who); ok {
		m.pages.Render(w, r, who, http.StatusOK, "draftlist", p)
	}
}

// changeList takes an entry out of a list, or puts one in.
func (m *Room) changeList(w http.ResponseWriter, r *http.Request, who *page.Person) {
	if !posted(w, r) {
		m.notRead(w, r, who)
		return
	}
	p, ok := m.listFor(w, r, who)
	if !ok {
		return
	}
	file, at := place(p.List.File, p.List.Name)
	document := []byte(p.Draft.Text(file))
	if out := r.PostForm.Get("out"); out != "" {
		text, err := draft.Without(document, out, at...)
		if err != nil || !p.List.Changeable() {
			m.draftFault(w, r, who, draft.ErrChanged) // it was there when they looked
			return
		}
		m.change(w, r, who, p.draftPage, file, p.List.Title+": "+p.named(out)+" taken out", text)
		return
	}
	p.Entry, p.Words = strings.TrimSpace(r.PostForm.Get("entry")), strings.TrimSpace(r.PostForm.Get("words"))
	text, err := p.added(document, at)
	if err != nil {
		p.Faults, p.Saw = []fault{*err}, r.PostForm.Get("saw")
		m.pages.Render(w, r, who, http.StatusUnprocessableEntity, "draftlist", p)
		return
	}
	what := p.Entry
	if p.Words != "" {
		what += " (" + p.Words + ")"
	}
	m.change(w, r, who, p.draftPage, file, p.List.Title+": "+what+" put in", text)
}

// named is an entry with its words.
func (p draftListPage) named(key string) string {
	i := slices.IndexFunc(p.List.Entries, func(e book.ListEntry) bool { return e.Key == key })
	if i < 0 || p.List.Entries[i].Text == "" {
		return key
	}
	return key + " (" + p.List.Entries[i].Text + ")"
}

// added gives the document with what was typed as one entry more.
func (p draftListPage) added(document []byte, at []string) ([]byte, *fault) {
	switch {
	case !p.List.Changeable():
		return nil, &fault{"The entries of this list have several parts: they are changed in the folder", ""}
	case !legible.Words(p.Entry) && !legible.Name(p.Entry):
		return nil, &fault{"Write the entry", "entry"}
	case legible.Line(p.Entry) != p.Entry:
		return nil, &fault{unseen, "entry"}
	case p.List.Worded() && !legible.Words(p.Words):
		return nil, &fault{"Say in words what the entry means", "words"}
	case p.List.Worded() && legible.Line(p.Words) != p.Words:
		return nil, &fault{unseen, "words"}
	}
	var value any = p.Words
	if p.List.Kind == namesThatHold {
		value = true
	}
	text, err := draft.Adding(document, p.Entry, value, at...)
	switch {
	case errors.Is(err, draft.ErrTwice):
		return nil, &fault{p.Entry + " is on the list already", "entry"}
	case err != nil:
		return nil, &fault{err.Error(), "entry"}
	}
	return text, nil
}
