package fhir_test

import (
	"testing"

	"github.com/mycarerecord/mcr/fhir"
)

type judged struct{ name, resource, want string }

func judge(t *testing.T, plan fhir.Plan, cases []judged) {
	t.Helper()
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			if got := verdict(t, plan, c.resource); got != c.want {
				t.Errorf("got %q, want %q\n%s", got, c.want, c.resource)
			}
		})
	}
}

func TestAResourceMustBeTheOwners(t *testing.T) {
	judge(t, permissionPlan(), []judged{
		{"own by local id", `{"resourceType":"Condition","id":"1","subject":{"reference":"Patient/p1"}}`, "released as conditions"},
		{"own by local id and version", `{"resourceType":"Condition","id":"1","subject":{"reference":"Patient/p1/_history/3"}}`, "released as conditions"},
		{"own by escaped reference", `{"resourceType":"Condition","id":"1","subject":{"reference":"Patient\/p\u0031"}}`, "released as conditions"},
		{"own by the source's absolute address", `{"resourceType":"Condition","id":"1","subject":{"reference":"http://source.internal/fhir/Patient/p1"}}`, "released as conditions"},
		{"own by NHS number", `{"resourceType":"Condition","id":"1","subject":{"identifier":{"system":"https://fhir.nhs.uk/Id/nhs-number","value":"9990000018"}}}`, "released as conditions"},
		{"own by superseded NHS number", `{"resourceType":"Condition","id":"1","subject":{"identifier":{"system":"https://fhir.nhs.uk/Id/nhs-number","value":"9990000042"}}}`, "released as conditions"},
		{"own by its element for the patient", `{"resourceType":"AllergyIntolerance","id":"1","patient":{"reference":"Patient/p1"}}`, "released as allergies"},
		{"own appointment", `{"resourceType":"Appointment","id":"1","participant":[{"actor":{"reference":"Practitioner/x"}},{"actor":{"reference":"Patient/p1"}}]}`, "released as appointments"},
		{"other's by local id", `{"resourceType":"Condition","id":"1","subject":{"reference":"Patient/p2"}}`, "other-patient"},
		{"other's by NHS number", `{"resourceType":"Condition","id":"1","subject":{"identifier":{"system":"https://fhir.nhs.uk/Id/nhs-number","value":"9990000026"}}}`, "other-patient"},
		{"own id with another's number", `{"resourceType":"Condition","id":"1","subject":{"reference":"Patient/p1","identifier":{"system":"https://fhir.nhs.uk/Id/nhs-number","value":"9990000026"}}}`, "other-patient"},
		{"at another address", `{"resourceType":"Condition","id":"1","subject":{"reference":"http://elsewhere.example/fhir/Patient/p1"}}`, "other-patient"},
		{"at the source's address in another case", `{"resourceType":"Condition","id":"1","subject":{"reference":"HTTP://Source.Internal:80/fhir/Patient/p1"}}`, "released as conditions"},
		{"at the source's address with a path in another case", `{"resourceType":"Condition","id":"1","subject":{"reference":"http://source.internal/FHIR/Patient/p1"}}`, "other-patient"},
		{"at another port of the source", `{"resourceType":"Condition","id":"1","subject":{"reference":"http://source.internal:8080/fhir/Patient/p1"}}`, "other-patient"},
		{"at the source's address by another scheme", `{"resourceType":"Condition","id":"1","subject":{"reference":"https://source.internal/fhir/Patient/p1"}}`, "other-patient"},
		{"by urn", `{"resourceType":"Condition","id":"1","subject":{"reference":"urn:uuid:0b1f5f2e-8d0e-4a53-9d38-5dc2b9b8a001"}}`, "no-patient"},
		{"by search", `{"resourceType":"Condition","id":"1","subject":{"reference":"Patient?identifier=x"}}`, "no-patient"},
		{"by encoded path", `{"resourceType":"Condition","id":"1","subject":{"reference":"%50atient/p1"}}`, "no-patient"},
		{"by path with dots", `{"resourceType":"Condition","id":"1","subject":{"reference":"Patient/p1/../p2"}}`, "no-patient"},
		{"by lower-case type", `{"resourceType":"Condition","id":"1","subject":{"reference":"patient/p1"}}`, "no-patient"},
		{"no patient at all", `{"resourceType":"Condition","id":"1"}`, "no-patient"},
		{"a group", `{"resourceType":"Condition","id":"1","subject":{"reference":"Group/g"}}`, "no-patient"},
		{"a name alone", `{"resourceType":"Condition","id":"1","subject":{"display":"Mr A"}}`, "no-patient"},
		{"own only where the patient does not stand", `{"resourceType":"Condition","id":"1","asserter":{"reference":"Patient/p1"}}`, "no-patient"},
		{"own id by another system's number", `{"resourceType":"Condition","id":"1","subject":{"type":"Patient","identifier":{"system":"https://hospital.example/mrn","value":"1"}}}`, "other-patient"},
		{"group appointment", `{"resourceType":"Appointment","id":"1","participant":[{"actor":{"reference":"Patient/p1"}},{"actor":{"reference":"Patient/p2"}}]}`, "other-patient"},
		{"a mother's NHS number", `{"resourceType":"RelatedPerson","id":"1","patient":{"reference":"Patient/p1"},"identifier":[{"system":"https://fhir.nhs.uk/Id/nhs-number","value":"9990000026"}]}`, "other-patient"},
		{"another's number under the old system", `{"resourceType":"RelatedPerson","id":"1","patient":{"reference":"Patient/p1"},"identifier":[{"system":"http://fhir.nhs.net/Id/nhs-number/","value":"9990000026"}]}`, "other-patient"},
		{"another's number with a code beside it", `{"resourceType":"RelatedPerson","id":"1","patient":{"reference":"Patient/p1"},"identifier":[{"system":"https://fhir.nhs.uk/Id/nhs-number","value":"9990000026","code":"x"}]}`, "other-patient"},
		{"a number that is no string", `{"resourceType":"RelatedPerson","id":"1","patient":{"reference":"Patient/p1"},"identifier":[{"system":"https://fhir.nhs.uk/Id/nhs-number","value":9990000018}]}`, "other-patient"},
	})
}

