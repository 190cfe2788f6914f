//go:build servers

package servers_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/mycarerecord/mcr/internal/servers"
	"github.com/mycarerecord/mcr/nhs"
)

// answer is what a client got.
type answer struct {
	asked  string // method and target, without what names a patient
	status int
	header http.Header
	body   []byte
}

// bundle is a searchset as far as the tests look into it.
type bundle struct {
	ResourceType, Type string
	Total              *int
	Link               []struct{ Relation, URL string }
	Entry              []struct {
		FullURL  string
		Resource map[string]any
		Search   struct{ Mode string }
	}
}

func (b bundle) link(relation string) string {
	for _, l := range b.Link {
		if l.Relation == relation {
			return l.URL
		}
	}
	return ""
}

var client = &http.Client{
	Timeout:       2 * time.Minute,
	CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
}

// get asks the broker for a target below its base, or for a whole address.
func (s *stand) get(who professional, target string, header ...string) answer {
	s.t.Helper()
	return s.do(who, http.MethodGet, target, "", header...)
}

func (s *stand) post(who professional, target, contentType, body string) answer {
	s.t.Helper()
	return s.do(who, http.MethodPost, target, body, "Content-Type", contentType)
}

func (s *stand) do(who professional, method, target, body string, header ...string) answer {
	s.t.Helper()
	if strings.HasPrefix(target, "/") {
		target = s.base + target
	}
	r, err := http.NewRequest(method, target, strings.NewReader(body))
	s.must(err)
	if who.uid != "" {
		r.Header.Set("Authorization", "Bearer "+s.token(who))
	}
	r.Header.Set("Accept", "application/fhir+json")
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	resp, err := client.Do(r)
	s.must(err)
	return s.took(method+" "+strings.TrimPrefix(target, s.base), resp)
}

// took reads an answer and looks for what must not be in any.
func (s *stand) took(asked string, resp *http.Response) answer {
	s.t.Helper()
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	s.must(err)
	for _, p := range s.patients {
		asked = strings.ReplaceAll(asked, p.Number.Digits(), "NUMBER")
	}
	a := answer{asked: asked, status: resp.StatusCode, header: resp.Header, body: body}
	s.mu.Lock()
	s.answers = append(s.answers, a)
	s.mu.Unlock()
	s.judgeAnswer(a)
	return a
}

// theirs are headers that HAPI, Jetty or a cache would have set.
var theirs = []string{"X-Powered-By", "Server", "Content-Location", "Etag", "Last-Modified", "Link", "Set-Cookie", "Via"}

// judgeAnswer holds for every answer of the broker.
func (s *stand) judgeAnswer(a answer) {
	s.t.Helper()
	u, err := url.Parse(s.hapi)
	s.must(err)
	for _, trace := range []string{u.Host, "_getpages=", "HAPI", "hapi", "jetty", "ca.uhn"} {
		if bytes.Contains(a.body, []byte(trace)) {
			s.t.Errorf("%s: the answer holds %q of the source", a.asked, trace)
		}
		for name, values := range a.header {
			if strings.Contains(strings.Join(values, " "), trace) {
				s.t.Errorf("%s: header %s holds %q of the source", a.asked, name, trace)
			}
		}
	}
	for _, name := range theirs {
		if v := a.header.Values(name); len(v) > 0 {
			s.t.Errorf("%s: header %s: %q", a.asked, name, v)
		}
	}
	if to := a.header.Get("Location"); to != "" && (a.status != http.StatusCreated || !strings.HasPrefix(to, s.base+"/Consent/")) {
		s.t.Errorf("%s: Location %q", a.asked, to)
	}
	if got := a.header.Values("Date"); len(got) != 1 {
		s.t.Errorf("%s: %d Date headers", a.asked, len(got))
	}
	if a.header.Get("Cache-Control") != "no-store" || !strings.HasPrefix(a.header.Get("Content-Type"), "application/fhir+json") {
		s.t.Errorf("%s: Cache-Control %q, Content-Type %q", a.asked, a.header.Get("Cache-Control"), a.header.Get("Content-Type"))
	}
	if a.status >= 300 && a.status < 400 {
		s.t.Errorf("%s: answered with a redirection", a.asked)
	}
}

// is checks the status and, when code is given, the reason.
func (s *stand) is(a answer, status int, code string) {
	s.t.Helper()
	if a.status != status || code != "" && reason(a) != code {
		s.t.Errorf("%s: answered %d %s, want %d %s", a.asked, a.status, reason(a), status, code)
	}
}

