package check

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/mycarerecord/mcr/decision/internal/fault"
)

// free are the objects of the lists whose names a region chooses.
var free = []string{
	"categories.categories", "categories.systems", "labels.meanings", "roles.names", "roles.emergency", "roles.never_elsewhere", "settings.emergency.reasons",
	"settings.withheld.from_roles",
}

// shapes holds the lists that came with this program against their own shape: a
// misspelt name, a number in quotation marks, a text where a list belongs.
func (c *checker) shapes() {
	for file, text := range c.builtIn() {
		if kindOf(file) != dataFile {
			continue
		}
		if c.text[file] == "" && !c.toldIn(file) {
			c.add(fault.In(file, "put it back: this program reads it", "the list is gone"))
		}
		var was map[string]any
		d := json.NewDecoder(strings.NewReader(text))
		d.UseNumber()
		if d.Decode(&was) != nil {
			continue
		}
		name := strings.TrimSuffix(strings.TrimPrefix(file, "data/"), ".json")
		if root := c.json[file]; root != nil {
			c.shape(file, root, was, []string{name})
		}
		if c.toldIn(file) {
			c.data[name] = was // so that what rules read of it is not told as well
		}
	}
	for _, file := range slices.Sorted(maps.Keys(c.json)) {
		if kindOf(file) == dataFile && !c.toldIn(file) {
			c.source(file)
		}
	}
}

// source: every list says where it comes from.
func (c *checker) source(file string) {
	if s, _ := c.json[file].find("source").value.(string); len(s) < 20 {
		f := c.at(file, "source")
		f.What, f.Do = `"source" does not say where the list comes from`, "write who published it, where and in which edition"
		c.add(f)
	}
}

func (c *checker) shape(file string, is *branch, was any, path []string) {
	say := func(at *branch, do, what string, args ...any) {
		line, column := lineColumn(c.text[file], at.at)
		if !c.told(file, line) {
			c.add(fault.Fault{File: file, Line: line, Column: column, What: fmt.Sprintf(what, args...), Do: do})
		}
	}
	name := strings.Join(path[1:], ".")
	if want, got := kindOfValue(was), is.kindName(); want != got && !(len(path) == 3 && path[1] == "systems" && want == "a text" && got == "a list" || want == "a list" && got == "a text") {
		do := "write " + want
		if want == "a number" && got == "a text" {
			do = fmt.Sprintf("write %v without quotation marks", is.value)
		}
		if want == "true or false" {
			do = "write true or false, without quotation marks"
		}
		say(is, do, "%s is %s, and must be %s", name, got, want)
		return
	}
	if list, ok := was.([]any); ok && len(list) > 0 && is.kind == '[' {
		for i, child := range is.children {
			if kindOfValue(list[0]) != "an object" {
				c.shape(file, child, list[0], slices.Concat(path, []string{strconv.Itoa(i)}))
			}
		}
		return
	}
	object, ok := was.(map[string]any)
	if !ok || is.kind != '{' {
		return
	}
	open := slices.Contains(free, strings.Join(path, "."))
	for i, n := range is.names {
		below, known := object[n]
		switch {
		case known:
			c.shape(file, is.children[i], below, slices.Concat(path, []string{n}))
		case open && len(object) > 0:
			c.shape(file, is.children[i], object[slices.Sorted(maps.Keys(object))[0]], slices.Concat(path, []string{n}))
		case !open && path[0] != "sensitive_codes":
			say(is.children[i], "look at its spelling, or take it out; there are "+fault.OneOf(slices.Sorted(maps.Keys(object)))+fault.Meant(n, slices.Sorted(maps.Keys(object))), "%q is no setting that this program knows", strings.Join(append(slices.Clone(path[1:]), n), "."))
		}
	}
	if open {
		return
	}
	for _, n := range slices.Sorted(maps.Keys(object)) {
		if is.child(n) == nil && n != "source" {
			if c.told(file, 0) || slices.ContainsFunc(is.names, func(other string) bool { return object[other] == nil && fault.Nearest(other, []string{n}) != "" }) {
				continue // misspelt, and told
			}
			if path[0] == "settings" && !c.writtenOut("data.settings."+strings.Join(append(slices.Clone(path[1:]), n), ".")) {
				continue // of a rule that came with the program, and that this folder does not have
			}
			say(is, "put it back", "%s is missing", strings.Join(append(slices.Clone(path[1:]), n), "."))
		}
	}
}

// writtenOut says that some rule writes a path of the data out, or something below it.
func (c *checker) writtenOut(path string) bool {
	for file, text := range c.text {
		if kindOf(file) == ruleFile && strings.Contains(text, path) {
			return true
		}
	}
	return false
}

func kindOfValue(v any) string {
	switch v.(type) {
	case map[string]any:
		return "an object"
	case []any:
		return "a list"
	case string:
		return "a text"
	case json.Number:
		return "a number"
	case bool:
		return "true or false"
	}
	return "null"
}

func (b *branch) kindName() string {
	switch b.kind {
	case '{':
		return "an object"
	case '[':
		return "a list"
	}
	return kindOfValue(b.value)
}
