package fhir

import (
	"errors"
	"fmt"
	"slices"

	"github.com/mycarerecord/mcr/fhir/internal/spelling"
)

// Code is one code of a code system. System may be empty for elements that hold
// a bare code (AllergyIntolerance.category, Composition.confidentiality).
type Code struct{ System, Code string }

// AnyCode as the code of a rule stands for every code of its system.
const AnyCode = "*"

// CheckCode says what is wrong with the form of a code of a list, in the notation of its
// system: a code that no record can have protects nobody, and nobody would notice.
func CheckCode(c Code) error {
	if c.Code == AnyCode {
		return nil
	}
	return spelling.Check(c.System, c.Code)
}

// ClassRule puts resources of a type into a record category. All lists that are
// given must match, each by any of its members; a rule without lists matches
// every resource of its type.
//
// Category codes stand in the resource's category or class; Code codes in what it
// is about (code; type of documents and encounters; scope of consents; the
// vaccine, the medication); Specialty codes in specialty, serviceType,
// serviceCategory, practiceSetting, or category. CategoryText is a category that
// is given in words alone; a match counts as one of Category.
//
// A rule is the stronger the more surely what it asks for tells the category, see
// rank. Of the rules that match, the strongest count, and those on top
// whatever their rank. Of these a rule that is not on top gives way to one that
// asks for more of the same: with more lists, and matched by all the codings that
// the first was matched by. Of the others every one counts: a resource in two categories is
// released only where both may be.
type ClassRule struct {
	Type                      string
	Category, Code, Specialty []Code
	CategoryText              []string
	// Has are elements that the resource must have: see Elements.
	Has []string
	// OnTop: the category is one that a resource can be in beside another, and
	// that no other takes away (what a source has marked as mental health).
	OnTop bool
	Class string
}

// Classifier tells the record category of a resource from its type, categories,
// codes and specialty. It is made from the policies' code lists, never changes,
// and may be used by many goroutines at once.
type Classifier struct {
	types   map[string]*typeRules
	spelled map[string]*codeSystem            // by address, as listed and in its normal form
	written [spelling.Notations][]*codeSystem // by notation
	bare    map[string]*codeUse               // by code alone: for codings without a system
	words   map[string]*codeUse               // categories in words, folded
	classes []string                          // the bit of a class in a set of classes
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
	all    uint64
	free   [dimensions]uint64 // rules that have no list of this kind
	class  []uint8            // by rule
	has    []elements         // by rule: what a resource must have
	asking uint64             // rules that ask for elements
	loose  uint64             // rules that take any code of a system
	onTop  uint64
	ranks  [ranks]uint64
	// categories is how many different codes the category list of each rule has.
	categories []int
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
// give a resource the derived label SensitiveLabel, wherever they stand in it and
// however they are written; in ICD-10, OPCS-4 and Read version 2, where a code begins
// with those above it, so do all codes below. All faults are reported at once.
func NewClassifier(rules []ClassRule, sensitive []Code) (*Classifier, error) {
	c := &Classifier{
		types: map[string]*typeRules{}, spelled: map[string]*codeSystem{}, bare: map[string]*codeUse{},
		words: map[string]*codeUse{}, ids: map[string]uint{},
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
	rank, err := rule.rank()
	switch {
	case known == nil:
		return errors.New("a type that is never released")
	case rule.Class == "":
		return errors.New("no class")
	case known.self && rank != rankWide:
		return errors.New("a Patient has no category or code to tell by")
	case err != nil:
		return err
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
	has, err := elementSet(rule.Has)
	if err != nil {
		return err
	}
	bit := uint64(1) << n
	t.all |= bit
	t.class, t.has = append(t.class, uint8(c.id(rule.Class))), append(t.has, has)
	t.ranks[rank] |= bit
	t.categories = append(t.categories, different(rule.Category))
	if has != 0 {
		t.asking |= bit
	}
	if rule.OnTop {
		t.onTop |= bit
	}
	for d, list := range [dimensions][]Code{rule.Category, rule.Code, rule.Specialty} {
		if len(list) == 0 && (dimension(d) != byCategory || len(rule.CategoryText) == 0) {
			t.free[d] |= bit
		}
		for _, code := range list {
			if code.Code == AnyCode {
				t.loose |= bit
				s := c.systemOf(code.System)
				s.loose = listed(s.loose, t, dimension(d), bit)
				continue
			}
			for _, use := range c.uses(code) {
				use.rules = listed(use.rules, t, dimension(d), bit)
			}
		}
	}
	for _, text := range rule.CategoryText {
		use := entryOf(c.words, string(appendWords(nil, []byte(text))))
		use.rules = listed(use.rules, t, byCategory, bit)
	}
	return nil
}

// different counts the codes of a list, each once whatever its system.
func different(list []Code) int {
	seen := map[string]bool{}
	for _, code := range list {
		seen[code.Code] = true
	}
	return len(seen)
}

// listed adds a rule to those that list a code.
func listed(uses []ruleUse, t *typeRules, d dimension, bit uint64) []ruleUse {
	for i := range uses {
		if uses[i].of == t {
			uses[i].lists[d] |= bit
			return uses
		}
	}
	use := ruleUse{of: t}
	use.lists[d] = bit
	return append(uses, use)
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
	both := []*codeUse{sameEntry(c.bare, code.Code, string(spelling.Any.Code(nil, []byte(code.Code))))}
	if code.System != "" {
		s := c.systemOf(code.System)
		both = append(both, sameEntry(s.codes, code.Code, string(s.notation.Code(nil, []byte(code.Code)))))
	}
	return both
}

// use gives the entry of a code as lists write it, or nil.
func (c *Classifier) use(system, code string) *codeUse {
	if s := c.spelled[system]; s != nil {
		return s.codes[code]
	}
	return nil
}

func entryOf(m map[string]*codeUse, key string) *codeUse {
	use := m[key]
	if use == nil {
		use = &codeUse{}
		m[key] = use
	}
	return use
}

// sameEntry gives the one entry of a code's normal form, under the code as it is
// listed too: most codes of a source are found by the first look.
func sameEntry(m map[string]*codeUse, listed, normal string) *codeUse {
	use := entryOf(m, normal)
	m[listed] = use
	return use
}

// Classes are all categories that the classifier can give, sorted.
func (c *Classifier) Classes() []string {
	return slices.Sorted(slices.Values(c.classes))
}