// reason is the reason code of an OperationOutcome.
func reason(a answer) string {
	var outcome struct {
		Issue []struct {
			Details struct{ Coding []struct{ Code string } }
		}
	}
	if json.Unmarshal(a.body, &outcome) != nil || len(outcome.Issue) == 0 || len(outcome.Issue[0].Details.Coding) == 0 {
		return ""
	}
	return outcome.Issue[0].Details.Coding[0].Code
}

// searchset reads an answer that must be one.
func (s *stand) searchset(a answer) bundle {
	s.t.Helper()
	var b bundle
	if a.status != http.StatusOK || json.Unmarshal(a.body, &b) != nil || b.Type != "searchset" {
		s.t.Fatalf("%s: answered %d %s, want a searchset", a.asked, a.status, reason(a))
	}
	if b.Total != nil {
		s.t.Errorf("%s: the answer tells a total", a.asked)
	}
	for _, l := range b.Link {
		if l.Relation != "self" && l.Relation != "next" || !strings.HasPrefix(l.URL, s.base+"/") {
			s.t.Errorf("%s: link %s does not lead to the broker", a.asked, l.Relation)
		}
	}
	for _, e := range b.Entry {
		if e.Search.Mode != "outcome" && !strings.HasPrefix(e.FullURL, s.base+"/") {
			s.t.Errorf("%s: a fullUrl does not lead to the broker", a.asked)
		}
	}
	return b
}

// search asks for all pages and gives the resources by "Type/id", and whether
// something was withheld.
func (s *stand) search(who professional, target string) (all map[string]map[string]any, withheld bool) {
	s.t.Helper()
	all = map[string]map[string]any{}
	for page := 0; target != ""; page++ {
		if page == 200 {
			s.t.Fatal("the pages have no end")
		}
		b := s.searchset(s.get(who, target))
		for _, e := range b.Entry {
			if e.Search.Mode == "outcome" { // a narrow search, and a page that others follow, always says that it may be
				withheld = withheld || !strings.Contains(fmt.Sprint(e.Resource), "some-information-may-be-withheld")
				continue
			}
			all[name(e.Resource)] = e.Resource
		}
		target = b.link("next")
	}
	return all, withheld
}

func name(resource map[string]any) string {
	return fmt.Sprint(resource["resourceType"], "/", resource["id"])
}

// asks gives the ways to name the patient in a search.
func byID(p servers.Patient) string { return "patient=" + p.LocalID }
func byNumber(p servers.Patient) string {
	return "patient.identifier=" + url.QueryEscape(nhs.NumberSystem+"|"+p.Number.Digits())
}

func (s *stand) decode(body []byte) (v map[string]any) {
	s.t.Helper()
	s.must(json.Unmarshal(body, &v))
	return v
}

// direct asks HAPI itself for one page.
func direct(t *testing.T, address string) (b bundle) {
	t.Helper()
	r, err := http.NewRequest(http.MethodGet, address, nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Accept", "application/fhir+json")
	resp, err := client.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if err := json.NewDecoder(resp.Body).Decode(&b); err != nil || resp.StatusCode != http.StatusOK {
		t.Fatalf("asking HAPI itself: %s: %v", resp.Status, err)
	}
	return b
}

// truth asks HAPI itself for all pages.
func (s *stand) truth(target string) map[string]map[string]any {
	s.t.Helper()
	all := map[string]map[string]any{}
	for address := s.hapi + target; address != ""; {
		b := direct(s.t, address)
		for _, e := range b.Entry {
			all[name(e.Resource)] = e.Resource
		}
		address = b.link("next")
	}
	return all
}

// raw sends bytes as they are and reads every answer until the server closes.
func (s *stand) raw(text string) []answer {
	s.t.Helper()
	conn, err := net.Dial("tcp", s.host)
	s.must(err)
	defer conn.Close()
	s.must(conn.SetDeadline(time.Now().Add(time.Minute)))
	_, err = io.WriteString(conn, text)
	s.must(err)
	var all []answer
	in := bufio.NewReader(conn)
	for {
		if _, err := in.Peek(1); err != nil {
			return all
		}
		resp, err := http.ReadResponse(in, nil)
		if err != nil {
			s.t.Errorf("reading an answer: %v", err)
			return all
		}
		if resp.Header.Get("X-Record-Id") == "" {
			// Go's server refused it before the broker saw it.
			body, _ := io.ReadAll(resp.Body)
			all = append(all, answer{asked: "malformed", status: resp.StatusCode, header: resp.Header, body: body})
			continue
		}
		all = append(all, s.took("raw", resp))
	}
}
