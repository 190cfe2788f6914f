package invariants

import (
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/mycarerecord/mcr/access"
	"github.com/mycarerecord/mcr/fhir"
)

// builder makes the sets of conditions.
type builder struct {
	*space
	sets *sets
}

// is the set of states in which a field's value is so.
func (b *builder) is(name string, holds func(any) bool) set {
	at := b.index[name]
	return b.sets.where(at, func(v int) bool { return holds(b.fields[at].values[v].is) })
}

func (b *builder) oneOf(name string, words ...string) set {
	return b.is(name, func(v any) bool { return slices.Contains(words, v.(string)) })
}

// pair is the set of states in which two fields' values are so together.
func (b *builder) pair(one, other string, holds func(x, y any) bool) set {
	out := none
	for i, x := range b.fields[b.index[one]].values {
		here := b.is(other, func(y any) bool { return holds(x.is, y) })
		out = b.sets.or(out, b.sets.with(here, b.index[one], i))
	}
	return out
}

// every is the set of states in which all of some conditions hold.
func every(conditions []condition) condition {
	return func(b *builder) set {
		out := all
		for _, c := range conditions {
			out = b.sets.and(out, c(b))
		}
		return out
	}
}

// factNames are the facts as the cases name them; ours are those of the input.
var factNames = []string{"opt_out", "restriction", "registration", "relationships", "permissions", "test_orders", "emergencies", "professional_is_the_patient", "national_opt_out", "age"}

func nameOfFact(said string) string {
	if said == "professional_is_the_patient" {
		return "subject_is_patient"
	}
	return said
}

// whenever reads conditions on the question, the facts, and who decided.
func (r *reader) whenever(n *yaml.Node, where string) (condition, verdict) {
	var list []condition
	var outcome []verdict
	add := func(c condition) { list = append(list, c) }
	names := map[string]func(*yaml.Node){
		"does": func(n *yaml.Node) {
			words := r.from(n, "does", "action", texts(actions))
			add(func(b *builder) set { return b.oneOf("action", words...) })
		},
		"at": func(n *yaml.Node) {
			own := r.one(n, "at", "own", "elsewhere") == "own"
			add(func(b *builder) set {
				return b.pair("subject.organisation", "source.organisation", func(x, y any) bool { return (x == y) == own })
			})
		},
		"purpose": func(n *yaml.Node) {
			if n.Value == "other" {
				add(func(b *builder) set {
					return b.is("request.purpose", func(v any) bool { return v != access.DirectCare })
				})
				return
			}
			words := r.texted(n, "purpose", "request.purpose")
			add(func(b *builder) set { return b.oneOf("request.purpose", words...) })
		},
		"role":    func(n *yaml.Node) { add(r.role(n)) },
		"asks":    func(n *yaml.Node) { add(r.asks(n)) },
		"says":    func(n *yaml.Node) { add(r.says(n)) },
		"by":      func(n *yaml.Node) { outcome = append(outcome, r.by(n, "by", false)) },
		"by_only": func(n *yaml.Node) { outcome = append(outcome, r.by(n, "by_only", true)) },
		"patient_unknown": func(n *yaml.Node) {
			unknown := r.truth(n, "patient_unknown")
			add(func(b *builder) set { return b.is("patient.known", func(v any) bool { return v != unknown }) })
		},
	}
	for _, name := range factNames {
		names[name] = func(n *yaml.Node) { add(r.fact(n, name)) }
	}
	r.mapping(n, where, names)
	if len(outcome) == 0 {
		return every(list), nil
	}
	return every(list), both(outcome)
}

// texted reads texts that a field may have, and notes them for the space.
func (r *reader) texted(n *yaml.Node, where, field string) []string {
	words := r.list(n, where)
	for _, w := range words {
		r.texts.add(field, w)
	}
	return words
}

func (r *reader) role(n *yaml.Node) condition {
	if n.Kind != yaml.MappingNode {
		words := r.texted(n, "role", "subject.role")
		for _, w := range words {
			if role(w).String() != w {
				r.say(n, "role: %q is no job role code, such as R8000", w)
			}
		}
		return func(b *builder) set { return b.oneOf("subject.role", words...) }
	}
	var list []condition
	listed := func(where string, on bool) func(*yaml.Node) {
		return func(n *yaml.Node) {
			name := r.one(n, where, r.known.roleListNames()...)
			roles := r.known.roleLists[name]
			for _, role := range roles {
				r.texts.add("subject.role", role)
			}
			list = append(list, func(b *builder) set {
				return b.is("subject.role", func(v any) bool { return slices.Contains(roles, v.(string)) == on })
			})
		}
	}
	r.mapping(n, "role", map[string]func(*yaml.Node){"on": listed("on", true), "not_on": listed("not_on", false)})
	return every(list)
}

// asks reads conditions on what is viewed.
func (r *reader) asks(n *yaml.Node) condition {
	var list []func(b *builder, a *ask) bool
	words := map[string]fhir.Interaction{"read": fhir.Read, "search": fhir.Search}
	r.mapping(n, "asks", map[string]func(*yaml.Node){
		"by": func(n *yaml.Node) {
			interaction := words[r.one(n, "by", "read", "search")]
			list = append(list, func(_ *builder, a *ask) bool { return a.request.Interaction == interaction })
		},
		"type": func(n *yaml.Node) {
			types := r.from(n, "type", "type that the broker offers", offered())
			r.texts.types = with(r.texts.types, types...)
			list = append(list, func(_ *builder, a *ask) bool { return slices.Contains(types, a.request.Type) })
		},
		"could_bring": func(n *yaml.Node) {
			categories := r.from(n, "could_bring", "category", r.known.categories)
			list = append(list, func(b *builder, a *ask) bool {
				return slices.ContainsFunc(a.categories, func(c string) bool { return slices.Contains(categories, c) })
			})
		},
	})
	return func(b *builder) set {
		viewing := b.oneOf("action", string(access.View))
		at := b.index["request"]
		return b.sets.and(viewing, b.sets.where(at, func(v int) bool {
			for _, holds := range list {
				if !holds(b, &b.asks[v]) {
					return false
				}
			}
			return true
		}))
	}
}

