package rego_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
)

// writer writes small policies by chance: rules of all shapes over an input and data
// whose keys, kinds and numbers are such that a slip would show. Each rule refers to
// those before it, so there is no recursion.
type writer struct {
	r     *rand.Rand
	rules []made
	vars  []string // in scope
	next  int
}

// made is a rule that was written.
type made struct {
	name  string
	shape string // "value", "set", "object", "tree" or "function"
}

// policy gives the modules of a policy by their files.
func policy(seed uint64) map[string]string {
	w := &writer{r: rand.New(rand.NewPCG(seed, 1))}
	var text strings.Builder
	text.WriteString("package mcr.made\n\nimport rego.v2\n\n")
	for range 2 + w.r.IntN(5) {
		text.WriteString(w.rule() + "\n\n")
	}
	var out strings.Builder
	out.WriteString("package mcr.decision\n\nimport data.mcr.made\n\nimport rego.v2\n\n")
	for _, m := range w.rules {
		if m.shape == "function" {
			fmt.Fprintf(&out, "outcome contains [%q, made.%s(%s)] if true\n\n", m.name, m.name, w.scalar())
		} else {
			fmt.Fprintf(&out, "outcome contains [%q, made.%s] if true\n\n", m.name, m.name)
		}
	}
	if w.has("function") { // which cannot be gone through
		out.WriteString("outcome contains [\"one\", made[input.name]]\n")
	} else {
		out.WriteString(w.pick("outcome contains [\"all\", made]", "outcome contains [k, v] if some k, v in made", "outcome contains [k, made[k]]",
			"outcome contains [\"one\", made[input.name]]") + "\n")
	}
	return map[string]string{"made.rego": text.String(), "decision.rego": out.String()}
}

func (w *writer) has(shape string) bool {
	return slices.ContainsFunc(w.rules, func(m made) bool { return m.shape == shape })
}

func (w *writer) pick(of ...string) string { return of[w.r.IntN(len(of))] }

func (w *writer) rule() string {
	w.vars = nil
	shape := w.pick("value", "value", "value", "set", "set", "object", "tree", "function")
	m := made{name: fmt.Sprintf("r%d", len(w.rules)), shape: shape}
	var text string
	switch shape {
	case "value":
		text = w.value(m.name)
	case "set":
		for range 1 + w.r.IntN(2) {
			body := w.body(2)
			text += fmt.Sprintf("%s contains %s if {\n%s}\n\n", m.name, w.expr(2), body)
			w.vars = nil
		}
	case "object":
		for range 1 + w.r.IntN(2) {
			body := w.body(2)
			text += fmt.Sprintf("%s[%s] := %s if {\n%s}\n\n", m.name, w.expr(1), w.expr(2), body)
			w.vars = nil
		}
	case "tree":
		for range 1 + w.r.IntN(3) {
			body := w.body(2)
			text += fmt.Sprintf("%s%s%s if {\n%s}\n\n", m.name, w.pick(".a", ".b.c", "."+w.pick("a", "b")+"["+w.expr(0)+"]"),
				w.pick(" := "+w.expr(1), "["+w.expr(0)+"] := "+w.expr(1), "["+w.expr(0)+"].d := "+w.expr(1), "["+w.expr(0)+"] contains "+w.expr(1)), body)
			w.vars = nil
		}
	case "function":
		for _, arg := range [][2]string{{"x", "x"}, {w.pick("1", `"a"`, "[y, _]", "x"), ""}}[:1+w.r.IntN(2)] {
			w.vars = nil
			switch {
			case arg[0] == "x":
				w.vars = []string{"x"}
			case strings.Contains(arg[0], "y"):
				w.vars = []string{"y"}
			}
			body := w.body(1)
			text += fmt.Sprintf("%s(%s) := %s if {\n%s}\n\n", m.name, arg[0], w.expr(2), body)
		}
	}
	w.rules = append(w.rules, m)
	return text
}

