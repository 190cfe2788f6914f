package suite_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
)

// whole are resources of each type that open something as they are: what a modifier
// does is seen against them.
var whole = map[string]string{
	"Patient":        patient("p", number(1), registeredWith("RXA01", "01632 960001")),
	"EpisodeOfCare":  episode("e", number(1), "RXA01", "active", `{"start":"2026-11-01"}`),
	"Encounter":      encounter("in-progress", `,"period":{"start":"2026-11-01"}`),
	"CareTeam":       careTeam("active"),
	"ServiceRequest": order("t", number(1), organisation("RXA01"), "active"),
	"Consent":        yes("y", number(1), "u1", "RXA01", "active"),
	"Person":         person(""),
}

func encounter(status, more string) string {
	return fmt.Sprintf(`{"resourceType":"Encounter","id":"v","status":%q,"class":{"system":"http://terminology.hl7.org/CodeSystem/v3-ActCode","code":"AMB"},`+
		`"subject":%s,"serviceProvider":%s%s}`, status, naming(number(1)), organisation("RXA01"), more)
}

func careTeam(status string) string {
	return fmt.Sprintf(`{"resourceType":"CareTeam","id":"c","status":%q,"subject":%s,"managingOrganization":[%s]}`, status, naming(number(1)), organisation("RXA01"))
}

func person(more string) string {
	return `{"resourceType":"Person","id":"w","link":[{"target":` + professional("u1") + `},{"target":` + naming(number(1)) + `}]` + more + `}`
}

// with puts more elements into a resource.
func with(line, more string) string { return strings.TrimSuffix(line, "}") + "," + more + "}" }

const (
	registered = "registration, ring 01632 960001"
	practice   = "ring 01632 960001" // of a registration that has ended: whom to ring stays known
)

// flags are the modifier elements that hold no code: each value, and what the import
// makes of it.
var flags = map[string]map[string]string{
	"Patient.active": {
		with(whole["Patient"], `"active":true`):        registered,
		with(whole["Patient"], `"active":false`):       practice + " (1 Patient: active is false, no registration)",
		with(whole["Patient"], `"active":"false"`):     "refused: Patient: active is not true or false: correct it",
		with(whole["Patient"], `"_active":{"id":"x"}`): "refused: Patient: active has an extension and no value: give the value",
		with(whole["Patient"], `"Active":false`):       "refused: Patient: Active is spelt like active but for its capitals: correct it",
		// Numbers of one person stay so, and an opt-out under the other one with them.
		patient("p", number(1), `,"active":false`+linked("replaces", number(2))): "1 other number",
	},
	"Patient.deceased[x]": {
		with(whole["Patient"], `"deceasedBoolean":false`):                                                      registered,
		with(whole["Patient"], `"deceasedBoolean":true`):                                                       practice + " (1 Patient: deceased, no registration any more)",
		with(whole["Patient"], `"deceasedDateTime":"2026-11-01"`):                                              practice + " (1 Patient: deceased, no registration any more)",
		with(whole["Patient"], `"deceasedDateTime":"2062-11-01"`):                                              practice + " (1 Patient: deceased, no registration any more)",
		with(whole["Patient"], `"deceasedDateTime":""`):                                                        "refused: Patient: deceasedDateTime is empty: give the time, or deceasedBoolean",
		with(whole["Patient"], `"deceasedDateTime":"last week"`):                                               "refused: Patient: deceasedDateTime is not a FHIR date or dateTime with a time zone: correct it",
		with(whole["Patient"], `"deceasedBoolean":"true"`):                                                     "refused: Patient: deceasedBoolean is not true or false: correct it",
		with(whole["Patient"], `"deceasedBoolean":false,"deceasedDateTime":"2026-11-01"`):                      "refused: Patient: deceasedBoolean and deceasedDateTime are both there: keep one",
		with(whole["Patient"], `"deceased":true`):                                                              "refused: Patient: deceased is neither deceasedBoolean nor deceasedDateTime: correct it",
		with(whole["Patient"], `"_deceasedDateTime":{"extension":[{"url":"urn:absent","valueCode":"asked"}]}`): "refused: Patient: deceasedDateTime has an extension and no value: give the value",
	},
	"ServiceRequest.doNotPerform": {
		with(whole["ServiceRequest"], `"doNotPerform":false`):        "laboratory order active",
		with(whole["ServiceRequest"], `"doNotPerform":true`):         "nothing (1 ServiceRequest: doNotPerform, says not to do it)",
		with(referral("active"), `"doNotPerform":true`):              "nothing (1 ServiceRequest: doNotPerform, says not to do it)",
		with(whole["ServiceRequest"], `"doNotPerform":"true"`):       "refused: ServiceRequest: doNotPerform is not true or false: correct it",
		with(whole["ServiceRequest"], `"doNotPerform":[true]`):       "refused: ServiceRequest: doNotPerform is not true or false: correct it",
		with(whole["ServiceRequest"], `"_doNotPerform":{"id":"x"}`):  "refused: ServiceRequest: doNotPerform has an extension and no value: give the value",
		with(whole["ServiceRequest"], `"DoNotPerform":true`):         "refused: ServiceRequest: DoNotPerform is spelt like doNotPerform but for its capitals: correct it",
		with(whole["ServiceRequest"], `"doNotPerform":true,"id":""`): "refused: has an element twice in one object: keep one",
	},
	"Person.active": {
		with(whole["Person"], `"active":true`):  "is the patient",
		with(whole["Person"], `"active":false`): "nothing (1 Person: active is false, not the patient any more)",
		with(whole["Person"], `"active":0`):     "refused: Person: active is not true or false: correct it",
	},
	"Organization.active": {
		strings.Replace(whole["Patient"], `"id":"gp"`, `"id":"gp","active":true`, 1):  registered,
		strings.Replace(whole["Patient"], `"id":"gp"`, `"id":"gp","active":false`, 1): "refused: Patient: contained Organization has active false: name the practice in use",
	},
	// Those of a data type that any resource may have, and one that is not read.
	"BackboneElement.modifierExtension": {
		with(whole["Encounter"], `"hospitalization":{"modifierExtension":[{"url":"urn:x"}]}`): refusedFor("Encounter", "hospitalization.modifierExtension"),
	},
	"Timing.modifierExtension": {
		with(whole["ServiceRequest"], `"occurrenceTiming":{"modifierExtension":[{"url":"urn:x"}]}`): refusedFor("ServiceRequest", "occurrenceTiming.modifierExtension"),
	},
}

