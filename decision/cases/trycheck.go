package cases

import (
	"cmp"
	"fmt"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"

	"github.com/mycarerecord/mcr/nhs"
)

// caseChecker finds all that is wrong with the form of a case before it is read:
// the YAML reader itself stops early and speaks of Go types.
type caseChecker struct {
	faults Faults
	nodes  int
	beyond bool // it is not looked at any further
}

func (c *caseChecker) say(line int, format string, args ...any) {
	c.faults = append(c.faults, Fault{Line: line, Text: fmt.Sprintf(format, args...)})
}

func (c *caseChecker) inOrder() Faults {
	slices.SortStableFunc(c.faults, func(a, b Fault) int { return cmp.Compare(a.Line, b.Line) })
	return slices.Compact(c.faults)
}

// likeNumber finds what could be an NHS number; \d of Go is 0 to 9 only.
var likeNumber = regexp.MustCompile(`(^|[^0-9])([0-9]{3}[ -]?[0-9]{3}[ -]?[0-9]{4})($|[^0-9])`)

// stop says what makes looking further pointless, or too much.
func (c *caseChecker) stop(line int, format string, args ...any) {
	c.beyond = true
	c.say(line, format, args...)
}

// bounds refuses what is too large, what YAML can do beyond plain values, and
// what looks like a patient's number.
func (c *caseChecker) bounds(n *yaml.Node, depth int) {
	c.nodes++
	switch {
	case c.nodes > mostCaseNodes:
		if c.nodes == mostCaseNodes+1 {
			c.stop(n.Line, "the case holds too many values")
		}
		return
	case depth > mostCaseDepth:
		c.stop(n.Line, "values are nested too deeply")
		return
	case n.Kind == yaml.AliasNode || n.Anchor != "" || n.Tag == "!!merge":
		c.stop(n.Line, "write the value out: & and * are not taken")
		return
	case n.Style&yaml.TaggedStyle != 0:
		c.stop(n.Line, "leave out the tag %s: plain values are taken", n.Tag)
		return
	}
	if n.Kind == yaml.ScalarNode {
		if len(n.Value) > mostCaseText {
			c.stop(n.Line, "a text is too long: at most %d bytes", mostCaseText)
		}
		for _, m := range likeNumber.FindAllStringSubmatch(n.Value, -1) {
			if _, err := nhs.ParseNumber(strings.NewReplacer(" ", "", "-", "").Replace(m[2])); err == nil {
				c.say(n.Line, "this holds what looks like an NHS number: a case holds nothing of a patient")
			}
		}
	}
	if n.Kind == yaml.SequenceNode && len(n.Content) > mostCaseEntries {
		c.stop(n.Line, "a list holds at most %d entries", mostCaseEntries)
	}
	for _, below := range n.Content {
		c.bounds(below, depth+1)
	}
}

var (
	caseFileType = reflect.TypeFor[caseFile]()
	timeType     = reflect.TypeFor[time.Time]()
	releasesType = reflect.TypeFor[caseReleases]()
)

// holder is a caseFact of whatever type.
type holder interface{ holds() reflect.Type }

func (f caseFact[T]) holds() reflect.Type { return reflect.TypeFor[T]() }

