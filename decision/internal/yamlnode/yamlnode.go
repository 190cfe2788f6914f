// Package yamlnode makes the nodes of which case files are written: texts that are quoted
// where YAML would read something else, lists in one line, and mappings.
package yamlnode

import (
	"maps"
	"slices"

	"go.yaml.in/yaml/v3"
)

// Text is a text, whatever it looks like.
func Text(s string) *yaml.Node {
	n := &yaml.Node{}
	n.SetString(s)
	return n
}

// List is a list of texts, in one line.
func List(texts []string) *yaml.Node {
	n := &yaml.Node{Kind: yaml.SequenceNode, Style: yaml.FlowStyle}
	for _, s := range texts {
		n.Content = append(n.Content, Text(s))
	}
	return n
}

// Texts is a mapping of texts, in one line, by name.
func Texts(texts map[string]string) *yaml.Node {
	n := Flowing()
	for _, name := range slices.Sorted(maps.Keys(texts)) {
		Put(n, name, Text(texts[name]))
	}
	return n
}

// Mapping is an empty mapping, a line for each name.
func Mapping() *yaml.Node { return &yaml.Node{Kind: yaml.MappingNode} }

// Flowing is an empty mapping, in one line.
func Flowing() *yaml.Node { return &yaml.Node{Kind: yaml.MappingNode, Style: yaml.FlowStyle} }

// Put adds a name and its value to a mapping.
func Put(mapping *yaml.Node, name string, value *yaml.Node) {
	mapping.Content = append(mapping.Content, Text(name), value)
}
