package cases

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"

	"go.yaml.in/yaml/v3"

	"github.com/mycarerecord/mcr/decision/internal/folder"
)

// ErrNoCase says that there is no such case in the folder.
var ErrNoCase = errors.New("there is no such case")

// Text gives one case of a folder as a file of its own, with the people and
// places that it speaks of and what it expects: something to begin with for Try.
// The file is named as in Result.File.
func Text(fsys fs.FS, file, name string) ([]byte, error) {
	if !fs.ValidPath(file) || ShortName(file) != file {
		return nil, fmt.Errorf("reading case: %w", ErrNoCase)
	}
	text, err := folder.ReadFile(fsys, folder.CasesFolder+"/"+file+".yaml")
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("reading case: %w", ErrNoCase)
	} else if err != nil {
		return nil, fmt.Errorf("reading case: %w", err)
	}
	var doc yaml.Node
	if err := yaml.Unmarshal(text, &doc); err != nil || len(doc.Content) != 1 {
		return nil, fmt.Errorf("reading case: %s cannot be read", file)
	}
	root := doc.Content[0]
	list := at(root, "cases")
	for _, story := range list.Content {
		if at(story, "name").Value != name {
			continue
		}
		list.Content = []*yaml.Node{story}
		said := map[string]bool{}
		values(story, said)
		keepOnly(at(root, "people"), said)
		keepOnly(at(root, "places"), organisations(at(root, "people"), said))
		var out bytes.Buffer
		e := yaml.NewEncoder(&out)
		e.SetIndent(2)
		if err := e.Encode(root); err != nil {
			return nil, fmt.Errorf("reading case: %w", err)
		}
		return out.Bytes(), nil
	}
	return nil, fmt.Errorf("reading case: %w", ErrNoCase)
}

// values notes all values below a node.
func values(n *yaml.Node, said map[string]bool) {
	if n.Kind == yaml.ScalarNode {
		said[n.Value] = true
	}
	for _, below := range n.Content {
		values(below, said)
	}
}

// organisations adds what the people that are left work for: it names the places
// in the sentences of the case.
func organisations(people *yaml.Node, said map[string]bool) map[string]bool {
	values(people, said)
	return said
}

// keepOnly drops the people or places of whom nothing is said: people by their
// name, places by their name or organisation.
func keepOnly(n *yaml.Node, said map[string]bool) {
	var kept []*yaml.Node
	for i := 0; i+1 < len(n.Content); i += 2 {
		isPlace := at(n.Content[i+1], "user").Value == ""
		if said[n.Content[i].Value] || isPlace && said[at(n.Content[i+1], "organisation").Value] {
			kept = append(kept, n.Content[i], n.Content[i+1])
		}
	}
	n.Content = kept
}
