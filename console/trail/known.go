package trail

import (
	"cmp"
	"strings"

	"github.com/mycarerecord/mcr/audit"
	"github.com/mycarerecord/mcr/console/page"
	"github.com/mycarerecord/mcr/legible"
)

// known is one thing that was known, or could not be, when a request was decided.
type known struct {
	About string // "Opt-out"
	Text  string
	// Missing says that it could not be looked up: never the same as "there was none".
	Missing bool
}

// knew tells in sentences what was known of the patient and of the asker's
// standing with them when a request was decided: nil when no decision was made.
func (w words) knew(r *audit.Record) []known {
	in := readInput(r.Input)
	if !in.here {
		return nil
	}
	if !in.Patient.Known {
		return []known{{About: "Patient", Text: "Nothing said whose record it was: the source knew no such patient."}}
	}
	f, org := in.Facts, w.organisation(r.UserOrg, r.UserOrgName)
	all := []known{
		tell("Opt-out", f.OptOut, "The patient had not opted out of sharing.", func(s spell) string {
			return "The patient had opted out of sharing" + since(s) + "."
		}),
		tell("GP practice", f.Registration, "The patient was not registered with a practice.", func(s spell) string {
			return "The patient was registered with " + cmp.Or(s.Name, s.Organisation) + "."
		}),
		each("Permission", f.Permissions, "No answer of the patient to anybody at "+org+" was on record.", func(s spell) string {
			return answered(s, r.UserID)
		}),
		each("Care relationship", f.Relationships, "No care relationship between the patient and "+org+" was on record.", func(s spell) string {
			return w.organisation(s.Organisation, org) + ": " + cmp.Or(phrase(s.Kind), "care") + running(s) + "."
		}),
		each("Test order", f.TestOrders, "No test had been ordered from "+org+" or this person.", func(s spell) string {
			return "A test was ordered (" + cmp.Or(plainCategories[s.Category], s.Category) + "), " + cmp.Or(s.Status, "its status not known") + running(s) + "."
		}),
		each("Emergency", f.Emergencies, "No emergency had been declared.", func(s spell) string {
			return "An emergency was declared at " + page.Moment(s.From.at()) + ", until " + page.Moment(s.Until.at()) + "."
		}),
		tell("Protected address", f.Restriction, "The patient’s whereabouts were not protected.", func(spell) string {
			return "The patient’s whereabouts were protected, so they were left out of what was shown."
		}),
		tell("Professional and patient", f.SubjectIsPatient, "The professional was not on record as being the patient.", func(is bool) string {
			if !is {
				return "The professional was not the patient."
			}
			return "The professional was on record as being the patient."
		}),
	}
	if kind := in.Subject.OrganisationKind; kind != "" {
		all = append(all, known{About: "Kind of organisation", Text: "The professional’s organisation was known here as: " + phrase(kind) + "."})
	}
	if n := in.Subject.AskedLastHour; n > 0 {
		times := " times"
		if n == 1 {
			times = " time"
		}
		all = append(all, known{About: "Requests before", Text: "In the hour before, this person had asked this broker " + thousands(n) + times + "."})
	}
	if f.NationalOptOut.State == "known" && f.NationalOptOut.Value {
		all = append(all, known{About: "National opt-out", Text: "The patient had a national data opt-out. It is about research and planning and changes nothing in direct care."})
	}
	if f.Age.State == "known" {
		years := " years old."
		if f.Age.Value == 1 {
			years = " year old."
		}
		all = append(all, known{About: "Age", Text: "The patient was " + thousands(f.Age.Value) + years})
	}
	if n := f.Identity.Value.Superseded; n > 0 {
		all = append(all, known{About: "Identity", Text: "The patient also had an earlier NHS number, which is the same person."})
	}
	for i := range all {
		all[i].Text = legible.Lines(all[i].Text)
	}
	return all
}

// tell says what is to be said of a fact: it was there, it was not, or nobody
// could look.
func tell[T any](about string, f fact[T], absent string, there func(T) string) known {
	switch f.State {
	case "known":
		return known{About: about, Text: there(f.Value)}
	case "absent":
		return known{About: about, Text: absent}
	}
	return known{About: about, Text: "This could not be looked up.", Missing: true}
}

// each is tell for a list: one sentence for each entry, the first few.
func each(about string, f fact[[]spell], absent string, say func(spell) string) known {
	const most = 8
	return tell(about, f, absent, func(entries []spell) string {
		if len(entries) == 0 {
			return absent
		}
		text := ""
		for i, s := range entries {
			if i == most {
				return text + " And " + thousands(len(entries)-most) + " more."
			}
			text += prefixed(map[bool]string{true: " "}[i > 0], say(s))
		}
		return text
	})
}

// answered tells one recorded answer of the patient.
func answered(s spell, asker string) string {
	whom := "a colleague of theirs"
	if s.UserID == asker {
		whom = "this professional"
	}
	said := "no"
	if s.Given {
		said = "yes"
	}
	text := "The patient said " + said + " to " + whom
	if s.How != "" {
		text += " (" + phrase(s.How) + ")"
	}
	if s.Given {
		text += running(s)
	}
	if s.Sensitive {
		text += ", sensitive information included"
	}
	if len(s.Sources) > 0 {
		text += ", for some sources only"
	}
	if s.Withdrawn {
		text += ", and withdrew it later"
	}
	return text + "."
}

func since(s spell) string {
	if s.From.open() {
		return ""
	}
	return " since " + page.Date(s.From.at())
}

// running tells for how long something runs.
func running(s spell) string {
	text := since(s)
	switch {
	case s.Ended:
		text += ", ended"
	case !s.Until.open():
		text += ", until " + page.Moment(s.Until.at())
	}
	return text
}

// stated tells what was to be recorded of the patient's answer, "" for a view.
func stated(r *audit.Record) string {
	s := readInput(r.Input).Statement
	if s == nil {
		return ""
	}
	var parts []string
	if s.How != "" {
		parts = append(parts, "The patient was asked "+cmp.Or(ways[s.How], phrase(s.How))+".")
	}
	if s.ReasonCode != "" {
		parts = append(parts, "The reason given: "+phrase(s.ReasonCode)+".")
	}
	if !s.Until.open() {
		parts = append(parts, "It was to run until "+page.Moment(s.Until.at())+".")
	}
	if s.Sensitive {
		parts = append(parts, "Sensitive information was to be included.")
	}
	if len(s.Sources) > 0 {
		parts = append(parts, "It was for these sources only: "+strings.Join(s.Sources, ", ")+".")
	}
	return strings.Join(parts, " ")
}

// ways are how a patient can have been asked (data/settings.json).
var ways = map[string]string{"in-person": "in person", "telephone": "by telephone", "video": "by video"}
