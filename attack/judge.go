package attack

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// judge says what is wrong with the answers to a step, in words; "" when all is well.
func (s *scene) judge(step Step, answers []answer, closed bool, before map[string][]answer) string {
	want := step.Want
	if len(answers) == 0 {
		if closed && slices.Contains(want.Status, "closed") {
			return ""
		}
		return "the connection ended without an answer, wanted " + strings.Join(want.Status, ", ")
	}
	if want.Answers > 0 && len(answers) > want.Answers {
		return fmt.Sprintf("%d answers came, wanted %d at most", len(answers), want.Answers)
	}
	if want.Closed && !closed {
		return "the connection was left open"
	}
	for _, a := range answers {
		// What came out is worse than a wrong status, and is said first.
		for _, check := range []func(Want, answer) string{s.markers, s.status, s.text, s.head, s.document} {
			if wrong := check(want, a); wrong != "" {
				return wrong
			}
		}
	}
	if want.SameAs != "" {
		other := before[want.SameAs]
		if len(other) == 0 {
			return "the step that this is compared with had no answer"
		}
		return s.same(want, other[0], answers[0])
	}
	return ""
}

// expandWant puts values in the place of the names in what is expected.
func (s *scene) expandWant(w Want) (Want, error) {
	var fault error
	all := func(texts []string) []string {
		out := make([]string, len(texts))
		for i, text := range texts {
			var err error
			if out[i], err = expand(text, s.value); err != nil {
				fault = err
			}
		}
		return out
	}
	w.Holds, w.Without = all(w.Holds), all(w.Without)
	headers := map[string]string{}
	for name, text := range w.Headers {
		headers[name] = all([]string{text})[0]
	}
	w.Headers = headers
	return w, fault
}

// markers looks for what must not come out. What was sent may come back.
func (s *scene) markers(want Want, a answer) string {
	for _, set := range s.profile.never(s.as) {
		if slices.Contains(want.Allow, set) {
			continue
		}
		if i := s.find(set, a); i > 0 {
			return fmt.Sprintf("marker %d of %s came out", i, set)
		}
	}
	return ""
}

// find gives the place of the first marker of a set that an answer holds, from 1.
func (s *scene) find(set string, a answer) int {
	for i, text := range s.profile.sets()[set] {
		if !s.wasSent(text) && a.holds(text) {
			return i + 1
		}
	}
	return 0
}

func (s *scene) wasSent(text string) bool {
	return slices.ContainsFunc(s.sent, func(sent string) bool { return strings.Contains(sent, text) })
}

// holds looks in the body, in its JSON texts as they are meant, and in the headers.
func (a answer) holds(text string) bool {
	if bytes.Contains(a.body, []byte(text)) {
		return true
	}
	if bytes.Contains(a.body, []byte(`\u`)) && slices.ContainsFunc(texts(a.body), func(t string) bool { return strings.Contains(t, text) }) {
		return true
	}
	for _, values := range a.header {
		if slices.ContainsFunc(values, func(v string) bool { return strings.Contains(v, text) }) {
			return true
		}
	}
	return false
}

// texts are the texts of a JSON document, names and values.
func texts(body []byte) (all []string) {
	decoder := json.NewDecoder(bytes.NewReader(body))
	for {
		t, err := decoder.Token()
		if err != nil {
			return all
		}
		if text, ok := t.(string); ok {
			all = append(all, text)
		}
	}
}

func (s *scene) status(want Want, a answer) string {
	if a.truncated {
		return "the answer is longer than the limit of this run"
	}
	if len(want.Status) == 0 || slices.ContainsFunc(want.Status, func(w string) bool {
		return w == strconv.Itoa(a.status) || strings.HasSuffix(w, "xx") && w[0] == strconv.Itoa(a.status)[0]
	}) {
		return ""
	}
	return "answered, wanted " + strings.Join(want.Status, ", ")
}

func (s *scene) text(want Want, a answer) string {
	for _, text := range want.Holds {
		if s.profile.hasSet(text) {
			if s.find(text, a) == 0 {
				return "nothing of " + text + " is in it"
			}
			continue
		}
		if !a.holds(text) {
			return fmt.Sprintf("%q is not in it", shown(text))
		}
	}
	for _, text := range want.Without {
		if a.holds(text) {
			return fmt.Sprintf("%q is in it", shown(text))
		}
	}
	return ""
}

func (s *scene) head(want Want, a answer) string {
	for _, name := range slices.Sorted(maps.Keys(want.Headers)) {
		text := want.Headers[name]
		if !strings.Contains(strings.Join(a.header.Values(name), ", "), text) {
			return fmt.Sprintf("the header %s does not say %q", name, text)
		}
	}
	for _, name := range want.NoHeaders {
		if len(a.header.Values(name)) > 0 {
			return "the header " + name + " is there"
		}
	}
	return ""
}

