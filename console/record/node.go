package record

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"maps"
	"slices"
	"strings"
)

// node is a piece of JSON of which nothing is taken for granted: asking it for
// what it has not gives an empty node, never a fault.
type node struct{ v any }

var errNotOne = errors.New("reading a resource: not one JSON object")

// parse reads one JSON object. Numbers keep their digits: 5.10 is not 5.1.
func parse(text []byte) (node, error) {
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		return node{}, errNotOne
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return node{}, errNotOne
	}
	if _, ok := v.(map[string]any); !ok {
		return node{}, errNotOne
	}
	return node{v}, nil
}

func (n node) is() bool {
	switch v := n.v.(type) {
	case nil:
		return false
	case []any:
		return len(v) > 0
	case map[string]any:
		return len(v) > 0
	case string:
		return v != ""
	}
	return true
}

// get walks down by names. A list on the way stands for its first item.
func (n node) get(path ...string) node {
	for _, name := range path {
		if items, ok := n.v.([]any); ok && len(items) > 0 {
			n = node{items[0]}
		}
		object, ok := n.v.(map[string]any)
		if !ok {
			return node{}
		}
		n = node{object[name]}
	}
	return n
}

// list gives the items of a list; what should be a list and is not is a list of one.
func (n node) list() []node {
	items, ok := n.v.([]any)
	if !ok {
		if n.is() {
			return []node{n}
		}
		return nil
	}
	out := make([]node, 0, len(items))
	for _, item := range items {
		if item != nil {
			out = append(out, node{item})
		}
	}
	return out
}

// raw is the text of a string or number, as it stands, for comparing with codes.
func (n node) raw() string {
	switch v := n.v.(type) {
	case string:
		return v
	case json.Number:
		return v.String()
	case bool:
		if v {
			return "true"
		}
		return "false"
	}
	return ""
}

// text is a string or number, cleaned for one line of a page.
func (n node) text() string { return clean(n.raw()) }

// prose is a string cleaned for several lines.
func (n node) prose() string { return cleanProse(n.raw()) }

func (n node) yes() bool { return n.raw() == "true" }

// keys are the names of an object, sorted.
func (n node) keys() []string {
	object, ok := n.v.(map[string]any)
	if !ok {
		return nil
	}
	return slices.Sorted(maps.Keys(object))
}

// choice gives the elements of a choice of types: "value" gives valueQuantity,
// valueString … FHIR allows one; whoever sends two gets both shown.
func (n node) choice(stem string) []chosen {
	object, ok := n.v.(map[string]any)
	if !ok {
		return nil
	}
	var out []chosen
	for name := range object {
		kind, ok := strings.CutPrefix(name, stem)
		if ok && kind != "" && kind[0] >= 'A' && kind[0] <= 'Z' {
			if one := (node{object[name]}); one.is() {
				out = append(out, chosen{kind, one})
			}
		}
	}
	slices.SortFunc(out, func(a, b chosen) int { return strings.Compare(a.kind, b.kind) })
	return out
}

// chosen is one value of a choice, with the type that its name states.
type chosen struct {
	kind string // "Quantity"
	node
}

// has says whether a name stands anywhere in it: deep, but not in contained.
func (n node) has(name string) bool {
	switch v := n.v.(type) {
	case map[string]any:
		for key, below := range v {
			if key == name && (node{below}).is() {
				return true
			}
			if key != "contained" && (node{below}).has(name) {
				return true
			}
		}
	case []any:
		for _, below := range v {
			if (node{below}).has(name) {
				return true
			}
		}
	}
	return false
}
