package book

import (
	"fmt"
	"maps"
	"slices"

	"github.com/mycarerecord/mcr/decision/internal/lists"
)

// compareLists says which lists, settings and reasons differ.
func (c *ChangeList) compareLists(old, next lists.Lists) {
	names := map[string]bool{}
	for name := range both(old.Documents, next.Documents) {
		if name != "settings" && name != "reasons" {
			was, _ := old.Documents[name].(map[string]any)
			is, _ := next.Documents[name].(map[string]any)
			for key := range both(was, is) {
				names[name+"/"+key] = true
			}
		}
	}
	for _, name := range slices.Sorted(maps.Keys(names)) {
		file, key, _ := cut(name)
		c.addList(documentList(old, file, key), documentList(next, file, key))
	}
	for _, name := range slices.Sorted(maps.Keys(both(old.Codes, next.Codes))) {
		was, is := codesOf(old, name), codesOf(next, name)
		for _, by := range []lists.Lists{old, next} {
			opens, closes := namedBy(by, name)
			was.opens, was.closes = was.opens || opens, was.closes || closes
		}
		c.addList(was, is)
	}
	c.compareSettings(old, next)
	c.compareReasons(old, next)
}

// listSide is a list of one of the folders.
type listSide struct {
	name, file, title string
	there             bool
	keys              []string // in the order of the file
	entries           map[string]said
	words             map[string]said
	opens, closes     bool // a further code opens, or closes; for lists of codes
}

// add keeps an entry. The same key can be there more than once, as the types in the rules of
// data/categories.json are.
func (l *listSide) add(e ListEntry, is any) {
	key := e.Key
	for n := 2; ; n++ {
		if _, twice := l.entries[key]; !twice {
			break
		}
		key = fmt.Sprintf("%s (%d)", e.Key, n)
	}
	l.keys = append(l.keys, key)
	l.entries[key] = said{e.Text, is}
}

// documentList is one key of a file of data/. Where it comes from is words.
func documentList(l lists.Lists, file, key string) listSide {
	doc, _ := l.Documents[file].(map[string]any)
	v, there := doc[key]
	side := listSide{
		name: file + "/" + key, file: "data/" + file + ".json", title: titleOf(file + "/" + key), there: there,
		entries: map[string]said{}, words: map[string]said{},
	}
	if key == "source" {
		side.title = "Where " + side.file + " comes from"
		if there {
			side.words["source"] = said{words(v), v}
		}
		return side
	}
	list := entries(v, meanings(doc, key))
	values := []any{v}
	switch v := v.(type) {
	case map[string]any:
		values = nil
		for _, k := range slices.Sorted(maps.Keys(v)) {
			values = append(values, v[k])
		}
	case []any:
		values = v
	}
	if !there {
		return side
	}
	for i, e := range list {
		side.add(e, values[i])
	}
	return side
}

// codesOf is one list of data/codes.
func codesOf(l lists.Lists, name string) listSide {
	list, there := l.Codes[name]
	side := listSide{
		name: "codes/" + name, file: "data/codes/" + name + ".json", title: list.Title, there: there,
		entries: map[string]said{}, words: map[string]said{},
	}
	if !there {
		return side
	}
	for key, text := range map[string]string{"title": list.Title, "source": list.Source, "edition": list.Edition, "system": list.System} {
		side.words[key] = said{text, text}
	}
	for _, c := range list.Codes {
		side.add(ListEntry{Key: list.System + "|" + c.Code, Text: c.Display}, c.Display)
	}
	return side
}

func (c *ChangeList) addList(was, is listSide) {
	l := ListChange{Name: is.name, File: is.file, Title: is.title, How: Altered}
	l.Entries, l.Words = differences(was.entries, is.entries), differences(was.words, is.words)
	if a, b, differs := sequence(was.keys, is.keys); differs {
		l.Words = append(l.Words, Change{Name: "order", Title: "The order of the entries", How: Altered, Old: a, New: b})
	}
	switch {
	case !was.there:
		l.How = Added
	case !is.there:
		l.How, l.Title = Removed, was.title
	case len(l.Entries)+len(l.Words) == 0 && encoded(was.entries) == encoded(is.entries):
		return
	}
	for i := range l.Entries {
		e := &l.Entries[i]
		_, a := was.entries[e.Name].is.(string)
		_, b := is.entries[e.Name].is.(string)
		switch codes := was.opens || was.closes; {
		case codes && e.How == Altered:
		case codes && (e.How == Added) == was.closes && was.opens != was.closes:
			if e.How == Removed {
				e.Reach = MayWiden // what is in no list is placed by a weaker rule, or shown to nobody
			}
		case codes && was.opens != was.closes:
			e.Reach = Widens
		default:
			e.Reach = reachOfEntry(l.Name, *e, a && b)
		}
		l.Reach = l.Reach.Further(e.Reach)
	}
	if slices.ContainsFunc(l.Words, func(w Change) bool { return w.Name == "system" && w.How == Altered }) {
		l.Reach = l.Reach.Further(MayWiden)
	}
	c.Lists = append(c.Lists, l)
}

