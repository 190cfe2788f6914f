package decision

import (
	"fmt"
	"slices"

	"github.com/mycarerecord/mcr/access"
	"github.com/mycarerecord/mcr/fhir"
)

// planOf makes the release plan. A rule's categories and labels count only when
// the rule itself permits; masks count whichever rule gives them. A permit to
// view that releases nothing is odd.
func (r *Revision) planOf(d *access.Decision, plans *node, action access.Action) error {
	var room [8]release
	releases := room[:0]
	var masks []string
	for i, name := range plans.keys {
		rule, ok := text(name)
		set := plans.items[i]
		if !ok || set.kind != setual {
			return errOdd
		}
		sortSet(set)
		for _, n := range set.items {
			p, err := r.plans.release(n)
			if err != nil {
				return err
			}
			masks = join(masks, p.masks)
			if len(p.categories) > 0 && slices.Contains(d.Rules, rule) {
				releases = append(releases, p)
			}
		}
	}
	if action != access.View {
		return nil
	}
	all := combine(releases)
	if len(all.categories) == 0 || len(all.labels) == 0 {
		return fmt.Errorf("a permit without a plan: %w", errOdd)
	}
	d.Plan = fhir.Plan{Categories: all.categories, Labels: all.labels, Masks: masks, Classes: r.classes}
	return nil
}

// release reads one plan: {"categories", "labels"} or {"masks"}, or all three.
func (b *planBook) release(n *node) (release, error) {
	var p release
	if n.kind != objectual || len(n.keys) == 0 {
		return p, errOdd
	}
	for i, k := range n.keys {
		var to *[]string
		switch k.str {
		case "categories":
			to = &p.categories
		case "labels":
			to = &p.labels
		case masksWord:
			to = &p.masks
		default:
			return p, errOdd
		}
		list, err := b.list(n.items[i])
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
