package decision

import (
	"cmp"
	"slices"
	"strings"

	"github.com/mycarerecord/mcr/access"
	"github.com/mycarerecord/mcr/decision/internal/rego"
	"github.com/mycarerecord/mcr/fhir"
)

// withholding is one category that a rule withholds, and why.
type withholding struct{ rule, category, code string }

// withhold reads {rule: {{"categories": [...], "reason": code}, ...}}. What names a category
// that there is not would withhold nothing, and is odd.
func (r *Revision) withhold(by *rego.Node) ([]withholding, error) {
	if by == nil {
		return nil, nil
	}
	if by.Kind != rego.Object {
		return nil, errOdd
	}
	var out []withholding
	for i, name := range by.Keys {
		rule, ok := rego.AsText(name)
		set := by.Items[i]
		if !ok || set.Kind != rego.Set {
			return nil, errOdd
		}
		for _, n := range set.Items {
			categories, code, err := r.plans.withheld(n)
			if err != nil {
				return nil, err
			}
			for _, c := range categories {
				if !slices.Contains(r.everyClass, c) {
					return nil, errOdd
				}
				out = append(out, withholding{rule, c, code})
			}
		}
	}
	return out, nil
}

// withheld reads one element of a rule's withhold.
func (b *planBook) withheld(n *rego.Node) (categories []string, code string, err error) {
	if n.Kind != rego.Object || len(n.Keys) != 2 {
		return nil, "", errOdd
	}
	code, ok := rego.AsText(n.At(kReason.Node))
	list := n.At(kCategories.Node)
	if !ok || code == "" || list == nil {
		return nil, "", errOdd
	}
	categories, err = b.list(list)
	return categories, code, err
}

// keepBack takes what is withheld out of a decision's plan. Where nothing remains of the plan
// there is nothing to permit: it is refused, by the rules that withhold, for their reasons.
func (r *Revision) keepBack(d *access.Decision, kept []withholding) error {
	if len(kept) == 0 {
		return nil
	}
	slices.SortFunc(kept, func(a, b withholding) int {
		return cmp.Or(r.reasons.Order(a.code)-r.reasons.Order(b.code), strings.Compare(a.code, b.code),
			strings.Compare(a.category, b.category), strings.Compare(a.rule, b.rule))
	})
	by := map[string]bool{}
	released := slices.Clone(d.Plan.Categories) // the plan's own list is remembered, and stays as it is
	for _, w := range kept {
		if by[w.category] {
			continue // for a reason that is told first
		}
		by[w.category] = true
		d.Plan.Withheld = append(d.Plan.Withheld, fhir.Withheld{Category: w.category, Reason: w.code})
		released = slices.DeleteFunc(released, func(c string) bool { return c == w.category })
	}
	if len(released) > 0 {
		d.Plan.Categories = released
		return nil
	}
	opened := d.Plan.Categories
	found := make([]finding, 0, len(kept))
	for _, w := range kept {
		if slices.Contains(opened, w.category) {
			found = append(found, finding{rule: w.rule, code: w.code})
		}
	}
	d.Effect, d.Plan, d.Basis = access.Deny, fhir.Plan{}, nil
	return r.explain(d, found)
}
