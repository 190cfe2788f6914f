package trail

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"github.com/mycarerecord/mcr/audit"
	"github.com/mycarerecord/mcr/collect"
)

// whyShown says to a patient why somebody could see something, by reason code.
// The texts of the policies speak to the professional.
var whyShown = map[string]string{
	"own-record":               "They work for the organisation that holds this part of your record.",
	"permission-to-view":       "You were asked and gave permission.",
	"active-care-relationship": "Their organisation was treating you.",
	"routine-gp-access":        "They work at your GP practice, which routinely sees this.",
	"test-order":               "They were asked to interpret a test that you had.",
	"directory-entry":          "They looked up an organisation, a colleague or a medicine. It was not about you.",
	"emergency-access":         "They declared an emergency. It was marked for the privacy officer.",
}

// whyRefused says to a patient why somebody was shown nothing.
var whyRefused = map[string]string{
	"purpose-not-direct-care":       "It was not for your direct care.",
	"role-not-entitled":             "Their role does not see records of other organisations.",
	"opted-out":                     "You had opted out of sharing your record.",
	"professional-is-the-patient":   "Staff may not use their access at work to see their own record at other organisations.",
	"emergency-not-enabled":         "Emergency access without asking is not in use here.",
	"emergency-role-not-entitled":   "Their role may not declare an emergency.",
	"emergency-reason-not-known":    "The reason that they gave for an emergency is not one of those allowed.",
	"emergency-too-long":            "They asked for emergency access for longer than is allowed.",
	"document-kind-not-offered":     "The document is of a kind that is not handed on.",
	"emergency-ended":               "The emergency that they had declared was over.",
	"statement-not-own":             "They tried to record an answer for somebody else.",
	"statement-incomplete":          "They did not say how you were asked.",
	"permission-without-end":        "The permission that they wanted to record had no end, or too late a one.",
	"permission-not-found":          "There was no such permission to withdraw.",
	"test-order-closed":             "The test that they were asked to interpret was finished.",
	"no-active-care-relationship":   "Their organisation was not treating you.",
	"permission-refused-by-patient": "You were asked and said no.",
	"permission-withdrawn":          "Your permission had been withdrawn.",
	"permission-expired":            "Your permission had come to its end.",
	"permission-not-yet-valid":      "Your permission had not begun.",
	"permission-for-other-source":   "Your permission was for another organisation’s record.",
	"permission-needed":             "You had not been asked yet.",
	"category-not-routine":          "They asked for more than a GP practice routinely sees.",
	"category-not-ordered":          "They asked for more than the test opens.",
	"not-found":                     "There was no such entry, or they may not see it.",
}

// otherwise stands where a reason is none of those.
const (
	shownOtherwise   = "The rules of sharing allowed it."
	refusedOtherwise = "The request was not one that can be answered."
)

// told is one visit as the patient is told of it.
type told struct {
	audit.Visit
	Person, Role, Org string
	Held              []string // who holds what was seen, by name
	Kept, Empty       []string // who else was asked: something was not shown; there was nothing
	Saw               []string
	Nothing           bool // they looked, and there was nothing to show
	Why               []string
	Refused           []string
	Said              []string // what the patient was asked and said
	Some              bool     // something was left out
	Broke             bool     // something did not work
	Course            []string // what was seen before and after each answer, in order; nil: there was none between
}

// Shown says whether anything of the record was seen.
func (v told) Shown() bool { return v.Released > 0 && len(v.Saw) > 0 }

// visit tells a whole visit: what somebody saw before the patient said yes and what after it
// are told apart.
func (w words) visit(v audit.Visit) told {
	id, size := v.ID, v.Size
	v = audit.VisitOf(tamed(v.Records))
	v.ID, v.Size = id, size // of the whole, where it is very long
	t := w.told(v)
	stages := v.Stages()
	for i, stage := range stages {
		if len(stages) > 1 && slices.Contains(stage.Actions, "view") {
			t.Course = append(t.Course, w.stage(w.told(stage), i == 0))
		}
	}
	if len(t.Course) < 2 {
		t.Course = nil // all of it came before, or after
	}
	return t
}

