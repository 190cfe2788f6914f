package suite_test

import (
	"context"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mycarerecord/mcr/access"
	"github.com/mycarerecord/mcr/nhs"
	"github.com/mycarerecord/mcr/registry/intake"
)

func TestAnImportThatAddsNothingSaysWhy(t *testing.T) {
	who := number(1)
	plan := func(id, intent string) string {
		return strings.Replace(order(id, who, organisation("RXA01"), "active"), `"intent":"order"`, `"intent":"`+intent+`"`, 1)
	}
	for name, c := range map[string]struct {
		lines []string
		want  string
	}{
		"an empty file": {nil, "0 resources: the file holds none, and nothing was imported"},
		"what opens nothing": {[]string{
			plan("a", "proposal"), plan("b", "proposal"), plan("c", "option"), order("d", who, "", "draft"),
			strings.Replace(encounter("finished", `,"period":{"start":"2026-11-01"}`), `"v"`, `"v1"`, 1), strings.Replace(encounter("finished", ""), `"v"`, `"v2"`, 1),
			patient("p", who, ""), strings.Replace(order("e", who, "", "active"), "108252007", "1", 1),
		}, `8 resources: 2 entries added, 0 changed, 0 unchanged
without effect now:
  2 Encounter: status finished, not in force
  1 Patient: names no practice, no restriction and no other NHS number
  1 ServiceRequest: category is none of referral, laboratory and imaging
  1 ServiceRequest: intent option, orders nothing
  2 ServiceRequest: intent proposal, orders nothing
  1 ServiceRequest: status draft, not in force`},
		"what is over, and what is to come": {[]string{
			episode("e", who, "RXA01", "active", `{"start":"2026-01-01","end":"2026-02-01"}`),
			episode("f", who, "RXA01", "planned", `{"start":"2027-01-01"}`),
			episode("g", who, "RXA01", "active", `{"start":"2026-01-01"}`),
		}, `3 resources: 3 entries added, 0 changed, 0 unchanged
without effect now:
  1 EpisodeOfCare: its period has not begun
  1 EpisodeOfCare: its period is over`},
	} {
		got := load(t, fresh(t), c.lines...).String()
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

// What stood for something and says now that it is nothing stands for nothing, and
// has no days of grace; but a patient's no must be ended in so many words.
func TestAttack157WhatWasImportedAsAnOrderEndsWhenItIsNone(t *testing.T) {
	who := number(1)
	test := order("t", who, organisation("RXA01"), "active")
	for name, c := range map[string]struct{ before, now, want string }{
		"an order that was a plan":               {test, strings.Replace(test, `"order"`, `"plan"`, 1), "nothing (1 ServiceRequest: intent plan, orders nothing)"},
		"an order not to do it":                  {test, with(test, `"doNotPerform":true`), "nothing (1 ServiceRequest: doNotPerform, says not to do it)"},
		"one that was done, and was none":        {strings.Replace(test, `"active"`, `"completed"`, 1), with(test, `"doNotPerform":true`), "nothing (1 ServiceRequest: doNotPerform, says not to do it)"},
		"one that was done, entered in error":    {strings.Replace(test, `"active"`, `"completed"`, 1), strings.Replace(test, `"active"`, `"entered-in-error"`, 1), neverThere("ServiceRequest")},
		"an order that is a draft again":         {test, strings.Replace(test, `"active"`, `"draft"`, 1), inForce("ServiceRequest", "draft")},
		"a referral that was an option":          {referral("active"), strings.Replace(referral("active"), `"order"`, `"option"`, 1), "nothing (1 ServiceRequest: intent option, orders nothing)"},
		"an order of another kind":               {test, strings.Replace(test, "108252007", "1", 1), "nothing (1 ServiceRequest: category is none of referral, laboratory and imaging)"},
		"an episode in error, with nothing left": {whole["EpisodeOfCare"], `{"resourceType":"EpisodeOfCare","id":"e","status":"entered-in-error"}`, neverThere("EpisodeOfCare")},
		"a yes that is a draft again":            {whole["Consent"], strings.Replace(whole["Consent"], `"active"`, `"draft"`, 1), inForce("Consent", "draft")},
		"a no that is a draft again":             {strings.Replace(whole["Consent"], `"permit"`, `"deny"`, 1), strings.Replace(whole["Consent"], `"active"`, `"draft"`, 1), stillNo},
		"an opt-out that is about research":      {optOut("n", who, "active"), consentOf("else", "research", "active"), stillNo},
		"an opt-out that ended, about research":  {optOut("n", who, "inactive"), consentOf("else", "research", "active"), "nothing (1 Consent: scope research, not about who may view)"},
	} {
		r := fresh(t)
		load(t, r, c.before)
		if got := after(t, r, c.now); got != c.want {
			t.Errorf("%s: is %s\nwant %s", name, got, c.want)
		}
		if c.want == stillNo {
			continue
		}
		again := load(t, r, c.now)
		if again.Added+again.Changed != 0 {
			t.Errorf("%s: imported again it is %v", name, again)
		}
		if got := after(t, r, c.before); strings.HasPrefix(got, "nothing") != strings.HasPrefix(outcome(t, c.before), "nothing") &&
			!strings.Contains(c.before, `"permit"`) {
			t.Errorf("%s: set right again it is %s", name, got)
		}
	}
}

const stillNo = "refused: Consent: stood for a patient's no when it was imported before, and stands for nothing now: send it with the status inactive if it has ended"

func TestAPermissionWithdrawnHereIsNotRevivedByWayOfADraft(t *testing.T) {
	r := fresh(t)
	load(t, r, whole["Consent"])
	record(t, r, states(asks(number(1)), access.Withdraw, access.Statement{}), "w1")
	for _, status := range []string{"draft", "active"} {
		if got := after(t, r, yes("y", number(1), "u1", "RXA01", status)); strings.Contains(got, "said yes") {
			t.Errorf("%s: %s", status, got)
		}
	}
}

func TestAByteOrderMarkIsNamed(t *testing.T) {
	good := optOut("o", number(1), "active")
	const mark = "\xef\xbb\xbf"
	for name, c := range map[string]struct {
		file string
		want []intake.Fault
	}{
		"at the beginning":            {mark + good, []intake.Fault{{Line: 1, Problem: "begins with a byte order mark (EF BB BF): save the file as UTF-8 without one"}}},
		"where two files were joined": {good + "\r\n" + mark + patient("p", number(1), ""), []intake.Fault{{Line: 2, Problem: "begins with a byte order mark (EF BB BF): save the file as UTF-8 without one"}}},
		"beside other faults": {mark + optOut("o", number(1), "x"), []intake.Fault{{Line: 1, Problem: "begins with a byte order mark (EF BB BF): save the file as UTF-8 without one"},
			{Line: 1, Problem: strings.TrimPrefix(wrongStatus("Consent"), "refused: ")}}},
		"of UTF-16, little end first": {"\xff\xfe{\x00}\x00\n\x00", []intake.Fault{{Line: 1, Problem: "the file begins with the byte order mark of UTF-16: save it as UTF-8, without a byte order mark"}}},
		"of UTF-16, big end first":    {"\xfe\xff\x00{\x00}\x00\n", []intake.Fault{{Line: 1, Problem: "the file begins with the byte order mark of UTF-16: save it as UTF-8, without a byte order mark"}}},
	} {
		_, err := intake.Import(context.Background(), fresh(t), strings.NewReader(c.file), as("tester"))
		var fault *intake.ImportError
		if !asFault(err, &fault) {
			t.Errorf("%s: %v", name, err)
		} else if diff := cmp.Diff(c.want, fault.Faults); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

func TestAnIdentifierOrTelephoneWhosePeriodIsOverIsNotInUse(t *testing.T) {
	past, future := `"period":{"end":"2026-11-01"},`, `"period":{"start":"2026-12-01"},`
	running := `"period":{"start":"2026-11-01","end":"2026-12-01"},`
	phone := `"system":"phone"`
	for name, c := range map[string]struct{ of, period, want string }{
		"a number that runs":     {numberOf, running, registered},
		"a number that is over":  {numberOf, past, "has no NHS number that is in use"},
		"a number to come":       {numberOf, future, "has no NHS number that is in use"},
		"a telephone that runs":  {phone, running, registered},
		"a telephone of old":     {phone, past, noTelephone},
		"a period that is wrong": {numberOf, `"period":{"end":"soon"},`, "identifier.period.end is not a FHIR date"},
	} {
		if got := outcome(t, strings.Replace(whole["Patient"], c.of, c.period+c.of, 1)); !strings.Contains(got, c.want) {
			t.Errorf("%s: is %s\nwant %s", name, got, c.want)
		}
	}
	// Of two numbers the one in use counts, and the other is nobody's.
	both := strings.Replace(whole["Patient"], `"identifier":[`, `"identifier":[{"use":"old","system":"`+nhs.NumberSystem+`","value":"`+number(2).Digits()+`"},`, 1)
	if got := outcome(t, both); got != registered {
		t.Errorf("with an old number: %s", got)
	}
}

func TestTheRequestInMetaSourceIsNotPartOfWhatAResourceIs(t *testing.T) {
	r := fresh(t)
	for i, source := range []string{"urn:pas#a1", "urn:pas#b2", "urn:pas", "#c3", ""} {
		done := load(t, r, with(whole["EpisodeOfCare"], `"meta":{"source":"`+source+`"}`))
		if first := i == 0 || i == 3; (done.Added == 1) != first {
			t.Errorf("%q: %v", source, done)
		}
	}
}
