package mutants

import (
	"slices"
	"strconv"

	"github.com/open-policy-agent/opa/v1/ast"
)

// Which operator stands for which, by OPA's names.
var (
	boundaries = map[string]*ast.Builtin{"lt": ast.LessThanEq, "lte": ast.LessThan, "gt": ast.GreaterThanEq, "gte": ast.GreaterThan}
	turned     = map[string]*ast.Builtin{
		"equal": ast.NotEqual, "neq": ast.Equal,
		"lt": ast.GreaterThanEq, "lte": ast.GreaterThan, "gt": ast.LessThanEq, "gte": ast.LessThan,
	}
	sums = map[string]*ast.Builtin{"plus": ast.Minus, "minus": ast.Plus, "mul": ast.Divide, "div": ast.Multiply}
)

// call makes the changes of an operator and of what it is used on.
func (w walker) call(t []*ast.Term) []change[[]*ast.Term] {
	var out []change[[]*ast.Term]
	for _, table := range []struct {
		op string
		to map[string]*ast.Builtin
	}{{boundaryMoved, boundaries}, {comparisonTurned, turned}, {arithmeticTurned, sums}} {
		if other := table.to[t[0].String()]; other != nil {
			now := slices.Clone(t)
			now[0] = same(t[0], other.Ref())
			out = append(out, change[[]*ast.Term]{op: table.op, now: now})
		}
	}
	for i := 1; i < len(t); i++ {
		for _, c := range w.term(t[i]) {
			now := slices.Clone(t)
			now[i] = c.now
			out = append(out, change[[]*ast.Term]{op: c.op, now: now})
		}
	}
	return out
}

// term makes the changes of a value.
func (w walker) term(t *ast.Term) []change[*ast.Term] {
	if t == nil {
		return nil
	}
	var out []change[*ast.Term]
	put := func(op string, v ast.Value) { out = append(out, change[*ast.Term]{op: op, now: same(t, v)}) }
	switch v := t.Value.(type) {
	case ast.String:
		if v == "" {
			put(constantChanged, ast.String("something"))
		} else {
			put(constantChanged, ast.String("another-"+string(v)))
		}
	case ast.Boolean:
		put(constantChanged, !v)
	case ast.Number:
		if n, err := strconv.Atoi(string(v)); err == nil {
			put(constantChanged, ast.Number(strconv.Itoa(n-1)))
			put(constantChanged, ast.Number(strconv.Itoa(n+1)))
		}
	case ast.Ref:
		for _, other := range w.swapped(v) {
			put(other.op, other.now)
		}
		for i, part := range v {
			if _, fixed := part.Value.(ast.String); i == 0 || fixed {
				continue
			}
			for _, c := range w.term(part) {
				now := slices.Clone(v)
				now[i] = c.now
				put(c.op, now)
			}
		}
	case ast.Call:
		for _, c := range w.call(v) {
			put(c.op, ast.Call(c.now))
		}
	case *ast.Array:
		w.list(slices.Collect(each(v.Foreach)), put, func(l []*ast.Term) ast.Value { return ast.NewArray(l...) })
	case ast.Set:
		w.list(v.Slice(), put, func(l []*ast.Term) ast.Value { return ast.NewSet(l...) })
	case ast.Object:
		w.object(v, put)
	case *ast.ArrayComprehension:
		for _, c := range w.body(v.Body, true) {
			put(c.op, &ast.ArrayComprehension{Term: v.Term, Body: c.now})
		}
	case *ast.SetComprehension:
		for _, c := range w.body(v.Body, true) {
			put(c.op, &ast.SetComprehension{Term: v.Term, Body: c.now})
		}
	case *ast.ObjectComprehension:
		for _, c := range w.body(v.Body, true) {
			put(c.op, &ast.ObjectComprehension{Key: v.Key, Value: v.Value, Body: c.now})
		}
	}
	return out
}

// list drops each entry of a list that is written out, and changes it.
func (w walker) list(all []*ast.Term, put func(string, ast.Value), of func([]*ast.Term) ast.Value) {
	for i, item := range all {
		put(entryDropped, of(slices.Delete(slices.Clone(all), i, i+1)))
		for _, c := range w.term(item) {
			now := slices.Clone(all)
			now[i] = c.now
			put(c.op, of(now))
		}
	}
}

// object drops each field of an object that is written out, and changes it.
func (w walker) object(o ast.Object, put func(string, ast.Value)) {
	var fields [][2]*ast.Term
	o.Foreach(func(k, v *ast.Term) { fields = append(fields, [2]*ast.Term{k, v}) })
	for i, f := range fields {
		put(entryDropped, ast.NewObject(slices.Delete(slices.Clone(fields), i, i+1)...))
		for _, c := range w.term(f[1]) {
			now := slices.Clone(fields)
			now[i] = [2]*ast.Term{f[0], c.now}
			put(c.op, ast.NewObject(now...))
		}
	}
}

// same is another value in the place of a term. The formatter writes a text as it
// stands in the file, so the place of a text says the new one.
func same(t *ast.Term, v ast.Value) *ast.Term {
	place := t.Location
	if s, ok := v.(ast.String); ok && place != nil {
		here := *place
		here.Text = []byte(s.String())
		place = &here
	}
	return &ast.Term{Value: v, Location: place}
}

// each makes a sequence of OPA's Foreach.
func each(foreach func(func(*ast.Term))) func(yield func(*ast.Term) bool) {
	return func(yield func(*ast.Term) bool) {
		done := false
		foreach(func(t *ast.Term) { done = done || !yield(t) })
	}
}
