package check

import (
	"encoding/json"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"
)

// domain is what a value can be, as far as that is known.
type domain struct {
	known   bool
	kinds   map[string]bool // "text", "number", "yes or no", "list", "object", "nothing"
	words   []string        // the texts that it can be; nil: any
	any     bool            // it may be a text that is not among words
	pattern *regexp.Regexp
	form    string // the pattern in words
	unit    string // of numbers; "" when nobody says
	names   []string
	told    string // how to name it: "input.request.action"
	mixed   bool   // of several places
	literal bool   // written in the rule itself
	number  string // literal: the number
	// identity is what kind of name it is, as far as the field tells.
	identity string
}

var kindNames = map[string]string{
	"string": "text", "integer": "number", "number": "number", "boolean": "yes or no", "array": "list", "object": "object", "null": "nothing",
}

// domainOf adds up what all the places say that a value can come from.
func (c *checker) domainOf(f *flow, of []origin) domain {
	out := domain{known: len(of) > 0, kinds: map[string]bool{}, mixed: len(of) > 1, literal: len(of) > 0}
	for _, o := range of {
		d := c.domainAt(f, o, 0)
		if !d.known {
			return domain{}
		}
		for k := range d.kinds {
			out.kinds[k] = true
		}
		out.any = out.any || d.any
		out.words = append(out.words, d.words...)
		out.literal = out.literal && d.literal
		if d.unit != "" || d.kinds["number"] && !d.literal {
			if out.unit != "" && out.unit != d.unit {
				out.unit = "" // several: nothing is said of it
			} else {
				out.unit = d.unit
			}
		}
		if d.pattern != nil {
			out.pattern, out.form = d.pattern, d.form
		}
		out.names = append(out.names, d.names...)
		if len(of) == 1 {
			out.number, out.identity = d.number, d.identity
		}
		if out.told == "" || d.told != "" && !d.literal {
			out.told = d.told
		}
	}
	if out.any {
		out.words = nil
	}
	return out
}

func (c *checker) domainAt(f *flow, o origin, depth int) domain {
	switch o.from {
	case fromInput:
		return c.inputDomain(names(o.path))
	case fromData:
		return c.dataDomain(names(o.path))
	case fromKeys:
		d := c.dataDomain(names(o.path))
		return domain{known: d.known && len(d.names) > 0, kinds: map[string]bool{"text": true}, words: d.names, told: "the names of " + dotted("data", names(o.path))}
	case counted:
		return domain{known: true, kinds: map[string]bool{"number": true}, unit: o.unit, told: "the result"}
	case shaped:
		return c.shaped(o)
	case written:
		return literalDomain(o.term)
	case ruled:
		if depth > 4 {
			return domain{}
		}
		below := f.resolve(o, 0)
		if len(below) != 1 || below[0].from == ruled {
			return domain{}
		}
		return c.domainAt(f, below[0], depth+1)
	}
	return domain{}
}

func literalDomain(t *ast.Term) domain {
	d := domain{known: true, kinds: map[string]bool{}, literal: true, told: t.String()}
	switch v := t.Value.(type) {
	case ast.String:
		d.kinds["text"], d.words = true, []string{string(v)}
	case ast.Number:
		d.kinds["number"], d.number = true, string(v)
	case ast.Boolean:
		d.kinds["yes or no"] = true
	case ast.Null:
		d.kinds["nothing"] = true
	case *ast.Array, ast.Set:
		d.kinds["list"] = true
	case ast.Object:
		d.kinds["object"] = true
	default:
		return domain{}
	}
	return d
}

// formWords say a pattern of the schema in words.
var formWords = map[string]string{
	"^[A-Z0-9]{3,10}$": "an ODS code: capital letters and digits, such as RXA01",
	"^R[0-9]{4}$":      "a job role code: R and four digits, such as R8000",
}

func (c *checker) inputDomain(path []string) domain {
	s := c.schema.at(path)
	if s == nil || s.Type == "" {
		return domain{}
	}
	d := domain{known: true, kinds: map[string]bool{kindNames[s.Type]: true}, told: dotted("input", path), unit: s.Unit, identity: identity(path)}
	switch {
	case s.Enum != nil:
		d.words = s.Enum
	case s.Values != nil:
		d.words = s.Values
	case s.ValuesFrom != "":
		if d.words = c.valuesFrom(s.ValuesFrom); d.words == nil {
			d.any = true
		}
	default:
		d.any = true
	}
	if s.Pattern != "" && d.words == nil {
		d.pattern, d.form = regexp.MustCompile(s.Pattern), formWords[s.Pattern]
	}
	return d
}

// valuesFrom gives the words of a list that the schema names.
func (c *checker) valuesFrom(name string) []string {
	if path, ok := strings.CutPrefix(name, "data."); ok {
		d := c.dataDomain(append(strings.Split(path, "."), "*"))
		if list := c.dataDomain(strings.Split(path, ".")); len(list.names) > 0 {
			return list.names
		}
		return append(slices.Clone(d.words), "") // what is not said is ""
	}
	return nil
}

// dataDomain looks at what a list of data/ holds at a path, "*" being any element.
func (c *checker) dataDomain(path []string) domain {
	here := []any{c.data}
	for _, name := range path {
		var below []any
		for _, v := range here {
			switch v := v.(type) {
			case map[string]any:
				if name == "*" {
					for _, k := range slices.Sorted(maps.Keys(v)) {
						below = append(below, v[k])
					}
				} else if one, ok := v[name]; ok {
					below = append(below, one)
				}
			case []any:
				below = append(below, v...)
			}
		}
		here = below
	}
	if len(here) == 0 || len(path) == 0 {
		return domain{}
	}
	d := domain{known: true, kinds: map[string]bool{}, told: dotted("data", path), unit: unitOf(path)}
	for _, v := range here {
		switch v := v.(type) {
		case string:
			d.kinds["text"] = true
			d.words = append(d.words, v)
		case json.Number:
			d.kinds["number"] = true
		case bool:
			d.kinds["yes or no"] = true
		case nil:
			d.kinds["nothing"] = true
		case []any:
			d.kinds["list"] = true
		case map[string]any:
			d.kinds["object"] = true
			d.names = append(d.names, slices.Sorted(maps.Keys(v))...)
		}
	}
	return d
}

// unitOf is the unit that the name of a setting tells.
func unitOf(path []string) string {
	last := path[len(path)-1]
	for _, unit := range []string{"milliseconds", "seconds", "minutes", "hours", "days", "weeks", "years"} {
		if last == unit || strings.HasSuffix(last, "_"+unit) {
			return unit
		}
	}
	return ""
}

func dotted(root string, path []string) string {
	out := root
	for _, name := range path {
		if name == "*" {
			out += "[...]"
		} else {
			out += "." + name
		}
	}
	return out
}