func TestAPatientMustBeTheOwner(t *testing.T) {
	judge(t, permissionPlan(), []judged{
		{"by NHS number", `{"resourceType":"Patient","id":"p9","identifier":[{"system":"https://fhir.nhs.uk/Id/nhs-number","value":"9990000018"}]}`, "released as demographics"},
		{"by id without a number", `{"resourceType":"Patient","id":"p1"}`, "released as demographics"},
		{"own id, other number", `{"resourceType":"Patient","id":"p1","identifier":[{"system":"https://fhir.nhs.uk/Id/nhs-number","value":"9990000026"}]}`, "other-patient"},
		{"own and other number", `{"resourceType":"Patient","id":"p1","identifier":[{"system":"https://fhir.nhs.uk/Id/nhs-number","value":"9990000018"},{"system":"https://fhir.nhs.uk/Id/nhs-number","value":"9990000026"}]}`, "other-patient"},
		{"other", `{"resourceType":"Patient","id":"p2"}`, "other-patient"},
		{"own number only in an extension", `{"resourceType":"Patient","id":"p2","extension":[{"url":"x","valueIdentifier":{"system":"https://fhir.nhs.uk/Id/nhs-number","value":"9990000018"}}]}`, "other-patient"},
		{"linked to other records", `{"resourceType":"Patient","id":"p1","link":[{"other":{"reference":"Patient/p2"},"type":"seealso"}]}`, "released as demographics"},
	})
	if got := read(t, permissionPlan(), `{"resourceType":"Patient","id":"p1","active":true,"link":[{"other":{"reference":"Patient/p2"}}]}`); got != `{"resourceType":"Patient","id":"p1","active":true}` {
		t.Errorf("links to other records are released: %s", got)
	}
}

func TestAttack047IncludedPatientWhoIsAnother(t *testing.T) {
	got, b := cut(t, "Condition", permissionPlan(), bundleOf(
		`{"resourceType":"Condition","id":"1","subject":{"reference":"Patient/p1"},"asserter":{"reference":"Practitioner/d"}}`,
		`include {"resourceType":"Patient","id":"p2"}`,
		`include {"resourceType":"Practitioner","id":"d"}`))
	if len(b.Entry) != 3 || got.Withheld["other-patient"] != 1 {
		t.Errorf("released %v, withheld %v", got.Released, got.Withheld)
	}
	judge(t, permissionPlan(), []judged{{
		"performer is another patient",
		`{"resourceType":"Observation","id":"1","subject":{"reference":"Patient/p1"},"performer":[{"reference":"Patient/p2"}]}`, "other-patient",
	}})
}

