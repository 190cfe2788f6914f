package invariants

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/mycarerecord/mcr/access"
	"github.com/mycarerecord/mcr/decision"
)

// verdict says whether something holds of a decision.
type verdict func(d *access.Decision) bool

// both holds where all of some verdicts do.
func both(list []verdict) verdict {
	return func(d *access.Decision) bool {
		return !slices.ContainsFunc(list, func(v verdict) bool { return !v(d) })
	}
}

// vocabulary is what a folder of policies has words for.
type vocabulary struct {
	categories, rules, reasons []string
	lists                      map[string][]string // everything, everything understood
	roleLists                  map[string][]string // of data/roles.json
}

func vocabularyOf(rev *decision.Revision) *vocabulary {
	v := &vocabulary{lists: map[string][]string{}, roleLists: map[string][]string{}}
	doc, _ := rev.Documents()["categories"].(map[string]any)
	v.categories = words(doc["every"])
	v.lists["everything"], v.lists["everything understood"] = v.categories, words(doc["understood"])
	for name, list := range rev.Documents()["roles"].(map[string]any) {
		if list, ok := list.(map[string]any); ok && name != "names" {
			v.roleLists[name] = slices.Sorted(maps.Keys(list))
		}
	}
	for _, m := range rev.Modules() {
		if p := m.Package.Path.String(); strings.HasPrefix(p, "data.mcr.rules.") {
			if name := strings.TrimPrefix(p, "data.mcr.rules."); !slices.Contains(v.rules, name) {
				v.rules = append(v.rules, name)
			}
		}
	}
	slices.Sort(v.rules)
	reasons, _ := rev.Documents()["reasons"].(map[string]any)
	list, _ := reasons["reasons"].([]any)
	for _, r := range list {
		r, _ := r.(map[string]any)
		v.reasons = append(v.reasons, fmt.Sprint(r["code"]))
	}
	return v
}

func (v *vocabulary) roleListNames() []string { return slices.Sorted(maps.Keys(v.roleLists)) }

var effects = map[string]access.Effect{"permit": access.Permit, "refuse": access.Deny, "wait": access.Indeterminate}

// then reads what a decision is like. Under "then" it must be all of it: what is
// released is at most the list. Under "then never" it must not be all of it
// together: something of the list is released.
func (r *reader) then(n *yaml.Node, where string, never bool) verdict {
	var list []verdict
	add := func(v verdict) { list = append(list, v) }
	r.mapping(n, where, map[string]func(*yaml.Node){
		"decision": func(n *yaml.Node) {
			words := r.from(n, "decision", "decision", []string{"permit", "refuse", "wait"})
			add(func(d *access.Decision) bool {
				return slices.ContainsFunc(words, func(w string) bool { return effects[w] == d.Effect })
			})
		},
		"because": func(n *yaml.Node) {
			codes := r.from(n, "because", "reason", r.known.reasons)
			add(func(d *access.Decision) bool {
				return slices.ContainsFunc(d.Reasons, func(r access.Reason) bool { return slices.Contains(codes, r.Code) })
			})
		},
		"by":      func(n *yaml.Node) { add(r.by(n, "by", false)) },
		"by_only": func(n *yaml.Node) { add(r.by(n, "by_only", true)) },
		"releases": func(n *yaml.Node) {
			categories, ok := r.known.lists[n.Value]
			switch {
			case n.Kind == yaml.ScalarNode && n.Value == "nothing":
			case !ok:
				categories = r.from(n, "releases", "category (or the word everything, everything understood, or nothing)", r.known.categories)
			}
			in := func(c string) bool { return slices.Contains(categories, c) }
			if never {
				add(func(d *access.Decision) bool { return slices.ContainsFunc(d.Plan.Categories, in) })
				return
			}
			add(func(d *access.Decision) bool {
				return !slices.ContainsFunc(d.Plan.Categories, func(c string) bool { return !in(c) })
			})
		},
		"labels": func(n *yaml.Node) {
			every := r.one(n, "labels", "normal", "every") == "every"
			add(func(d *access.Decision) bool {
				if len(d.Plan.Labels) == 0 {
					return !never
				}
				return everyLabel(d) == every
			})
		},
		"masks": func(n *yaml.Node) {
			masks := r.truth(n, "masks")
			add(func(d *access.Decision) bool { return len(d.Plan.Masks) > 0 == masks })
		},
		"alert": func(n *yaml.Node) {
			alert := r.truth(n, "alert")
			add(func(d *access.Decision) bool { return d.Alert == alert })
		},
	})
	if len(list) == 0 {
		r.say(n, "%s: say what the decision is like", where)
	}
	return both(list)
}

// by reads the rules that permit: some of them, or they alone.
func (r *reader) by(n *yaml.Node, where string, only bool) verdict {
	names := r.from(n, where, "rule", r.known.rules)
	slices.Sort(names)
	return func(d *access.Decision) bool {
		if d.Effect != access.Permit {
			return false
		}
		if only {
			return slices.Equal(names, d.Rules)
		}
		return slices.ContainsFunc(d.Rules, func(rule string) bool { return slices.Contains(names, rule) })
	}
}

func everyLabel(d *access.Decision) bool { return slices.Contains(d.Plan.Labels, "*") }