func referral(status string) string {
	return strings.Replace(order("t", number(1), organisation("RXA01"), status), "108252007", "3457005", 1)
}

func refusedFor(kind, path string) string {
	return "refused: " + kind + ": " + path + " may change what the rest means, and is not understood here: remove it, or do not import the resource"
}

// objects are the elements on the way to a modifier that are not lists.
var objects = []string{"hospitalization", "provision"}

// extended puts a modifierExtension, or implicitRules, where the path says.
func extended(path string) (line, want string) {
	steps := strings.Split(path, ".")
	kind, last := steps[0], steps[len(steps)-1]
	if kind == "Organization" { // as a Patient contains it
		line, _ = extended("Patient.contained." + strings.Join(steps[1:], "."))
		return line, refusedFor("Patient", "contained."+strings.Join(steps[1:], "."))
	}
	value := `[{"url":"https://example.org/negated","valueBoolean":true}]`
	if last == "implicitRules" {
		value = `"https://example.org/rules"`
	}
	more := fmt.Sprintf("%q:%s", last, value)
	for _, step := range slices.Backward(steps[1 : len(steps)-1]) {
		if more = "{" + more + "}"; !slices.Contains(objects, step) {
			more = "[" + more + "]"
		}
		more = fmt.Sprintf("%q:%s", step, more)
	}
	return with(unlike(whole[kind], steps[1]), more), refusedFor(kind, strings.Join(steps[1:], "."))
}

// unlike gives the resource without an element of a name, so that there are not two.
func unlike(line, name string) string {
	return strings.Replace(line, fmt.Sprintf("%q:", name), fmt.Sprintf("%q:", "formerly"), 1)
}

// Attack 157: each element that FHIR R4 itself calls a modifier, of each type that is
// imported and of their data types, is honoured, or refused by its name.
func TestAttack157EveryModifierElementIsHonouredOrRefusedByName(t *testing.T) {
	tried := map[string]bool{}
	for _, e := range publishedDefinitions(t).Elements {
		tried[e.Path] = true
		switch {
		case flags[e.Path] != nil:
			for line, want := range flags[e.Path] {
				if got := outcome(t, line); got != want {
					t.Errorf("%s: is %s\nwant %s\nof %s", e.Path, got, want, line)
				}
			}
		case strings.HasSuffix(e.Path, ".modifierExtension") || strings.HasSuffix(e.Path, ".implicitRules"):
			line, want := extended(e.Path)
			if got := outcome(t, line); !strings.Contains(got, strings.TrimPrefix(want, "refused: ")) || !strings.HasPrefix(got, "refused: ") {
				t.Errorf("%s: is %s\nwant %s\nof %s", e.Path, got, want, line)
			}
		case codes[e.Path] == nil:
			t.Errorf("%s has no case (%s)", e.Path, e.Reason)
		}
	}
	for _, path := range slices.Concat(slices.Collect(maps.Keys(flags)), slices.Collect(maps.Keys(codes))) {
		if !tried[path] {
			t.Errorf("%s is no modifier element of FHIR R4", path)
		}
	}
}

func TestAttack157AModifierInOtherCapitalsIsRefused(t *testing.T) {
	for _, e := range publishedDefinitions(t).Elements {
		name := e.Path[strings.LastIndex(e.Path, ".")+1:]
		name = strings.Replace(name, "[x]", "Boolean", 1)
		other := strings.ToUpper(name[:1]) + name[1:]
		if got := outcome(t, with(whole["Encounter"], fmt.Sprintf(`"hospitalization":{%q:true}`, other))); got !=
			"refused: Encounter: hospitalization."+other+" is spelt like "+name+" but for its capitals: correct it" {
			t.Errorf("%s: is %s", other, got)
		}
	}
}

func TestWhatTheCasesStartFromOpensSomething(t *testing.T) {
	for kind, want := range map[string]string{"Patient": registered, "EpisodeOfCare": "episode", "Encounter": "encounter",
		"CareTeam": "caseload", "ServiceRequest": "laboratory order active", "Consent": "said yes", "Person": "is the patient"} {
		if got := outcome(t, whole[kind]); got != want {
			t.Errorf("%s: is %s, want %s", kind, got, want)
		}
	}
}

func TestAModifierInAPlaceWithoutANameIsRefusedWithoutTellingIt(t *testing.T) {
	for _, more := range []string{`"9990000018":{"modifierExtension":[]}`, `"extension":[[{"implicitRules":"x"}]]`, `"period ":{"modifierExtension":[]}`} {
		got := outcome(t, with(whole["EpisodeOfCare"], more))
		if !strings.Contains(got, "may change what the rest means") || tenDigits.MatchString(got) {
			t.Errorf("%s: is %s", more, got)
		}
	}
}
