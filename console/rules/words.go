package rules

import (
	"fmt"
	"html/template"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/mycarerecord/mcr/access"
	"github.com/mycarerecord/mcr/decision"
	"github.com/mycarerecord/mcr/decision/book"
)

// functions are what the templates of this room have besides page's.
func (m *Room) functions() template.FuncMap {
	return template.FuncMap{
		"effect": book.Effect, "colour": colour, "kind": book.ReasonKind, "short": short, "caseref": caseRef,
		"verb": verb, "plural": plural, "listpath": listPath, "why": why, "capital": capital, "menu": m.newMenu, "about": about, "titled": func(title string, changes []book.Change) titledChanges { return titledChanges{title, changes} },
		"few":        fewChanges,
		"named":      m.named,
		"judged":     func(checking bool, checked preview, open bool) judgedPage { return judgedPage{checking, checked, open} },
		"key":        func(does, id, button string) byKey { return byKey{does, id, button} },
		"seconds":    func(d time.Duration) string { return fmt.Sprintf("%.1f s", d.Seconds()) },
		"everylabel": func(labels []string) bool { return slices.Contains(labels, "*") },
	}
}

// code is what may be the ODS code of an organisation.
var code = regexp.MustCompile(`\b[A-Z0-9]{3,6}\b`)

// named puts the names of organisations that are known here before their codes: sentences about cases
// have the codes alone, as the rules do.
func (m *Room) named(sentence string) string {
	if len(m.cfg.Organisations) == 0 {
		return sentence
	}
	return code.ReplaceAllStringFunc(sentence, func(code string) string {
		if name := m.cfg.Organisations[code]; name != "" {
			return name + " (" + code + ")"
		}
		return code
	})
}

// colour is that of a decision's tag; the word beside it says the same.
func colour(e access.Effect) string {
	switch e {
	case access.Permit:
		return "green"
	case access.Deny:
		return "red"
	}
	return "orange"
}

// short is enough of a digest to compare by eye.
func short(digest string) string { return digest[:min(12, len(digest))] }

// caseRef names a case in an address. Cases hold nothing of a patient.
func caseRef(file, name string) string {
	return "?" + url.Values{"case": {file + ":" + name}}.Encode()
}

func listPath(name string) string {
	file, key, _ := strings.Cut(name, "/")
	return "/rules/lists/" + url.PathEscape(file) + "/" + url.PathEscape(key)
}

// verb says what a rule did, and the colour of its tag.
func verb(s decision.Share) struct{ Text, Colour string } {
	colours := map[string]string{
		"denied": "red", "could not tell": "orange", "permitted": "green", "limited": "purple", "was lacking": "grey", "said nothing": "white",
	}
	texts := map[string]string{
		"denied": "Refused", "could not tell": "Could not tell", "permitted": "Permitted", "limited": "Took something out",
		"was lacking": "Had something lacking", "said nothing": "Had nothing to say",
	}
	return struct{ Text, Colour string }{texts[s.Verb()], colours[s.Verb()]}
}

// why gives the reasons of a rule's part, those of what it did first.
func why(s decision.Share) []access.Reason {
	var out []access.Reason
	for _, list := range [][]access.Reason{s.Denies, s.Unknown, s.Permits, s.Lacks} {
		out = append(out, list...)
	}
	for _, w := range s.Withholds {
		out = append(out, w.Reason)
	}
	return out
}

func plural(n int, one, many string) string {
	if n == 1 {
		return one
	}
	return many
}

func capital(s string) string {
	if s == "" {
		return s
	}
	return strings.ToUpper(s[:1]) + s[1:]
}

// about gives what is wrong with one field.
func about(field string, faults []fault) (of []fault) {
	for _, f := range faults {
		if f.Field == field {
			of = append(of, f)
		}
	}
	return of
}

// titledChanges is a table of changes with a name, which is another on each.
type titledChanges struct {
	Title   string
	Changes []book.Change
}

// fewChanges are as many as a table on a page holds; the last says how many more there are.
func fewChanges(all []book.Change) []book.Change {
	const most = 40
	if len(all) <= most {
		return all
	}
	return append(all[:most:most], book.Change{Name: fmt.Sprintf("and %d more", len(all)-most)})
}

// judgedPage is what a release changes, as far as it is known; Open: without unfolding it.
type judgedPage struct {
	Checking bool
	Checked  preview
	Open     bool
}

// byKey is a form by which somebody says something with their key.
type byKey struct{ Does, ID, Button string }

// menuEntry is one entry of the room's menu.
type menuEntry struct {
	Path, Name string
	Current    bool
}

// newMenu is the room's menu, as seen from one of its pages.
func (m *Room) newMenu(at string) []menuEntry {
	entries := []menuEntry{
		{"/rules", "Policy book", at == "book"},
		{"/rules/cases", "Cases", at == "cases"},
		{"/rules/reasons", "Reasons", at == "reasons"},
		{"/rules/checks", "Checks", at == "checks"},
		{"/rules/changes", "What changed", at == "changes"},
		{"/rules/draft", "Draft", at == "draft"},
		{"/rules/next", "What would change", at == "next"},
		{"/rules/try", "Try a case", at == "try"},
	}
	if m.cfg.Proposals != nil {
		entries = append(entries, menuEntry{"/rules/proposal", "Proposed", at == "proposal"})
	}
	if m.cfg.Trail != nil {
		entries = append(entries, menuEntry{"/rules/history", "History", at == "history"})
	}
	return entries
}