// stage tells one part of a visit, which begins with an answer unless it is the first.
func (w words) stage(t told, first bool) string {
	when := "At first, "
	if !first {
		switch at := clock(t.From); {
		case t.Given:
			when = "After your yes at " + at + ", "
		case t.Declared:
			when = "After the emergency that was declared at " + at + ", "
		case t.Withdrawn:
			when = "After the withdrawal at " + at + ", "
		default:
			when = "After your no at " + at + ", "
		}
	}
	switch {
	case t.Shown():
		return when + "they saw " + join(t.Saw) + "."
	case t.Nothing:
		return when + "there was nothing to show."
	case len(t.Refused) > 0:
		return when + "they saw nothing: " + strings.Join(t.Refused, " ")
	}
	return when + "they saw nothing."
}

func (w words) told(v audit.Visit) told {
	t := told{
		Visit: v, Role: w.role(v.RoleCode, v.RoleName), Org: w.organisation(v.UserOrg, v.UserOrgName),
		Person: cmp.Or(v.UserName, cmp.Or(prefixed("User ", v.UserID), "Somebody who was not signed in")),
		Saw:    saw(v.Records...), Nothing: v.Released > 0 && len(v.Categories) == 0 && len(v.Withheld) == 0,
		Some: len(v.Withheld) > 0, Broke: v.Failed > 0,
	}
	if v.Looks {
		return t
	}
	t.Held, t.Kept, t.Empty = w.holders(v)
	if v.Released > 0 {
		t.Why = why(v)
	}
	t.Refused = saying(v.Refusals, whyRefused, refusedOtherwise)
	for _, s := range []struct {
		said bool
		text string
	}{
		{v.Given, "They recorded that you were asked and said yes."},
		{v.Declined, "They recorded that you were asked and said no."},
		{v.Withdrawn, "They recorded that a permission of yours was withdrawn."},
		{v.Declared, "They declared an emergency. It was marked for the privacy officer."},
	} {
		if s.said {
			t.Said = append(t.Said, s.text)
		}
	}
	for _, purpose := range v.Purposes {
		t.Said = append(t.Said, "They wrote what for: “"+purpose+"”.")
	}
	return t
}

// holders names who was asked in a visit, each once: those whose part of the record
// was seen; of the others those who did not show it, or not all; and those who had
// nothing to show.
func (w words) holders(v audit.Visit) (seen, kept, empty []string) {
	const nothing, something, shown = 1, 2, 3
	how := map[string]int{}
	for _, r := range v.Records {
		if r.Source == collect.SourceInTrail || r.Action != "view" {
			continue // it holds nothing; nothing was asked for
		}
		at := something
		switch {
		case r.Outcome == audit.Released && len(r.Categories) > 0:
			at = shown
		case r.Outcome == audit.Released && len(r.Withheld) == 0:
			at = nothing
		}
		name := w.holder(r)
		how[name] = max(how[name], at)
	}
	for _, name := range slices.Sorted(maps.Keys(how)) {
		switch how[name] {
		case shown:
			seen = append(seen, name)
		case something:
			kept = append(kept, name)
		default:
			empty = append(empty, name)
		}
	}
	return seen, kept, empty
}

// why says why something was seen, or, where nothing was, would have been. Only
// views count: what was recorded in the same visit has reasons of its own. Of
// several reasons those are
// told that permitted; others only say how it ended.
func why(v audit.Visit) []string {
	var known, other []string
	for _, r := range v.Records {
		if !audit.Views.Counts(r) || len(v.Categories) > 0 && len(r.Categories) == 0 {
			continue
		}
		for _, code := range r.Reasons {
			if whyShown[code] == "" {
				other = append(other, code)
			} else {
				known = append(known, code)
			}
		}
	}
	if len(known) == 0 {
		known = other
	}
	return saying(known, whyShown, shownOtherwise)
}

func saying(codes []string, say map[string]string, otherwise string) []string {
	var out []string
	for _, code := range codes {
		if text := cmp.Or(say[code], otherwise); !slices.Contains(out, text) {
			out = append(out, text)
		}
	}
	return out
}
