package scenario

import (
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
)

// scripted is a source that answers what the story says, knows the patients of
// the cast, and remembers what it was asked.
type scripted struct {
	mu      sync.Mutex
	answers map[string]Scripted
	asked   []string
	odd     []string // what no broker should ever send
}

func (s *scripted) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	target := strings.TrimPrefix(r.URL.RequestURI(), "/fhir")
	target = readable(strings.TrimPrefix(target, "/"))
	s.mu.Lock()
	s.asked = append(s.asked, target)
	if r.Method != http.MethodGet || r.ContentLength > 0 {
		s.odd = append(s.odd, r.Method+" "+target)
	}
	for name := range r.Header {
		if !slices.Contains(sent, name) {
			s.odd = append(s.odd, "header "+name)
		}
	}
	answer, ok := s.answers[target]
	s.mu.Unlock()
	if !ok {
		w.WriteHeader(http.StatusNotFound)
		return
	}
	w.Header().Set("Content-Type", "application/fhir+json")
	maps.Copy(w.Header(), answer.Header)
	if answer.Status == 0 {
		answer.Status = http.StatusOK
	}
	w.WriteHeader(answer.Status)
	_, _ = w.Write([]byte(answer.Body))
}

// sent are the headers that a broker, or the proxy behind it, sends a source.
// None of them is the client's (attack 13).
var sent = []string{"Accept", "Accept-Encoding", "Prefer", "User-Agent", "X-Request-Id", "Traceparent"}

// script puts the story's answers, with their words filled in, and those about
// the cast's patients in front of the source.
func (s *scripted) script(r *run, story *Story) {
	answers := map[string]Scripted{}
	for _, name := range []string{"ann", "bob"} {
		answers["Patient/"+name] = Scripted{Body: patientResource(name)}
		found := readable(r.fill("{{by-number " + name + "}}"))
		answers[found] = Scripted{Body: searchset(r.whole.sourceBase, found, patientResource(name))}
	}
	for _, name := range []string{"nobody", "ann-old"} { // whom no source knows by this number
		empty := readable(r.fill("{{by-number " + name + "}}"))
		answers[empty] = Scripted{Body: searchset(r.whole.sourceBase, empty, "")}
	}
	for target, answer := range story.Source {
		target = readable(r.fill(target))
		answer.Body = r.fill(answer.Body)
		if answer.Entries {
			answer.Body = searchset(r.whole.sourceBase, target, answer.Body)
		}
		answers[target] = answer
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.answers = answers
}

// readable is a target as a story writes it, without escapes.
func readable(target string) string {
	if plain, err := url.PathUnescape(target); err == nil {
		return plain
	}
	return target
}

// since gives what was asked since the last call.
func (s *scripted) since() (asked, odd []string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	asked, odd = s.asked, s.odd
	s.asked, s.odd = nil, nil
	return asked, odd
}

func patientResource(name string) string {
	return fmt.Sprintf(`{"resourceType":"Patient","id":%q,"identifier":[%s],"name":[{"family":"CANARY-name-of-%s"}],`+
		`"address":[{"text":"CANARY-home-of-%s"}],"telecom":[{"system":"phone","value":"CANARY-phone-of-%s"}],"birthDate":"1961-04-02"}`,
		name, identified(false, "https://fhir.nhs.uk/Id/nhs-number", patients[name]), name, name, name)
}

// searchset makes the searchset of a source from resources, one a line. Those of
// the type that was asked for are matches, all others came along.
func searchset(base, target, resources string) string {
	asked, _, _ := strings.Cut(target, "?")
	var entries []string
	for line := range strings.SplitSeq(resources, "\n") {
		line = strings.TrimSpace(line)
		if line == "" {
			continue
		}
		typ, id := textMember(line, "resourceType"), textMember(line, "id")
		mode := "include"
		if typ == asked {
			mode = "match"
		}
		entries = append(entries, fmt.Sprintf(`{"fullUrl":"%s/%s/%s","resource":%s,"search":{"mode":%q}}`, base, typ, id, line, mode))
	}
	return fmt.Sprintf(`{"resourceType":"Bundle","id":"CANARY-bundle","type":"searchset","total":%d,"link":[{"relation":"self","url":"%s/%s"}],"entry":[%s]}`,
		len(entries), base, target, strings.Join(entries, ","))
}

// textMember gives the first text member of this name, as it stands in the text.
func textMember(resource, name string) string {
	_, rest, _ := strings.Cut(resource, `"`+name+`":"`)
	value, _, _ := strings.Cut(rest, `"`)
	return value
}
