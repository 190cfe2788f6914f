package book

import (
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/mycarerecord/mcr/decision/internal/folder"
)

// FileChange is a file that differs.
type FileChange struct {
	File string
	How  How
	// Where says under which heading it is told what differs; "" when Details tell it.
	Where   string
	Details []Change
	// FormOnly: nothing but layout and remarks differ.
	FormOnly bool
}

// compareFiles says of every file that differs where it is told, or what differs. It knows
// nothing of what the other comparisons found but the names of their files, so that what they
// do not see is told all the same.
func (c *ChangeList) compareFiles(old, next fs.FS) error {
	was, err := allFiles(old)
	if err != nil {
		return err
	}
	is, err := allFiles(next)
	if err != nil {
		return err
	}
	for _, file := range slices.Sorted(maps.Keys(both(was, is))) {
		a, had := was[file]
		b, has := is[file]
		if had && has && a == b {
			continue
		}
		f := FileChange{File: file, How: Altered, Where: c.toldUnder(file)}
		switch {
		case !had:
			f.How = Added
		case !has:
			f.How = Removed
		default:
			f.compare(a, b, c)
		}
		if f.Where == "" && f.How != Altered && strings.HasPrefix(file, folder.CasesFolder+"/") {
			f.Details = casesChanged(a, b)
		}
		c.Files = append(c.Files, f)
	}
	return nil
}

// toldUnder finds the heading under which a file is told.
func (c *ChangeList) toldUnder(file string) string {
	switch {
	case slices.ContainsFunc(c.Rules, func(r RuleChange) bool { return r.File == file }):
		return "Rules"
	case slices.ContainsFunc(c.Lists, func(l ListChange) bool { return l.File == file }):
		return "Lists"
	case file == "data/settings.json" && len(c.Settings) > 0:
		return "Settings"
	case file == "data/reasons.json" && len(c.Reasons) > 0:
		return "What people are told"
	}
	return ""
}

// compare says what differs in a file that is in both folders.
func (f *FileChange) compare(a, b string, c *ChangeList) {
	switch {
	case f.Where == "Rules":
		i := slices.IndexFunc(c.Rules, func(r RuleChange) bool { return r.File == f.File })
		f.FormOnly = c.Rules[i].FormOnly
	case strings.HasSuffix(f.File, ".json"):
		old, next := document(a), document(b)
		switch {
		case old == nil || next == nil:
			f.Details = linesChanged(a, b)
		case encoded(old) == encoded(next) && f.Where == "":
			f.FormOnly = true
		case f.Where == "":
			f.Details = byPath(old, next)
		}
	case strings.HasSuffix(f.File, ".rego"):
		old, next := parsed(f.File, a), parsed(f.File, b)
		if old == nil || next == nil {
			f.Details = linesChanged(a, b)
			return
		}
		f.Details = append(bodies(old, next), changes(metadata(old), metadata(next))...)
		f.FormOnly = len(f.Details) == 0 && old.Equal(next)
		if len(f.Details) == 0 && !f.FormOnly {
			f.Details = linesChanged(a, b)
		}
	case strings.HasSuffix(f.File, ".yaml"):
		f.Details = casesChanged(a, b)
		f.FormOnly = len(f.Details) == 0
	default:
		f.Details = linesChanged(a, b)
	}
}

// casesChanged compares two files of YAML, their cases (and invariants) by name. A file whose
// values are the same and that is written otherwise has no changes.
func casesChanged(a, b string) []Change {
	old, ok1 := yamlOf(a)
	next, ok2 := yamlOf(b)
	if !ok1 || !ok2 {
		return linesChanged(a, b)
	}
	var out []Change
	for _, key := range slices.Sorted(maps.Keys(both(old, next))) {
		was, before := byName(old[key])
		is, now := byName(next[key])
		if was == nil || is == nil {
			out = append(out, under(key, byPath(old[key], next[key]))...)
			continue
		}
		for _, name := range slices.Sorted(maps.Keys(both(was, is))) {
			switch {
			case was[name] == nil:
				out = append(out, Change{Name: name, How: Added})
			case is[name] == nil:
				out = append(out, Change{Name: name, How: Removed})
			default:
				out = append(out, under(name, byPath(was[name], is[name]))...)
			}
		}
		if x, y, differs := sequence(before, now); differs {
			out = append(out, Change{Name: "the order", How: Altered, Old: x, New: y})
		}
	}
	return out
}

// under puts a name before those of changes.
func under(name string, list []Change) []Change {
	for i := range list {
		list[i].Name = strings.TrimSuffix(name+": "+list[i].Name, ": ")
	}
	return list
}

func yamlOf(text string) (map[string]any, bool) {
	var doc map[string]any
	err := yaml.Unmarshal([]byte(text), &doc)
	return doc, err == nil
}

// byName makes an object of a list whose entries have names, so that one that was put between
// others does not change them all; nil for anything else. Nothing is an empty list.
func byName(v any) (out map[string]any, order []string) {
	list, ok := v.([]any)
	if v != nil && !ok {
		return nil, nil
	}
	out = map[string]any{}
	for _, one := range list {
		name, ok := member(one, "name").(string)
		if !ok || out[name] != nil {
			return nil, nil
		}
		out[name] = one
		order = append(order, name)
	}
	return out, order
}

// linesChanged are the lines that came and went.
func linesChanged(a, b string) []Change {
	left := map[string]int{}
	for line := range strings.SplitSeq(a, "\n") {
		left[line]++
	}
	var out []Change
	for line := range strings.SplitSeq(b, "\n") {
		if left[line] > 0 {
			left[line]--
		} else {
			out = append(out, Change{Name: "line", How: Added, New: line})
		}
	}
	for line := range strings.SplitSeq(a, "\n") {
		if left[line] > 0 {
			left[line]--
			out = append(out, Change{Name: "line", How: Removed, Old: line})
		}
	}
	if len(out) == 0 {
		out = append(out, Change{Name: "the order of the lines", How: Altered})
	}
	return out
}

// allFiles are the texts of a folder. What folder.Read passes over is not part of it: texts for
// whoever keeps the folder, and what begins with a dot, at its top.
func allFiles(fsys fs.FS) (map[string]string, error) {
	out, err := folder.Texts(fsys)
	maps.DeleteFunc(out, func(p, _ string) bool {
		return !strings.Contains(p, "/") && (p == "embed.go" || path.Ext(p) == ".md")
	})
	return out, err
}
