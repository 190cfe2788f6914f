package suite_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/mycarerecord/mcr/nhs"
)

// coded is a modifier element that holds a code: a line for each, and what the
// import makes of it. "" is the line without the element, "no such code" a code of nobody's.
type coded struct {
	of   string
	line func(code string) string
	want map[string]string
}

const nobodys = "no such code"

func inForce(kind, status string) string {
	return fmt.Sprintf("nothing (1 %s: status %s, not in force)", kind, status)
}

func neverThere(kind string) string {
	return fmt.Sprintf("nothing (1 %s: status entered-in-error, counts as never there)", kind)
}

func wrongStatus(kind string) string {
	return "refused: " + kind + ": status is missing or not one of FHIR R4's for this type: correct it"
}

func consentOf(category, scope, status string) string {
	line := consent("n", category, number(1), status, `{"type":"deny"}`, "")
	if scope == "" {
		return strings.Replace(line, `"scope":`, `"formerly":`, 1)
	}
	return strings.Replace(line, `"patient-privacy"`, fmt.Sprintf("%q", scope), 1)
}

func used(line, of, code string) string {
	if code == "" {
		return line
	}
	return strings.Replace(line, of, fmt.Sprintf(`"use":%q,`, code)+of, 1)
}

var numberOf = fmt.Sprintf(`"system":%q,"value":%q`, nhs.NumberSystem, number(1).Digits())

func identifierUses(kind, good, refusal string) map[string]string {
	refusal = "refused: " + kind + ": " + refusal
	return map[string]string{"": good, "usual": good, "official": good, "temp": refusal, "secondary": refusal, "old": refusal}
}

var unheeded = func(codes []string, want string) map[string]string {
	all := map[string]string{"": want, nobodys: want}
	for _, c := range codes {
		all[c] = want
	}
	return all
}

const notInUse = " is not in use, by its use (old, temp, secondary) or its period: name it by the one in use"