// namedBy says what a further code of a list does: make entries sensitive, or add a category
// on top, which closes; or give them a category that can be shown, which opens.
func namedBy(l lists.Lists, list string) (opens, closes bool) {
	tagged := texts(member(l.Documents["categories"], "tagged"))
	rules, _ := member(l.Documents["categories"], "rules").([]any)
	for _, r := range rules {
		for _, by := range []string{"category", "code", "specialty"} {
			if slices.Contains(texts(member(r, by)), "@"+list) {
				on := slices.Contains(tagged, words(member(r, "class")))
				opens, closes = opens || !on, closes || on
			}
		}
	}
	closes = closes || slices.Contains(texts(member(l.Documents["sensitive_codes"], "lists")), "@"+list)
	return opens, closes
}

func member(v any, key string) any {
	m, _ := v.(map[string]any)
	return m[key]
}

func (c *ChangeList) compareSettings(old, next lists.Lists) {
	values := func(l lists.Lists) map[string]said {
		out := map[string]said{}
		doc, _ := l.Documents["settings"].(map[string]any)
		flatten(doc, "", func(path string, v any) { out[path] = said{words(v), v} })
		return out
	}
	was, is := values(old), values(next)
	c.Settings = differences(was, is)
	for i := range c.Settings {
		s := &c.Settings[i]
		s.Title, s.Reach = titleOf("settings/"+s.Name), reachOfSetting(*s, was[s.Name].is, is[s.Name].is)
		if s.Name == "source" {
			s.Title = "Where the settings come from"
		}
	}
}

func (c *ChangeList) compareReasons(old, next lists.Lists) {
	values := func(l lists.Lists) (map[string]said, []string) {
		out, order := map[string]said{}, []string(nil)
		list, _ := member(l.Documents["reasons"], "reasons").([]any)
		for _, one := range list {
			code := words(member(one, "code"))
			text := words(member(one, "text")) + " " + words(member(one, "remedy"))
			if otherwise := words(member(one, "remedy_otherwise")); otherwise != "" {
				text += " (Otherwise: " + otherwise + ")"
			}
			out[code] = said{text, one}
			order = append(order, code)
		}
		return out, order
	}
	was, before := values(old)
	is, now := values(next)
	c.Reasons = differences(was, is)
	for i := range c.Reasons {
		r := &c.Reasons[i]
		fields := byPath(was[r.Name].is, is[r.Name].is)
		if r.How == Altered && was[r.Name].text == is[r.Name].text {
			r.Old, r.New = "", ""
		}
		for _, f := range fields {
			if r.How == Altered && !slices.Contains([]string{"text", "remedy", "remedy_otherwise"}, f.Name) {
				r.Old, r.New = joined(r.Old, f.Name+": "+f.Old), joined(r.New, f.Name+": "+f.New)
			}
			if f.Name == "kind" && r.How == Altered {
				r.Reach = MayWiden
			}
		}
		if r.Old == r.New {
			r.Old, r.New = was[r.Name].exact(), is[r.Name].exact()
		}
	}
	if a, b, differs := sequence(before, now); differs {
		c.Reasons = append(c.Reasons, Change{Name: "order", Title: "The order in which reasons are told", How: Altered, Old: a, New: b})
	}
	for _, s := range byPath(member(old.Documents["reasons"], "source"), member(next.Documents["reasons"], "source")) {
		s.Name, s.Title = "source", "Where the reasons come from"
		c.Reasons = append(c.Reasons, s)
	}
}

func joined(a, b string) string {
	if a == "" {
		return b
	}
	return a + "; " + b
}
