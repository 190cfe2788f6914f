package trail

import (
	"maps"
	"slices"
	"strings"
)

// choices are what the search's lists offer.
type choices struct {
	Measures, Outcomes, Sources, Organisations, Roles, Rules, Reasons []choice
}

type choice struct{ Value, Name string }

// choices fills the lists: from the policies in force and the region's sources,
// never from records of others. They are the same for everybody.
func (w words) choices() choices {
	c := choices{
		Outcomes: []choice{{"released", "Answered or recorded"}, {"refused", "Refused"}, {"failed", "Failed"}, {"incomplete", "The source broke off"}},
		Sources:  offered(w.sources), Organisations: offered(w.organisations), Roles: offered(w.roles),
	}
	for _, m := range headMeasures() {
		c.Measures = append(c.Measures, choice{string(m.Measure), m.Name})
	}
	for _, rule := range w.book.Rules {
		c.Rules = append(c.Rules, choice{rule.Name, rule.Title})
	}
	for _, reason := range w.book.Reasons {
		if reason.Kind == "refusal" || reason.Kind == "permit" || reason.Kind == "fault" || reason.Kind == "sign-in" {
			c.Reasons = append(c.Reasons, choice{reason.Code, phrase(reason.Code)})
		}
	}
	byName(c.Reasons)
	return c
}

// offered lists codes with their names, by name.
func offered(names map[string]string) []choice {
	var all []choice
	for code := range maps.Keys(names) {
		all = append(all, choice{code, named(names[code], code)})
	}
	byName(all)
	return all
}

func byName(all []choice) {
	slices.SortFunc(all, func(a, b choice) int { return strings.Compare(strings.ToLower(a.Name), strings.ToLower(b.Name)) })
}
