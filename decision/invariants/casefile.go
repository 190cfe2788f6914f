package invariants

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/mycarerecord/mcr/access"
	"github.com/mycarerecord/mcr/decision"
	"github.com/mycarerecord/mcr/decision/cases"
	"github.com/mycarerecord/mcr/decision/internal/yamlnode"
)

// Case is one state as a decision case.
type Case struct {
	Given, When []string // in sentences
	Decision    access.Decision
	// YAML is a case file for testdata/decisions. It expects what is decided now, so
	// that whoever copies it says what should be.
	YAML []byte
	// Beyond says why a case file cannot say all of it; "" when it can.
	Beyond string
}

// caseHead is what stands at the top of a case file.
type caseHead struct {
	name, title, promise string
	settings             map[string]any
}

// caseOf writes a state as a case, and lets the policies of a folder tell it.
func (e *enumeration) caseOf(ctx context.Context, rev *decision.Revision, st state, h caseHead) Case {
	c := Case{YAML: e.caseFile(st, h)}
	tried, err := cases.Try(ctx, rev, c.YAML)
	if err != nil {
		c.Beyond = err.Error()
		return c
	}
	c.Given, c.When = tried.Given, tried.When
	if text := tried.CaseFile(); len(text) > 0 {
		c.YAML = text
	}
	return c
}

// caseFile writes a state as a file with one case.
func (e *enumeration) caseFile(st state, h caseHead) []byte {
	root := yamlnode.Mapping()
	yamlnode.Put(root, "title", yamlnode.Text(h.title))
	yamlnode.Put(root, "promise", yamlnode.Text(h.promise))
	yamlnode.Put(root, "now", plain(e.now.Format("2006-01-02T15:04:05Z")))
	if len(h.settings) > 0 {
		var n yaml.Node
		if n.Encode(h.settings) == nil {
			yamlnode.Put(root, "settings", &n)
		}
	}
	people, places := yamlnode.Mapping(), yamlnode.Mapping()
	person := func(name, user, organisation string) {
		p := yamlnode.Flowing()
		yamlnode.Put(p, "user", yamlnode.Text(user))
		yamlnode.Put(p, "role", yamlnode.Text(e.word(st, "subject.role")))
		yamlnode.Put(p, "organisation", yamlnode.Text(organisation))
		if kind := e.word(st, "subject.organisation_kind"); kind != "" {
			yamlnode.Put(p, "organisation_kind", yamlnode.Text(kind))
		}
		yamlnode.Put(people, name, p)
	}
	person("professional", e.word(st, "subject.user_id"), e.word(st, "subject.organisation"))
	when, given := yamlnode.Flowing(), yamlnode.Mapping()
	yamlnode.Put(when, "who", yamlnode.Text("professional"))
	yamlnode.Put(when, "at", yamlnode.Text("the source"))
	if action := e.word(st, "action"); action == string(access.View) {
		yamlnode.Put(when, "asks", yamlnode.Text(e.asks[st[e.index["request"]]].words))
	} else {
		yamlnode.Put(when, "does", yamlnode.Text(action))
	}
	if p := e.word(st, "request.purpose"); p != access.DirectCare {
		yamlnode.Put(when, "purpose", yamlnode.Text(p))
	}
	if n := e.number(st, "subject.asked_last_hour"); n > 0 {
		yamlnode.Put(when, "asked_last_hour", plain(strconv.Itoa(n)))
	}
	if !e.yes(st, "patient.known") {
		yamlnode.Put(when, "patient_unknown", plain("true"))
	}
	if e.word(st, "action") != string(access.View) {
		who := ""
		if e.word(st, "statement.user_id") != e.word(st, "subject.user_id") || e.word(st, "statement.organisation") != e.word(st, "subject.organisation") {
			who = "the one it names"
			person(who, e.word(st, "statement.user_id"), e.word(st, "statement.organisation"))
		}
		yamlnode.Put(when, "says", e.saidIn(st, who))
	}
	place := yamlnode.Flowing()
	yamlnode.Put(place, "id", yamlnode.Text(e.word(st, "source.id")))
	yamlnode.Put(place, "kind", yamlnode.Text(e.word(st, "source.kind")))
	yamlnode.Put(place, "organisation", yamlnode.Text(e.word(st, "source.organisation")))
	yamlnode.Put(places, "the source", place)
	yamlnode.Put(root, "people", people)
	yamlnode.Put(root, "places", places)
	for _, name := range factNames {
		if n := e.factIn(st, name); n != nil {
			yamlnode.Put(given, name, n)
		}
	}
	if e.word(st, "identity") == "known: older" {
		yamlnode.Put(given, "older_numbers", plain("1"))
	}
	story := yamlnode.Mapping()
	yamlnode.Put(story, "name", yamlnode.Text(h.name))
	if len(given.Content) > 0 {
		yamlnode.Put(story, "given", given)
	}
	yamlnode.Put(story, "when", when)
	yamlnode.Put(root, "cases", &yaml.Node{Kind: yaml.SequenceNode, Content: []*yaml.Node{story}})
	var out bytes.Buffer
	enc := yaml.NewEncoder(&out)
	enc.SetIndent(2)
	if err := enc.Encode(root); err != nil {
		return nil // only nodes made here are encoded
	}
	return out.Bytes()
}

