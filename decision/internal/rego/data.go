package rego

import "github.com/open-policy-agent/opa/v1/util"

// OPA reads a reference that begins with data, such as data.hours.closed[hour], from
// its store by a path of texts: the number 10 finds the key "10", and the text "0" the
// first of a list. A value that has been given a name (x := data.hours) is read as any
// other: there, 10 is not "10". The planner marks the look-ups of the first kind
// (step.path), and the loaded data is marked as base; where both meet, this is asked.

// setBase marks loaded data.
func (n *Node) setBase() {
	n.base = true
	for _, item := range n.Items {
		item.setBase()
	}
}

// holdsBase says that loaded data is part of a value.
func (n *Node) holdsBase() bool {
	if n == nil {
		return false
	}
	if n.base {
		return true
	}
	for _, item := range n.Items {
		if item.holdsBase() {
			return true
		}
	}
	return false
}

// byPath finds what OPA's store has under a key of another type than the document's.
func (m *Machine) byPath(doc, key *Node) (*Node, int) {
	switch {
	case doc.Kind == Object && key.Kind == Number:
		return doc.find(m.arena.text(key.digits()))
	case doc.Kind == Array && key.Kind == Text:
		if i, ok := util.Atoi(key.Str); ok && i >= 0 && i < len(doc.Items) {
			return doc.Items[i], i
		}
	}
	return nil, 0
}
