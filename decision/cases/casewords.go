package cases

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/mycarerecord/mcr/access"
	"github.com/mycarerecord/mcr/decision"
)

// teller says a case in sentences, by the names of its file and the texts of the
// policies that decide it.
type teller struct {
	file *caseFile
	rev  *decision.Revision
}

// given says what is on record.
func (t teller) given(f *caseFacts) []string {
	if f.Registry == "unavailable" {
		return []string{"Nothing could be looked up."}
	}
	var out []string
	say := func(format string, args ...any) { out = append(out, sentenceOf(fmt.Sprintf(format, args...))) }
	one(f.Age, "how old the patient is", say, func(years int) {
		say("the patient is %d %s old", years, plural(years, "year"))
	})
	one(f.OptOut, "whether the patient opted out", say, func(e caseEntry) {
		say("the patient opted out of sharing%s%s", period(e), whom(e.Contact, e.Telephone))
	})
	one(f.Restriction, "whether the patient's whereabouts are protected", say, func(e caseEntry) {
		say("the patient's whereabouts are protected%s", period(e))
	})
	one(f.Registration, "which practice the patient is registered with", say, func(e caseEntry) {
		say("the patient is registered with %s%s%s", t.place(e.Organisation, e.Name), period(e), whom(e.Name, e.Telephone))
	})
	one(f.Permissions, "what the patient answered when asked", say, func(list []caseEntry) {
		for _, e := range list {
			say("%s", t.permission(e))
		}
	})
	one(f.Relationships, "who is treating the patient", say, func(list []caseEntry) {
		for _, e := range list {
			ended := ""
			if e.Ended {
				ended = ", and has ended"
			}
			say("%s has a care relationship with the patient (%s)%s%s", t.place(e.Organisation, ""), cmp.Or(e.Kind, "of no kind"), period(e), ended)
		}
	})
	one(f.TestOrders, "which tests were ordered", say, func(list []caseEntry) {
		for _, e := range list {
			for_ := t.place(e.Organisation, "")
			if e.For != "" {
				for_ = t.person(e.For) + " at " + for_
			}
			closed := ""
			if e.Closed != "" {
				closed = ", closed " + e.Closed
			}
			say("a test order (%s, %s) names %s%s%s", cmp.Or(e.Category, "of no category"), cmp.Or(e.Status, "without a status"), for_, period(e), closed)
		}
	})
	one(f.Emergencies, "which emergencies were declared", say, func(list []caseEntry) {
		for _, e := range list {
			say("%s declared an emergency (%s)%s", t.person(e.For), cmp.Or(e.ReasonCode, "no reason"), period(e))
		}
	})
	one(f.SubjectIsPatient, "whether the professional is the patient", say, func(is bool) {
		if is {
			say("the professional is on record as being the patient")
		}
	})
	one(f.NationalOptOut, "whether there is a national data opt-out", say, func(is bool) {
		if is {
			say("the patient made a national data opt-out (research and planning)")
		}
	})
	if f.Superseded > 0 {
		say("the patient has %d older NHS %s", f.Superseded, plural(f.Superseded, "number"))
	}
	if len(out) == 0 {
		out = []string{"Nothing is on record."}
	}
	return out
}

// one says a fact: that it could not be looked up, or its value.
func one[T any](f caseFact[T], what string, say func(string, ...any), known func(T)) {
	switch {
	case !f.given || f.state == access.Absent:
	case f.state == access.Unavailable:
		say("it could not be looked up %s", what)
	default:
		known(f.value)
	}
}

func (t teller) permission(e caseEntry) string {
	answer := fmt.Sprintf("the patient said %s to %s at %s", cmp.Or(e.Answer, "nothing"), t.person(e.For), t.place(e.Organisation, ""))
	if e.How != "" {
		answer += " (" + strings.ReplaceAll(e.How, "-", " ") + ")"
	}
	answer += period(e)
	if len(e.Sources) > 0 {
		answer += ", for " + strings.Join(e.Sources, ", ") + " only"
	}
	if e.Sensitive {
		answer += ", sensitive items included"
	}
	if e.Withdrawn {
		answer += ", and took it back"
	}
	return answer
}

