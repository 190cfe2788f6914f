package audit

import (
	"cmp"
	"slices"
	"strings"
	"unicode"
)

// Person is somebody who asked, by the id under which their requests are recorded.
type Person struct {
	UserID string
	// Names are how they are spelled, each once, the last used first: that of the newest
	// record in each organisation and role. None, when no such record bears a name.
	Names []string
}

// Called says whether one of a person's names holds every word of what somebody typed,
// whole or its beginning, however written: "okafor a" finds "Dr Amara Okafor". Nothing
// typed finds nobody.
func (p Person) Called(typed string) bool {
	wanted := wordsOf(typed)
	return len(wanted) > 0 && slices.ContainsFunc(p.Names, func(name string) bool {
		words := wordsOf(name)
		return !slices.ContainsFunc(wanted, func(want string) bool {
			return !slices.ContainsFunc(words, func(word string) bool { return strings.HasPrefix(word, want) })
		})
	})
}

// wordsOf gives the words of a name, without dots, dashes and the like.
func wordsOf(name string) []string {
	name = strings.NewReplacer("'", "", "’", "").Replace(strings.ToLower(name))
	return strings.FieldsFunc(name, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) && !unicode.IsMark(r) })
}

// Named is the name that somebody has in the newest of their records in one organisation
// and role.
type Named struct {
	UserID, Name string
	Last         Place // of that record
}

// People puts together the names of each person. They come sorted by user id.
func People(named []Named) []Person {
	named = slices.Clone(named)
	slices.SortFunc(named, func(a, b Named) int { return cmp.Or(cmp.Compare(a.UserID, b.UserID), b.Last.Compare(a.Last)) })
	all := []Person{}
	for _, n := range named {
		if n.UserID == "" {
			continue
		}
		if len(all) == 0 || all[len(all)-1].UserID != n.UserID {
			all = append(all, Person{UserID: n.UserID})
		}
		if last := &all[len(all)-1]; n.Name != "" && !slices.Contains(last.Names, n.Name) {
			last.Names = append(last.Names, n.Name)
		}
	}
	return all
}
