package decision

import (
	"cmp"
	"errors"
	"slices"
	"strings"

	"github.com/mycarerecord/mcr/access"
)

// errOdd says that the rules gave something that is not an answer.
var errOdd = errors.New("the rules gave an answer of the wrong shape")

// The names of an outcome (policies/decision.rego).
var (
	kEffect, kBecause, kPlans = field("effect"), field("because"), field("plans")
	kReason, kBasis, kFill    = field("reason"), field("basis"), field("fill")
	kAlert                    = field("alert")
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
