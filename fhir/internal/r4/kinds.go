package r4

import (
	_ "embed"
	"maps"
	"slices"
	"strings"
	"sync"
)

// Structure is the elements of a resource type, of a data type, or of an element that
// has no type of its own, by the names that they have in an instance: a choice of
// types stands under each of its names ("valueString").
type Structure struct {
	Members map[string]Member
}

// Member is one of them.
type Member struct {
	Path  string     // where R4 tells of it: "Observation.component.value[x]"
	Type  string     // its type, "" where Below is its own
	Below *Structure // its elements, nil for a primitive or a resource
}

//go:embed kinds.txt
var kindsText string

// structures are read when they are first needed.
var structures = sync.OnceValue(func() map[string]*Structure {
	all := map[string]*Structure{}
	for words := range lines(kindsText) {
		all[words[0]] = &Structure{Members: map[string]Member{}}
	}
	for words := range lines(kindsText) {
		within := map[string]*Structure{"": all[words[0]]}
		again := map[string]string{} // elements that have those of another
		for _, word := range words[1:] {
			path, types, _ := strings.Cut(word, "=")
			parent, name := "", path
			if at := strings.LastIndexByte(path, '.'); at >= 0 {
				parent, name = path[:at], path[at+1:]
			}
			m := Member{Path: words[0] + "." + path}
			switch into := within[parent]; {
			case types == "*":
				m.Below = &Structure{Members: map[string]Member{}}
				within[path] = m.Below
				into.Members[name] = m
			case types[0] == '#':
				again[path] = types[1:]
			default:
				into.add(name, m, strings.Split(types, ","), all)
			}
		}
		for path, like := range again {
			parent, name := "", path
			if at := strings.LastIndexByte(path, '.'); at >= 0 {
				parent, name = path[:at], path[at+1:]
			}
			within[parent].Members[name] = Member{Path: words[0] + "." + like, Below: within[like]}
		}
	}
	return all
})

// add takes up an element of one type, or of a choice of them.
func (s *Structure) add(name string, m Member, types []string, all map[string]*Structure) {
	stem, choice := strings.CutSuffix(name, "[x]")
	for _, t := range types {
		m.Type, m.Below = t, all[t]
		if !choice {
			s.Members[name] = m
			continue
		}
		s.Members[stem+strings.ToUpper(t[:1])+t[1:]] = m
	}
}

// StructureOf gives the elements of a resource type or a data type, or nil.
func StructureOf(name string) *Structure { return structures()[name] }

// Structures gives those of all resource types; deep: of all data types and all
// elements that have elements of their own as well.
func Structures(deep bool) (all []*Structure) {
	for _, s := range structures() {
		_, resource := s.Members["implicitRules"]
		switch {
		case deep:
			all = s.within(all)
		case resource:
			all = append(all, s)
		}
	}
	return all
}

// within adds a structure, and those of its own elements.
func (s *Structure) within(all []*Structure) []*Structure {
	all = append(all, s)
	for _, m := range s.Members {
		if m.Type == "" && m.Below != nil && !slices.Contains(all, m.Below) {
			all = m.Below.within(all)
		}
	}
	return all
}

// IsPrimitive says that this is a data type without elements of its own.
func IsPrimitive(name string) bool {
	for m := range maps.Values(StructureOf("Extension").Members) {
		if m.Type == name {
			return m.Below == nil
		}
	}
	return false
}
