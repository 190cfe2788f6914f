package newrule

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/mycarerecord/mcr/decision"
	"github.com/mycarerecord/mcr/legible"
)

// What a rule can be for.
const (
	Permit   = "permit"
	Deny     = "deny"
	Withhold = "withhold"
	Limit    = "limit"
)

// Answers are what somebody says of a new rule.
type Answers struct {
	Name    string // of its folder: "no_scans_by_clerks"
	Title   string
	Promise string // to patients
	Does    string // Permit, Deny, Withhold or Limit
	// Whom and what it is about; none is all.
	Roles, Kinds, Categories []string
	TakeOut                  []string // what a rule that limits takes out: "Condition.note"
	// What people are told when the rule decides; a rule that limits tells nothing.
	Text, Remedy string
}

// Kinds are the kinds of organisations that hold records.
var Kinds = []string{"gp", "acute", "community", "mental-health", "ambulance", "nhs-111", "out-of-hours", "council"}

var (
	ruleName = regexp.MustCompile(`^[a-z][a-z0-9]*(_[a-z0-9]+)*$`)
	roleCode = regexp.MustCompile(`^R[0-9]{4}$`)
)

// Name says what is wrong with a name; nil: nothing.
func Name(name string) error {
	if !ruleName.MatchString(name) || strings.HasSuffix(name, "_test") || len(name) > 60 {
		return fmt.Errorf("%q is no name for a rule: write small letters and digits, with _ between words, and no _test at the end, such as no_scans_by_students", name)
	}
	return nil
}

// reason is the code of what people are told.
func (a Answers) reason() string { return strings.ReplaceAll(a.Name, "_", "-") }

// faults are all that is wrong with the answers.
func (a Answers) faults(rev *decision.Revision) error {
	var out []error
	say := func(format string, args ...any) { out = append(out, fmt.Errorf(format, args...)) }
	if err := Name(a.Name); err != nil {
		out = append(out, err)
	}
	words := func(what, text string) {
		switch {
		case !legible.Words(text):
			say("the %s is not said", what)
		case legible.Line(text) != text || len(text) > 500:
			say("the %s must be one line of ordinary words, 500 letters at most", what)
		}
	}
	words("title", a.Title)
	words("promise", a.Promise)
	if !slices.Contains([]string{Permit, Deny, Withhold, Limit}, a.Does) {
		say("a rule does one of: permit, deny, withhold, limit; and not %q", a.Does)
	}
	if a.Does != Limit {
		words("text (what people are told)", a.Text)
		words("remedy (what they can do)", a.Remedy)
	}
	each := func(list []string, what string, right func(string) bool, remedy string) {
		for i, one := range list {
			if !right(one) || slices.Contains(list[:i], one) {
				say("%q is no %s, or is said twice: %s", one, what, remedy)
			}
		}
	}
	each(a.Roles, "role", roleCode.MatchString, "write a job role's code, such as R8004 (data/roles.json has some)")
	each(a.Kinds, "kind of organisation", func(k string) bool { return slices.Contains(Kinds, k) }, "there are "+strings.Join(Kinds, ", "))
	each(a.Categories, "category", func(c string) bool { return c != "unclassified" && slices.Contains(rev.Categories(), c) }, "data/categories.json has them: "+strings.Join(rev.Categories(), ", "))
	switch {
	case a.Does == Limit && len(a.TakeOut) == 0:
		say("a rule that limits takes something out: say what, such as Condition.note (policies/README.md says how it is written)")
	case a.Does == Limit && len(a.Categories) > 0:
		say("a rule that limits takes elements out of what others permit, in whatever category they stand: name elements, and no categories")
	case a.Does != Limit && len(a.TakeOut) > 0:
		say("only a rule that limits takes something out")
	case a.Does == Deny && len(a.Roles)+len(a.Kinds)+len(a.Categories) == 0:
		say("a rule that refuses everybody everything leaves nothing of the others: say for which roles, kinds of organisations or categories")
	case a.Does == Permit && len(a.Categories) == 0:
		say("a rule that permits opens categories: say which")
	case a.Does == Withhold && len(a.Categories) == 0:
		say("a rule that withholds keeps categories back: say which (to keep all of them back, deny)")
	}
	for _, m := range a.TakeOut {
		if strings.ContainsAny(m, "\"\\\n\t ") {
			say("%q is no element: write Type.element, such as Condition.note", m)
		}
	}
	if len(a.Kinds) == len(Kinds) {
		say("all kinds of organisations are named: name none, which is all")
	}
	return errors.Join(out...)
}
