package lists

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/mycarerecord/mcr/decision/internal/fault"
	"github.com/mycarerecord/mcr/fhir"
)

// classList is data/categories.json with the lists of data/codes, and
// data/sensitive_codes.json: which record category a resource belongs to, and
// which codes make it sensitive.
type classList struct {
	Every     []string
	Names     map[string]string // categories in words
	rules     []fhir.ClassRule
	sensitive []fhir.Code
	Systems   map[string]string // address of a code system → its short name
}

type code struct {
	System  string `json:"system"`
	Code    string `json:"code"`
	Display string `json:"display"`
}

// classRule is one rule of categories.json. Its codes are "short-name|code",
// "short-name|*" for any code of a system, or "@list" for one of data/codes.
type classRule struct {
	Type         oneOrMore `json:"type"`
	Category     []string  `json:"category"`
	CategoryText []string  `json:"category_text"`
	Code         []string  `json:"code"`
	Specialty    []string  `json:"specialty"`
	Has          []string  `json:"has"`
	Class        string    `json:"class"`
}

// oneOrMore is a text, or a list of them.
type oneOrMore []string

func (t *oneOrMore) UnmarshalJSON(text []byte) error {
	var one string
	if json.Unmarshal(text, &one) == nil {
		*t = oneOrMore{one}
		return nil
	}
	return json.Unmarshal(text, (*[]string)(t))
}

// placeOf tells where among the lists of sensitive codes one stands.
func placeOf(lists, path []string) []string {
	if len(path) > 0 {
		if at := slices.Index(lists, path[len(path)-1]); at >= 0 {
			return []string{"lists", strconv.Itoa(at)}
		}
	}
	return path
}

func readClasses(categories, sensitive string, codes map[string]codeList) (classList, error) {
	var doc struct {
		Source       string               `json:"source"`
		Categories   map[string]string    `json:"categories"`
		Every        []string             `json:"every"`
		Understood   []string             `json:"understood"`
		RoutineGP    []string             `json:"routine_gp"`
		CanBeOrdered []string             `json:"can_be_ordered"`
		Tagged       []string             `json:"tagged"`
		Systems      map[string]oneOrMore `json:"systems"`
		Rules        []classRule          `json:"rules"`
	}
	var sensitiveDoc struct {
		Source string   `json:"source"`
		Lists  []string `json:"lists"` // of data/codes: "@name"
		Codes  []code   `json:"codes"` // and codes that stand in none
	}
	if err := errors.Join(strictJSON(categories, &doc), strictJSON(sensitive, &sensitiveDoc)); err != nil {
		return classList{}, err
	}
	var faults []error
	if !slices.Equal(doc.Every, slices.Sorted(maps.Keys(doc.Categories))) {
		faults = append(faults, fault.At([]string{"every"}, "write all of them, in alphabetical order", "every must name each of categories once, in alphabetical order"))
	}
	known := slices.Sorted(maps.Keys(doc.Categories))
	for _, list := range []struct {
		name  string
		words []string
	}{{"understood", doc.Understood}, {"routine_gp", doc.RoutineGP}, {"can_be_ordered", doc.CanBeOrdered}, {"tagged", doc.Tagged}} {
		for i, c := range list.words {
			at := []string{list.name, strconv.Itoa(i)}
			switch {
			case doc.Categories[c] == "":
				faults = append(faults, fault.At(at, "write one of categories"+fault.Meant(c, known), "%q is not one of categories", c))
			case c == "unclassified":
				faults = append(faults, fault.At(at, "take it out: it would release what nobody has understood", "%s must not hold unclassified", list.name))
			}
		}
		if len(list.words) == 0 {
			faults = append(faults, fault.At([]string{list.name}, "put back what it held", "%s must not be empty", list.name))
		}
	}
	b := codeBook{systems: doc.Systems, lists: codes, used: map[string]bool{}}
	faults = append(faults, b.check()...)
	l := classList{Every: doc.Every, Names: doc.Categories, Systems: b.shortNames()}
	for i := range doc.Rules {
		r := &doc.Rules[i]
		if doc.Categories[r.Class] == "" || len(r.Type) == 0 || slices.Contains(r.Type, "") {
			faults = append(faults, fault.At([]string{"rules", strconv.Itoa(i)}, "give its type, and a class that is one of categories"+fault.Meant(r.Class, known), "rule %d: type must be given, and class %q be one of categories", i+1, r.Class))
			continue
		}
		rules, err := r.written(&b, slices.Contains(doc.Tagged, r.Class))
		if err != nil {
			for _, f := range fault.Of(err) {
				f.Path = []string{"rules", strconv.Itoa(i)}
				f.What = fmt.Sprintf("rule %d (%s → %s): %s", i+1, strings.Join(r.Type, ", "), r.Class, f.What)
				faults = append(faults, f)
			}
		}
		l.rules = append(l.rules, rules...)
	}
	var err error
	if l.sensitive, err = b.sensitive(sensitiveDoc.Lists, sensitiveDoc.Codes); err != nil {
		for _, f := range fault.Of(err) {
			f.File, f.Path = "data/sensitive_codes.json", placeOf(sensitiveDoc.Lists, f.Path)
			faults = append(faults, f)
		}
	}
	faults = append(faults, b.unused()...)
	if len(faults) == 0 {
		faults = append(faults, contradictions(l.rules)...)
	}
	return l, errors.Join(faults...)
}

// written gives the rule for each of its types, with the codes of its lists. What
// a source can put on any entry comes on top of what the entry is.
func (r *classRule) written(b *codeBook, tagged bool) ([]fhir.ClassRule, error) {
	category, err1 := b.codes(r.Category)
	code, err2 := b.codes(r.Code)
	specialty, err3 := b.codes(r.Specialty)
	all := make([]fhir.ClassRule, len(r.Type))
	for i, typ := range r.Type {
		all[i] = fhir.ClassRule{
			Type: typ, Class: r.Class, Category: category, Code: code, Specialty: specialty,
			CategoryText: r.CategoryText, Has: r.Has,
			OnTop: tagged && r.exact(),
		}
	}
	return all, errors.Join(err1, err2, err3)
}

// exact says that the rule asks for more than a type and a code system.
func (r *classRule) exact() bool {
	return len(r.CategoryText)+len(r.Has) > 0 || slices.ContainsFunc(slices.Concat(r.Category, r.Code, r.Specialty), func(e string) bool {
		return !strings.HasSuffix(e, "|"+fhir.AnyCode)
	})
}

// Classifier makes the classifier that goes with every plan.
func (l classList) Classifier() (*fhir.Classifier, error) {
	return fhir.NewClassifier(l.rules, l.sensitive)
}
