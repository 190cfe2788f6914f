package book

import (
	"maps"
	"slices"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"

	"github.com/mycarerecord/mcr/decision"
)

// compareRules says which rules differ: in their words, in what they do, or in nothing but
// how they are laid out.
func (c *ChangeList) compareRules(old, next *side) {
	was, is := byFile(old.rev.Rules()), byFile(next.rev.Rules())
	oldFiles, newFiles := old.rev.Files().Rules, next.rev.Files().Rules
	for _, file := range slices.Sorted(maps.Keys(both(oldFiles, newFiles))) {
		a, had := oldFiles[file]
		b, has := newFiles[file]
		if a == b && had == has {
			continue
		}
		r := RuleChange{File: file, Name: is[file].Name, Title: is[file].Title, How: Altered, Reach: MayWiden}
		switch {
		case !had:
			r.How = Added
		case !has:
			r.How, r.Name, r.Title = Removed, was[file].Name, was[file].Title
		default:
			r.Words = changes(ruleWords(was[file]), ruleWords(is[file]))
			r.Parts = changes(partWords(was[file]), partWords(is[file]))
			r.compareText(a, b)
			for i := range r.Logic {
				r.Logic[i].Title = titlesOf(is[file], r.Logic[i].Name)
			}
		}
		if r.Title == "" {
			r.Title = r.File
		}
		c.Rules = append(c.Rules, r)
	}
}

// compareText says whether a rule does something else, and which of its bodies differ.
func (r *RuleChange) compareText(a, b string) {
	old, next := parsed(r.File, a), parsed(r.File, b)
	if old == nil || next == nil {
		return
	}
	r.Logic = bodies(old, next)
	what := func(m *ast.Module) *ast.Module {
		copied := m.Copy()
		copied.Annotations = nil
		for _, rule := range copied.Rules {
			rule.Annotations = nil
		}
		return copied
	}
	if what(old).Compare(what(next)) != 0 {
		if len(r.Logic) == 0 {
			r.Logic = []Change{{Name: "imports or order", How: Altered}}
		}
		return
	}
	r.Reach, r.Logic = NoWider, nil
	r.FormOnly = slices.EqualFunc(old.Annotations, next.Annotations, func(x, y *ast.Annotations) bool { return x.Compare(y) == 0 })
	if !r.FormOnly && len(r.Words)+len(r.Parts) == 0 {
		r.Words = changes(metadata(old), metadata(next))
	}
}

// titlesOf are the titles under which a name is explained.
func titlesOf(r decision.Rule, name string) string {
	var titles []string
	for _, p := range r.Parts {
		if p.Name == name {
			titles = append(titles, p.Title)
		}
	}
	if len(titles) == 0 {
		return name
	}
	return name + " (" + strings.Join(titles, "; ") + ")"
}

func parsed(file, text string) *ast.Module {
	m, err := ast.ParseModuleWithOpts(file, text, ast.ParserOptions{ProcessAnnotation: true, RegoVersion: ast.RegoV1})
	if err != nil {
		return nil // it loaded, or is a test that does not
	}
	return m
}

// bodies compares what is written under each name of a module, side by side.
func bodies(old, next *ast.Module) []Change {
	written := func(m *ast.Module) map[string]said {
		out := map[string]said{}
		for _, r := range m.Rules {
			name := strings.Trim(r.Head.Ref()[0].Value.String(), `"`)
			one := out[name]
			one.text = strings.TrimLeft(one.text+"\n"+string(r.Location.Text), "\n")
			one.is = words(one.is) + r.String() + "\n"
			out[name] = one
		}
		return out
	}
	return differences(written(old), written(next))
}

// metadata are the METADATA of a module, for what no part tells.
func metadata(m *ast.Module) map[string]string {
	out := map[string]string{}
	for _, a := range m.Annotations {
		name := a.Scope + " " + a.Title
		if t := a.GetTargetPath(); t != nil {
			name = t.String()
		}
		out["METADATA of "+name] = a.String()
	}
	return out
}

func byFile(rules []decision.Rule) map[string]decision.Rule {
	out := map[string]decision.Rule{}
	for _, r := range rules {
		out[r.File] = r
	}
	return out
}

func ruleWords(r decision.Rule) map[string]string {
	return map[string]string{"title": r.Title, "description": r.Description, "promise": r.Promise, "reasons": strings.Join(r.Reasons, ", ")}
}

func partWords(r decision.Rule) map[string]string {
	out := map[string]string{}
	for _, p := range r.Parts {
		title := p.Title
		if _, twice := out[title]; twice {
			title += " (" + p.Name + ")"
		}
		out[title] = p.Description
		if len(p.Reasons) > 0 {
			out[title] += " (Reasons: " + strings.Join(p.Reasons, ", ") + ")"
		}
	}
	return out
}

// cut splits "roles/emergency".
func cut(name string) (file, key string, ok bool) { return strings.Cut(name, "/") }
