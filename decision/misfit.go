package decision

import (
	"encoding/json"

	"github.com/mycarerecord/mcr/decision/internal/rego"
)

// shape is what a schema says of a value's form.
type shape struct {
	Type       string            `json:"type"`
	Properties map[string]*shape `json:"properties"`
	Items      *shape            `json:"items"`

	fields []*rego.Node // the names of the properties that are always there, and that rules read
}

// sometimes are the properties that a broker does not write always: what is to be recorded, and
// the value of a fact that is not known.
var sometimes = map[string]bool{"statement": true, "value": true}

// inputShape reads the schema of the policies' input once, and which of it the rules read.
func (r *Revision) inputShape() *shape {
	r.shapeOnce.Do(func() {
		s := new(shape)
		if json.Unmarshal([]byte(r.files.Schema), s) == nil { // it was compiled: it is JSON
			s.prepare(readsOf(r.compiler))
			r.shape = s
		}
	})
	return r.shape
}

func (s *shape) prepare(reads *reading) {
	for name, p := range s.Properties {
		if !sometimes[name] && reads.of(name) != nil {
			s.fields = append(s.fields, &rego.Node{Kind: rego.Text, Fixed: true, Str: name})
		}
		p.prepare(reads.of(name))
	}
	if s.Items != nil {
		s.Items.prepare(reads) // whoever reads a list reads all of it
	}
}

// Misfit says where an input has not the form that the revision's schema gives: it was written
// for an older or a newer one, and what the revision would decide would be a guess. "" says
// that it has. It compares which fields are there and of which kind they are, and not what
// values a field may have. A field that no rule of the revision can read may be missing: with
// it or without it the rules decide the same. The own rules of the record's organisation count too.
func (a Asked) Misfit(by *Revision) string {
	s := by.inputShape()
	if s == nil {
		return "the schema cannot be read"
	}
	path, fault := s.misfit(a.input)
	if fault != "" {
		return path + " " + fault
	}
	if own := by.own[a.input.At(kSource.Node).Text("organisation")]; own != nil {
		return a.Misfit(own)
	}
	return ""
}

// What can be wrong with a field.
const (
	isMissing = "is missing"
	isUnknown = "is not in the schema"
	isOther   = "is of another kind"
)

// misfit gives the first field that is wrong. The path is put together on the way out alone.
func (s *shape) misfit(n *rego.Node) (path, fault string) {
	if !s.takes(n) {
		return "", isOther
	}
	if n.Kind == rego.Array && s.Items != nil {
		for _, item := range n.Items {
			if path, fault := s.Items.misfit(item); fault != "" {
				return path, fault
			}
		}
	}
	if n.Kind != rego.Object {
		return "", ""
	}
	for i, key := range n.Keys {
		below := s.Properties[key.Str]
		if below == nil {
			return key.Str, isUnknown
		}
		if path, fault := below.misfit(n.Items[i]); fault != "" {
			if path != "" {
				path = "." + path
			}
			return key.Str + path, fault
		}
	}
	for _, field := range s.fields {
		if n.At(field) == nil {
			return field.Str, isMissing
		}
	}
	return "", ""
}

func (s *shape) takes(n *rego.Node) bool {
	switch n.Kind {
	case rego.Object:
		return s.Type == "object"
	case rego.Array:
		return s.Type == "array"
	case rego.Text:
		return s.Type == "string"
	case rego.Number:
		return s.Type == "integer" || s.Type == "number"
	case rego.Boolean:
		return s.Type == "boolean"
	}
	return false
}
