package rules_test

import (
	"context"
	"html"
	"io"
	"io/fs"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"github.com/mycarerecord/mcr/console/page"
	"github.com/mycarerecord/mcr/console/rules"
	"github.com/mycarerecord/mcr/decision"
	"github.com/mycarerecord/mcr/decision/book"
	"github.com/mycarerecord/mcr/decision/policytest"
	"github.com/mycarerecord/mcr/policies"
)

// room is a room under test, as somebody of the information-governance team uses it.
type room struct {
	mux *http.ServeMux
	who *page.Person
}

func open(t testing.TB, change func(*rules.Config)) *room {
	t.Helper()
	cfg := rules.Config{FS: policies.FS, Log: slog.New(slog.DiscardHandler), Within: 5 * time.Minute, Moment: 5 * time.Minute} // however slow the machine is
	if change != nil {
		change(&cfg)
	}
	m, err := rules.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	who := &page.Person{CSRF: "the-token", Areas: page.Areas{Rules: true}}
	r := &room{http.NewServeMux(), who}
	m.Mount(func(pattern string, h page.Handler) {
		method, path, _ := strings.Cut(pattern, " ")
		r.mux.HandleFunc(method+" /console"+path, func(w http.ResponseWriter, r *http.Request) { h(w, r, who) })
	})
	return r
}

// whole is the book of the real policies, written once.
var whole = sync.OnceValue(func() *book.Book {
	book, err := book.Read(context.Background(), policies.FS)
	if err != nil {
		panic(err)
	}
	return book
})

// usual is a room over the real policies.
var usual = sync.OnceValue(func() *room {
	rev, err := decision.Load(context.Background(), policies.FS, decision.Options{Revision: "2026-03-02.1"})
	if err != nil {
		panic(err)
	}
	return open(new(testing.B), func(cfg *rules.Config) { cfg.Engine, cfg.Book = decision.NewEngine(rev), whole() })
})

func (r *room) do(t testing.TB, req *http.Request) (int, string, http.Header) {
	t.Helper()
	w := httptest.NewRecorder()
	r.mux.ServeHTTP(w, req)
	body, err := io.ReadAll(w.Body)
	if err != nil {
		t.Fatal(err)
	}
	return w.Code, string(body), w.Header()
}

func request(address string) *http.Request {
	return httptest.NewRequest("GET", "/console"+address, nil)
}

func (r *room) get(t testing.TB, address string) (int, string) {
	t.Helper()
	status, body, _ := r.do(t, request(address))
	return status, body
}

func (r *room) post(t testing.TB, address string, form url.Values) (int, string, http.Header) {
	t.Helper()
	req := httptest.NewRequest("POST", "/console"+address, strings.NewReader(form.Encode()))
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return r.do(t, req)
}

var tags = regexp.MustCompile(`<[^>]*>`)

// wants checks that a page says things; text is compared as people see it.
func wants(t testing.TB, body string, all ...string) {
	t.Helper()
	seen := html.UnescapeString(body)
	read := strings.Join(strings.Fields(html.UnescapeString(tags.ReplaceAllString(body, ""))), " ")
	for _, want := range all {
		if !strings.Contains(seen, want) && !strings.Contains(read, want) {
			t.Errorf("the page does not say %q", want)
		}
	}
}

func previous(fsys fs.FS) func() (fs.FS, string, bool) {
	return func() (fs.FS, string, bool) { return fsys, "2026-02-01.1", true }
}

// few are the policies with one file of cases: the others only take time.
func few(t testing.TB, file string) fstest.MapFS {
	t.Helper()
	fsys := policytest.Changed(t, file, func(s string) string { return s + "\n" })
	for name := range fsys {
		if strings.HasPrefix(name, "testdata/") && name != file {
			delete(fsys, name)
		}
	}
	return fsys
}

// Sentences about cases have codes of organisations; who reads them is told the names that are known.
func TestOrganisationsAreNamed(t *testing.T) {
	r := open(t, func(cfg *rules.Config) {
		cfg.FS = few(t, "testdata/decisions/opt_out.yaml")
		cfg.Organisations = map[string]string{"RXA01": "Northmoor Hospitals"}
	})
	_, body := r.get(t, "/rules/cases")
	wants(t, body, "Northmoor Hospitals (RXA01)", "A81001")
}
