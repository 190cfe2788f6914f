package rules

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/mycarerecord/mcr/console/page"
	"github.com/mycarerecord/mcr/decision/book"
	"github.com/mycarerecord/mcr/decision/draft"
	"github.com/mycarerecord/mcr/legible"
	"github.com/mycarerecord/mcr/strictjson"
)

const settingsFile = "data/settings.json"

// Kinds of settings, by how they are changed.
const (
	yesOrNo = "yes or no"
	number  = "number"
	words   = "words"
	several = "several" // words, each on a line of its own
	byName  = "by name" // names, each on a line of its own with its words behind a colon
)

// keptFromRoles is the setting of that kind: categories by job role. It is empty as it comes, and so
// nothing in it says of what kind it is.
const keptFromRoles = "withheld.from_roles"

// draftSettingPage is one setting with its value in the draft.
type draftSettingPage struct {
	draftPage
	Faults []fault
	Setting
}

// Setting is a setting that can be changed.
type Setting struct {
	Path, Title, Kind, Value string

	at []string // the names of Path, which may have dots in them
}

// Link is where the setting is changed.
func (s Setting) Link() string { return "/rules/draft/settings/" + url.PathEscape(s.Path) }

// Said is the value as a page tells it.
func (s Setting) Said() string { return said(s.Kind, s.Value) }

type draftSettingsPage struct {
	draftPage
	Settings []Setting
	Groups   []draftList // of settings, into which entries can be put
}

// settingsOf reads the settings of a draft.
func settingsOf(d *draft.Draft) ([]Setting, error) {
	text := []byte(d.Text(settingsFile))
	whole, err := draft.At(text)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", settingsFile, err)
	}
	var all []Setting
	var walk func(at []string, value []byte)
	walk = func(at []string, value []byte) {
		if strings.Join(at, ".") == keptFromRoles {
			if s, ok := namesOf(value); ok {
				s.Path, s.at, s.Title = keptFromRoles, at, book.SettingTitle(keptFromRoles)
				all = append(all, s)
				return
			}
		}
		for m := range strictjson.Members(value) {
			walk(append(slices.Clone(at), string(m.Name())), m.Value)
		}
		if s, ok := settingOf(value); ok && strings.Join(at, ".") != "source" {
			s.Path, s.at = strings.Join(at, "."), at
			s.Title = book.SettingTitle(s.Path)
			all = append(all, s)
		}
	}
	walk(nil, whole)
	return all, nil
}

// settingOf tells how a value is changed; false of one that is not changed in a browser.
func settingOf(value []byte) (s Setting, ok bool) {
	var v any
	if json.Unmarshal(value, &v) != nil {
		return s, false
	}
	switch v := v.(type) {
	case bool:
		return Setting{Kind: yesOrNo, Value: strconv.FormatBool(v)}, true
	case float64:
		return Setting{Kind: number, Value: string(value)}, true
	case string:
		return Setting{Kind: words, Value: v}, true
	case []any:
		var lines []string
		for _, item := range v {
			text, ok := item.(string)
			if !ok {
				return s, false
			}
			lines = append(lines, text)
		}
		return Setting{Kind: several, Value: strings.Join(lines, "\n")}, true
	}
	return s, false
}

// namesOf reads names with their words, as a form has them.
func namesOf(value []byte) (s Setting, ok bool) {
	var v map[string][]string
	if json.Unmarshal(value, &v) != nil {
		return s, false
	}
	var lines []string
	for _, name := range slices.Sorted(maps.Keys(v)) {
		lines = append(lines, name+": "+strings.Join(v[name], ", "))
	}
	return Setting{Kind: byName, Value: strings.Join(lines, "\n")}, true
}

// typedNames reads them as they were typed: "R8014: mental-health, safeguarding".
func typedNames(text string) (v map[string][]string, wrong string) {
	v = map[string][]string{}
	for line := range strings.Lines(text) {
		if line = strings.TrimSpace(line); line == "" {
			continue
		}
		name, list, ok := strings.Cut(line, ":")
		name = strings.TrimSpace(name)
		switch {
		case legible.Line(line) != line:
			return nil, unseen
		case !ok || name == "" || strings.TrimSpace(list) == "":
			return nil, "Write the role’s code, a colon and the categories, such as R8014: mental-health, safeguarding"
		case v[name] != nil:
			return nil, name + " is there twice"
		}
		for word := range strings.SplitSeq(list, ",") {
			word = strings.TrimSpace(word)
			if word == "" || slices.Contains(v[name], word) {
				return nil, "Write each category of " + name + " once, with a comma between two"
			}
			v[name] = append(v[name], word)
		}
	}
	return v, ""
}

