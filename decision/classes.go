package decision

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/mycarerecord/mcr/fhir"
)

// classList is data/categories.json and data/sensitive_codes.json: which record
// category a resource belongs to, and which codes make it sensitive.
type classList struct {
	every []string
	names map[string]string // categories in words
	rules []classRule
	codes []code
}

type code struct {
	System  string `json:"system"`
	Code    string `json:"code"`
	Display string `json:"display"`
}

// classRule is one rule of categories.json; its codes are "short-name|code".
type classRule struct {
	Type      string   `json:"type"`
	Category  []string `json:"category"`
	Code      []string `json:"code"`
	Specialty []string `json:"specialty"`
	Class     string   `json:"class"`
}

func readClasses(categories, sensitive string) (classList, error) {
	var doc struct {
		Source       string            `json:"source"`
		Categories   map[string]string `json:"categories"`
		Every        []string          `json:"every"`
		Understood   []string          `json:"understood"`
		RoutineGP    []string          `json:"routine_gp"`
		CanBeOrdered []string          `json:"can_be_ordered"`
		Tagged       []string          `json:"tagged"`
		Systems      map[string]string `json:"systems"`
		Rules        []classRule       `json:"rules"`
	}
	var sensitiveDoc struct {
		Source string `json:"source"`
		Codes  []code `json:"codes"`
	}
	if err := errors.Join(strictJSON(categories, &doc), strictJSON(sensitive, &sensitiveDoc)); err != nil {
		return classList{}, err
	}
	var faults []error
	if !slices.Equal(doc.Every, sorted(doc.Categories)) {
		faults = append(faults, errors.New("every must name each of categories once, in alphabetical order"))
	}
	for _, list := range [][]string{doc.Understood, doc.RoutineGP, doc.CanBeOrdered, doc.Tagged} {
		for _, c := range list {
			if doc.Categories[c] == "" {
				faults = append(faults, fmt.Errorf("%q is not one of categories", c))
			}
		}
		if len(list) == 0 || contains(list, "unclassified") {
			faults = append(faults, errors.New("understood, routine_gp, can_be_ordered and tagged must not be empty and must not hold unclassified"))
		}
	}
	for i := range doc.Rules {
		r := &doc.Rules[i]
		if doc.Categories[r.Class] == "" || r.Type == "" {
			faults = append(faults, fmt.Errorf("rule %d: type must be given, and class %q be one of categories", i+1, r.Class))
		}
		for _, list := range [][]string{r.Category, r.Code, r.Specialty} {
			for j, c := range list {
				short, value, ok := strings.Cut(c, "|")
				if !ok || doc.Systems[short] == "" || value == "" {
					faults = append(faults, fmt.Errorf("rule %d: %q must be name|code, with the name in systems", i+1, c))
				}
				list[j] = doc.Systems[short] + "|" + value
			}
		}
	}
	return classList{every: doc.Every, names: doc.Categories, rules: doc.Rules, codes: sensitiveDoc.Codes}, errors.Join(faults...)
}

// classifier makes the classifier that goes with every plan.
func (l classList) classifier() (*fhir.Classifier, error) {
	rules := make([]fhir.ClassRule, len(l.rules))
	for i, r := range l.rules {
		rules[i] = fhir.ClassRule{
			Type: r.Type, Class: r.Class,
			Category: codes(r.Category), Code: codes(r.Code), Specialty: codes(r.Specialty),
		}
	}
	sensitive := make([]fhir.Code, len(l.codes))
	for i, c := range l.codes {
		sensitive[i] = fhir.Code{System: c.System, Code: c.Code}
	}
	return fhir.NewClassifier(rules, sensitive)
}

// codes splits "system|code".
func codes(list []string) []fhir.Code {
	out := make([]fhir.Code, len(list))
	for i, s := range list {
		out[i].System, out[i].Code, _ = strings.Cut(s, "|")
	}
	return out
}
