package invariants

import (
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// entryCondition is a condition on the entry of a name.
type entryCondition = func(b *builder, name string) set

// entry reads what an entry of a fact, or what is to be recorded, is like. There
// are the words of the fields that it has.
func (r *reader) entry(n *yaml.Node, where string, f fact) entryCondition {
	var list []entryCondition
	add := func(c entryCondition) { list = append(list, c) }
	has := func(field string) bool {
		return slices.ContainsFunc(f.fields, func(e entryField) bool { return e.name == field })
	}
	names := map[string]func(*yaml.Node){}
	if has("from") && has("until") {
		names["lasts_at_most"] = func(n *yaml.Node) {
			most := r.length(n, "lasts_at_most")
			r.texts.at(f.name+".until", most-1, most, most+1)
			r.texts.whole[f.name+".from"], r.texts.whole[f.name+".until"] = true, true
			add(func(b *builder, name string) set { return b.lasts(name, most) })
		}
		if f.name != "statement" {
			names["in_force"] = func(n *yaml.Node) {
				is := r.truth(n, "in_force")
				r.texts.inForce(f.name)
				add(func(b *builder, name string) set {
					if is {
						return b.inForce(name)
					}
					return b.sets.not(b.inForce(name))
				})
			}
		}
	}
	if has("organisation") {
		names["organisation"] = func(n *yaml.Node) {
			word := r.one(n, "organisation", "own", "not own", "holder")
			add(func(b *builder, name string) set {
				whose := "subject.organisation"
				if word == "holder" {
					whose = "source.organisation"
				}
				return b.pair(whose, name+".organisation", func(x, y any) bool { return (x == y) == (word != "not own") })
			})
		}
	}
	if has("user_id") {
		names["for"] = func(n *yaml.Node) {
			words := r.from(n, "for", "person", []string{"self", "another", "nobody"})
			add(func(b *builder, name string) set {
				return b.pair("subject.user_id", name+".user_id", func(x, y any) bool {
					who := "another"
					switch y {
					case x:
						who = "self"
					case "":
						who = "nobody"
					}
					return slices.Contains(words, who)
				})
			})
		}
	}
	if has("sources") {
		names["for_this_source"] = func(n *yaml.Node) {
			is := r.truth(n, "for_this_source")
			add(func(b *builder, name string) set {
				return b.pair("source.id", name+".sources", func(x, y any) bool {
					list := y.([]string)
					return (len(list) == 0 || slices.Contains(list, x.(string))) == is
				})
			})
		}
	}
	if has("given") {
		names["answer"] = func(n *yaml.Node) {
			yes := r.one(n, "answer", "yes", "no") == "yes"
			add(func(b *builder, name string) set { return b.is(name+".given", func(v any) bool { return v == yes }) })
		}
	}
	if has("closed_at") {
		names["closed_within"] = func(n *yaml.Node) {
			most := r.length(n, "closed_within")
			r.texts.at(f.name+".closed_at", -most-1, -most, -most+1)
			r.texts.whole[f.name+".closed_at"] = true
			add(func(b *builder, name string) set {
				return b.is(name+".closed_at", func(v any) bool { m := v.(moment); return !m.open && m.seconds > -most })
			})
		}
	}
	if has("from") {
		names["begun_within"] = func(n *yaml.Node) {
			most := r.length(n, "begun_within")
			r.texts.at(f.name+".from", -most-1, -most, -most+1)
			r.texts.whole[f.name+".from"] = true
			add(func(b *builder, name string) set {
				return b.is(name+".from", func(v any) bool { m := v.(moment); return !m.open && m.seconds > -most })
			})
		}
	}
	truths := map[string]string{"withdrawn": "withdrawn", "ended": "ended", "sensitive": "sensitive", "reason": "reason_given", "purpose": "purpose_given"}
	for word, field := range truths {
		if has(field) {
			names[word] = func(n *yaml.Node) {
				is := r.truth(n, word)
				add(func(b *builder, name string) set { return b.is(name+"."+field, func(v any) bool { return v == is }) })
			}
		}
	}
	for _, field := range []string{"category", "code", "contact", "how", "kind", "name", "permission", "reason_code", "status", "telephone"} {
		if has(field) {
			names[field] = func(n *yaml.Node) { add(r.entryText(n, field, f)) }
		}
	}
	r.mapping(n, where, names)
	return func(b *builder, name string) set {
		out := all
		for _, c := range list {
			out = b.sets.and(out, c(b, name))
		}
		return out
	}
}

// entryText reads which texts a field has: one, a list, or "not" one.
func (r *reader) entryText(n *yaml.Node, field string, f fact) entryCondition {
	words := r.list(n, field)
	is := true
	if rest, not := strings.CutPrefix(n.Value, "not "); not && n.Kind == yaml.ScalarNode {
		words, is = []string{rest}, false
	}
	for _, w := range words {
		r.texts.add(f.name+"."+field, w)
		if field == "category" && !slices.Contains(r.known.categories, w) {
			r.say(n, "category: there is no category %q; there are %s", w, strings.Join(r.known.categories, ", "))
		}
	}
	return func(b *builder, name string) set {
		return b.is(name+"."+field, func(v any) bool { return slices.Contains(words, v.(string)) == is })
	}
}

// lasts is where an entry, or what is to be recorded, ends no later than some time
// after it began; a statement begins now, and ends in the future.
func (b *builder) lasts(name string, most int64) set {
	if name == "statement" {
		return b.is(name+".until", func(v any) bool { m := v.(moment); return !m.open && m.seconds > 0 && m.seconds <= most })
	}
	return b.pair(name+".from", name+".until", func(x, y any) bool {
		from, until := x.(moment), y.(moment)
		return !from.open && !until.open && until.seconds-from.seconds <= most
	})
}

// inForce notes that a condition asks whether entries have begun and are not over.
func (c *compared) inForce(name string) {
	for _, end := range []string{".from", ".until"} {
		c.note(groupSum{times: map[string]int64{name + end: 1, timeGroup: -1}})
	}
}
