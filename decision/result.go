package decision

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/mycarerecord/mcr/access"
	"github.com/mycarerecord/mcr/fhir"
)

// errOdd says that the rules gave something that is not an answer.
var errOdd = errors.New("the rules gave an answer of the wrong shape")

// The names of an outcome (policies/decision.rego).
var (
	kEffect, kBecause, kPlans  = field("effect"), field("because"), field("plans")
	kReason, kBasis, kFill     = field("reason"), field("basis"), field("fill")
	kAlert, kMasks, kLabelList = field("alert"), field("masks"), field("labels")
)

// finding is one reason with what a rule said of it.
type finding struct {
	rule, code  string
	basis, fill *node
	alert       bool
}

// decode reads the outcome strictly. Whatever is not exactly of the shape that
// decision.rego promises is errOdd; a field nobody knows is, too.
func (r *Revision) decode(out *node, action access.Action) (access.Decision, error) {
	var d access.Decision
	if out == nil || out.kind != objectual {
		return d, errOdd
	}
	effect, ok := text(out.at(kEffect.node))
	if !ok {
		return d, errOdd
	}
	d.Effect = access.Effect(effect)
	plans := out.at(kPlans.node)
	fields := 2
	switch d.Effect {
	case access.Permit:
		fields = 3
		if plans == nil || plans.kind != objectual {
			return d, errOdd
		}
	case access.Deny, access.Indeterminate:
	default:
		return d, errOdd
	}
	because := out.at(kBecause.node)
	if because == nil || because.kind != objectual || len(because.keys) == 0 || len(out.keys) != fields {
		return d, errOdd
	}
	var room [8]finding
	found, err := readFindings(room[:0], because)
	if err != nil {
		return d, err
	}
	if err := r.explain(&d, found); err != nil {
		return d, err
	}
	if d.Effect == access.Permit {
		return d, r.planOf(&d, plans, action)
	}
	return d, nil
}

// readFindings reads {rule: {code, ...}} or {rule: {{"reason": code, ...}, ...}}.
func readFindings(found []finding, because *node) ([]finding, error) {
	for i, name := range because.keys {
		rule, ok := text(name)
		set := because.items[i]
		if !ok || set.kind != setual || len(set.items) == 0 {
			return nil, errOdd
		}
		sortSet(set)
		for _, n := range set.items {
			f, err := readFinding(n)
			if err != nil {
				return nil, err
			}
			f.rule = rule
			found = append(found, f)
		}
	}
	return found, nil
}

func readFinding(n *node) (finding, error) {
	var f finding
	var ok bool
	if n.kind == textual {
		f.code = n.str
		return f, nil
	}
	if n.kind != objectual {
		return f, errOdd
	}
	if f.code, ok = text(n.at(kReason.node)); !ok {
		return f, errOdd
	}
	fields := 1
	if v := n.at(kAlert.node); v != nil {
		if v.kind != boolean {
			return f, errOdd
		}
		f.alert = v.num == 1
		fields++
	}
	if f.basis = n.at(kBasis.node); f.basis != nil {
		fields++
	}
	if f.fill = n.at(kFill.node); f.fill != nil {
		fields++
	}
	if fields != len(n.keys) || !isTextMap(f.basis) || !isTextMap(f.fill) {
		return f, errOdd
	}
	return f, nil
}

// explain sorts the findings into the decision: the reason to tell first in
// front, each once.
func (r *Revision) explain(d *access.Decision, found []finding) error {
	slices.SortStableFunc(found, func(a, b finding) int {
		return cmp.Or(
			r.reasons.order(a.code)-r.reasons.order(b.code),
			strings.Compare(a.code, b.code),
			strings.Compare(a.rule, b.rule),
		)
	})
	d.Reasons = make([]access.Reason, 0, len(found))
	d.Rules = make([]string, 0, len(found))
	for i := range found {
		f := &found[i]
		if f.code == "" {
			return errOdd
		}
		if n := len(d.Reasons); n == 0 || d.Reasons[n-1].Code != f.code {
			d.Reasons = append(d.Reasons, r.reasons.reason(f.code, f.fill))
		}
		d.Alert = d.Alert || f.alert
		if f.basis != nil {
			for j, kind := range f.basis.keys {
				id := f.basis.items[j].str
				if d.Basis == nil {
					d.Basis = make(map[string]string, 2)
				}
				if _, there := d.Basis[kind.str]; !there && id != "" {
					d.Basis[kind.str] = id
				}
			}
		}
		d.Rules = append(d.Rules, f.rule)
	}
	slices.Sort(d.Rules)
	d.Rules = slices.Compact(d.Rules)
	return nil
}

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
		case "masks":
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

func text(n *node) (string, bool) {
	if n == nil || n.kind != textual {
		return "", false
	}
	return n.str, true
}

// isTextMap says that a value is an object of texts, or not there.
func isTextMap(n *node) bool {
	if n == nil {
		return true
	}
	if n.kind != objectual {
		return false
	}
	for i := range n.keys {
		if n.keys[i].kind != textual || n.items[i].kind != textual {
			return false
		}
	}
	return true
}
