package book

import (
	"slices"

	"github.com/mycarerecord/mcr/access"
	"github.com/mycarerecord/mcr/decision"
	"github.com/mycarerecord/mcr/decision/cases"
)

// About is a rule with all that the book has of what it uses.
type About struct {
	Rule     decision.Rule
	Groups   []Group
	Reasons  []ReasonText
	Lists    []List
	Settings []Setting
	Uses     []decision.Rule
	Cases    []cases.Result // in whose decision it had a part
}

// Group is the parts of a rule that are of one kind.
type Group struct {
	Title string
	Parts []decision.Part
}

// groups are the kinds of parts in the order in which people ask.
var groups = []struct {
	kind  decision.Kind
	title string
}{
	{decision.Denies, "When it refuses, whatever other rules say"},
	{decision.Permits, "When it permits"},
	{decision.Plans, "How far the record is opened"},
	{decision.Withholds, "What it withholds, whichever rule releases it"},
	{decision.Unknown, "When it cannot tell, so that the request waits"},
	{decision.Lacks, "What it may be lacking"},
	{decision.Condition, "What its words mean"},
}

// About gives what the book has about a rule.
func (b *Book) About(rule string) (About, bool) {
	r, ok := b.Rule(rule)
	if !ok {
		return About{}, false
	}
	a := About{Rule: r, Cases: b.CasesOf(rule)}
	for _, g := range groups {
		var parts []decision.Part
		for _, part := range r.Parts {
			if part.Kind == g.kind {
				parts = append(parts, part)
			}
		}
		if len(parts) > 0 {
			a.Groups = append(a.Groups, Group{g.title, parts})
		}
	}
	for _, reason := range b.Reasons {
		if slices.Contains(r.Reasons, reason.Code) {
			a.Reasons = append(a.Reasons, reason)
		}
	}
	for _, l := range b.Lists {
		if slices.Contains(r.Lists, l.Name) {
			a.Lists = append(a.Lists, l)
		}
	}
	for _, s := range b.Settings {
		if slices.Contains(s.Rules, rule) {
			a.Settings = append(a.Settings, s)
		}
	}
	for _, name := range r.UsesRules {
		if other, ok := b.Rule(name); ok {
			a.Uses = append(a.Uses, other)
		}
	}
	return a, true
}

// CaseFile is the cases of one file.
type CaseFile struct {
	File, Title, Promise string
	Cases                []cases.Result
}

// ByFile puts cases, which are in the order of their files, under their titles.
func ByFile(list []cases.Result) []CaseFile {
	var out []CaseFile
	for _, c := range list {
		if n := len(out); n == 0 || out[n-1].File != c.File {
			out = append(out, CaseFile{File: c.File, Title: c.Title, Promise: c.Promise})
		}
		last := &out[len(out)-1]
		last.Cases = append(last.Cases, c)
	}
	return out
}

// Words says that the entries of a list say what they mean.
func (l List) Words() bool {
	return slices.ContainsFunc(l.Entries, func(e ListEntry) bool { return e.Text != "" })
}

// Effect says a decision in a word.
func Effect(e access.Effect) string {
	switch e {
	case access.Permit:
		return "Permitted"
	case access.Deny:
		return "Refused"
	}
	return "Cannot be told now"
}

// ReasonKind says what a reason is told for.
func ReasonKind(kind string) string {
	return map[string]string{
		"refusal": "Refusal", "permit": "Permit", "fault": "Cannot be told now", "form": "Request not understood",
		"withheld": "Something withheld", "note": "Something to know", "sign-in": "Signing in",
	}[kind]
}