// value is a rule with one value, perhaps by default, perhaps with else.
func (w *writer) value(name string) string {
	var text string
	if w.r.IntN(3) == 0 {
		text = fmt.Sprintf("default %s := %s\n\n", name, w.scalar())
	}
	for range 1 + w.r.IntN(2) {
		body := w.body(3)
		text += fmt.Sprintf("%s := %s if {\n%s}", name, w.expr(2), body)
		w.vars = nil
		for w.r.IntN(3) == 0 {
			body := w.body(2)
			text += fmt.Sprintf(" else := %s if {\n%s}", w.expr(1), body)
			w.vars = nil
		}
		text += "\n\n"
	}
	return text
}

func (w *writer) fresh() string {
	w.next++
	return fmt.Sprintf("v%d", w.next)
}

// in writes something whose variables are not seen outside.
func (w *writer) in(write func() string) string {
	n := len(w.vars)
	defer func() { w.vars = w.vars[:n] }()
	return write()
}

func (w *writer) body(most int) string {
	var text strings.Builder
	for range 1 + w.r.IntN(most) {
		text.WriteString("\t" + w.literal() + "\n")
	}
	return text.String()
}

func (w *writer) literal() string {
	switch w.r.IntN(15) {
	case 0, 1:
		e, v := w.expr(2), w.fresh()
		w.vars = append(w.vars, v)
		return v + " := " + e + "; " + v + " != \"none\""
	case 2, 3:
		e, v := w.expr(2), w.fresh()
		w.vars = append(w.vars, v)
		return "some " + v + " in " + e + "; " + v + " != \"none\""
	case 4:
		e, k, v := w.expr(2), w.fresh(), w.fresh()
		w.vars = append(w.vars, k, v)
		return fmt.Sprintf("some %s, %s in %s; [%s, %s] != 0", k, v, e, k, v)
	case 5:
		ref, k := w.pick("data.shop.hours", "data.shop.lists", "data.shop", "input", "input.tree", "input.list", "data.mcr.made.based"), w.fresh()
		w.vars = append(w.vars, k)
		return fmt.Sprintf("some %s; %s[%s] != %s", k, ref, k, w.scalar())
	case 6:
		return "not (" + w.test() + ")"
	case 7:
		return w.in(func() string { return "not {\n\t" + w.body(2) + "\t}" })
	case 8:
		return w.in(func() string {
			e, k, v := w.expr(2), w.fresh(), w.fresh()
			w.vars = append(w.vars, k, v)
			return fmt.Sprintf("every %s, %s in %s {\n\t[%s, %s] != 0\n%s\t}", k, v, e, k, v, w.body(2))
		})
	case 9:
		v := w.fresh()
		pattern := w.pick("["+v+", _]", "{\"a\": "+v+"}", "["+w.scalar()+", "+v+"]", "["+v+", "+v+"]")
		e := w.pick("input.list", "input.tree", "data.shop.pairs[_]", "input.sets[_]", w.ref(1))
		w.vars = append(w.vars, v)
		return pattern + " = " + e
	case 10:
		return fmt.Sprintf("%s with %s as %s", w.test(), w.target(), w.expr(1))
	case 11:
		return fmt.Sprintf("%s with %s as %s with %s as %s", w.test(), w.target(), w.expr(1), w.target(), w.scalar())
	case 12:
		return "(" + w.test() + ")" + w.pick(" or ", " and ") + "(" + w.test() + ")"
	}
	return w.test()
}

// target is what `with` replaces.
func (w *writer) target() string {
	if w.r.IntN(6) == 0 {
		for _, m := range w.rules {
			if m.shape == "function" {
				return m.name
			}
		}
	}
	return w.pick("input", "input.n", "input.tree.a", "input.new.deep", "input.list", "data.shop.hours.closed", "data.shop.limit", "data.shop.new.deep", "data.mcr.made.based")
}

func (w *writer) test() string {
	switch w.r.IntN(4) {
	case 0:
		return w.ref(2)
	case 1:
		return w.expr(1) + " in " + w.expr(2)
	}
	return fmt.Sprintf("%s %s %s", w.ref(1), w.pick("==", "!=", "<", "<=", ">", ">="), w.expr(1))
}

func (w *writer) scalar() string {
	return w.pick("0", "1", "2", "10", "1.0", "10.0", "1e1", "2.5", "-1", "12345678901234567890", "0.1", "-0",
		`"10"`, `"0"`, `"1"`, `"a"`, `"b"`, `"x"`, `""`, `"r0"`, "true", "false", "null")
}

