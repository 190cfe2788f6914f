package rego

import (
	"bytes"
	"errors"

	"github.com/mycarerecord/mcr/strictjson"
)

// errNotRead says that a document is to be read by OPA's reader: it is one that the strict
// rule of JSON refuses, or no object.
var errNotRead = errors.New("the machine does not read this document")

// ReadJSON makes a node of a document that a Pen wrote, in the machine's arena: some ten
// times faster than by way of OPA's values, and the same. Whatever else the document
// is, it is an error, and left to OPA.
func (m *Machine) ReadJSON(text []byte) (*Node, error) {
	if err := m.document.Read(text, strictjson.Options{}); err != nil {
		return nil, errNotRead
	}
	if m.document.Nodes[0].Kind != strictjson.Object {
		return nil, errNotRead
	}
	for i := range m.document.Nodes {
		if n := &m.document.Nodes[i]; n.Kind == strictjson.Number && !seconds(n.Raw) {
			return nil, errNotRead // OPA says which it takes
		}
	}
	return m.read(0), nil
}

// seconds says whether a number is one that a Pen writes: whole, and of at most 18 digits.
func seconds(raw []byte) bool {
	digits := bytes.TrimPrefix(raw, []byte("-"))
	return len(digits) <= 18 && plain(string(raw)) && bytes.IndexFunc(digits, func(r rune) bool { return r < '0' || r > '9' }) < 0
}

// read makes the node that stands at a place of the document that was read.
func (m *Machine) read(at int32) *Node {
	from := &m.document.Nodes[at]
	switch from.Kind {
	case strictjson.Bool:
		return Truth(from.Raw[0] == 't')
	case strictjson.Number:
		n := m.arena.Node(Number)
		n.setNumber(m.words.text(from.Raw))
		return n
	case strictjson.String:
		return m.arena.text(m.words.text(from.Text()))
	case strictjson.Array:
		n := m.arena.Node(Array)
		for i := range m.document.Children(at) {
			n.Items = append(n.Items, m.read(i))
		}
		return n
	case strictjson.Object:
		n := m.arena.Node(Object)
		for i := range m.document.Children(at) {
			name := m.document.Nodes[i].Name
			key := names[string(name)]
			if key == nil {
				key = m.arena.text(m.words.text(name))
			}
			n.Keys, n.Items = append(n.Keys, key), append(n.Items, m.read(i))
		}
		return n
	}
	return nodeNull
}

// words are texts that were read lately: most come again in the next document.
type words map[string]string

// mostWords bounds what is remembered, and longestWord of each.
const (
	mostWords   = 4096
	longestWord = 64
)

func (w *words) text(b []byte) string {
	if known, ok := (*w)[string(b)]; ok {
		return known
	}
	s := string(b)
	if len(s) > longestWord {
		return s
	}
	if *w == nil || len(*w) >= mostWords {
		*w = words{}
	}
	(*w)[s] = s
	return s
}
