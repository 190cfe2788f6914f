package mutants

import (
	"encoding/json"
	"fmt"
	"maps"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"
)

// mostEntries bounds the lists of data/ of which every entry is taken out in
// turn. Longer ones are code lists, which are mutated as a whole.
const mostEntries = 120

// mostAdded bounds how many entries too many are tried in one list.
const mostAdded = 12

// dataOf makes the mutants of the lists and settings that a rule reads: what no
// rule reads decides nothing. Words (what a code means, what is told) are not
// mutated: they are read by people.
func dataOf(texts map[string]string, docs map[string]any, modules map[string]*ast.Module) []Mutant {
	read := map[string]bool{}
	for _, file := range slices.Sorted(maps.Keys(modules)) {
		ast.WalkRefs(modules[file], func(r ast.Ref) bool {
			if p := fixedPath(r); len(p) > 1 && p[0] != "mcr" {
				read[strings.Join(p, ".")] = true
			}
			return false
		})
	}
	var out []Mutant
	for _, p := range slices.Sorted(maps.Keys(read)) {
		parts := strings.Split(p, ".")
		d := datum{file: "data/" + parts[0] + ".json", path: parts[1:]}
		d.text, d.doc = texts[d.file], docs[parts[0]]
		out = append(out, d.mutants()...)
	}
	return out
}

// fixedPath is the part of data.a.b[x] that is written out: a, b.
func fixedPath(r ast.Ref) []string {
	if r[0].Value.Compare(ast.DefaultRootDocument.Value) != 0 {
		return nil
	}
	var out []string
	for _, t := range r[1:] {
		name, ok := t.Value.(ast.String)
		if !ok {
			break
		}
		out = append(out, string(name))
	}
	return out
}

// datum is one thing in data/ that a rule reads.
type datum struct {
	file, text string
	path       []string
	doc        any
}

func (d datum) mutants() []Mutant {
	var out []Mutant
	put := func(op, was, is string, now any) {
		out = append(out, Mutant{
			Operator: op, File: d.file, Line: d.line(was), Rule: strings.Join(d.path, "."),
			Was: was, Is: is, text: encoded(replaced(d.doc, d.path, now)),
		})
	}
	name := strings.Join(d.path, ".") + ": "
	switch v := found(d.doc, d.path).(type) {
	case json.Number:
		if n, err := strconv.Atoi(string(v)); err == nil {
			for _, m := range []int{n - 1, n + 1} {
				put(dataNumberMoved, name+string(v), strconv.Itoa(m), json.Number(strconv.Itoa(m)))
			}
		}
	case bool:
		put(dataSwitchTurned, name+fmt.Sprint(v), fmt.Sprint(!v), !v)
	case []any:
		for i := 0; i < len(v) && len(v) <= mostEntries; i++ {
			put(dataEntryDropped, name+fmt.Sprint(v[i]), "", slices.Delete(slices.Clone(v), i, i+1))
		}
		for _, extra := range d.lacking(v) {
			put(dataEntryAdded, name+"[...]", extra, append(slices.Clone(v), extra))
		}
	case map[string]any:
		for _, k := range slices.Sorted(maps.Keys(v)) {
			if len(v) > mostEntries {
				break
			}
			put(dataEntryDropped, name+k, "", without(v, k))
			if on, ok := v[k].(bool); ok {
				put(dataSwitchTurned, name+k+": "+fmt.Sprint(on), fmt.Sprint(!on), with(v, k, !on))
			}
		}
		for _, extra := range d.lacking(slices.Sorted(maps.Keys(v))) {
			for _, one := range v { // like any that is there
				put(dataEntryAdded, name+"{...}", extra, with(v, extra, one))
				break
			}
		}
	}
	return out
}

// lacking are entries of the lists beside this one that it does not have.
func (d datum) lacking(have any) []string {
	there := map[string]bool{}
	entries(have, there)
	parent, _ := found(d.doc, d.path[:len(d.path)-1]).(map[string]any)
	all := map[string]bool{}
	for _, other := range slices.Sorted(maps.Keys(parent)) {
		if !slices.Contains([]string{"source", "rules", "systems"}, other) {
			entries(parent[other], all)
		}
	}
	var out []string
	for _, e := range slices.Sorted(maps.Keys(all)) {
		if !there[e] && len(out) < mostAdded {
			out = append(out, e)
		}
	}
	return out
}

func entries(v any, into map[string]bool) {
	switch v := v.(type) {
	case []string:
		for _, e := range v {
			into[e] = true
		}
	case []any:
		for _, e := range v {
			if s, ok := e.(string); ok {
				into[s] = true
			}
		}
	case map[string]any:
		for k := range v {
			into[k] = true
		}
	}
}

// line is where the datum, or its entry, stands: as near as can be told.
func (d datum) line(was string) int {
	_, entry, _ := strings.Cut(was, ": ")
	entry, _, _ = strings.Cut(entry, ": ")
	at := strings.Index(d.text, `"`+d.path[len(d.path)-1]+`"`)
	if at < 0 {
		return 1
	}
	if n := strings.Index(d.text[at:], `"`+entry+`"`); n > 0 {
		at += n
	}
	return 1 + strings.Count(d.text[:at], "\n")
}

// found is what stands at a path.
func found(doc any, path []string) any {
	for _, p := range path {
		m, _ := doc.(map[string]any)
		doc = m[p]
	}
	return doc
}

// replaced is a document with another value at a path; what is not on the path is
// shared.
func replaced(doc any, path []string, now any) any {
	if len(path) == 0 {
		return now
	}
	m, _ := doc.(map[string]any)
	return with(m, path[0], replaced(m[path[0]], path[1:], now))
}

func with(m map[string]any, k string, v any) map[string]any {
	out := make(map[string]any, len(m)+1)
	for name, value := range m {
		out[name] = value
	}
	out[k] = v
	return out
}

func without(m map[string]any, k string) map[string]any {
	out := with(m, k, nil)
	delete(out, k)
	return out
}

func encoded(doc any) string {
	out, err := json.MarshalIndent(doc, "", "  ")
	if err != nil {
		return "" // it was read as JSON: it can be written
	}
	return string(out) + "\n"
}

func decoded(text string) (map[string]any, error) {
	var doc map[string]any
	d := json.NewDecoder(strings.NewReader(text))
	d.UseNumber()
	err := d.Decode(&doc)
	return doc, err
}

func nameOf(file string) string { return strings.TrimSuffix(path.Base(file), path.Ext(file)) }