// codes has every code of every required value set of a modifier element.
var codes = map[string][]coded{
	"EpisodeOfCare.status": {{"an episode", func(c string) string {
		return strings.Replace(episode("e", number(1), "RXA01", c, `{"start":"2026-11-01"}`), `"status":"",`, "", 1)
	}, map[string]string{
		"planned": "episode", "waitlist": "episode", "active": "episode", "onhold": "episode", // in their period
		"finished": inForce("EpisodeOfCare", "finished"), "cancelled": inForce("EpisodeOfCare", "cancelled"),
		"entered-in-error": neverThere("EpisodeOfCare"), "": wrongStatus("EpisodeOfCare"), nobodys: wrongStatus("EpisodeOfCare"),
	}}},
	"Encounter.status": {{"an encounter", func(c string) string {
		return strings.Replace(encounter(c, `,"period":{"start":"2026-11-01"}`), `"status":"",`, "", 1)
	}, map[string]string{
		"planned": "encounter", "arrived": "encounter", "triaged": "encounter", "in-progress": "encounter", "onleave": "encounter",
		"finished": inForce("Encounter", "finished"), "cancelled": inForce("Encounter", "cancelled"), "unknown": inForce("Encounter", "unknown"),
		"entered-in-error": neverThere("Encounter"), "": wrongStatus("Encounter"), nobodys: wrongStatus("Encounter"),
	}}, {"one without a start", func(c string) string { return encounter(c, "") }, map[string]string{
		"planned": "refused: Encounter: period.start is missing, and the status is planned: say from when it is planned",
		"arrived": "encounter", "triaged": "encounter", "in-progress": "encounter", "onleave": "encounter",
		"finished": inForce("Encounter", "finished"), "cancelled": inForce("Encounter", "cancelled"), "unknown": inForce("Encounter", "unknown"),
		"entered-in-error": neverThere("Encounter"), "": wrongStatus("Encounter"), nobodys: wrongStatus("Encounter"),
	}}},
	"CareTeam.status": {{"a team", func(c string) string { return strings.Replace(careTeam(c), `"status":"",`, "", 1) }, map[string]string{
		"active": "caseload", "proposed": inForce("CareTeam", "proposed"), "suspended": inForce("CareTeam", "suspended"),
		"inactive": inForce("CareTeam", "inactive"), "entered-in-error": neverThere("CareTeam"),
		"": wrongStatus("CareTeam"), nobodys: wrongStatus("CareTeam"),
	}}},
	"ServiceRequest.status": {{"a test", func(c string) string { return order("t", number(1), organisation("RXA01"), c) }, map[string]string{
		"active": "laboratory order active", "completed": "laboratory order completed", // for the days of grace
		"draft": inForce("ServiceRequest", "draft"), "on-hold": inForce("ServiceRequest", "on-hold"), "revoked": inForce("ServiceRequest", "revoked"),
		"unknown": inForce("ServiceRequest", "unknown"), "entered-in-error": neverThere("ServiceRequest"),
		"": wrongStatus("ServiceRequest"), nobodys: wrongStatus("ServiceRequest"),
	}}, {"a referral", referral, map[string]string{
		"active": "referral", "completed": inForce("ServiceRequest", "completed"),
		"draft": inForce("ServiceRequest", "draft"), "on-hold": inForce("ServiceRequest", "on-hold"), "revoked": inForce("ServiceRequest", "revoked"),
		"unknown": inForce("ServiceRequest", "unknown"), "entered-in-error": neverThere("ServiceRequest"),
		"": wrongStatus("ServiceRequest"), nobodys: wrongStatus("ServiceRequest"),
	}}},
	"ServiceRequest.intent": {intents("a test", whole["ServiceRequest"], "laboratory order active"), intents("a referral", referral("active"), "referral")},
	"Consent.status": {{"an opt-out", func(c string) string { return optOut("o", number(1), c) }, map[string]string{
		"active": "opted out", "inactive": inForce("Consent", "inactive"), "entered-in-error": neverThere("Consent"),
		"draft": notGuessed, "proposed": notGuessed, "rejected": notGuessed, "": wrongStatus("Consent"), nobodys: wrongStatus("Consent"),
	}}, {"a yes", func(c string) string { return yes("y", number(1), "u1", "RXA01", c) }, map[string]string{
		"active": "said yes", "inactive": inForce("Consent", "inactive"), "entered-in-error": neverThere("Consent"),
		"draft": inForce("Consent", "draft"), "proposed": inForce("Consent", "proposed"), "rejected": mayBeNo,
		"": wrongStatus("Consent"), nobodys: wrongStatus("Consent"),
	}}, {"a no", func(c string) string {
		return strings.Replace(yes("y", number(1), "u1", "RXA01", c), `"permit"`, `"deny"`, 1)
	}, map[string]string{
		"active": "said no", "inactive": inForce("Consent", "inactive"), "entered-in-error": neverThere("Consent"),
		"draft": inForce("Consent", "draft"), "proposed": inForce("Consent", "proposed"), "rejected": mayBeNo,
		"": wrongStatus("Consent"), nobodys: wrongStatus("Consent"),
	}}},
	"Consent.scope": {{"an opt-out", func(c string) string { return consentOf("opt-out", c, "active") }, map[string]string{
		"patient-privacy": "opted out", "research": wrongScope, "treatment": wrongScope, "adr": wrongScope, "": wrongScope, nobodys: wrongScope,
	}}, {"a national data opt-out", func(c string) string { return consentOf("national-opt-out", c, "active") }, map[string]string{
		"patient-privacy": "national opt-out", "research": "national opt-out", "treatment": wrongScope, "adr": wrongScope, "": wrongScope, nobodys: wrongScope,
	}}, {"one about something else", func(c string) string { return consentOf("else", c, "active") }, map[string]string{
		"patient-privacy": wrongCategory, "": wrongCategory, nobodys: wrongCategory,
		"research":  "nothing (1 Consent: scope research, not about who may view)",
		"treatment": "nothing (1 Consent: scope treatment, not about who may view)",
		"adr":       "nothing (1 Consent: scope adr, not about who may view)",
	}}, {"a yes", func(c string) string {
		return strings.Replace(whole["Consent"], `"patient-privacy"`, fmt.Sprintf("%q", c), 1)
	}, map[string]string{"patient-privacy": "said yes", "research": wrongScope, "treatment": wrongScope, "adr": wrongScope,
		"": wrongScope, nobodys: wrongScope}}},
	"Patient.link": {{"a link", func(c string) string {
		return patient("p", number(1), registeredWith("RXA01", "01632 960001")+strings.Replace(linked(c, number(2)), `,"type":""`, "", 1))
	}, map[string]string{
		"replaces":    "1 other number, " + registered,
		"replaced-by": "1 other number, " + practice + " (1 Patient: replaced by another, no registration)",
		"refer":       registered, "seealso": registered,
		"":      "refused: Patient: link.type is missing or not one of FHIR R4's: correct it",
		nobodys: "refused: Patient: link.type is missing or not one of FHIR R4's: correct it",
	}}},
	"Identifier.use": {
		{"the patient's own", func(c string) string { return used(whole["Patient"], numberOf, c) }, and(identifierUses("Patient", registered,
			"identifier has no NHS number that is in use, by its use (old, temp, secondary) or its period: add the one in use"),
			nobodys, "refused: Patient: identifier.use is not one of FHIR R4's: correct it | "+
				"Patient: identifier has no NHS number that is in use, by its use (old, temp, secondary) or its period: add the one in use")},
		{"a reference's to the patient", func(c string) string { return used(whole["EpisodeOfCare"], numberOf, c) }, and(identifierUses("EpisodeOfCare", "episode",
			"patient.identifier"+notInUse), nobodys, "refused: EpisodeOfCare: patient.identifier.use is not one of FHIR R4's: correct it | EpisodeOfCare: patient.identifier"+notInUse)},
		{"a reference's to the organisation", func(c string) string {
			return used(whole["Encounter"], fmt.Sprintf(`"system":%q`, nhs.ODSSystem), c)
		}, and(identifierUses("Encounter", "encounter", "serviceProvider.identifier"+notInUse),
			nobodys, "refused: Encounter: serviceProvider.identifier.use is not one of FHIR R4's: correct it | Encounter: serviceProvider.identifier"+notInUse)},
		{"a reference's to the professional", func(c string) string {
			return used(whole["Person"], `"system":"https://fhir.nhs.uk/Id/sds-user-id"`, c)
		}, and(identifierUses("Person", "is the patient", "link.target.identifier"+notInUse),
			nobodys, "refused: Person: link.target.identifier.use is not one of FHIR R4's: correct it | Person: link.target.identifier"+notInUse)},
	},
	"ContactPoint.use": {{"the practice's telephone", func(c string) string { return used(whole["Patient"], `"system":"phone"`, c) }, map[string]string{
		"": registered, "work": registered, "mobile": registered, "home": noTelephone, "temp": noTelephone, "old": noTelephone,
		nobodys: "refused: Patient: contained.telecom.use is not one of FHIR R4's: correct it | " + strings.TrimPrefix(noTelephone, "refused: "),
	}}},
	// Names, addresses, lengths and amounts are not read: nothing rests on them.
	"HumanName.use": {{"a name", func(c string) string {
		return with(whole["Patient"], fmt.Sprintf(`"name":[{"use":%q,"family":"X"}]`, c))
	}, unheeded([]string{"usual", "official", "temp", "nickname", "anonymous", "old", "maiden"}, registered)}},
	"Address.use": {{"an address", func(c string) string {
		return with(whole["Patient"], fmt.Sprintf(`"address":[{"use":%q,"postalCode":"X"}]`, c))
	}, unheeded([]string{"home", "work", "temp", "old", "billing"}, registered)}},
	"Duration.comparator": {{"a length", func(c string) string {
		return with(whole["Encounter"], fmt.Sprintf(`"length":{"comparator":%q,"value":1}`, c))
	}, unheeded([]string{"<", "<=", ">=", ">"}, "encounter")}},
	"Quantity.comparator": {{"a quantity", func(c string) string {
		return with(whole["ServiceRequest"], fmt.Sprintf(`"quantityQuantity":{"comparator":%q,"value":1}`, c))
	}, unheeded([]string{"<", "<=", ">=", ">"}, "laboratory order active")}},
}

