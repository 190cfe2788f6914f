package page

import (
	"bytes"
	"crypto/rand"
	"embed"
	"errors"
	"fmt"
	"html/template"
	"io/fs"
	"maps"
	"net/http"
	"path"
	"strconv"
	"strings"
	"time"

	"github.com/mycarerecord/mcr/console/assets"
)

//go:embed templates/*.html
var own embed.FS

// Set is the pages of one room.
type Set struct {
	base  string
	pages map[string]*template.Template
	// place is where a form's token goes: a template is compiled once, and the token
	// is another for each session. It is random, and no page is sent with it in.
	place string
}

// layoutData is what the layout sees; Data is what the page's own templates see,
// as the dot.
type layoutData struct {
	Who           *Person
	Here          string // the path within the console, for the navigation
	Style, Script string // addresses; "" when the program was built without
	Data          any
}

// New makes the pages of a room. Each templates/<name>.html of fsys is the page
// <name>; it defines "title" (text) and "content", which are executed with the
// data given to Render. Files whose name begins with an underscore hold templates
// that all pages of the room share. base is the console's path, such as "/console".
//
// Every template has: path "/patients" (an address within the console), csrf (the
// hidden field that every POST form carries), date, moment and clock (a time.Time as
// people write it, in London), and those of funcs.
func New(base string, fsys fs.FS, funcs template.FuncMap) (*Set, error) {
	s := &Set{base: strings.TrimSuffix(base, "/"), pages: map[string]*template.Template{}, place: rand.Text()}
	all := template.FuncMap{
		"path": s.Path, "date": Date, "moment": Moment, "clock": Clock, "area": area,
		"csrf": func() template.HTML {
			return template.HTML(`<input type="hidden" name="csrf" value="` + s.place + `">`)
		},
	}
	maps.Copy(all, funcs)
	layout, err := template.New("layout").Funcs(all).ParseFS(own, "templates/*.html")
	if err != nil {
		return nil, fmt.Errorf("reading the layout: %w", err)
	}
	names, err := fs.Glob(fsys, "templates/*.html")
	if err != nil {
		return nil, fmt.Errorf("reading pages: %w", err)
	}
	if len(names) == 0 {
		return nil, errors.New("reading pages: no templates/*.html")
	}
	var shared, pages []string
	for _, name := range names {
		if strings.HasPrefix(path.Base(name), "_") {
			shared = append(shared, name)
		} else {
			pages = append(pages, name)
		}
	}
	for _, name := range pages {
		t, err := template.Must(layout.Clone()).ParseFS(fsys, append(shared, name)...)
		if err != nil {
			return nil, fmt.Errorf("reading page %s: %w", name, err)
		}
		s.pages[strings.TrimSuffix(path.Base(name), ".html")] = t
	}
	return s, nil
}

// Path is an address within the console.
func (s *Set) Path(within string) string { return s.base + within }

// Render answers with a page. who is nil for a page that needs no signing in.
func (s *Set) Render(w http.ResponseWriter, r *http.Request, who *Person, status int, name string, data any) {
	text, err := s.text(r, who, name, "layout.html", data)
	if err != nil {
		http.Error(w, "This page could not be made. Nothing was changed. Go back and try again.", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("Content-Length", strconv.Itoa(len(text)))
	w.WriteHeader(status)
	_ = Send(w, text) // the browser may have gone
}

// Fragment gives one template of a page without the layout, for pages that fill
// themselves as answers come.
func (s *Set) Fragment(r *http.Request, who *Person, name, of string, data any) ([]byte, error) {
	return s.text(r, who, name, of, data)
}

func (s *Set) text(r *http.Request, who *Person, name, of string, data any) ([]byte, error) {
	t, ok := s.pages[name]
	if !ok {
		return nil, fmt.Errorf("making a page: no page %q", name)
	}
	given := data
	if of == "layout.html" {
		given = layoutData{Who: who, Here: strings.TrimPrefix(r.URL.Path, s.base), Data: data,
			Style: s.asset(assets.Style), Script: s.asset(assets.Script)}
	}
	var b bytes.Buffer
	if err := t.ExecuteTemplate(&b, of, given); err != nil {
		return nil, fmt.Errorf("making page %s: %w", name, err)
	}
	token := ""
	if who != nil {
		token = template.HTMLEscapeString(who.CSRF)
	}
	return bytes.ReplaceAll(b.Bytes(), []byte(s.place), []byte(token)), nil
}

func (s *Set) asset(name string) string {
	if name = assets.Name(name); name == "" {
		return ""
	}
	return s.Path("/assets/" + name)
}

// Date writes a day as people do: 2 March 2026.
func Date(t time.Time) string { return t.In(London).Format("2 January 2006") }

// Moment writes a time as people do: 2 March 2026, 14:05 GMT.
func Moment(t time.Time) string { return t.In(London).Format("2 January 2006, 15:04 MST") }

// Clock writes a time of today as people do: 14:05.
func Clock(t time.Time) string { return t.In(London).Format("15:04") }
