package cases

import (
	"bytes"
	"fmt"
	"maps"
	"reflect"
	"slices"

	"go.yaml.in/yaml/v3"

	"github.com/mycarerecord/mcr/access"
	"github.com/mycarerecord/mcr/decision"
	"github.com/mycarerecord/mcr/decision/internal/yamlnode"
)

// answerOf writes a decision as what a case expects.
func answerOf(rev *decision.Revision, d access.Decision) *yaml.Node {
	then := &yaml.Node{Kind: yaml.MappingNode}
	put := func(name string, value *yaml.Node) {
		then.Content = append(then.Content, yamlnode.Text(name), value)
	}
	for _, word := range slices.Sorted(maps.Keys(effects)) {
		if effects[word] == d.Effect {
			put("decision", yamlnode.Text(word))
		}
	}
	codes := make([]string, len(d.Reasons))
	for i, reason := range d.Reasons {
		codes[i] = reason.Code
	}
	put("because", yamlnode.List(codes))
	if len(d.Rules) > 0 {
		put("by", yamlnode.List(d.Rules))
	}
	if released := d.Plan.Categories; len(released) > 0 {
		withheld := withheldOf(d.Plan)
		every := slices.DeleteFunc(rev.Categories(), func(c string) bool { return withheld[c] != "" })
		understood := slices.DeleteFunc(slices.Clone(every), func(c string) bool { return c == "unclassified" })
		switch {
		case slices.Equal(released, every):
			put("releases", yamlnode.Text("everything"))
		case slices.Equal(released, understood):
			put("releases", yamlnode.Text("everything understood"))
		default:
			put("releases", yamlnode.List(released))
		}
		put("labels", yamlnode.Text(map[bool]string{true: "every", false: "normal"}[decision.EveryLabel(d.Plan.Labels)]))
	}
	if len(d.Plan.Masks) > 0 {
		put("masks", &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!bool", Value: "true"})
	}
	if len(d.Plan.Withheld) > 0 {
		put("withholds", yamlnode.Texts(withheldOf(d.Plan)))
	}
	if d.Effect != access.Permit {
		put("remedy", yamlnode.Text(remedyOf(d)))
	}
	if d.Alert {
		put("alert", &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!bool", Value: "true"})
	}
	if len(d.Basis) > 0 {
		put("basis", yamlnode.Texts(d.Basis))
	}
	return then
}

// expecting writes the case with an answer as what it expects. What is written
// is read again and must be the same case; comments and the way in which values
// were written are given up if they stand in the way of that.
func (one *oneCase) expecting(then *yaml.Node) ([]byte, error) {
	root := copyNode(one.root, true)
	for _, kept := range []bool{true, false} {
		root = copyNode(root, kept)
		story := at(root, "cases").Content[0]
		for i := 0; i+1 < len(story.Content); i += 2 {
			if story.Content[i].Value == "then" {
				story.Content = slices.Delete(story.Content, i, i+2)
				break
			}
		}
		if story.Style = 0; kept {
			at(root, "cases").Style = 0
			root.Style = 0
		}
		story.Content = append(story.Content, yamlnode.Text("then"), then)
		var out bytes.Buffer
		e := yaml.NewEncoder(&out)
		e.SetIndent(2)
		if err := e.Encode(root); err != nil {
			continue
		}
		again, err := readOneCase(out.Bytes())
		if err == nil && one.same(again) {
			if _, err = readCases("tried.yaml", out.String()); err == nil {
				return out.Bytes(), nil
			}
		}
	}
	return nil, fmt.Errorf("writing case: it does not come out the same")
}

// same says that two files hold the same story, whatever they expect.
func (one *oneCase) same(other *oneCase) bool {
	a, b := one.file, other.file
	x, y := a.Cases[0], b.Cases[0]
	x.line, y.line = 0, 0
	x.Then, y.Then = caseAnswer{}, caseAnswer{}
	a.Cases, b.Cases = nil, nil
	return reflect.DeepEqual(a, b) && reflect.DeepEqual(x, y)
}

// copyNode copies a node; plainly without comments and styles.
func copyNode(n *yaml.Node, kept bool) *yaml.Node {
	out := *n
	out.Content = nil
	if !kept {
		out.Style &= yaml.FlowStyle
		out.HeadComment, out.LineComment, out.FootComment = "", "", ""
	}
	for _, below := range n.Content {
		out.Content = append(out.Content, copyNode(below, kept))
	}
	return &out
}