const (
	notGuessed    = "refused: Consent: status is draft, proposed or rejected, and it is not to be guessed whether the patient objects: give it the status active, or inactive"
	mayBeNo       = "refused: Consent: status is rejected, which may be a no: send it with the status active and provision.type deny, or leave it out"
	wrongScope    = "refused: Consent: scope is not the one coding patient-privacy (system http://terminology.hl7.org/CodeSystem/consentscope), as its category is: correct it"
	wrongCategory = "refused: Consent: category is not exactly one of permission-to-view, opt-out and national-opt-out (system https://mycarerecord.example/fhir/CodeSystem/consent-category): " +
		"use one of them, or leave the Consent out when it is about something else"
	noTelephone = "refused: Patient: generalPractitioner has no telephone in use: add a contained Organization with the practice's telecom of system phone, or import with a directory that has it (--practices); who is refused is told to ring it"
)

func and(all map[string]string, code, want string) map[string]string {
	all[code] = want
	return all
}

// Attack 157: what is only proposed, planned, one option of several or the patient's
// own wish is no order, and opens nothing.
func intents(of, line, opens string) coded {
	nothing := func(intent string) string {
		return "nothing (1 ServiceRequest: intent " + intent + ", orders nothing)"
	}
	const wrong = "refused: ServiceRequest: intent is missing or not one of FHIR R4's: correct it"
	return coded{of, func(c string) string {
		if c == "" {
			return strings.Replace(line, `"intent":"order",`, "", 1)
		}
		return strings.Replace(line, `"intent":"order"`, fmt.Sprintf(`"intent":%q`, c), 1)
	}, map[string]string{
		"order": opens, "original-order": opens, "reflex-order": opens, "filler-order": opens, "instance-order": opens,
		"proposal": nothing("proposal"), "plan": nothing("plan"), "directive": nothing("directive"), "option": nothing("option"),
		"": wrong, nobodys: wrong,
	}}
}

