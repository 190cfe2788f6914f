package book

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/mycarerecord/mcr/decision/internal/folder"
	"github.com/mycarerecord/mcr/decision/internal/lists"
)

// List is one code list of data/, such as the roles that never see records of
// other organisations.
type List struct {
	Name    string // "roles/never_elsewhere": the file and the key in it
	File    string // "data/roles.json"
	Title   string
	Source  string // where the entries come from
	Entries []ListEntry
	Rules   []string // that read it
}

// ListEntry is one entry: a code, and what it means.
type ListEntry struct {
	Key  string
	Text string // "" when the list says no more
}

// Setting is one choice of data/settings.json.
type Setting struct {
	Path  string // "emergency.minutes"
	Title string
	Value string
	Rules []string // that read it
}

// titles say in words what the lists and settings are that this product comes
// with. A list that a region adds is named by its key.
var titles = map[string]string{
	"categories/categories":                "Record categories",
	"categories/every":                     "Every category",
	"categories/understood":                "Categories that are understood",
	"categories/routine_gp":                "What a patient's own GP practice routinely sees",
	"categories/can_be_ordered":            "Categories of tests that can be ordered",
	"categories/tagged":                    "Categories that come on top of another",
	"categories/systems":                   "Short names of code systems",
	"categories/rules":                     "Which entry belongs to which category",
	"directory/types":                      "What can be read without naming a patient",
	"directory/categories":                 "Categories of directory entries",
	"directory/masks":                      "Private details of staff, which are taken out",
	"labels/meanings":                      "Security labels and what they mean",
	"labels/normal":                        "Labels that do not make an entry sensitive",
	"labels/every":                         "Every label",
	"labels/masks":                         "What is taken out for a protected patient",
	"roles/names":                          "Names of job roles",
	"roles/emergency":                      "Roles that may declare an emergency",
	"roles/never_elsewhere":                "Roles that never see records of other organisations",
	"sensitive_codes/codes":                "Codes that make an entry sensitive, besides those of lists",
	"sensitive_codes/lists":                "Lists of codes that make an entry sensitive",
	"settings/emergency.enabled":           "Emergency access is in use",
	"settings/emergency.minutes":           "Longest emergency, in minutes",
	"settings/emergency.reasons":           "Reasons for an emergency",
	"settings/own_record.without_registry": "Own staff see the record while the registry is away",
	"settings/withheld.from_roles":         "Kept from the role, whichever rule would release it",
	"settings/test_order.grace_days":       "Days that a completed test order still opens",
	"settings/permission.default_hours":    "Hours that a permission runs when nothing is said",
	"settings/permission.longest_hours":    "Longest permission, in hours",
	"settings/permission.ways_to_ask":      "Ways in which a patient can be asked",
}

// SettingTitle gives a setting's title by its path, such as "emergency.minutes".
func SettingTitle(path string) string { return titleOf("settings/" + path) }

// ListTitle gives a list's title by its name, such as "roles/never_elsewhere".
func ListTitle(name string) string { return titleOf(name) }

func titleOf(name string) string {
	if t, ok := titles[name]; ok {
		return t
	}
	if parent, last, ok := cutLast(name, "."); ok {
		if t, ok := titles[parent]; ok {
			return t + ": " + last
		}
	}
	_, key, _ := strings.Cut(name, "/")
	key = strings.NewReplacer("_", " ", ".", ": ", "-", " ").Replace(key)
	if key == "" {
		return name
	}
	return strings.ToUpper(key[:1]) + key[1:]
}

func cutLast(s, sep string) (before, after string, found bool) {
	if i := strings.LastIndex(s, sep); i >= 0 {
		return s[:i], s[i+len(sep):], true
	}
	return s, "", false
}

