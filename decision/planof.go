package decision

import (
	"fmt"
	"slices"

	"github.com/mycarerecord/mcr/access"
	"github.com/mycarerecord/mcr/decision/internal/rego"
	"github.com/mycarerecord/mcr/fhir"
)

// planOf makes the release plan. A rule's categories and labels count only when
// the rule itself permits; masks count whichever rule gives them. A permit to
// view that releases nothing is odd. What a rule withholds is given beside it.
func (r *Revision) planOf(d *access.Decision, plans, withheld *rego.Node, action access.Action) (kept []withholding, err error) {
	var room [8]release
	releases := room[:0]
	var masks []string
	for i, name := range plans.Keys {
		rule, ok := rego.AsText(name)
		set := plans.Items[i]
		if !ok || set.Kind != rego.Set {
			return nil, errOdd
		}
		rego.SortSet(set)
		for _, n := range set.Items {
			p, err := r.plans.release(n)
			if err != nil {
				return nil, err
			}
			masks = join(masks, p.masks)
			if len(p.categories) > 0 && slices.Contains(d.Rules, rule) {
				releases = append(releases, p)
			}
		}
	}
	if kept, err = r.withhold(withheld); err != nil || action != access.View {
		return nil, err
	}
	all := combine(releases)
	if len(all.categories) == 0 || len(all.labels) == 0 {
		return nil, fmt.Errorf("a permit without a plan: %w", errOdd)
	}
	d.Plan = fhir.Plan{Categories: all.categories, Labels: all.labels, Masks: masks, Classes: r.classes}
	return kept, nil
}

// release reads one plan: {"categories", "labels"} or {"masks"}, or all three.
func (b *planBook) release(n *rego.Node) (release, error) {
	var p release
	if n.Kind != rego.Object || len(n.Keys) == 0 {
		return p, errOdd
	}
	for i, k := range n.Keys {
		var to *[]string
		switch k.Str {
		case "categories":
			to = &p.categories
		case "labels":
			to = &p.labels
		case masksWord:
			to = &p.masks
		default:
			return p, errOdd
		}
		list, err := b.list(n.Items[i])
		if err != nil {
			return p, err
		}
		*to = list
	}
	if err := b.readable(p.masks); err != nil {
		return p, err
	}
	if (len(p.categories) == 0) != (len(p.labels) == 0) {
		return p, errOdd
	}
	return p, nil
}

// join adds up masks without copying when there is one list, as there mostly is.
func join(a, b []string) []string {
	if len(a) == 0 {
		return b
	}
	if len(b) == 0 || subset(b, a) {
		return a
	}
	return union(a, b)
}
