package mutants

import (
	"slices"

	"go.yaml.in/yaml/v3"
)

// under finds what stands under a name; an empty node when nothing does.
func under(n *yaml.Node, name string) *yaml.Node {
	for i := 0; n.Kind == yaml.MappingNode && i+1 < len(n.Content); i += 2 {
		if n.Content[i].Value == name {
			return n.Content[i+1]
		}
	}
	return &yaml.Node{}
}

// follow goes by names and by places in lists.
func follow(n *yaml.Node, path []any) *yaml.Node {
	for _, step := range path {
		switch step := step.(type) {
		case string:
			n = under(n, step)
		case int:
			n = n.Content[step]
		}
	}
	return n
}

func keys(n *yaml.Node) []string {
	var out []string
	for i := 0; i+1 < len(n.Content); i += 2 {
		out = append(out, n.Content[i].Value)
	}
	return out
}

func drop(n *yaml.Node, name string) {
	for i := 0; i+1 < len(n.Content); i += 2 {
		if n.Content[i].Value == name {
			n.Content = slices.Delete(n.Content, i, i+2)
			return
		}
	}
}

func put(n *yaml.Node, name string, value *yaml.Node) {
	for i := 0; i+1 < len(n.Content); i += 2 {
		if n.Content[i].Value == name {
			n.Content[i+1] = value
			return
		}
	}
	n.Content = append(n.Content, scalar(name), value)
}

func scalar(s string) *yaml.Node {
	n := &yaml.Node{}
	n.SetString(s)
	return n
}

// plain writes true and false as such, and not as texts.
func plain(n *yaml.Node) {
	if n.Value == "true" || n.Value == "false" {
		n.Tag, n.Style = "!!bool", 0
	}
}

func copied(n *yaml.Node) *yaml.Node {
	out := *n
	out.Content = make([]*yaml.Node, len(n.Content))
	for i, below := range n.Content {
		out.Content[i] = copied(below)
	}
	return &out
}