func TestAttack157EveryCodeOfAModifierElementHasItsMeaning(t *testing.T) {
	d := publishedDefinitions(t)
	// Two that are modifiers and have their codes elsewhere: an extensible binding,
	// and the type of a link.
	sets := map[string]string{"Consent.scope": "http://hl7.org/fhir/ValueSet/consent-scope", "Patient.link": "http://hl7.org/fhir/ValueSet/link-type"}
	for _, e := range d.Elements {
		if e.Codes != "" {
			sets[e.Path] = e.Codes
		}
	}
	for _, path := range slices.Sorted(maps.Keys(sets)) {
		set := append(slices.Clone(d.Codes[sets[path]]), "", nobodys)
		if len(set) < 4 || codes[path] == nil {
			t.Errorf("%s: %d codes, %d cases", path, len(set)-2, len(codes[path]))
		}
		for _, c := range codes[path] {
			for _, code := range set {
				want, there := c.want[code]
				if !there {
					t.Errorf("%s, %s: %q has no case", path, c.of, code)
				} else if got := outcome(t, c.line(code)); got != want {
					t.Errorf("%s, %s: %q is %s\nwant %s", path, c.of, code, got, want)
				}
			}
			for code := range c.want {
				if !slices.Contains(set, code) {
					t.Errorf("%s, %s: %q is no code of %s", path, c.of, code, sets[path])
				}
			}
		}
	}
}
