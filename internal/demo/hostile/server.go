package hostile

import (
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// The marks of what the two patients' entries hold. That of A may be released.
const (
	A = "HOSTILE-MARK-OF-A"
	B = "HOSTILE-MARK-OF-B"
)

// System is the system of the code by which a search chooses a behaviour.
const System = "https://hostile.example"

// longest is how long anything lasts that does not end by itself.
const longest = 20 * time.Second

// Options describe a server. All are required.
type Options struct {
	// Base is the server's own FHIR base, as it writes it into links.
	Base string
	// NumberA and NumberB are the NHS numbers of the two patients.
	NumberA, NumberB string
}

// Server is the lying source. It is an http.Handler for the whole of its base's path.
type Server struct {
	base, path string
	a, b       person
	answers    map[string]answer
}

// New makes a server.
func New(opt Options) (*Server, error) {
	u, err := url.Parse(opt.Base)
	if err != nil {
		return nil, err
	}
	s := &Server{
		base: strings.TrimSuffix(opt.Base, "/"), path: strings.TrimSuffix(u.Path, "/"), answers: map[string]answer{},
		a: person{"a", opt.NumberA, A}, b: person{"b", opt.NumberB, B},
	}
	for _, one := range Behaviours() {
		s.answers[one.Name] = one.answer
	}
	return s, nil
}

// ask is one request, and what is needed to lie about it.
type ask struct {
	w               http.ResponseWriter
	r               *http.Request
	base            string
	a, b            person
	kind, id        string // id "" for a search
	search, history bool
}

// ServeHTTP answers by the behaviour that the request names, and truly where it names
// none: whose Patient/a is.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	parts := strings.Split(strings.Trim(strings.TrimPrefix(r.URL.Path, s.path), "/"), "/")
	x := &ask{w: w, r: r, base: s.base, a: s.a, b: s.b, kind: parts[0]}
	name := ""
	switch query := r.URL.Query(); {
	case query.Get("_getpages") != "": // a further page
		name, x.search = query.Get("_getpages"), true
		s.furtherPage(x, name)
		return
	case len(parts) == 1:
		x.search = true
		_, name, _ = strings.Cut(query.Get("code"), "|")
	default:
		name, x.id, x.history = parts[1], parts[1], len(parts) > 2 && parts[2] == "_history"
	}
	if tell := s.answers[name]; tell != nil {
		tell(x)
		return
	}
	s.honest(x)
}

// honest answers for what chooses no behaviour.
func (s *Server) honest(x *ask) {
	switch {
	case x.search && x.kind == "Patient":
		x.send(http.StatusOK, x.searchset(x.entry(x.patient(x.a, x.a.id))))
	case x.search:
		x.send(http.StatusOK, x.searchset())
	case x.kind == "Patient" && x.id == x.a.id:
		x.send(http.StatusOK, x.patient(x.a, x.a.id))
	case x.kind == "Patient" && x.id == x.b.id:
		x.send(http.StatusOK, x.patient(x.b, x.b.id))
	default:
		x.send(http.StatusNotFound, `{"resourceType":"OperationOutcome","issue":[{"severity":"error","code":"not-found"}]}`)
	}
}

// furtherPage is where the next links lead that lead to this server at all.
func (s *Server) furtherPage(x *ask, name string) {
	if name == "loop" {
		x.send(http.StatusOK, x.linked(x.base+"?_getpages=loop"))
		return
	}
	x.send(http.StatusOK, x.searchset(x.entry(x.observation("page-2", x.b, ""))))
}

// send answers as a FHIR server does.
func (x *ask) send(status int, body string) {
	if x.w.Header().Get("Content-Type") == "" {
		x.w.Header().Set("Content-Type", "application/fhir+json")
	}
	x.w.WriteHeader(status)
	_, _ = io.WriteString(x.w, body) // whoever asked may have gone
}
