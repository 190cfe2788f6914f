package intake

import (
	"maps"
	"regexp"
	"slices"
	"strings"
	"time"
)

// modifierNames are what FHIR R4 calls its modifier elements, those that may change
// what a resource means, in the types that an import reads
// (testdata/modifiers.json has the published list, and the tests go through it).
var modifierNames = []string{"active", "comparator", "deceasedBoolean", "deceasedDateTime", "doNotPerform",
	"implicitRules", "intent", "link", "modifierExtension", "scope", "status", "use"}

// element names are letters only, but for a few data types'; what else a line has
// for a name could be a number that must not be told.
var nameForm = regexp.MustCompile(`^_?[A-Za-z]{1,64}$`)

// modifiers refuses what may change the meaning of a resource in ways that are
// not known here, wherever it stands: "do not do this" can come as an extension.
// A modifier in other letters ("DoNotPerform") is refused too: another reader of
// the line could take it.
func (e element) modifiers() {
	for _, name := range slices.Sorted(maps.Keys(e.fields)) {
		at := e.at(name)
		if !nameForm.MatchString(name) {
			at = e.at("(an element)")
		}
		switch i := slices.IndexFunc(modifierNames, func(m string) bool { return strings.EqualFold(m, name) }); {
		case name == "modifierExtension" || name == "implicitRules":
			e.wrong("%s may change what the rest means, and is not understood here: remove it, or do not import the resource", at)
		case i >= 0 && modifierNames[i] != name:
			e.wrong("%s is spelt like %s but for its capitals: correct it", at, modifierNames[i])
		}
		e.below(e.fields[name], at)
	}
}

func (e element) below(value any, at string) {
	switch v := value.(type) {
	case map[string]any:
		element{fields: v, path: at, problems: e.problems}.modifiers()
	case []any:
		for _, member := range v {
			e.below(member, at)
		}
	}
}

// stated says whether an element has a value. One that says only, in an extension,
// that there is a value ("died, when is not known") is a problem, not an absence.
func (e element) stated(name string) bool {
	if e.has(name) {
		return true
	}
	if e.has("_" + name) {
		e.wrong("%s has an extension and no value: give the value", e.at(name))
	}
	return false
}

// flag gives a boolean, the default where there is none.
func (e element) flag(name string, byDefault bool) bool {
	if !e.stated(name) {
		return byDefault
	}
	b, ok := e.fields[name].(bool)
	if !ok {
		e.wrong("%s is not true or false: correct it", e.at(name))
	}
	return b
}

// What a use says of an identifier or a telephone: whether it is one to rely on. An
// old NHS number may be somebody else's: numbers of one person are told by links.
var (
	identifierUse = map[string]bool{"usual": true, "official": true, "temp": false, "secondary": false, "old": false}
	contactUse    = map[string]bool{"work": true, "mobile": true, "home": false, "temp": false, "old": false}
)

// inUse says whether an identifier or a telephone is one to rely on at a moment:
// by its use, and by its period.
func (e element) inUse(uses map[string]bool) bool {
	good := true
	if e.stated("use") {
		var known bool
		if good, known = uses[e.text("use")]; !known {
			e.wrong("%s is not one of FHIR R4's: correct it", e.at("use"))
		}
	}
	period := e.period("period")
	return good && !period.From.After(e.now) && (period.Until.IsZero() || period.Until.After(e.now))
}

// outside says how a moment lies outside a period, "" when it lies in it.
func outside(from, until, now time.Time) (why string) {
	switch {
	case !until.IsZero() && !until.After(now):
		return "its period is over"
	case from.After(now):
		return "its period has not begun"
	}
	return ""
}
