package decision

import (
	"maps"
	"slices"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"
)

// Rule is one rule as its METADATA tells it.
type Rule struct {
	Name        string // of its folder: "opt_out"
	Title       string
	Description string
	Promise     string // to patients
	Parts       []Part
	Reasons     []string // codes that it gives, as its METADATA lists them
	Lists       []string // names of the lists that it reads, such as "roles/emergency"
	Settings    []string // paths of the settings that it reads
	UsesRules   []string // other rules whose parts it uses
	File        string
	Text        string // the Rego
}

// Part is one named part of a rule: a condition, or what the rule permits,
// denies, releases or lacks.
type Part struct {
	Name        string // "active", "permit"
	Kind        Kind
	Title       string
	Description string
	Reasons     []string
	Line        int   // in Rule.File
	rows        []int // where its bodies begin
}

// Kind says what a part of a rule is for.
type Kind string

// The kinds: the six sets that a rule may offer (policies/README.md), and
// everything else.
const (
	Permits   Kind = "permit"
	Denies    Kind = "deny"
	Plans     Kind = "plan"
	Lacks     Kind = "lacking"
	Unknown   Kind = "unknown"
	Withholds Kind = "withhold"
	Condition Kind = "condition"
)

// written gives every module as its METADATA tells it, decision.rego as the rule
// without a name, in the order of the files.
func written(modules map[string]*ast.Module, texts map[string]string) []Rule {
	var out []Rule
	for _, file := range slices.Sorted(maps.Keys(modules)) {
		m := modules[file]
		path := strings.Split(strings.TrimPrefix(m.Package.Path.String(), "data."), ".")
		r := Rule{File: file, Text: texts[file], Parts: parts(m)}
		if len(path) == 3 && path[0] == "mcr" && path[1] == "rules" {
			r.Name = path[2]
		} else if file != "decision.rego" {
			continue
		}
		for _, a := range m.Annotations {
			if a.Scope == "package" {
				r.Title, r.Description = sentence(a.Title), sentence(a.Description)
				promise, _ := a.Custom["promise"].(string)
				r.Promise, r.Reasons = sentence(promise), reasonCodes(a)
			}
		}
		if r.Title == "" {
			r.Title = r.Name
		}
		r.uses(m)
		out = append(out, r)
	}
	return out
}

// parts are the parts of a module in the order of the file. A body without
// METADATA of its own belongs to the part of the same name before it.
func parts(m *ast.Module) []Part {
	var out []Part
	at := map[string]int{} // by name: where in out
	for _, r := range m.Rules {
		name := r.Head.Ref()[0].Value.String() // "usable" of usable[p.id]
		name = strings.Trim(name, `"`)
		i, known := at[name]
		var own *ast.Annotations
		for _, a := range r.Annotations {
			if a.Title != "" {
				own = a
			}
		}
		switch {
		case own == nil && !known:
			continue // a helper that nobody described
		case own != nil && known && out[i].Title == sentence(own.Title):
		case own != nil:
			i = len(out)
			out = append(out, Part{
				Name: name, Kind: kindOf(name), Title: sentence(own.Title), Description: sentence(own.Description),
				Reasons: reasonCodes(own), Line: r.Location.Row,
			})
		}
		at[name] = i
		if r.Default {
			continue
		}
		for body := r; body != nil; body = body.Else {
			out[i].rows = append(out[i].rows, body.Location.Row)
		}
	}
	return out
}

func kindOf(name string) Kind {
	if k := Kind(name); slices.Contains([]Kind{Permits, Denies, Plans, Withholds, Lacks, Unknown}, k) {
		return k
	}
	return Condition
}

func reasonCodes(a *ast.Annotations) []string {
	list, _ := a.Custom["reasons"].([]any)
	var out []string
	for _, code := range list {
		if text, ok := code.(string); ok {
			out = append(out, text)
		}
	}
	return out
}

// uses notes what a module reads of the data and of other rules.
func (r *Rule) uses(m *ast.Module) {
	ast.WalkRefs(m, func(ref ast.Ref) bool {
		if !ref.HasPrefix(ast.DefaultRootRef) {
			return false
		}
		var names []string
		for _, t := range ref.GroundPrefix()[1:] {
			if s, ok := t.Value.(ast.String); ok {
				names = append(names, string(s))
			}
		}
		switch {
		case len(names) < 2:
		case names[0] == "mcr":
			if len(names) > 2 && names[2] != r.Name {
				r.UsesRules = append(r.UsesRules, names[2])
			}
		case names[0] == "settings":
			r.Settings = append(r.Settings, strings.Join(names[1:], "."))
		default:
			r.Lists = append(r.Lists, names[0]+"/"+names[1])
		}
		return false
	})
	for _, list := range []*[]string{&r.UsesRules, &r.Settings, &r.Lists} {
		slices.Sort(*list)
		*list = slices.Compact(*list)
	}
}

// sentence makes one line of a text of METADATA.
func sentence(s string) string { return strings.Join(strings.Fields(s), " ") }
