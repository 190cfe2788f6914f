package fhirserver

import (
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"time"
)

const (
	contentType = "application/fhir+json;charset=UTF-8"
	maxForm     = 64 << 10
)

var idForm = regexp.MustCompile(`^[A-Za-z0-9.-]{1,64}$`)

// Options describe a server.
type Options struct {
	// Base is the server's own FHIR base, such as "http://127.0.0.1:4711/fhir";
	// links are written under it. Required.
	Base string
	// Software names the product, in metadata and in the Server header.
	Software string
	// PageSize is the number of matches in a page when the client gives no
	// _count. Default 50, at most 200.
	PageSize int
	// PageAtBase puts next links at the base ("/fhir?_page=...") rather than at
	// the type, as some products do.
	PageAtBase bool
}

// Server answers reads and searches. It is an http.Handler for the whole of its
// base's path.
type Server struct {
	base, path string
	software   string
	bundleID   string
	pageSize   int
	pageAtBase bool
	store      *store
	pages      pages
}

// New makes a server of resources, each the JSON of one FHIR resource with type
// and id. Two resources of the same type and id are an error.
func New(resources [][]byte, opt Options) (*Server, error) {
	u, err := url.Parse(opt.Base)
	if err != nil || u.Host == "" {
		return nil, fmt.Errorf("making a FHIR server: base: give scheme, host and path")
	}
	s := &Server{
		base: strings.TrimSuffix(opt.Base, "/"), path: strings.TrimSuffix(u.Path, "/"), software: opt.Software,
		pageSize: opt.PageSize, pageAtBase: opt.PageAtBase, bundleID: "searchset",
	}
	if s.pageSize <= 0 || s.pageSize > maxPage {
		s.pageSize = defaultPage
	}
	if s.store, err = load(s.base, resources); err != nil {
		return nil, err
	}
	s.pages, err = newPages()
	return s, err
}

// ServeHTTP answers one request.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	rest, ok := strings.CutPrefix(r.URL.Path, s.path)
	if !ok || (rest != "" && rest[0] != '/') {
		s.fail(w, http.StatusNotFound, "not-found", "no FHIR service at this address")
		return
	}
	if id, ok := strings.CutPrefix(rest, "/Binary/"); ok && r.Method == http.MethodGet && wantsContent(r) && s.content(w, id) {
		return
	}
	if !acceptsJSON(r) {
		s.fail(w, http.StatusNotAcceptable, "not-supported", "this server speaks application/fhir+json only")
		return
	}
	parts := strings.Split(strings.Trim(rest, "/"), "/")
	if r.Method == http.MethodPost && parts[len(parts)-1] == "_search" {
		parts = parts[:len(parts)-1]
		s.postSearch(w, r, parts)
		return
	}
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		w.Header().Set("Allow", "GET, HEAD")
		s.fail(w, http.StatusMethodNotAllowed, "not-supported", "this server is read only")
		return
	}
	values, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		s.fail(w, http.StatusBadRequest, "invalid", "the query cannot be read")
		return
	}
	s.get(w, r, parts, values)
}

func (s *Server) get(w http.ResponseWriter, r *http.Request, parts []string, values url.Values) {
	switch {
	case len(parts) == 1 && parts[0] == "metadata":
		s.write(w, http.StatusOK, s.metadata())
	case len(parts) == 2:
		s.read(w, r, parts[0], parts[1])
	default:
		s.search(w, r, parts, values)
	}
}

// postSearch joins the parameters of the body with those of the address (§3.1.0.9).
func (s *Server) postSearch(w http.ResponseWriter, r *http.Request, parts []string) {
	media, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxForm))
	if media != "application/x-www-form-urlencoded" || err != nil {
		s.fail(w, http.StatusUnsupportedMediaType, "invalid", "give the parameters as a form of at most 64 KB")
		return
	}
	values, err := url.ParseQuery(string(body))
	if err != nil {
		s.fail(w, http.StatusBadRequest, "invalid", "the form cannot be read")
		return
	}
	for name, more := range r.URL.Query() {
		values[name] = append(values[name], more...)
	}
	s.search(w, r, parts, values)
}

// search answers Type?..., Patient/id/Type?... (a compartment) and a next link.
func (s *Server) search(w http.ResponseWriter, r *http.Request, parts []string, values url.Values) {
	if page := values.Get("_page"); page != "" && len(parts) == 1 {
		s.nextPage(w, page)
		return
	}
	if len(parts) == 3 && parts[0] == "Patient" {
		values["patient"] = append(values["patient"], parts[1])
		parts = parts[2:]
	}
	if len(parts) != 1 || len(typeParams[parts[0]]) == 0 {
		s.fail(w, http.StatusNotFound, "not-supported", "no such resource type or interaction")
		return
	}
	q, err := s.parseQuery(parts[0], values, strings.Contains(r.Header.Get("Prefer"), "handling=strict"))
	if err != nil {
		s.fail(w, http.StatusBadRequest, "invalid", err.Error())
		return
	}
	s.writePage(w, q, 0)
}

func (s *Server) nextPage(w http.ResponseWriter, page string) {
	kind, used, offset, err := s.pages.open(page)
	if err != nil {
		s.fail(w, http.StatusGone, "not-found", err.Error())
		return
	}
	q, err := s.parseQuery(kind, used, false)
	if err != nil {
		s.fail(w, http.StatusGone, "not-found", errPage.Error())
		return
	}
	s.writePage(w, q, offset)
}

func (s *Server) read(w http.ResponseWriter, r *http.Request, kind, id string) {
	t, known := s.store.tables[kind]
	if !known {
		s.fail(w, http.StatusNotFound, "not-supported", "no such resource type")
		return
	}
	found, ok := t.byID[id]
	if !ok {
		s.fail(w, http.StatusNotFound, "not-found", "no such resource")
		return
	}
	tag := `W/"` + found.version + `"`
	w.Header().Set("ETag", tag)
	w.Header().Set("Last-Modified", time.Unix(0, found.updated.from).UTC().Format(http.TimeFormat))
	if r.Header.Get("If-None-Match") == tag {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	s.write(w, http.StatusOK, found.json)
}

func (s *Server) write(w http.ResponseWriter, status int, body []byte) {
	h := w.Header()
	h.Set("Content-Type", contentType)
	h.Set("Content-Length", strconv.Itoa(len(body)))
	if s.software != "" {
		h.Set("Server", s.software)
		h.Set("X-Powered-By", s.software)
	}
	w.WriteHeader(status)
	_, _ = w.Write(body) // the client may have gone
}

// acceptsJSON looks at _format first, then at Accept (§3.1.0.1.11).
func acceptsJSON(r *http.Request) bool {
	format := r.URL.Query().Get("_format")
	if format == "" {
		format = r.Header.Get("Accept")
	}
	return format == "" || strings.Contains(format, "json") || strings.Contains(format, "*/*") || strings.Contains(format, "application/*")
}
