package trail

import (
	"cmp"
	"slices"

	"github.com/mycarerecord/mcr/audit"
	"github.com/mycarerecord/mcr/collect"
)

// headline says in one sentence what happened, the person apart: "saw medicines
// and allergies held by Riverside Surgery".
func (w words) headline(r *audit.Record) string {
	held := " held by " + w.holder(r)
	released := r.Outcome == audit.Released
	switch {
	case r.IsLook():
		return w.looked(r)
	case audit.ActWords(r.Action) != "":
		return audit.ActWords(r.Action)
	case audit.ReleaseWords(r.Action) != "":
		return audit.ReleaseWords(r.Action)
	case r.Action == audit.OverrideAction:
		return "put rules in force that do not pass their own checks, and answers for it"
	case r.Action == audit.EndSessionAction && released:
		return "was signed out by the issuer of their sign-in"
	case r.Action == audit.EndSessionAction:
		return "was to be signed out by the issuer of their sign-in, which was not done"
	case r.Action == audit.RevokeTokenAction && released:
		return "had a token of theirs revoked: nobody can use it any more"
	case r.Action == audit.RevokeTokenAction:
		return "was to have a token of theirs revoked, which was not done"
	case r.Action == audit.OverrideEndedAction:
		return "no longer has rules in force that do not pass their own checks"
	case r.Source == collect.SourceInTrail && r.Action == "view": // one that was refused: of others the sources' brokers tell
		return "asked for a patient’s record from every source, and was shown nothing"
	case r.Action == "view" && released && len(r.Categories) == 0 && len(r.Withheld) == 0:
		return "asked for " + w.asked(r) + held + ": there was nothing to show"
	case r.Action == "view" && released && len(r.Categories) == 0:
		return "asked for " + w.asked(r) + held + ": all of it was withheld"
	case r.Action == "view" && released:
		return "saw " + join(saw(r)) + held
	case r.Action == "view":
		return "asked for " + w.asked(r) + held + ", and was shown nothing"
	case r.Action == "record-permission" && released:
		return "recorded that the patient said yes to their record being viewed"
	case r.Action == "record-refusal" && released:
		return "recorded that the patient said no to their record being viewed"
	case r.Action == "withdraw" && released:
		return "withdrew a permission of the patient"
	case r.Action == "declare-emergency" && released:
		return "declared an emergency"
	case r.Action == "" && w.noView(r) != "":
		return w.noView(r)
	case attempts[r.Action] != "":
		return "tried to " + attempts[r.Action] + ", which was not done"
	case r.ResourceType != "":
		return "sent a request about " + w.asked(r) + held + " that was not carried out"
	}
	return "sent a request to " + w.holder(r) + " that was not understood"
}

// attempts are the actions that were tried and not done.
var attempts = map[string]string{
	"record-permission": "record that the patient said yes", "record-refusal": "record that the patient said no",
	"withdraw": "withdraw a permission", "declare-emergency": "declare an emergency",
}

// noView says what a request was that shows nothing of a record itself: a whole, whose
// parts do, or what is the same for everybody; "" of all others.
func (w words) noView(r *audit.Record) string {
	switch holder := w.holder(r); r.Interaction {
	case "everything":
		return "asked for all of a patient’s record held by " + holder + " at once: each part has a record of its own"
	case "batch":
		return "asked several things of " + holder + " at once: each has a record of its own"
	case "capabilities":
		return "asked what can be asked of " + holder
	case "smart-configuration":
		return "asked where people sign in to ask " + holder
	case "preflight":
		return "asked, as browsers do for a web page, whether the page may ask " + holder
	}
	return ""
}

// mostNamed is how many organisations one sentence names.
const mostNamed = 4

// lookedAt says of a look in one or many parts what was looked at, as headline does.
func (w words) lookedAt(i item) string {
	var parts []string
	first := i.Record
	if len(i.Actions) > 1 { // of several looks, what they have in common
		common := *i.Record
		common.Action = audit.LookAtTrail
		for _, r := range i.Visit.Records {
			if r.Outcome == audit.Released {
				common.Outcome = audit.Released
			}
		}
		first = &common
	}
	for _, r := range i.Visit.Records {
		if r.SourceOrg != "" {
			parts = append(parts, w.organisation(r.SourceOrg, ""))
		}
	}
	slices.Sort(parts)
	if parts = slices.Compact(parts); len(parts) == 0 {
		return w.looked(first)
	}
	if len(parts) > mostNamed {
		return looked(first, "the trail of "+thousands(len(parts))+" organisations")
	}
	return looked(first, "the trail of "+join(parts))
}

func (w words) looked(r *audit.Record) string {
	whose := "the whole trail"
	if r.SourceOrg != "" {
		whose = "the trail of " + w.organisation(r.SourceOrg, "")
	}
	return looked(r, whose)
}

func looked(r *audit.Record, whose string) string {
	tried := map[bool]string{true: "looked at ", false: "asked to look at "}[r.Outcome == audit.Released]
	end := map[bool]string{false: ", and was shown nothing"}[r.Outcome == audit.Released]
	switch r.Action {
	case audit.LookAtRecord:
		return tried + "one record of " + whose + end
	case audit.LookAtPatient:
		return tried + "who has accessed a patient’s record, in " + whose + end
	case audit.LookAtRegistry:
		return tried + "what the registry knows of a patient, at a terminal of the broker’s machine" + end
	case audit.CopyOfRegistry:
		return "took a copy of the whole registry, at a terminal of the broker’s machine"
	}
	return tried + whose + end
}

// asked says what was asked for, as far as it was understood: the categories that
// the policies saw, else the type of resource.
func (w words) asked(r *audit.Record) string {
	if what := resources[r.ResourceType]; what != "" {
		return what
	}
	if asked := readInput(r.Input).Request.Categories; len(asked) > 0 {
		return join(categories(asked))
	}
	return cmp.Or(r.ResourceType, "something")
}

// tag is the short mark beside a record: its words and its colour.
type tag struct{ Text, Colour string }

func tagOf(r *audit.Record) tag {
	switch {
	case r.Action == audit.LookAtRegistry || r.Action == audit.CopyOfRegistry:
		return tag{"Look at the registry", "grey"}
	case r.IsLook() && r.Outcome == audit.Released:
		return tag{"Look at the trail", "grey"}
	case r.Outcome == audit.Released && r.Action == "view" && len(r.Withheld) > 0:
		return tag{"Shown, some withheld", "yellow"}
	case r.Outcome == audit.Released && r.Action == "view" && len(r.Categories) == 0:
		return tag{"Nothing there", "grey"}
	case r.Outcome == audit.Released && r.Action == "view":
		return tag{"Shown", "green"}
	case r.Outcome == audit.Released && r.Action == "":
		return tag{"Answered", "grey"}
	case r.Outcome == audit.Released:
		return tag{"Recorded", "blue"}
	case r.Outcome == audit.Refused:
		return tag{"Refused", "red"}
	case r.Outcome == audit.Failed || r.Outcome == audit.Incomplete:
		return tag{"Failed", "orange"}
	}
	return tag{string(r.Outcome), "grey"}
}
