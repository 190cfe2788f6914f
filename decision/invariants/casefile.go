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
	root := mapping()
	put(root, "title", text1(h.title))
	put(root, "promise", text1(h.promise))
	put(root, "now", plain(e.now.Format("2006-01-02T15:04:05Z")))
	if len(h.settings) > 0 {
		var n yaml.Node
		if n.Encode(h.settings) == nil {
			put(root, "settings", &n)
		}
	}
	people, places := mapping(), mapping()
	person := func(name, user, organisation string) {
		p := flowing()
		put(p, "user", text1(user))
		put(p, "role", text1(e.word(st, "subject.role")))
		put(p, "organisation", text1(organisation))
		put(people, name, p)
	}
	person("professional", e.word(st, "subject.user_id"), e.word(st, "subject.organisation"))
	when, given := flowing(), mapping()
	put(when, "who", text1("professional"))
	put(when, "at", text1("the source"))
	if action := e.word(st, "action"); action == string(access.View) {
		put(when, "asks", text1(e.asks[st[e.index["request"]]].words))
	} else {
		put(when, "does", text1(action))
	}
	if p := e.word(st, "request.purpose"); p != access.DirectCare {
		put(when, "purpose", text1(p))
	}
	if !e.yes(st, "patient.known") {
		put(when, "patient_unknown", plain("true"))
	}
	if e.word(st, "action") != string(access.View) {
		who := ""
		if e.word(st, "statement.user_id") != e.word(st, "subject.user_id") || e.word(st, "statement.organisation") != e.word(st, "subject.organisation") {
			who = "the one it names"
			person(who, e.word(st, "statement.user_id"), e.word(st, "statement.organisation"))
		}
		put(when, "says", e.saidIn(st, who))
	}
	place := flowing()
	put(place, "id", text1(e.word(st, "source.id")))
	put(place, "kind", text1(e.word(st, "source.kind")))
	put(place, "organisation", text1(e.word(st, "source.organisation")))
	put(places, "the source", place)
	put(root, "people", people)
	put(root, "places", places)
	for _, name := range factNames {
		if n := e.factIn(st, name); n != nil {
			put(given, name, n)
		}
	}
	if e.word(st, "identity") == "known: older" {
		put(given, "older_numbers", plain("1"))
	}
	story := mapping()
	put(story, "name", text1(h.name))
	if len(given.Content) > 0 {
		put(story, "given", given)
	}
	put(story, "when", when)
	put(root, "cases", &yaml.Node{Kind: yaml.SequenceNode, Content: []*yaml.Node{story}})
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
		return text1(v)
	case "known: no", "known: yes":
		return plain(strconv.FormatBool(v == "known: yes"))
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
	n := flowing()
	put(n, "id", text1(idOf(name, f)))
	for _, field := range f.fields {
		at := name + "." + field.name
		switch field.kind {
		case identity, beginning:
		case text, organisation:
			if v := e.word(st, at); v != "" {
				put(n, field.name, text1(v))
			}
		case user:
			v := e.word(st, at)
			if v == e.word(st, "subject.user_id") {
				v = "professional"
			}
			if v != "" {
				put(n, "for", text1(v))
			}
		case truth:
			if v := e.yes(st, at); field.name == "given" {
				put(n, "answer", text1(map[bool]string{true: "yes", false: "no"}[v]))
			} else if v {
				put(n, field.name, plain("true"))
			}
		case sources:
			if list := e.value(st, at).([]string); len(list) > 0 {
				put(n, "sources", texts1(list))
			}
		case recorded:
			put(n, "recorded", text1(when(e.value(st, at).(moment))))
		case closing:
			if m := e.value(st, at).(moment); !m.open {
				put(n, "closed", text1(when(m)))
			}
		case start, end:
			if m := e.value(st, at).(moment); !m.open {
				put(n, field.name, text1(when(m)))
			}
		}
	}
	return n
}

// saidIn is what is to be recorded in a state.
func (e *enumeration) saidIn(st state, who string) *yaml.Node {
	n := flowing()
	if who != "" {
		put(n, "for", text1(who))
	}
	for _, name := range []string{"how", "permission", "reason_code"} {
		if v := e.word(st, "statement."+name); v != "" {
			put(n, name, text1(v))
		}
	}
	if m := e.value(st, "statement.until").(moment); !m.open {
		put(n, "until", text1(when(m)))
	}
	if list := e.value(st, "statement.sources").([]string); len(list) > 0 {
		put(n, "sources", texts1(list))
	}
	if e.yes(st, "statement.sensitive") {
		put(n, "sensitive", plain("true"))
	}
	if e.yes(st, "statement.reason_given") {
		put(n, "reason", text1("in words"))
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

func mapping() *yaml.Node { return &yaml.Node{Kind: yaml.MappingNode} }
func flowing() *yaml.Node { return &yaml.Node{Kind: yaml.MappingNode, Style: yaml.FlowStyle} }

func text1(v string) *yaml.Node {
	n := &yaml.Node{}
	n.SetString(v)
	return n
}

func texts1(list []string) *yaml.Node {
	n := &yaml.Node{Kind: yaml.SequenceNode, Style: yaml.FlowStyle}
	for _, v := range list {
		n.Content = append(n.Content, text1(v))
	}
	return n
}

// plain is a value that is not a text.
func plain(v string) *yaml.Node { return &yaml.Node{Kind: yaml.ScalarNode, Value: v} }

func put(n *yaml.Node, name string, value *yaml.Node) {
	n.Content = append(n.Content, text1(name), value)
}

// indented sets each line in.
func indented(text []byte, by string) string {
	lines := strings.Split(strings.TrimRight(string(text), "\n"), "\n")
	return by + strings.Join(slices.Clone(lines), "\n"+by)
}