// fields compares a node with the type that it is read into.
func (c *caseChecker) fields(n *yaml.Node, t reflect.Type, where string) {
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if n.Tag == "!!null" {
		return // written and left empty: as if it were not there
	}
	switch fact, isFact := reflect.Zero(t).Interface().(holder); {
	case isFact:
		if n.Kind != yaml.ScalarNode || n.Value != "unavailable" && n.Value != "absent" {
			c.fields(n, fact.holds(), where+" (or the word unavailable)")
		}
	case t == timeType:
		if n.Decode(new(time.Time)) != nil {
			c.say(n.Line, "%s: say a date and time such as 2026-03-02T10:00:00Z", where)
		}
	case t == releasesType:
		if n.Kind == yaml.ScalarNode && n.Value != "everything" && n.Value != "everything understood" {
			c.say(n.Line, "releases: say everything, everything understood, or list the categories")
		} else if n.Kind != yaml.ScalarNode {
			c.fields(n, reflect.TypeFor[[]string](), where)
		}
	case t.Kind() == reflect.Struct:
		c.mapping(n, where, func(key string) (reflect.Type, bool) { return fieldType(t, key) }, fieldNames(t))
	case t.Kind() == reflect.Map:
		c.mapping(n, where, func(string) (reflect.Type, bool) { return t.Elem(), true }, nil)
	case t.Kind() == reflect.Slice:
		if n.Kind != yaml.SequenceNode {
			c.say(n.Line, "%s: a list is expected here, with a - before each entry or in square brackets", where)
			return
		}
		for _, item := range n.Content {
			c.fields(item, t.Elem(), where)
		}
	case t.Kind() == reflect.Interface: // a setting
	case n.Kind != yaml.ScalarNode:
		c.say(n.Line, "%s: one value is expected here", where)
	case t.Kind() == reflect.Bool:
		if n.Decode(new(bool)) != nil {
			c.say(n.Line, "%s: say true or false", where)
		}
	case t.Kind() == reflect.Int:
		if n.Decode(new(int)) != nil {
			c.say(n.Line, "%s: a whole number is expected here", where)
		}
	}
}

// mapping checks the names of a mapping and what stands under each.
func (c *caseChecker) mapping(n *yaml.Node, where string, typeOf func(string) (reflect.Type, bool), names []string) {
	if n.Kind != yaml.MappingNode {
		c.say(n.Line, "%s: names with values are expected here, such as {id: ..., from: ...}", where)
		return
	}
	seen := map[string]bool{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := n.Content[i], n.Content[i+1]
		t, ok := typeOf(key.Value)
		switch {
		case key.Kind != yaml.ScalarNode:
			c.say(key.Line, "%s: a name is expected here", where)
		case seen[key.Value]:
			c.say(key.Line, "%s: %q is there twice", where, key.Value)
		case !ok:
			c.say(key.Line, "%s: there is no %q here; there are %s", where, key.Value, strings.Join(names, ", "))
		default:
			c.fields(value, t, key.Value)
			c.meaning(value, key.Value)
		}
		seen[key.Value] = true
	}
}

// meaning checks what a text must say, by the name of its field. The names that
// mean something are the same everywhere in a case.
func (c *caseChecker) meaning(n *yaml.Node, field string) {
	if n.Kind != yaml.ScalarNode || n.Tag == "!!null" || n.Value == "" {
		return
	}
	switch field {
	case "from", "until", "recorded", "closed":
		r := caseReader{file: &caseFile{}}
		if r.at(n.Value); r.err != nil {
			c.say(n.Line, "%s: %v", field, r.err)
		}
	case "organisation":
		if _, err := nhs.ParseODSCode(n.Value); err != nil {
			c.say(n.Line, "organisation: %q is no ODS code, such as RXA01", n.Value)
		}
	case "role":
		if _, err := nhs.ParseRoleCode(n.Value); err != nil {
			c.say(n.Line, "role: %q is no job role code, such as R8000", n.Value)
		}
	case "answer":
		if n.Value != "yes" && n.Value != "no" {
			c.say(n.Line, `answer: say "yes" or "no"`)
		}
	}
}

func fieldType(t reflect.Type, name string) (reflect.Type, bool) {
	for f := range t.Fields() {
		if f.Tag.Get("yaml") == name && name != "" {
			return f.Type, true
		}
	}
	return nil, false
}

func fieldNames(t reflect.Type) []string {
	var out []string
	for f := range t.Fields() {
		if name := f.Tag.Get("yaml"); name != "" {
			out = append(out, name)
		}
	}
	return out
}