func TestAttack079IncludedResourceOfAnotherPatient(t *testing.T) {
	got, _ := cut(t, "Condition", permissionPlan(), bundleOf(
		`{"resourceType":"Condition","id":"1","subject":{"reference":"Patient/p1"}}`,
		`include {"resourceType":"Encounter","id":"2","subject":{"reference":"Patient/p2"}}`))
	if len(got.Released) != 1 || got.Withheld["other-patient"] != 1 {
		t.Errorf("released %v, withheld %v", got.Released, got.Withheld)
	}
}

func TestAttack080ContainedIsJudgedAsContent(t *testing.T) {
	judge(t, permissionPlan(), []judged{
		{"the owner", `{"resourceType":"Condition","id":"1","contained":[{"resourceType":"Patient","id":"p","identifier":[{"system":"https://fhir.nhs.uk/Id/nhs-number","value":"9990000018"}]}],"subject":{"reference":"#p"}}`, "released as conditions"},
		{"another patient by number", `{"resourceType":"Condition","id":"1","contained":[{"resourceType":"Patient","id":"p","identifier":[{"system":"https://fhir.nhs.uk/Id/nhs-number","value":"9990000026"}]}],"subject":{"reference":"Patient/p1"}}`, "other-patient"},
		{"a patient with the owner's id and no number", `{"resourceType":"Condition","id":"1","contained":[{"resourceType":"Patient","id":"p1","name":[{"family":"B"}]}],"subject":{"reference":"Patient/p1"}}`, "other-patient"},
		{"another's condition", `{"resourceType":"Encounter","id":"1","contained":[{"resourceType":"Condition","id":"c","subject":{"reference":"Patient/p2"}}],"subject":{"reference":"Patient/p1"}}`, "other-patient"},
		{"a consent", `{"resourceType":"Encounter","id":"1","contained":[{"resourceType":"Consent","id":"c"}],"subject":{"reference":"Patient/p1"}}`, "released as encounters"},
		{"a category outside the plan", `{"resourceType":"Encounter","id":"1","contained":[{"resourceType":"Observation","id":"c","category":[{"coding":[{"system":"https://mycarerecord.example/fhir/CodeSystem/category","code":"social-care"}]}]}],"subject":{"reference":"Patient/p1"}}`, "released as encounters"},
		{"a restricted label", `{"resourceType":"Encounter","id":"1","contained":[{"resourceType":"Location","id":"c","meta":{"security":[{"system":"http://terminology.hl7.org/CodeSystem/v3-Confidentiality","code":"R"}]}}],"subject":{"reference":"Patient/p1"}}`, "label-withheld"},
		{"contained in contained", `{"resourceType":"Encounter","id":"1","contained":[{"resourceType":"Location","id":"c","contained":[]}],"subject":{"reference":"Patient/p1"}}`, "not-understood"},
		{"a resource where none may stand", `{"resourceType":"Encounter","id":"1","location":{"resourceType":"Patient","id":"p2"},"subject":{"reference":"Patient/p1"}}`, "not-understood"},
		{"no resource", `{"resourceType":"Encounter","id":"1","contained":[1],"subject":{"reference":"Patient/p1"}}`, "not-understood"},
		{"subject is contained, but no patient", `{"resourceType":"Condition","id":"1","contained":[{"resourceType":"Device","id":"p"}],"subject":{"reference":"#p"}}`, "no-patient"},
	})
}

func TestAttack082SecondPatientElsewhere(t *testing.T) {
	judge(t, permissionPlan(), []judged{
		{"patient", `{"resourceType":"Condition","id":"1","subject":{"reference":"Patient/p1"},"patient":{"reference":"Patient/p2"}}`, "other-patient"},
		{"for", `{"resourceType":"Condition","id":"1","subject":{"reference":"Patient/p1"},"for":{"reference":"Patient/p2"}}`, "other-patient"},
		{"beneficiary", `{"resourceType":"Condition","id":"1","subject":{"reference":"Patient/p1"},"beneficiary":{"reference":"Patient/p2"}}`, "other-patient"},
		{"individual", `{"resourceType":"Encounter","id":"1","subject":{"reference":"Patient/p1"},"participant":[{"individual":{"reference":"Patient/p2"}}]}`, "other-patient"},
		{"in an extension", `{"resourceType":"Condition","id":"1","subject":{"reference":"Patient/p1"},"extension":[{"url":"x","valueReference":{"reference":"Patient/p2"}}]}`, "other-patient"},
		{"by its type and a name", `{"resourceType":"Condition","id":"1","subject":{"reference":"Patient/p1"},"asserter":{"type":"Patient","display":"Mrs B"}}`, "other-patient"},
		{"at another address", `{"resourceType":"Condition","id":"1","subject":{"reference":"Patient/p1"},"asserter":{"reference":"https://x.example/fhir/Patient/p2"}}`, "other-patient"},
		{"by urn", `{"resourceType":"Condition","id":"1","subject":{"reference":"Patient/p1"},"asserter":{"reference":"urn:uuid:0b1f5f2e-8d0e-4a53-9d38-5dc2b9b8a001"}}`, "released as conditions"},
		{"the owner twice", `{"resourceType":"Condition","id":"1","subject":{"reference":"Patient/p1"},"asserter":{"reference":"Patient/p1"}}`, "released as conditions"},
		{"a second subject", `{"resourceType":"Condition","id":"1","subject":[{"reference":"Patient/p1"},{"reference":"Patient/p2"}]}`, "other-patient"},
	})
}

