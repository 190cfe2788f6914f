package decision

import (
	"cmp"
	"errors"
	"slices"
	"strings"

	"github.com/mycarerecord/mcr/access"
	"github.com/mycarerecord/mcr/decision/internal/rego"
)

// errOdd says that the rules gave something that is not an answer.
var errOdd = errors.New("the rules gave an answer of the wrong shape")

// The names of an outcome (policies/decision.rego).
var (
	kEffect, kBecause, kPlans = rego.Field("effect"), rego.Field("because"), rego.Field("plans")
	kReason, kBasis, kFill    = rego.Field("reason"), rego.Field("basis"), rego.Field("fill")
	kAlert, kWithheld         = rego.Field("alert"), rego.Field("withheld")
)

// finding is one reason with what a rule said of it.
type finding struct {
	rule, code  string
	basis, fill *rego.Node
	alert       bool
}

// decode reads the outcome strictly: the decision, and what is to be kept back of its plan. Whatever is not exactly of the shape that
// decision.rego promises is errOdd; a field nobody knows is, too.
func (r *Revision) decode(out *rego.Node, action access.Action) (d access.Decision, kept []withholding, err error) {
	if out == nil || out.Kind != rego.Object {
		return d, nil, errOdd
	}
	effect, ok := rego.AsText(out.At(kEffect.Node))
	if !ok {
		return d, nil, errOdd
	}
	d.Effect = access.Effect(effect)
	plans, withheld := out.At(kPlans.Node), out.At(kWithheld.Node)
	fields := 2
	switch d.Effect {
	case access.Permit:
		fields = 3
		if plans == nil || plans.Kind != rego.Object {
			return d, nil, errOdd
		}
		if withheld != nil { // a decision.rego from before there was any has none
			fields = 4
		}
	case access.Deny, access.Indeterminate:
	default:
		return d, nil, errOdd
	}
	because := out.At(kBecause.Node)
	if because == nil || because.Kind != rego.Object || len(because.Keys) == 0 || len(out.Keys) != fields {
		return d, nil, errOdd
	}
	var room [8]finding
	found, err := readFindings(room[:0], because)
	if err != nil {
		return d, nil, err
	}
	if err := r.explain(&d, found); err != nil {
		return d, nil, err
	}
	if d.Effect == access.Permit {
		kept, err = r.planOf(&d, plans, withheld, action)
	}
	return d, kept, err
}

// readFindings reads {rule: {code, ...}} or {rule: {{"reason": code, ...}, ...}}.
func readFindings(found []finding, because *rego.Node) ([]finding, error) {
	for i, name := range because.Keys {
		rule, ok := rego.AsText(name)
		set := because.Items[i]
		if !ok || set.Kind != rego.Set || len(set.Items) == 0 {
			return nil, errOdd
		}
		rego.SortSet(set)
		for _, n := range set.Items {
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

func readFinding(n *rego.Node) (finding, error) {
	var f finding
	var ok bool
	if n.Kind == rego.Text {
		f.code = n.Str
		return f, nil
	}
	if n.Kind != rego.Object {
		return f, errOdd
	}
	if f.code, ok = rego.AsText(n.At(kReason.Node)); !ok {
		return f, errOdd
	}
	fields := 1
	if v := n.At(kAlert.Node); v != nil {
		if v.Kind != rego.Boolean {
			return f, errOdd
		}
		f.alert = v.Num == 1
		fields++
	}
	if f.basis = n.At(kBasis.Node); f.basis != nil {
		fields++
	}
	if f.fill = n.At(kFill.Node); f.fill != nil {
		fields++
	}
	if fields != len(n.Keys) || !isTextMap(f.basis) || !isTextMap(f.fill) {
		return f, errOdd
	}
	return f, nil
}

// explain sorts the findings into the decision: the reason to tell first in
// front, each once.
func (r *Revision) explain(d *access.Decision, found []finding) error {
	slices.SortStableFunc(found, func(a, b finding) int {
		return cmp.Or(
			r.reasons.Order(a.code)-r.reasons.Order(b.code),
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
			d.Reasons = append(d.Reasons, r.reasons.Reason(f.code, f.fill))
		}
		d.Alert = d.Alert || f.alert
		if f.basis != nil {
			for j, kind := range f.basis.Keys {
				id := f.basis.Items[j].Str
				if d.Basis == nil {
					d.Basis = make(map[string]string, 2)
				}
				if _, there := d.Basis[kind.Str]; !there && id != "" {
					d.Basis[kind.Str] = id
				}
			}
		}
		d.Rules = append(d.Rules, f.rule)
	}
	slices.Sort(d.Rules)
	d.Rules = slices.Compact(d.Rules)
	return nil
}

// isTextMap says that a value is an object of texts, or not there.
func isTextMap(n *rego.Node) bool {
	if n == nil {
		return true
	}
	if n.Kind != rego.Object {
		return false
	}
	for i := range n.Keys {
		if n.Keys[i].Kind != rego.Text || n.Items[i].Kind != rego.Text {
			return false
		}
	}
	return true
}