// bundle is as much of an answer as is judged.
type bundle struct {
	ResourceType string `json:"resourceType"`
	Link         []struct {
		Relation string `json:"relation"`
		URL      string `json:"url"`
	} `json:"link"`
	Entry []struct {
		FullURL  string `json:"fullUrl"`
		Resource struct {
			ResourceType string `json:"resourceType"`
			ID           string `json:"id"`
		} `json:"resource"`
	} `json:"entry"`
}

func (s *scene) document(want Want, a answer) string {
	var b bundle
	readable := json.Unmarshal(a.body, &b) == nil
	if want.Outcome && a.status >= http.StatusBadRequest && (!readable || b.ResourceType != "OperationOutcome") {
		return "the refusal is no OperationOutcome"
	}
	if a.status >= http.StatusBadRequest {
		return ""
	}
	entries := 0
	for _, e := range b.Entry {
		kind := e.Resource.ResourceType
		if kind == "OperationOutcome" {
			continue
		}
		if entries++; want.Only != nil && !slices.Contains(want.Only, kind) {
			return "an entry is a " + shown(kind)
		}
		if want.OwnLinks && e.FullURL != "" && !s.own(e.FullURL) {
			return "a fullUrl leads elsewhere"
		}
	}
	if want.Entries != nil && entries > *want.Entries {
		return fmt.Sprintf("%d entries, wanted %d at most", entries, *want.Entries)
	}
	if entries < want.AtLeast {
		return fmt.Sprintf("%d entries, wanted %d at least", entries, want.AtLeast)
	}
	for _, l := range b.Link {
		if want.OwnLinks && !s.own(l.URL) {
			return "a link leads elsewhere"
		}
	}
	for _, pointer := range want.Absent {
		if _, there := at(a.body, pointer); there {
			return pointer + " is there"
		}
	}
	return ""
}

func (s *scene) own(address string) bool {
	rest, ok := strings.CutPrefix(address, s.profile.Base)
	if ok {
		return rest == "" || strings.ContainsAny(rest[:1], "/?")
	}
	return strings.HasPrefix(address, "urn:uuid:") || !strings.Contains(address, "//")
}

// changing is what two answers may differ in: ids, instants, counted lengths.
var changing = regexp.MustCompile(`[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F-]{22,}|\d{4}-\d\d-\d\dT[0-9:.]+(Z|[+-]\d\d:\d\d)`)

// volatile are headers that differ from one answer to the next by themselves.
var volatile = []string{"Date", "X-Request-Id", "X-Record-Id", "X-Correlation-Id", "Content-Length", "Traceparent", "Age"}

func (s *scene) same(want Want, one, other answer) string {
	parts := want.Same
	if parts == nil {
		parts = []string{"status", "body"}
	}
	for _, part := range parts {
		same := true
		switch part {
		case "status":
			same = one.status == other.status
		case "headers":
			same = slices.Equal(headerNames(one.header), headerNames(other.header))
		case "body":
			same = s.bare(one.body) == s.bare(other.body)
		}
		if !same {
			return fmt.Sprintf("its %s tells it from that of the step %q (%d, %d)", part, want.SameAs, one.status, other.status)
		}
	}
	return ""
}

// bare is a body without what differs by itself, and without what was asked for.
func (s *scene) bare(body []byte) string {
	text := string(body)
	var b struct {
		Link []struct {
			Relation string          `json:"relation"`
			URL      json.RawMessage `json:"url"`
		} `json:"link"`
	}
	_ = json.Unmarshal(body, &b) // what cannot be read is compared as it is
	for _, l := range b.Link {
		if l.Relation == "self" { // it says what was asked for
			text = strings.ReplaceAll(text, string(l.URL), "#")
		}
	}
	text = changing.ReplaceAllString(text, "#")
	for _, p := range s.profile.Patients {
		for _, asked := range append([]string{p.ID, p.NHS}, slices.Sorted(maps.Values(p.Resources))...) {
			if asked != "" {
				text = strings.ReplaceAll(text, asked, "#")
			}
		}
	}
	for _, v := range s.profile.Vars {
		if len(v) >= shortest {
			text = strings.ReplaceAll(text, v, "#")
		}
	}
	none, _ := made("none", "", s.clock())
	return strings.ReplaceAll(text, none, "#")
}

func headerNames(h http.Header) (all []string) {
	for name := range h {
		if !slices.Contains(volatile, name) {
			all = append(all, name)
		}
	}
	slices.Sort(all)
	return all
}
