package scenario

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
	"time"

	"github.com/mycarerecord/mcr/fhir"
	"github.com/mycarerecord/mcr/fhir/consent"
	"github.com/mycarerecord/mcr/nhs"
)

// Code systems that the words write out.
const (
	observationCategory = "http://terminology.hl7.org/CodeSystem/observation-category"
	recordCategory      = "https://mycarerecord.example/fhir/CodeSystem/record-category"
	confidentiality     = "http://terminology.hl7.org/CodeSystem/v3-Confidentiality"
	sensitivity         = "http://terminology.hl7.org/CodeSystem/v3-ActCode"
	section             = "http://terminology.hl7.org/CodeSystem/v2-0074"
	consentScope        = "http://terminology.hl7.org/CodeSystem/consentscope"
	snomed              = "http://snomed.info/sct"
)

var word = regexp.MustCompile(`\{\{([^{}]+)\}\}`)

// timeWord is now or today, and how far from it: "now-3d", "today+1d", "now-90m".
var timeWord = regexp.MustCompile(`^(now|today)(?:([+-]\d+)([smhd]))?$`)

// fill puts what the words of a text stand for in their place:
//
//	{{now-3d}} {{today+1d}}     a moment, a day; s, m, h or d from the story's clock
//	{{nhs ann}}                 the NHS number; also {{ods riverside}}, {{user gp}}: the codes
//	{{patient ann}}             a reference by NHS number, {{organisation st-marys}} and {{professional gp}} likewise
//	{{id ann}}                  an identifier with the NHS number
//	{{practice riverside}}      the members of a Patient that register them with a practice
//	{{of ann}} {{patient-of ann}}  the member subject, or patient, with a reference as the source writes it
//	{{category laboratory}}     the member category, in the source's own kind of coding; {{record-category mental-health}},
//	                            {{section HM}} and {{request laboratory}} likewise
//	{{code 86406008}}           the member code, of SNOMED CT
//	{{label R}}                 the member meta with this security label (U L M N R V; others of v3-ActCode)
//	{{consent permission-to-view ann consultant st-marys}}  the members that every Consent of the profile has
//	{{opt-out ann}}             the members that every imported objection has; also {{national-opt-out ann}}
//	{{how in-person}}           the extension that says how the patient was asked
//	{{emergency life-threatening Found unconscious}}  the extension that gives an emergency's reason, and its words
//	{{by-number ann}}           the canonical target of a search for a Patient by NHS number
//	{{source}} {{token}}        the source's own base address; the token of who asks
//	{{1.body.id}} {{1.next}}    a member of an earlier answer; the address of its next page
//	{{1.document}}              the address of the first document that it links to
//
// A word may stand within another: the inner one is filled in first.
func (r *run) fill(text string) string {
	for range 2 {
		text = r.fillOnce(text)
	}
	return text
}

func (r *run) fillOnce(text string) string {
	return word.ReplaceAllStringFunc(text, func(match string) string {
		meant, err := r.meaning(strings.Fields(match[2 : len(match)-2]))
		if err != nil {
			r.t.Fatalf("%s: %v", match, err)
		}
		return meant
	})
}