func (r *reader) says(n *yaml.Node) condition {
	entry := r.entry(n, "says", said)
	return func(b *builder) set {
		return b.sets.minus(entry(b, "statement"), b.oneOf("action", string(access.View)))
	}
}

// fact reads a condition on a fact.
func (r *reader) fact(n *yaml.Node, name string) condition {
	field := nameOfFact(name)
	if field != name || name == "national_opt_out" {
		word := r.one(n, name, "yes", "not yes", "absent", "unavailable")
		return func(b *builder) set {
			return b.is(field, func(v any) bool {
				switch yes := v == "known: yes"; word {
				case "yes":
					return yes
				case "not yes":
					return !yes
				}
				return v == word
			})
		}
	}
	if name == "age" {
		word := r.one(n, name, "known", "absent", "unavailable", "not known")
		return func(b *builder) set {
			if word == "not known" {
				return b.oneOf(field, "absent", "unavailable")
			}
			return b.oneOf(field, word)
		}
	}
	if f := factOf(field); f.list {
		return r.listFact(n, f)
	}
	return r.oneFact(n, factOf(field))
}

func (r *reader) oneFact(n *yaml.Node, f fact) condition {
	if n.Kind == yaml.MappingNode {
		entry := r.entry(n, f.name, f)
		return func(b *builder) set { return b.sets.and(b.oneOf(f.name, "known"), entry(b, f.name)) }
	}
	word := r.one(n, f.name, "known", "absent", "unavailable", "not known", "in force", "not in force")
	r.texts.inForce(f.name)
	return func(b *builder) set {
		holds := b.sets.and(b.oneOf(f.name, "known"), b.inForce(f.name))
		switch word {
		case "in force":
			return holds
		case "not in force":
			return b.sets.not(holds)
		case "not known":
			return b.oneOf(f.name, "absent", "unavailable")
		}
		return b.oneOf(f.name, word)
	}
}

// listFact reads a condition on a list: a word, or what some, no, every or the
// last recorded entry is like.
func (r *reader) listFact(n *yaml.Node, f fact) condition {
	known := func(b *builder) set {
		return b.is(f.name, func(v any) bool { return strings.HasPrefix(v.(string), "known") })
	}
	if n.Kind != yaml.MappingNode {
		word := r.one(n, f.name, "known", "absent", "unavailable", "not known")
		return func(b *builder) set {
			switch word {
			case "known":
				return known(b)
			case "not known":
				return b.sets.not(known(b))
			}
			return b.oneOf(f.name, word)
		}
	}
	// some is where an entry is there that is like that.
	some := func(b *builder, entry func(b *builder, name string) set) set {
		out := none
		for i := range b.entries {
			there := b.is(f.name, func(v any) bool { return entriesIn(v.(string)) > i })
			out = b.sets.or(out, b.sets.and(there, entry(b, entryName(f, i))))
		}
		return out
	}
	var list []condition
	add := func(c condition) { list = append(list, c) }
	names := map[string]func(*yaml.Node){
		"some": func(n *yaml.Node) {
			entry := r.entry(n, f.name, f)
			add(func(b *builder) set { return some(b, entry) })
		},
		"no": func(n *yaml.Node) {
			entry := r.entry(n, f.name, f)
			add(func(b *builder) set { return b.sets.not(some(b, entry)) })
		},
		"every": func(n *yaml.Node) {
			entry := r.entry(n, f.name, f)
			add(func(b *builder) set {
				return b.sets.minus(known(b), some(b, func(b *builder, name string) set { return b.sets.not(entry(b, name)) }))
			})
		},
	}
	if f.name == "permissions" {
		names["last"] = func(n *yaml.Node) {
			entry := r.entry(n, f.name, f)
			add(func(b *builder) set {
				return some(b, func(b *builder, name string) set { return b.sets.and(entry(b, name), b.last(name)) })
			})
		}
	}
	r.mapping(n, f.name, names)
	return every(list)
}

// last is where no other answer was recorded after one.
func (b *builder) last(name string) set {
	const first, second = "permissions.1", "permissions.2"
	alone := b.oneOf("permissions", "known: one")
	if b.entries < 2 {
		return alone
	}
	notAfter := b.pair(first+".recorded_ms", second+".recorded_ms", func(x, y any) bool {
		if name == first {
			return y.(moment).seconds <= x.(moment).seconds
		}
		return x.(moment).seconds <= y.(moment).seconds
	})
	return b.sets.or(alone, notAfter)
}

// inForce is where an entry has begun and is not over.
func (b *builder) inForce(name string) set {
	begun := b.is(name+".from", func(v any) bool { m := v.(moment); return m.open || m.seconds <= 0 })
	over := b.is(name+".until", func(v any) bool { m := v.(moment); return !m.open && m.seconds <= 0 })
	return b.sets.minus(begun, over)
}