// bookLists are the lists of all files but the settings and the reasons, by name.
func bookLists(l lists.Lists) []List {
	var out []List
	for _, file := range slices.Sorted(maps.Keys(l.Documents)) {
		if file == "settings" || file == "reasons" {
			continue
		}
		doc, _ := l.Documents[file].(map[string]any)
		source, _ := doc["source"].(string)
		for _, key := range slices.Sorted(maps.Keys(doc)) {
			if key == "source" {
				continue
			}
			out = append(out, List{
				Name: file + "/" + key, File: "data/" + file + ".json", Title: titleOf(file + "/" + key), Source: source,
				Entries: entries(doc[key], meanings(doc, key)),
			})
		}
	}
	for _, name := range slices.Sorted(maps.Keys(l.Codes)) {
		list := l.Codes[name]
		one := List{
			Name: "codes/" + name, File: folder.CodesFolder + "/" + name + ".json", Title: list.Title,
			Source: list.Source + " Edition: " + list.Edition + ".",
		}
		for _, c := range list.Codes {
			one.Entries = append(one.Entries, ListEntry{Key: list.System + "|" + c.Code, Text: c.Display})
		}
		out = append(out, one)
	}
	return out
}

// meanings finds, in the same file, a list that says what codes mean.
func meanings(doc map[string]any, but string) map[string]any {
	for _, key := range []string{"meanings", "names", "categories"} {
		if m, ok := doc[key].(map[string]any); ok && key != but {
			return m
		}
	}
	return nil
}

func entries(v any, meaning map[string]any) []ListEntry {
	var out []ListEntry
	say := func(key, text string) {
		if m, ok := meaning[key].(string); ok && (text == "" || text == "yes") {
			text = m
		} else if ok && text == "no" {
			text = m + ": no"
		}
		out = append(out, ListEntry{Key: key, Text: text})
	}
	switch v := v.(type) {
	case map[string]any:
		for _, key := range slices.Sorted(maps.Keys(v)) {
			say(key, words(v[key]))
		}
	case []any:
		for _, item := range v {
			if m, ok := item.(map[string]any); ok {
				out = append(out, entryOf(m))
				continue
			}
			say(words(item), "")
		}
	default:
		out = append(out, ListEntry{Key: words(v)})
	}
	return out
}

var fieldsOfRules = []string{"type", "class", "category", "category_text", "code", "specialty", "has"}

// entryOf reads an entry that has fields: one with a code, or one of the rules of
// data/categories.json.
func entryOf(m map[string]any) ListEntry {
	if code, ok := m["code"].(string); ok {
		e := ListEntry{Key: code, Text: words(m["display"])}
		if system, _ := m["system"].(string); system != "" {
			e.Key = system + "|" + code
		}
		return e
	}
	if class, ok := m["class"].(string); ok {
		e := ListEntry{Key: words(m["type"]), Text: class}
		for _, by := range []string{"category", "category_text", "code", "specialty", "has"} {
			if list := words(m[by]); list != "" {
				e.Key += ", " + strings.ReplaceAll(by, "_", " ") + " " + list
			}
		}
		for _, k := range slices.Sorted(maps.Keys(m)) {
			if !slices.Contains(fieldsOfRules, k) { // of a region's own; none is left untold
				e.Text += ", " + k + " " + words(m[k])
			}
		}
		return e
	}
	return ListEntry{Key: words(m)}
}

// words gives a JSON value as a person reads it.
func words(v any) string {
	switch v := v.(type) {
	case nil:
		return ""
	case string:
		return v
	case bool:
		if v {
			return "yes"
		}
		return "no"
	case json.Number:
		return v.String()
	case int:
		return strconv.Itoa(v)
	case []any:
		out := make([]string, len(v))
		for i, item := range v {
			out[i] = words(item)
		}
		return strings.Join(out, ", ")
	case map[string]any:
		var out []string
		for _, k := range slices.Sorted(maps.Keys(v)) {
			out = append(out, k+" "+words(v[k]))
		}
		return strings.Join(out, ", ")
	}
	return fmt.Sprint(v)
}

func bookSettings(l lists.Lists) []Setting {
	doc, _ := l.Documents["settings"].(map[string]any)
	var out []Setting
	flatten(doc, "", func(path string, value any) {
		if path != "source" {
			out = append(out, Setting{Path: path, Title: titleOf("settings/" + path), Value: words(value)})
		}
	})
	return out
}

// flatten names every value of nested objects by its path.
func flatten(doc map[string]any, at string, say func(path string, value any)) {
	for _, k := range slices.Sorted(maps.Keys(doc)) {
		if m, ok := doc[k].(map[string]any); ok {
			flatten(m, at+k+".", say)
			continue
		}
		say(at+k, doc[k])
	}
}