func (r *run) meaning(w []string) (string, error) {
	if at := timeWord.FindStringSubmatch(w[0]); at != nil {
		return r.moment(at)
	}
	switch {
	case len(w) == 1 && w[0] == "source":
		return r.whole.sourceBase, nil
	case len(w) == 1 && w[0] == "token":
		return r.token, nil
	case len(w) == 1:
		return r.earlier(w[0])
	case w[0] == "consent" && len(w) == 5:
		return beginning(w[1], w[2], w[3], w[4]), nil
	case w[0] == "emergency":
		return fmt.Sprintf(`"extension":[{"url":%q,"valueCodeableConcept":{"coding":[{"system":%q,"code":%q}],"text":%q}}]`,
			consent.EmergencyReasonURL, consent.EmergencyReasonSystem, w[1], strings.Join(w[2:], " ")), nil
	}
	one := strings.Join(w[1:], " ")
	switch w[0] {
	case "nhs":
		return known(patients, one)
	case "ods":
		o, err := known(organisations, one)
		return o.ods, err
	case "user":
		p, err := known(cast, one)
		return p.user, err
	case "id", "patient", "by-number":
		number, err := known(patients, one)
		if w[0] == "by-number" {
			n, _ := nhs.ParseNumber(number)
			return fhir.Request{Interaction: fhir.Search, Type: "Patient", Patient: fhir.PatientRef{Number: n}}.Target(""), err
		}
		return identified(w[0] == "patient", nhs.NumberSystem, number), err
	case "organisation":
		o, err := known(organisations, one)
		return identified(true, nhs.ODSSystem, o.ods), err
	case "professional":
		p, err := known(cast, one)
		return identified(true, consent.UserSystem, p.user), err
	case "practice":
		o, err := known(organisations, one)
		return fmt.Sprintf(`"contained":[{"resourceType":"Organization","id":"gp","identifier":[%s],"name":%q,`+
			`"telecom":[{"system":"phone","value":%q}]}],"generalPractitioner":[{"reference":"#gp"}]`,
			identified(false, nhs.ODSSystem, o.ods), o.name, o.telephone), err
	case "of":
		return fmt.Sprintf(`"subject":{"reference":"Patient/%s"}`, one), nil
	case "patient-of":
		return fmt.Sprintf(`"patient":{"reference":"Patient/%s"}`, one), nil
	case "category":
		return coded("category", observationCategory, one), nil
	case "record-category":
		return coded("category", recordCategory, one), nil
	case "section":
		return coded("category", section, one), nil
	case "request":
		code, err := known(map[string]string{"laboratory": "108252007", "imaging": "363679005", "referral": "3457005"}, one)
		return coded("category", snomed, code), err
	case "code":
		return fmt.Sprintf(`"code":{"coding":[{"system":%q,"code":%q}]}`, snomed, one), nil
	case "label":
		system := sensitivity
		if strings.Contains("ULMNRV", one) {
			system = confidentiality
		}
		return fmt.Sprintf(`"meta":{"versionId":"1","security":[{"system":%q,"code":%q}]}`, system, one), nil
	case "opt-out", "national-opt-out":
		number, err := known(patients, one)
		return fmt.Sprintf(`"resourceType":"Consent",%s,%s,"patient":%s`, scope(),
			coded("category", consent.CategorySystem, w[0]), identified(true, nhs.NumberSystem, number)), err
	case "how":
		return fmt.Sprintf(`"extension":[{"url":%q,"valueCode":%q}]`, consent.HowAskedURL, one), nil
	}
	return "", fmt.Errorf("no such word")
}

// moment gives a time from the story's clock.
func (r *run) moment(at []string) (string, error) {
	t := r.whole.clock.Now()
	if at[2] != "" {
		unit := map[string]time.Duration{"s": time.Second, "m": time.Minute, "h": time.Hour, "d": 24 * time.Hour}[at[3]]
		var n int
		if _, err := fmt.Sscanf(at[2], "%d", &n); err != nil {
			return "", err
		}
		t = t.Add(time.Duration(n) * unit)
	}
	if at[1] == "today" {
		return t.Format(time.DateOnly), nil
	}
	return t.Format(time.RFC3339), nil
}

// beginning is what every Consent of docs/consent.md begins with.
func beginning(category, patient, user, organisation string) string {
	return fmt.Sprintf(`"resourceType":"Consent",%s,%s,"patient":%s,"performer":[%s],"organization":[%s]`,
		scope(), coded("category", consent.CategorySystem, category),
		identified(true, nhs.NumberSystem, patients[patient]),
		identified(true, consent.UserSystem, cast[user].user), identified(true, nhs.ODSSystem, organisations[organisation].ods))
}

func scope() string {
	return fmt.Sprintf(`"scope":{"coding":[{"system":%q,"code":"patient-privacy"}]}`, consentScope)
}

func coded(member, system, code string) string {
	return fmt.Sprintf(`%q:[{"coding":[{"system":%q,"code":%q}]}]`, member, system, code)
}

// identified is an identifier, or a reference that holds one.
func identified(reference bool, system, value string) string {
	identifier, _ := json.Marshal(map[string]string{"system": system, "value": value})
	if reference {
		return `{"identifier":` + string(identifier) + `}`
	}
	return string(identifier)
}

func known[V any](all map[string]V, name string) (V, error) {
	v, ok := all[name]
	if !ok {
		return v, fmt.Errorf("nobody is called %q", name)
	}
	return v, nil
}