// factIn is a fact of a state; nil when it is absent.
func (e *enumeration) factIn(st state, said string) *yaml.Node {
	name := nameOfFact(said)
	switch v := e.word(st, name); v {
	case "absent":
		return nil
	case "unavailable":
		return yamlnode.Text(v)
	case "known: no", "known: yes":
		return plain(strconv.FormatBool(v == "known: yes"))
	}
	if name == "age" {
		return plain(strconv.Itoa(e.number(st, "age.years")))
	}
	f := factOf(name)
	if !f.list {
		return e.entryIn(st, name, f)
	}
	list := &yaml.Node{Kind: yaml.SequenceNode, Style: yaml.FlowStyle}
	for n := range entriesIn(e.word(st, name)) {
		list.Content = append(list.Content, e.entryIn(st, entryName(f, n), f))
	}
	return list
}

// entryIn is an entry of a state.
func (e *enumeration) entryIn(st state, name string, f fact) *yaml.Node {
	n := yamlnode.Flowing()
	yamlnode.Put(n, "id", yamlnode.Text(idOf(name, f)))
	for _, field := range f.fields {
		at := name + "." + field.name
		switch field.kind {
		case identity, beginning:
		case text, organisation:
			if v := e.word(st, at); v != "" {
				yamlnode.Put(n, field.name, yamlnode.Text(v))
			}
		case user:
			v := e.word(st, at)
			if v == e.word(st, "subject.user_id") {
				v = "professional"
			}
			if v != "" {
				yamlnode.Put(n, "for", yamlnode.Text(v))
			}
		case truth:
			if v := e.yes(st, at); field.name == "given" {
				yamlnode.Put(n, "answer", yamlnode.Text(map[bool]string{true: "yes", false: "no"}[v]))
			} else if v {
				yamlnode.Put(n, field.name, plain("true"))
			}
		case sources:
			if list := e.value(st, at).([]string); len(list) > 0 {
				yamlnode.Put(n, "sources", yamlnode.List(list))
			}
		case recorded:
			yamlnode.Put(n, "recorded", yamlnode.Text(when(e.value(st, at).(moment))))
		case closing:
			if m := e.value(st, at).(moment); !m.open {
				yamlnode.Put(n, "closed", yamlnode.Text(when(m)))
			}
		case start, end:
			if m := e.value(st, at).(moment); !m.open {
				yamlnode.Put(n, field.name, yamlnode.Text(when(m)))
			}
		}
	}
	return n
}

// saidIn is what is to be recorded in a state.
func (e *enumeration) saidIn(st state, who string) *yaml.Node {
	n := yamlnode.Flowing()
	if who != "" {
		yamlnode.Put(n, "for", yamlnode.Text(who))
	}
	for _, name := range []string{"how", "permission", "reason_code"} {
		if v := e.word(st, "statement."+name); v != "" {
			yamlnode.Put(n, name, yamlnode.Text(v))
		}
	}
	if m := e.value(st, "statement.until").(moment); !m.open {
		yamlnode.Put(n, "until", yamlnode.Text(when(m)))
	}
	if list := e.value(st, "statement.sources").([]string); len(list) > 0 {
		yamlnode.Put(n, "sources", yamlnode.List(list))
	}
	if e.yes(st, "statement.sensitive") {
		yamlnode.Put(n, "sensitive", plain("true"))
	}
	if e.yes(st, "statement.reason_given") {
		yamlnode.Put(n, "reason", yamlnode.Text("in words"))
	}
	return n
}

// when says a moment as cases do.
func when(m moment) string {
	n := m.seconds
	if n == 0 {
		return "now"
	}
	abs := max(n, -n)
	unit := "second"
	for _, u := range []string{"week", "day", "hour", "minute"} {
		if abs%lengths[u] == 0 {
			unit, abs = u, abs/lengths[u]
			break
		}
	}
	words := fmt.Sprintf("%d %s", abs, unit)
	if abs != 1 {
		words += "s"
	}
	if n < 0 {
		return words + " ago"
	}
	return "in " + words
}

// plain is a value that is not a text.
func plain(v string) *yaml.Node { return &yaml.Node{Kind: yaml.ScalarNode, Value: v} }

// indented sets each line in.
func indented(text []byte, by string) string {
	lines := strings.Split(strings.TrimRight(string(text), "\n"), "\n")
	return by + strings.Join(slices.Clone(lines), "\n"+by)
}
