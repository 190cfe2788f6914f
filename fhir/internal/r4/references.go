package r4

import (
	_ "embed"
	"iter"
	"strings"
	"sync"
)

// Link is an element that holds a Reference.
type Link struct {
	Path    string   // within its type: "section.entry"; a choice: "medicationReference"
	Targets []string // the types that it leads to; "*": to any
}

// Name is the last name of the path: that of the member in an instance.
func (l Link) Name() string { return l.Path[strings.LastIndexByte(l.Path, '.')+1:] }

//go:embed references.txt
var referencesText string

// links are read when they are first needed.
var links = sync.OnceValue(func() map[string][]Link {
	all := map[string][]Link{}
	for words := range lines(referencesText) {
		for _, word := range words[1:] {
			path, targets, _ := strings.Cut(word, "=")
			all[words[0]] = append(all[words[0]], Link{Path: path, Targets: strings.Split(targets, ",")})
		}
	}
	return all
})

// Links gives the elements of a resource type or a data type that hold References.
func Links(typ string) []Link { return links()[typ] }

// Linking are the types, of resources and of data, that have such elements.
func Linking() iter.Seq2[string, []Link] {
	return func(yield func(string, []Link) bool) {
		for typ, l := range links() {
			if !yield(typ, l) {
				return
			}
		}
	}
}
