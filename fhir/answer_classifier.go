package fhir

import (
	"errors"
	"fmt"
	"slices"
)

// Code is one code of a code system. System may be empty for elements that hold
// a bare code (AllergyIntolerance.category, Composition.confidentiality).
type Code struct{ System, Code string }

// ClassRule puts resources of a type into a record category. All lists that are
// given must match, each by any of its codes; a rule without lists matches every
// resource of its type.
//
// Category codes stand in the resource's category or class; Code codes in what it
// is about (code; type of documents and encounters; the vaccine, the medication);
// Specialty codes in specialty, serviceType, serviceCategory, practiceSetting, or
// category.
//
// A rule gives way to one that asks for more of the same: with more lists, and
// matched by all the codings that the first was matched by. Of the others every
// one counts: a resource in two categories is released only where both may be.
type ClassRule struct {
	Type                      string
	Category, Code, Specialty []Code
	Class                     string
}

// Classifier tells the record category of a resource from its type, categories,
// codes and specialty. It is made from the policies' code lists, never changes,
// and may be used by many goroutines at once.
type Classifier struct {
	types   map[string]*typeRules
	codes   map[string]*codeUse // by "system|code"
	bare    map[string]*codeUse // by code alone: for codings without a system
	classes []string            // the bit of a class in a set of classes
	ids     map[string]uint
}

// dimension is a list of a rule.
type dimension uint8

const (
	byCategory dimension = iota
	byCode
	bySpecialty
	dimensions
)

// typeRules are the rules of one type. A set of rules is a set of bits.
type typeRules struct {
	all   uint64
	free  [dimensions]uint64 // rules that have no list of this kind
	class []uint8            // by rule
	wide  uint64             // rules without any list
}

// codeUse is what a code stands for.
type codeUse struct {
	sensitive bool
	rules     []ruleUse
}

// ruleUse says in which rules of a type a code is listed.
type ruleUse struct {
	of    *typeRules
	lists [dimensions]uint64
}

const (
	maxRules   = 64 // of one type
	maxClasses = 64
)

// NewClassifier checks and compiles the code lists. sensitive are the codes that
// give a resource the derived label SensitiveLabel, wherever they stand in it.
// All faults are reported at once.
func NewClassifier(rules []ClassRule, sensitive []Code) (*Classifier, error) {
	c := &Classifier{
		types: map[string]*typeRules{}, codes: map[string]*codeUse{}, bare: map[string]*codeUse{},
		ids: map[string]uint{},
	}
	var faults []error
	for i, rule := range rules {
		if err := c.add(rule); err != nil {
			faults = append(faults, fmt.Errorf("reading class rule %d (%s → %s): %w", i+1, rule.Type, rule.Class, err))
		}
	}
	for i, code := range sensitive {
		if code.Code == "" {
			faults = append(faults, fmt.Errorf("reading sensitive code %d: no code", i+1))
			continue
		}
		for _, use := range c.uses(code) {
			use.sensitive = true
		}
	}
	for _, t := range resourceTypes {
		c.id(t.class)
	}
	if len(c.classes) > maxClasses {
		faults = append(faults, fmt.Errorf("reading class rules: %d classes, more than %d", len(c.classes), maxClasses))
	}
	if err := errors.Join(faults...); err != nil {
		return nil, err
	}
	return c, nil
}

func (c *Classifier) add(rule ClassRule) error {
	known := resourceTypes[rule.Type]
	switch {
	case known == nil:
		return errors.New("a type that is never released")
	case rule.Class == "":
		return errors.New("no class")
	case known.self && len(rule.Category)+len(rule.Code)+len(rule.Specialty) > 0:
		return errors.New("a Patient has no category or code to tell by")
	}
	t := c.types[rule.Type]
	if t == nil {
		t = &typeRules{}
		c.types[rule.Type] = t
	}
	n := len(t.class)
	if n == maxRules {
		return fmt.Errorf("more than %d rules for one type", maxRules)
	}
	bit := uint64(1) << n
	t.all |= bit
	t.class = append(t.class, uint8(c.id(rule.Class)))
	lists := 0
	for d, list := range [dimensions][]Code{rule.Category, rule.Code, rule.Specialty} {
		if len(list) == 0 {
			t.free[d] |= bit
			continue
		}
		lists++
		for _, code := range list {
			if code.Code == "" {
				return errors.New("an entry without a code")
			}
			for _, use := range c.uses(code) {
				use.in(t)[d] |= bit
			}
		}
	}
	if lists == 0 {
		t.wide |= bit
	}
	return nil
}

// id gives a class its bit.
func (c *Classifier) id(class string) uint {
	id, ok := c.ids[class]
	if !ok {
		id = uint(len(c.classes))
		c.ids[class] = id
		c.classes = append(c.classes, class)
	}
	return id
}

// uses gives the entries of a code: by system and code, and by the code alone. A
// code without its system is taken for any that it may be.
func (c *Classifier) uses(code Code) []*codeUse {
	at := func(m map[string]*codeUse, key string) *codeUse {
		use := m[key]
		if use == nil {
			use = &codeUse{}
			m[key] = use
		}
		return use
	}
	both := []*codeUse{at(c.bare, code.Code)}
	if code.System != "" {
		both = append(both, at(c.codes, code.System+"|"+code.Code))
		if oid := systemOID[code.System]; oid != "" {
			both = append(both, at(c.codes, oid+"|"+code.Code))
		}
	}
	return both
}

// systemOID are other names of the code systems that sources write.
var systemOID = map[string]string{
	"http://snomed.info/sct":                                   "urn:oid:2.16.840.1.113883.6.96",
	"http://loinc.org":                                         "urn:oid:2.16.840.1.113883.6.1",
	"http://hl7.org/fhir/sid/icd-10":                           "urn:oid:2.16.840.1.113883.6.3",
	"http://hl7.org/fhir/sid/icd-10-uk":                        "urn:oid:2.16.840.1.113883.2.1.3.2.4.18.2",
	"http://read.info/readv2":                                  "urn:oid:2.16.840.1.113883.2.1.6.2",
	"http://read.info/ctv3":                                    "urn:oid:2.16.840.1.113883.2.1.3.2.4.14",
	"https://dmd.nhs.uk":                                       "urn:oid:2.16.840.1.113883.2.1.6.4",
	"http://unitsofmeasure.org":                                "urn:oid:2.16.840.1.113883.6.8",
	"http://terminology.hl7.org/CodeSystem/v3-Confidentiality": "urn:oid:2.16.840.1.113883.5.25",
}

func (u *codeUse) in(t *typeRules) *[dimensions]uint64 {
	for i := range u.rules {
		if u.rules[i].of == t {
			return &u.rules[i].lists
		}
	}
	u.rules = append(u.rules, ruleUse{of: t})
	return &u.rules[len(u.rules)-1].lists
}

// Classes are all categories that the classifier can give, sorted.
func (c *Classifier) Classes() []string {
	return slices.Sorted(slices.Values(c.classes))
}
