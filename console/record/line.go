package record

import (
	"strings"

	"github.com/mycarerecord/mcr/collect"
)

// entry is a resource while it is read.
type entry struct {
	node
	typ, id, full string
	in            *answer
	contained     map[string]node
	read          map[string]bool // the elements that a reader has looked at
}

// get is node's, and remembers what was looked at.
func (e *entry) get(path ...string) node {
	e.look(path[0])
	return e.node.get(path...)
}

// choice is node's, and remembers what was looked at.
func (e *entry) choice(stem string) []chosen {
	all := e.node.choice(stem)
	for _, c := range all {
		e.look(stem + c.kind)
	}
	return all
}

// whole is the node itself, when an element of it is looked at elsewhere.
func (e *entry) whole(at string) node {
	e.look(at)
	return e.node
}

func (e *entry) look(at string) {
	if e.read == nil {
		e.read = make(map[string]bool, 24)
	}
	e.read[at] = true
}

// answer is one source's entries while they are read.
type answer struct {
	source *Source
	from   collect.Source
	all    []*entry
	by     map[string]*entry // by "Type/id" and by full address
	// results names, for each Observation, the report that it belongs to.
	results map[*entry]*entry
	lines   []*Line
	given   int // how many entries came
}

// find follows a reference within the source's own answer.
func (e *entry) find(ref node) (node, bool) {
	to := ref.get("reference").raw()
	if to == "" {
		to = ref.raw()
	}
	if id, ok := strings.CutPrefix(to, "#"); ok {
		found, ok := e.contained[id]
		return found, ok
	}
	found := e.in.lookup(to)
	if found == nil {
		return node{}, false
	}
	return found.node, true
}

func (a *answer) lookup(to string) *entry {
	if to == "" {
		return nil
	}
	if found := a.by[to]; found != nil {
		return found
	}
	to, _, _ = strings.Cut(to, "/_history/")
	parts := strings.Split(to, "/")
	if len(parts) < 2 {
		return nil
	}
	return a.by[strings.Join(parts[len(parts)-2:], "/")]
}

// named gives the name of what a reference leads to: as it stands with the
// reference, or as the resource itself says when it came too.
func (e *entry) named(ref node) string {
	if text := ref.get("display").text(); text != "" {
		return text
	}
	found, ok := e.find(ref)
	if !ok {
		return ""
	}
	return nameOf(found, e, 0)
}

// nameOf gives the name that a resource has for people.
func nameOf(n node, e *entry, depth int) string {
	switch n.get("resourceType").raw() {
	case "Practitioner", "Patient", "RelatedPerson", "Person":
		return humanName(n)
	case "PractitionerRole":
		if depth > 2 {
			return ""
		}
		who, _ := e.find(n.get("practitioner"))
		return join(", ", join("", n.get("practitioner", "display").text(), nameOf(who, e, depth+1)), concept(n.get("code")))
	case "Medication":
		return concept(n.get("code"))
	}
	for _, name := range []string{"name", "title"} {
		if text := n.get(name).text(); text != "" {
			return text
		}
	}
	for _, name := range []string{"code", "medicationCodeableConcept", "vaccineCode", "description", "type"} {
		if words := concept(n.get(name)); words != "" {
			return words
		}
	}
	return ""
}

// names lists what several references lead to.
func (e *entry) names(refs node, path ...string) string {
	var all []string
	for _, ref := range refs.list() {
		if name := e.named(ref.get(path...)); name != "" {
			all = append(all, name)
		}
	}
	return strings.Join(all, ", ")
}

// humanName writes the name of a person: the text, or its parts; the official
// one where there are several, never one marked old.
func humanName(n node) string {
	best, rank := "", 99
	for _, name := range n.get("name").list() {
		text := name.get("text").text()
		if text == "" {
			var parts []string
			for _, part := range []string{"prefix", "given", "family", "suffix"} {
				for _, one := range name.get(part).list() {
					parts = append(parts, one.text())
				}
			}
			text = join(" ", parts...)
		}
		if text == "" {
			text = name.text()
		}
		at := map[string]int{"official": 0, "usual": 1, "": 2, "nickname": 4, "maiden": 5, "old": 6, "anonymous": 7, "temp": 3}
		if r, ok := at[name.get("use").raw()]; text != "" && ok && r < rank {
			best, rank = text, r
		} else if text != "" && best == "" {
			best = text
		}
	}
	return best
}

// line begins the line of an entry.
func (e *entry) line(kind, title string) *Line {
	return &Line{Source: e.in.source, Kind: kind, Title: title, typ: e.typ}
}

// fact adds what is said, if anything is.
func (l *Line) fact(name, text string) {
	if text != "" {
		l.Facts = append(l.Facts, Fact{name, text})
	}
}

func (l *Line) mark(text string, tone Tone) {
	if text != "" {
		l.Marks = append(l.Marks, Mark{text, tone})
	}
}

// at sets the line's date.
func (l *Line) at(is string, w When) bool {
	if !l.When.Given() && w.Given() {
		l.When, l.WhenIs = w, is
		return true
	}
	return false
}

// till says until when something lasts that began at start: on the same line as
// its beginning where both are known, else by itself.
func (l *Line) till(start, end When) {
	switch {
	case !end.Given() || end.String() == start.String():
	case !start.Known() || !end.Known() || start != l.When:
		l.fact("Until", end.String())
	case end.timed() && start.timed() && end.Day() == start.Day():
		l.Till = end.clock()
	default:
		l.WhenIs, l.Till = "From", end.String()
	}
}

// coded says by what the line may be the same thing as another, and shows the
// code's words where they differ from the author's.
func (l *Line) coded(c node) {
	l.alike = telling(c)
	if words := strings.ToLower(concept(c)); words != "" {
		l.alike = append(l.alike, words)
	}
	l.fact("Coded as", codedAs(c))
}

// notes adds the annotations of an entry.
func (l *Line) notes(e *entry) {
	for _, n := range e.get("note").list() {
		text := n.get("text").prose()
		if text == "" {
			text = n.prose()
		}
		by := join(", ", n.get("authorString").text(), e.named(n.get("authorReference")), when(n.get("time")).Day())
		if by != "" && text != "" {
			text += " (" + by + ")"
		}
		l.fact("Note", text)
	}
}