func TestAttack083TypesWithoutAPatient(t *testing.T) {
	plan := permissionPlan()
	plan.Categories = append(plan.Categories, "unclassified")
	for _, typ := range []string{"Group", "Basic", "Binary", "Parameters", "Person", "Linkage", "AuditEvent", "Bundle", "Unheard"} {
		t.Run(typ, func(t *testing.T) {
			for _, mode := range []string{"", "include "} {
				got := verdict(t, plan, mode+`{"resourceType":"`+typ+`","id":"1","subject":{"reference":"Patient/p1"},"patient":{"reference":"Patient/p1"}}`)
				if got != "type-not-allowed" {
					t.Errorf("%s%s is %q", mode, typ, got)
				}
			}
		})
	}
	judge(t, plan, []judged{
		{"the source's own words", `{"resourceType":"OperationOutcome","id":"1","issue":[{"diagnostics":"Mrs B"}]}`, "source-outcome"},
		{"a practitioner as a match", `{"resourceType":"Practitioner","id":"1"}`, "type-not-allowed"},
		{"what speaks of others, as a match", `{"resourceType":"Provenance","id":"1","target":[{"reference":"Condition/1"}]}`, "type-not-allowed"},
		{"what speaks of others, and nothing refers to it", `include {"resourceType":"Provenance","id":"1","target":[{"reference":"Condition/1"}]}`, "not-referenced"},
		{"an organisation that nothing refers to", `include {"resourceType":"Organization","id":"1"}`, "not-referenced"},
	})
}

func TestAnIncludedResourceComesOnlyWithWhatRefersToIt(t *testing.T) {
	clinic := `include {"resourceType":"Organization","id":"clinic"}`
	own := `{"resourceType":"Encounter","id":"1","subject":{"reference":"Patient/p1"},"serviceProvider":{"reference":"Organization/clinic"}}`
	withheld := `{"resourceType":"Encounter","id":"2","meta":{"security":[{"system":"` + confidentiality + `","code":"R"}]},"subject":{"reference":"Patient/p1"},"serviceProvider":{"reference":"Organization/clinic"}}`
	got, _ := cut(t, "Encounter", permissionPlan(), bundleOf(withheld, clinic))
	if len(got.Released) != 0 {
		t.Errorf("the clinic of a withheld encounter is released: %s", got.Body)
	}
	got, _ = cut(t, "Encounter", permissionPlan(), bundleOf(withheld, own, clinic))
	if len(got.Released) != 2 || got.Released[1].Category != "administrative" {
		t.Errorf("the clinic of a released encounter is withheld: %v", got.Withheld)
	}
}

func TestAttack084NoPositionIsTakenForAnother(t *testing.T) {
	got, b := cut(t, "Condition", permissionPlan(), bundleOf(
		`{"resourceType":"Basic","id":"0"}`,
		`entry {}`,
		`{"resourceType":"Condition","id":"1","subject":{"reference":"Patient/p1"}}`,
		`{"resourceType":"Condition","id":"2","subject":{"reference":"Patient/p2"}}`,
		`entry 5`,
		`{"resourceType":"Condition","id":"3","subject":{"reference":"Patient/p1"}}`))
	if b.Entry[0].FullURL != brokerBase+"/Condition/1" || b.Entry[1].FullURL != brokerBase+"/Condition/3" || len(b.Entry) != 4 {
		t.Errorf("%s", got.Body)
	}
	if got.Withheld["not-understood"] != 2 || got.Withheld["type-not-allowed"] != 1 || got.Withheld["other-patient"] != 1 {
		t.Errorf("withheld %v", got.Withheld)
	}
}