// when says what is asked.
func (t teller) when(q *caseAsked) []string {
	who := t.file.People[q.Who]
	at := t.file.Places[q.At]
	asks := "asks to do " + q.Does
	switch access.Action(q.Does) {
	case "", access.View:
		asks = "asks to view " + cmp.Or(q.Asks, "nothing")
	case access.RecordPermission:
		asks = "asks to record that the patient said yes"
	case access.RecordRefusal:
		asks = "asks to record that the patient said no"
	case access.Withdraw:
		asks = "asks to record that the patient takes a permission back"
	case access.DeclareEmergency:
		asks = "declares an emergency"
	}
	of := t.place(who.Organisation, "")
	if who.OrganisationKind != "" {
		of += ", " + who.OrganisationKind
	}
	held := at.Organisation
	if at.Kind != "" {
		held = at.Kind + ", " + held
	}
	out := []string{sentenceOf(fmt.Sprintf("%s of %s, role %s, %s at %s (%s)",
		t.person(q.Who), of, t.role(who.Role), asks, cmp.Or(q.At, at.ID), held))}
	if q.Purpose != "" && q.Purpose != access.DirectCare {
		out = append(out, sentenceOf("the purpose is "+q.Purpose+", not direct care"))
	}
	if q.Asked != 0 {
		out = append(out, fmt.Sprintf("In the hour before, the professional asked %d %s.", q.Asked, plural(q.Asked, "time")))
	}
	if q.Unknown {
		out = append(out, "The source does not know the patient's NHS number.")
	}
	if s := q.Says; s != nil {
		out = append(out, t.says(s)...)
	}
	return out
}

func (t teller) says(s *caseStatement) []string {
	var parts []string
	add := func(word, value string) {
		if value != "" {
			parts = append(parts, word+value)
		}
	}
	if s.For != "" {
		add("for ", t.person(s.For))
	}
	add("asked ", strings.ReplaceAll(s.How, "-", " "))
	add("until ", s.Until)
	add("permission ", s.Permission)
	add("for the sources ", strings.Join(s.Sources, ", "))
	if s.Sensitive {
		add("sensitive items ", "included")
	}
	add("reason ", s.ReasonCode)
	add("in words: ", s.Reason)
	if len(parts) == 0 {
		return []string{"It says nothing more."}
	}
	return []string{sentenceOf("it says: " + strings.Join(parts, "; "))}
}

// then says what a case expects.
func (t teller) then(a *caseAnswer) []string {
	verb := map[string]string{"permit": "it is permitted", "refuse": "it is refused", "wait": "it cannot be told now"}[a.Decision]
	if verb == "" {
		return nil
	}
	var out []string
	say := func(s string) { out = append(out, sentenceOf(s)) }
	say(verb)
	for _, code := range a.Because {
		say("the reason that is told: " + t.rev.Reason(code).Text)
	}
	switch {
	case a.Releases.word != "":
		say("released: " + a.Releases.word)
	case len(a.Releases.list) > 0:
		say("released: " + strings.Join(a.Releases.list, ", "))
	}
	if len(a.Hides) > 0 {
		say("not released: " + strings.Join(a.Hides, ", "))
	}
	for _, c := range slices.Sorted(maps.Keys(a.Withholds)) {
		say(c + " is withheld, whichever rule releases it: " + t.rev.Reason(a.Withholds[c]).Text)
	}
	switch a.Labels {
	case "normal":
		say("sensitive items are withheld")
	case "every":
		say("sensitive items are released too")
	}
	if a.Masks != nil && *a.Masks {
		say("what must not be known is taken out (where a protected patient lives or is treated; private details of staff)")
	}
	if a.Remedy != "" {
		say("the professional is told: " + a.Remedy)
	}
	if a.Alert {
		say("it is marked for the privacy officer")
	}
	return out
}

// person names one of people with an article; a user id stands for itself.
func (t teller) person(name string) string {
	if _, ok := t.file.People[name]; !ok {
		return cmp.Or(name, "nobody named")
	}
	return "the " + name
}

// role gives a role's code with its name, as the list of roles has it.
func (t teller) role(code string) string {
	if name := t.rev.RoleNames()[code]; name != "" {
		return code + " (" + name + ")"
	}
	return cmp.Or(code, "none")
}

// place names an organisation by one of the file's places, else as it is.
func (t teller) place(organisation, name string) string {
	if name == "" {
		for _, p := range slices.Sorted(maps.Keys(t.file.Places)) {
			if t.file.Places[p].Organisation == organisation {
				name = p
				break
			}
		}
	}
	switch {
	case name == "":
		return cmp.Or(organisation, "no organisation")
	case organisation == "":
		return name
	}
	return name + " (" + organisation + ")"
}

func period(e caseEntry) string {
	var out string
	if e.From != "" {
		out += ", from " + e.From
	}
	if e.Until != "" {
		out += ", until " + e.Until
	}
	return out
}

func whom(contact, telephone string) string {
	switch {
	case telephone == "":
		return ""
	case contact == "":
		return ", telephone " + telephone
	}
	return ", telephone " + telephone + " (" + contact + ")"
}

func plural(n int, word string) string {
	if n == 1 {
		return word
	}
	return word + "s"
}

// sentenceOf begins with a capital and ends with a full stop.
func sentenceOf(s string) string {
	if s == "" {
		return s
	}
	s = strings.ToUpper(s[:1]) + s[1:]
	if !slices.Contains([]byte(".!?"), s[len(s)-1]) {
		s += "."
	}
	return s
}