func (w *writer) expr(depth int) string {
	if depth <= 0 || w.r.IntN(6) == 0 {
		return w.leaf()
	}
	e := func() string { return w.expr(depth - 1) }
	switch w.r.IntN(16) {
	case 0, 1, 2:
		return w.ref(depth)
	case 3:
		return "[" + e() + ", " + e() + "]"
	case 4:
		return "{" + e() + ", " + e() + "}"
	case 5:
		return "{" + w.pick(`"a"`, e()) + ": " + e() + ", " + e() + ": " + e() + "}"
	case 6:
		return w.in(func() string { b := w.body(2); return "[" + e() + " | " + b + "]" })
	case 7:
		return w.in(func() string { b := w.body(2); return "{" + e() + " | " + b + "}" })
	case 8:
		return w.in(func() string { b := w.body(2); return "{" + e() + ": " + e() + " | " + b + "}" })
	case 9:
		return "(" + w.number() + w.pick(" + ", " - ", " * ", " / ", " % ") + w.number() + ")"
	case 10:
		return fmt.Sprintf("sprintf(\"%%v\", [%s])", e())
	case 11:
		return w.pick("count(input.list)", "count(data.shop.lists.few)", "sum([1, "+w.number()+"])", "max("+w.many()+")", "min("+w.many()+")",
			"sort("+w.many()+")", "upper(input.word)", "to_number(input.hour)", "object.keys(input.tree)", "type_name("+e()+")", "is_number("+e()+")",
			"json.marshal("+e()+")", "({"+e()+", "+e()+"} | {"+e()+"})", "({"+e()+", "+e()+"} & {"+e()+"})", "({"+e()+", "+e()+"} - {"+e()+"})")
	case 12:
		return fmt.Sprintf("object.get(%s, %s, %s)", w.pick("input", "input.tree", "data.shop.hours.closed"), e(), w.scalar())
	case 13:
		v, p := w.fresh(), w.fresh()
		return fmt.Sprintf("[[%s, %s] | walk(%s, [%s, %s])]", p, v, e(), p, v)
	case 14:
		for _, m := range w.rules {
			if m.shape == "function" {
				return m.name + "(" + w.pick("input.n", "input.word", "input.list", "1", e()) + ")"
			}
		}
	}
	return w.ref(depth)
}

func (w *writer) number() string {
	return w.pick("1", "2", "1.0", "2.5", "1e1", "12345678901234567890", "input.n", "data.shop.limit", "input.n", "count(input.list)")
}

func (w *writer) many() string {
	return w.pick("input.list", "data.shop.lists.few", "data.shop.lists.many", "{x | some x in input.list}", "data.shop.pairs")
}

func (w *writer) leaf() string {
	if len(w.vars) > 0 && w.r.IntN(2) == 0 {
		return w.vars[w.r.IntN(len(w.vars))]
	}
	if w.r.IntN(3) > 0 {
		return w.pick("input.n", "input.hour", "input.word", "input.list", "input.tree", "data.shop.limit", "data.shop.lists.few", "data.shop.lists.many", "data.shop.hours.closed")
	}
	return w.scalar()
}

// ref is a reference into input, data or a rule, by keys that are known when it runs.
func (w *writer) ref(depth int) string {
	head := w.pick("input", "input.tree", "input.list", "input.sets", "data.shop", "data.shop.hours", "data.shop.hours.closed",
		"data.shop.lists.few", "data.shop.lists.many", "data.shop.pairs", "data.mcr.made.based", "data.shop.lists")
	if len(w.rules) > 0 && w.r.IntN(2) == 0 {
		if m := w.rules[w.r.IntN(len(w.rules))]; m.shape != "function" {
			head = m.name
			if m.shape == "value" || w.r.IntN(3) == 0 {
				return head
			}
			return head + w.pick("[input.n]", "[input.word]", "[input.hour]", "["+w.leaf()+"]", "[data.shop.limit]")
		}
	}
	for range 1 + w.r.IntN(2) {
		head += w.pick(".a", ".b", "["+w.expr(depth-1)+"]", "["+w.leaf()+"]", "["+w.scalar()+"]")
	}
	return head
}
