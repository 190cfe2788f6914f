package decision

import (
	"errors"
	"fmt"
	"slices"

	"github.com/open-policy-agent/opa/v1/ast"

	"github.com/mycarerecord/mcr/access"
	"github.com/mycarerecord/mcr/fhir"
)

// errOdd says that the rules gave something that is not an answer.
var errOdd = errors.New("the rules gave an answer of the wrong shape")

var (
	tEffect, tBecause, tPlans    = ast.StringTerm("effect"), ast.StringTerm("because"), ast.StringTerm("plans")
	tReason, tBasis, tFill       = ast.StringTerm("reason"), ast.StringTerm("basis"), ast.StringTerm("fill")
	tAlert                       = ast.StringTerm("alert")
	tCategories, tLabels, tMasks = ast.StringTerm("categories"), ast.StringTerm("labels"), ast.StringTerm("masks")
)

// finding is one reason with what a rule said of it.
type finding struct {
	rule, code  string
	basis, fill map[string]string
	alert       bool
}

// decode reads the outcome strictly. Whatever is not exactly of the shape that
// decision.rego promises is errOdd; a field nobody knows is, too.
func (r *Revision) decode(t *ast.Term, action access.Action) (access.Decision, error) {
	out, ok := t.Value.(ast.Object)
	if !ok {
		return access.Decision{}, errOdd
	}
	var d access.Decision
	effect, ok := text(out.Get(tEffect))
	if !ok {
		return d, errOdd
	}
	d.Effect = access.Effect(effect)
	fields := 2
	var plans ast.Object
	switch d.Effect {
	case access.Permit:
		if plans, ok = object(out.Get(tPlans)); !ok {
			return d, errOdd
		}
		fields = 3
	case access.Deny, access.Indeterminate:
	default:
		return d, errOdd
	}
	because, ok := object(out.Get(tBecause))
	if !ok || because.Len() == 0 || out.Len() != fields {
		return d, errOdd
	}
	found, err := readFindings(because)
	if err != nil {
		return d, err
	}
	r.explain(&d, found)
	if d.Effect == access.Permit {
		return d, r.planOf(&d, plans, action)
	}
	return d, nil
}

// readFindings reads {rule: {code, ...}} or {rule: {{"reason": code, ...}, ...}}.
func readFindings(because ast.Object) ([]finding, error) {
	found := make([]finding, 0, 4)
	err := because.Iter(func(name, reasons *ast.Term) error {
		rule, ok := text(name)
		set, isSet := reasons.Value.(ast.Set)
		if !ok || !isSet || set.Len() == 0 {
			return errOdd
		}
		return set.Iter(func(t *ast.Term) error {
			f, err := readFinding(t)
			f.rule = rule
			found = append(found, f)
			return err
		})
	})
	return found, err
}

func readFinding(t *ast.Term) (finding, error) {
	var f finding
	if code, ok := text(t); ok {
		f.code = code
		return f, nil
	}
	o, ok := object(t)
	if !ok {
		return f, errOdd
	}
	if f.code, ok = text(o.Get(tReason)); !ok {
		return f, errOdd
	}
	n := 1
	if v := o.Get(tAlert); v != nil {
		b, ok := v.Value.(ast.Boolean)
		if !ok {
			return f, errOdd
		}
		f.alert = bool(b)
		n++
	}
	var err error
	if v := o.Get(tBasis); v != nil {
		f.basis, err = textMap(v)
		n++
	}
	if v := o.Get(tFill); v != nil && err == nil {
		f.fill, err = textMap(v)
		n++
	}
	if err == nil && n != o.Len() {
		err = errOdd
	}
	return f, err
}

// explain sorts the findings into the decision: the reason to tell first in
// front, each once.
func (r *Revision) explain(d *access.Decision, found []finding) {
	slices.SortStableFunc(found, func(a, b finding) int {
		if n := r.reasons.order(a.code) - r.reasons.order(b.code); n != 0 {
			return n
		}
		if n := compareText(a.code, b.code); n != 0 {
			return n
		}
		return compareText(a.rule, b.rule)
	})
	d.Reasons = make([]access.Reason, 0, len(found))
	d.Rules = make([]string, 0, len(found))
	for i := range found {
		f := &found[i]
		if n := len(d.Reasons); n == 0 || d.Reasons[n-1].Code != f.code {
			d.Reasons = append(d.Reasons, r.reasons.reason(f.code, f.fill))
		}
		d.Alert = d.Alert || f.alert
		for kind, id := range f.basis {
			if _, there := d.Basis[kind]; there || id == "" {
				continue
			}
			if d.Basis == nil {
				d.Basis = make(map[string]string, 2)
			}
			d.Basis[kind] = id
		}
		d.Rules = append(d.Rules, f.rule)
	}
	slices.Sort(d.Rules)
	d.Rules = slices.Compact(d.Rules)
}

// planOf makes the release plan. A rule's categories and labels count only when
// the rule itself permits; masks count whichever rule gives them. A permit to
// view that releases nothing is odd.
func (r *Revision) planOf(d *access.Decision, plans ast.Object, action access.Action) error {
	var releases []release
	var masks []string
	err := plans.Iter(func(name, given *ast.Term) error {
		rule, ok := text(name)
		set, isSet := given.Value.(ast.Set)
		if !ok || !isSet {
			return errOdd
		}
		return set.Iter(func(t *ast.Term) error {
			p, err := r.plans.release(t)
			if err != nil {
				return err
			}
			masks = join(masks, p.masks)
			if len(p.categories) > 0 && slices.Contains(d.Rules, rule) {
				releases = append(releases, p)
			}
			return nil
		})
	})
	if err != nil {
		return err
	}
	if action != access.View {
		return nil
	}
	all := combine(releases)
	if len(all.categories) == 0 || len(all.labels) == 0 {
		return fmt.Errorf("a permit without a plan: %w", errOdd)
	}
	d.Plan = fhir.Plan{Categories: all.categories, Labels: all.labels, Masks: masks, Classes: r.classes.fhir}
	return nil
}

// release reads one plan: {"categories", "labels"} or {"masks"}, or all three.
func (b *planBook) release(t *ast.Term) (release, error) {
	var p release
	o, ok := object(t)
	if !ok {
		return p, errOdd
	}
	n := 0
	for _, part := range []struct {
		key *ast.Term
		to  *[]string
	}{{tCategories, &p.categories}, {tLabels, &p.labels}, {tMasks, &p.masks}} {
		v := o.Get(part.key)
		if v == nil {
			continue
		}
		list, err := b.list(v)
		if err != nil {
			return p, err
		}
		*part.to = list
		n++
	}
	if n == 0 || n != o.Len() || (p.categories == nil) != (p.labels == nil) {
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

func text(t *ast.Term) (string, bool) {
	if t == nil {
		return "", false
	}
	s, ok := t.Value.(ast.String)
	return string(s), ok
}

func object(t *ast.Term) (ast.Object, bool) {
	if t == nil {
		return nil, false
	}
	o, ok := t.Value.(ast.Object)
	return o, ok
}

func textMap(t *ast.Term) (map[string]string, error) {
	o, ok := object(t)
	if !ok {
		return nil, errOdd
	}
	m := make(map[string]string, o.Len())
	return m, o.Iter(func(k, v *ast.Term) error {
		name, ok1 := text(k)
		value, ok2 := text(v)
		if !ok1 || !ok2 {
			return errOdd
		}
		m[name] = value
		return nil
	})
}