func (m *Room) draftSettings(w http.ResponseWriter, r *http.Request, who *page.Person) {
	p, ok := m.drafted(w, r, who)
	if !ok {
		return
	}
	all, err := settingsOf(p.Draft)
	if err != nil {
		m.fault(w, r, who, err)
		return
	}
	m.pages.Render(w, r, who, http.StatusOK, "draftsettings", draftSettingsPage{draftPage: p, Settings: all, Groups: groups(p.Draft, all)})
}

// groups are the settings that are lists of names and words, such as the reasons for an emergency.
func groups(d *draft.Draft, settings []Setting) (all []draftList) {
	seen := map[string]bool{}
	for _, s := range settings {
		if len(s.at) < 3 {
			continue // a part of the settings has names of its own, and none that is made up
		}
		at := strings.Join(s.at[:len(s.at)-1], ".")
		if seen[at] {
			continue
		}
		seen[at] = true
		if list, ok := listOf(d, "settings", at); ok && list.Changeable() {
			all = append(all, list)
		}
	}
	return all
}

// settingFor finds the setting that an address names.
func (m *Room) settingFor(w http.ResponseWriter, r *http.Request, who *page.Person) (p draftSettingPage, ok bool) {
	if p.draftPage, ok = m.drafted(w, r, who); !ok {
		return p, false
	}
	all, err := settingsOf(p.Draft)
	if err != nil {
		m.fault(w, r, who, err)
		return p, false
	}
	i := slices.IndexFunc(all, func(s Setting) bool { return s.Path == r.PathValue("path") })
	if i < 0 {
		m.missing(w, r, who, "setting")
		return p, false
	}
	p.Setting = all[i]
	return p, true
}

func (m *Room) draftSetting(w http.ResponseWriter, r *http.Request, who *page.Person) {
	if p, ok := m.settingFor(w, r, who); ok {
		m.pages.Render(w, r, who, http.StatusOK, "draftsetting", p)
	}
}

func (m *Room) changeSetting(w http.ResponseWriter, r *http.Request, who *page.Person) {
	if !posted(w, r) {
		m.notRead(w, r, who)
		return
	}
	p, ok := m.settingFor(w, r, who)
	if !ok {
		return
	}
	was := p.Value
	p.Value = strings.TrimSpace(typed(r.PostForm.Get("value")))
	value, wrong := p.typed()
	if wrong != "" {
		p.Faults = []fault{{Text: wrong, Field: "value"}}
		p.Saw = r.PostForm.Get("saw")
		m.pages.Render(w, r, who, http.StatusUnprocessableEntity, "draftsetting", p)
		return
	}
	switch value := value.(type) {
	case []string:
		p.Value = strings.Join(value, "\n")
	case map[string][]string:
		if text, err := json.Marshal(value); err == nil {
			s, _ := namesOf(text) // of which it is
			p.Value = s.Value
		}
	case int:
		p.Value = strconv.Itoa(value) // "+090" is 90
	}
	text, err := draft.With([]byte(p.Draft.Text(settingsFile)), value, p.at...)
	if err != nil {
		m.fault(w, r, who, err)
		return
	}
	what := fmt.Sprintf("%s: %s instead of %s", p.Title, said(p.Kind, p.Value), said(p.Kind, was))
	m.change(w, r, who, p.draftPage, settingsFile, what, text)
}

// unseen is said of what is pasted from a document or a sheet.
const unseen = "It has characters that cannot be seen, such as a tab: type it instead of pasting it"

// typed gives the value that was typed, as the setting needs it, or what is wrong with it.
func (s Setting) typed() (value any, wrong string) {
	switch s.Kind {
	case yesOrNo:
		if s.Value != "true" && s.Value != "false" {
			return nil, "Say yes or no"
		}
		return s.Value == "true", ""
	case number:
		n, err := strconv.Atoi(s.Value)
		if err != nil {
			return nil, "Write a whole number in digits, such as 24"
		}
		return n, ""
	case byName:
		v, wrong := typedNames(s.Value)
		return v, wrong
	case several:
		list := []string{}
		for line := range strings.Lines(s.Value) {
			line = strings.TrimSpace(line)
			switch {
			case line == "":
				continue
			case legible.Line(line) != line:
				return nil, unseen
			case slices.Contains(list, line):
				return nil, line + " is there twice"
			}
			list = append(list, line)
		}
		return list, ""
	}
	switch {
	case s.Value == "":
		return nil, "Write something"
	case legible.Line(s.Value) != s.Value:
		return nil, unseen
	}
	return s.Value, ""
}

// said is a value as a change tells it.
func said(kind, value string) string {
	switch {
	case kind == yesOrNo && value == "true":
		return "yes"
	case kind == yesOrNo:
		return "no"
	case value == "":
		return "nothing"
	case kind == words:
		return "“" + value + "”"
	}
	if kind == byName {
		return strings.Join(strings.Split(value, "\n"), "; ")
	}
	return strings.Join(strings.Split(value, "\n"), ", ")
}
