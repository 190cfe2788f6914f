package hostile

import (
	_ "embed"
	"strconv"
	"strings"
)

//go:embed jsontestsuite.txt
var suiteText string

// Text is one text of JSONTestSuite, as a parser is given it.
type Text struct {
	Name, Behaviour string
	// Valid: every parser of RFC 8259 takes it. Open: it may or may not. Neither: none may.
	Valid, Open bool
	Body        string
}

// Suite is JSONTestSuite. Each text is a behaviour: an element of A's Observation, last
// of all, so that what reads the whole has to read it.
func Suite() []Text {
	var all []Text
	for line := range strings.Lines(suiteText) {
		name, quoted, ok := strings.Cut(strings.TrimSuffix(line, "\n"), "\t")
		body, err := strconv.Unquote(quoted)
		if !ok || err != nil {
			continue // the head of the file; a test counts what is left
		}
		all = append(all, Text{name, "json-" + asID(name), name[0] == 'y', name[0] == 'i', body})
	}
	return append(all,
		Text{"n_structure_100000_opening_arrays", "json-n-structure-100000-opening-arrays", false, false, many("[", 100_000)},
		Text{"n_structure_open_array_object", "json-n-structure-open-array-object", false, false, many(`[{"":`, 50_000) + "\n"})
}

// asID writes a file's name as an id of FHIR's.
func asID(name string) string {
	id := strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z', r >= '0' && r <= '9', r == '.':
			return r
		case r == '+':
			return 'P'
		}
		return '-'
	}, name)
	return strings.TrimSuffix(id[:min(len(id), 59)], ".")
}

// suite are the texts as behaviours.
func suite() (all []Behaviour) {
	for _, text := range Suite() {
		all = append(all, Behaviour{text.Behaviour, "JSONTestSuite's " + text.Name, says(func(x *ask) string {
			return x.observation(x.one(), x.a, `,"component":`+text.Body)
		})})
	}
	return all
}
