package decision_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/mycarerecord/mcr/access"
	"github.com/mycarerecord/mcr/decision/policytest"
	"github.com/mycarerecord/mcr/fhir"
	"github.com/mycarerecord/mcr/nhs"
)

// restrictedPlan is what the policies as they are give a professional from
// elsewhere who has the patient's permission, sensitive items included, for a
// patient whose whereabouts are protected. Every category is let through, those
// that a permission leaves out as well: the masks alone must hold.
func restrictedPlan(t *testing.T) fhir.Plan {
	t.Helper()
	f := policytest.Permitted()
	f.Permissions.Value[0].Sensitive = true
	f.Restriction = access.KnownFact(access.Restriction{ID: "res-1", Code: "R"})
	d := policytest.Engine(t).Decide(t.Context(), policytest.Consultant(), f)
	if d.Effect != access.Permit || len(d.Plan.Masks) == 0 {
		t.Fatalf("%s, masks %v", d.Effect, d.Plan.Masks)
	}
	plan := d.Plan
	plan.Categories = append(slices.Clone(plan.Categories), "unclassified")
	return plan
}

// released filters one resource that was read by its id.
func released(t *testing.T, plan fhir.Plan, typ, members string) string {
	t.Helper()
	body := fmt.Sprintf(`{"resourceType":%q,"id":"r1",%s}`, typ, members)
	got, err := fhir.Filter([]byte(body), fhir.Request{Interaction: fhir.Read, Type: typ, ID: "r1"},
		fhir.Owner{Numbers: []nhs.Number{policytest.Number("9990000018")}, LocalIDs: []string{"p1"}}, plan,
		fhir.Links{Base: "https://broker.example/gp/fhir"})
	if err != nil {
		t.Fatal(err)
	}
	if len(got.Released) != 1 {
		t.Fatalf("withheld, so that nothing is tested: %v", got.Withheld)
	}
	return string(got.Body)
}

// TestAttack089NoWordsTellWhereAProtectedPatientIs: CANARY stands wherever FHIR
// lets a system write words, an address, a telephone or a place; FACT where it
// lets it write a code. No canary leaves, and every fact does.
func TestAttack089NoWordsTellWhereAProtectedPatientIs(t *testing.T) {
	const (
		of    = `"subject":{"reference":"Patient/p1"},`
		whose = `"patient":{"reference":"Patient/p1"},`
		fact  = `{"coding":[{"system":"http://snomed.info/sct","code":"FACT"}],"text":"CANARY"}`
		words = `{"text":"CANARY"}`
		file  = `{"contentType":"text/plain","data":"CANARY","title":"CANARY","url":"Binary/CANARY"}`
		place = `{"reference":"Location/CANARY","display":"CANARY"}`
		notes = `"note":[{"authorString":"CANARY","text":"CANARY"}],`
	)
	plan := restrictedPlan(t)
	for _, c := range []struct{ typ, members string }{
		{"AllergyIntolerance", whose + notes + `"code":` + fact + `,"onsetString":"CANARY","reaction":[{"description":"CANARY","exposureRoute":` + fact + `,"manifestation":[` + fact + `],` + notes + `"severity":"FACT"}]`},
		{"Appointment", `"participant":[{"actor":{"reference":"Patient/p1"}},{"actor":` + place + `},{"type":[` + fact + `]}],"comment":"CANARY","description":"CANARY","patientInstruction":"CANARY","reasonCode":[` + words + `,` + fact + `],"serviceType":[` + words + `],"specialty":[` + fact + `,` + words + `]`},
		{"CarePlan", of + notes + `"title":"CANARY","description":"CANARY","category":[` + words + `,` + fact + `],"activity":[{"progress":[{"text":"CANARY"}],"outcomeCodeableConcept":[` + fact + `],"detail":{"code":` + fact + `,"reasonCode":[` + words + `],"statusReason":` + words + `,"status":"FACT","scheduledString":"CANARY","location":` + place + `,"description":"CANARY"}}]`},
		{"CareTeam", of + notes + `"name":"CANARY","telecom":[{"value":"CANARY"}],"managingOrganization":[{"display":"CANARY"}],"participant":[{"role":[` + fact + `],"member":{"reference":"Practitioner/1","display":"CANARY"}}]`},
		{"ClinicalImpression", of + notes + `"description":"CANARY","summary":"CANARY","finding":[{"itemCodeableConcept":` + fact + `,"basis":"CANARY"}]`},
		{"Communication", of + notes + `"status":"FACT","payload":[{"contentString":"CANARY"},{"contentAttachment":` + file + `}],"reasonCode":[` + words + `]`},
		{"Composition", of + `"title":"CANARY","type":` + fact + `,"custodian":{"display":"CANARY"},"section":[{"title":"CANARY","code":` + fact + `,"text":{"status":"generated","div":"<div>CANARY</div>"},"section":[{"title":"CANARY","code":` + fact + `,"text":{"status":"additional","div":"<div>CANARY</div>"}}]}]`},
		{"Condition", of + notes + `"code":` + fact + `,"onsetString":"CANARY","abatementString":"CANARY","evidence":[{"code":[` + fact + `]}],"stage":[{"summary":` + fact + `}]`},
		{"DiagnosticReport", of + `"code":` + fact + `,"conclusion":"CANARY","conclusionCode":[` + fact + `],"presentedForm":[` + file + `],"media":[{"comment":"CANARY","link":{"reference":"Media/1"}}]`},
		{"DocumentReference", of + `"description":"CANARY","type":` + fact + `,"content":[{"attachment":` + file + `}],"context":{"facilityType":` + words + `,"practiceSetting":` + fact + `}`},
		{"Encounter", of + `"class":{"code":"FACT"},"type":[` + words + `,` + fact + `],"reasonCode":[` + words + `,` + fact + `],"location":[{"location":` + place + `}],"hospitalization":{"destination":` + place + `,"dischargeDisposition":` + words + `},"serviceProvider":{"display":"CANARY"}`},
		{"EpisodeOfCare", whose + `"status":"FACT","type":[` + words + `,` + fact + `],"managingOrganization":{"display":"CANARY"}`},
		{"FamilyMemberHistory", whose + notes + `"name":"CANARY","relationship":` + fact + `,"bornString":"CANARY","ageString":"CANARY","deceasedString":"CANARY","condition":[{"code":` + fact + `,"onsetString":"CANARY",` + notes + `"outcome":` + fact + `}]`},
		{"Flag", of + `"status":"FACT","code":` + words},
		{"Goal", of + notes + `"description":` + words + `,"statusReason":"CANARY","category":[` + words + `,` + fact + `],"target":[{"measure":` + fact + `,"detailString":"CANARY"}]`},
		{"ImagingStudy", of + notes + `"description":"CANARY","location":` + place + `,"modality":[{"code":"FACT"}],"series":[{"uid":"FACT","modality":{"code":"FACT"},"description":"CANARY","instance":[{"uid":"FACT","sopClass":{"code":"FACT"},"title":"CANARY"}]}]`},
		{"Immunization", whose + notes + `"vaccineCode":` + fact + `,"location":` + place + `,"statusReason":` + words},
		{"MedicationAdministration", of + notes + `"medicationCodeableConcept":` + fact + `,"reasonCode":[` + words + `],"dosage":{"text":"5 ml at night","route":` + fact + `}`},
		{"MedicationDispense", of + notes + `"medicationCodeableConcept":` + fact + `,"destination":{"display":"CANARY"},"location":` + place + `,"dosageInstruction":[{"text":"5 ml at night","patientInstruction":"CANARY","doseAndRate":[{"doseQuantity":{"code":"FACT"}}]}]`},
		{"MedicationRequest", of + notes + `"medicationCodeableConcept":` + fact + `,"reasonCode":[` + words + `],"dispenseRequest":{"performer":{"display":"CANARY"}},"dosageInstruction":[{"text":"5 ml at night","patientInstruction":"CANARY","additionalInstruction":[` + words + `],"asNeededCodeableConcept":` + words + `,"timing":{"code":` + fact + `}}]`},
		{"MedicationStatement", of + notes + `"medicationCodeableConcept":` + fact + `,"dosage":[{"text":"5 ml at night","patientInstruction":"CANARY","route":` + fact + `}]`},
		{"Observation", of + notes + `"code":` + fact + `,"valueString":"CANARY","component":[{"code":` + fact + `,"valueString":"CANARY"},{"code":` + fact + `,"valueCodeableConcept":` + words + `},{"code":` + fact + `,"valueQuantity":{"value":1,"code":"FACT"}}]`},
		{"Procedure", of + notes + `"code":` + fact + `,"performedString":"CANARY","location":` + place + `,"reasonCode":[` + words + `]`},
		{"QuestionnaireResponse", of + `"status":"FACT","item":[{"linkId":"CANARY","text":"CANARY","answer":[{"valueString":"CANARY","item":[{"answer":[{"valueAttachment":` + file + `}]}]}]}]`},
		{"RelatedPerson", whose + `"relationship":[` + fact + `],"address":[{"text":"CANARY"}],"telecom":[{"value":"CANARY"}]`},
		{"ServiceRequest", of + notes + `"code":` + fact + `,"patientInstruction":"CANARY","orderDetail":[` + words + `,` + fact + `],"reasonCode":[` + words + `],"locationCode":[` + words + `],"locationReference":[` + place + `]`},
		{"Specimen", of + notes + `"type":` + fact + `,"container":[{"description":"CANARY","type":` + fact + `}],"processing":[{"description":"CANARY","procedure":` + fact + `}]`},
		{"Task", `"for":{"reference":"Patient/p1"},` + notes + `"status":"FACT","code":` + words + `,"businessStatus":` + words + `,"statusReason":` + words + `,"description":"CANARY","location":` + place + `,"input":[{"type":` + words + `,"valueAddress":{"text":"CANARY"}},{"type":` + words + `,"valueContactPoint":{"value":"CANARY"}}],"output":[{"type":` + words + `,"valueString":"CANARY"}]`},
	} {
		t.Run(c.typ, func(t *testing.T) {
			got := released(t, plan, c.typ, c.members)
			if strings.Contains(got, "CANARY") {
				t.Errorf("something leaves: %s", got)
			}
			if want, is := strings.Count(c.members, "FACT"), strings.Count(got, "FACT"); want != is || want == 0 {
				t.Errorf("%d of %d facts are there: %s", is, want, got)
			}
		})
	}
}

// TestAttack089NowhereInAProtectedPatientsResource puts what may stand anywhere
// into every type, on the first level, below it and in what is contained.
func TestAttack089NowhereInAProtectedPatientsResource(t *testing.T) {
	anywhere := []string{
		`"text":{"status":"generated","div":"<div>CANARY</div>"}`, `"note":[{"text":"CANARY"}]`, `"comment":"CANARY"`, `"patientInstruction":"CANARY"`,
		`"address":[{"line":["CANARY"]}]`, `"telecom":[{"value":"CANARY"}]`, `"location":[{"display":"CANARY"}]`,
	}
	for _, value := range []string{
		`"valueString":"CANARY"`, `"_valueString":{"extension":[{"url":"x","valueCode":"CANARY"}]}`, `"valueMarkdown":"CANARY"`, `"valueAddress":{"text":"CANARY"}`,
		`"valueContactPoint":{"value":"CANARY"}`, `"valueContactDetail":{"name":"CANARY"}`, `"valueAnnotation":{"text":"CANARY"}`,
		`"valueAttachment":{"title":"CANARY"}`, `"valueBase64Binary":"CANARY"`, `"valueDosage":{"text":"CANARY"}`,
		`"valueCodeableConcept":{"text":"CANARY"}`, `"valueReference":{"display":"CANARY"}`, `"valueReference":{"reference":"Location/CANARY"}`,
	} {
		anywhere = append(anywhere, value, `"extension":[{"url":"x",`+value+`}]`, `"modifierExtension":[{"url":"x","extension":[{"url":"y",`+value+`}]}]`)
	}
	anywhere = append(anywhere, `"extension":[{"url":"http://hl7.org/fhir/StructureDefinition/geolocation","extension":[{"url":"latitude","valueCode":"CANARY"}]}]`)
	plan := restrictedPlan(t)
	types := map[string]string{"Task": "for"}
	for _, typ := range []string{"AllergyIntolerance", "EpisodeOfCare", "FamilyMemberHistory", "Immunization", "RelatedPerson"} {
		types[typ] = "patient"
	}
	for _, typ := range []string{"CarePlan", "CareTeam", "ClinicalImpression", "Communication", "Composition", "Condition", "DiagnosticReport", "DocumentReference",
		"Encounter", "Flag", "Goal", "ImagingStudy", "MedicationAdministration", "MedicationDispense", "MedicationRequest", "MedicationStatement", "Observation",
		"Procedure", "QuestionnaireResponse", "ServiceRequest", "Specimen"} {
		types[typ] = "subject"
	}
	for typ, member := range types {
		t.Run(typ, func(t *testing.T) {
			of := fmt.Sprintf(`"%s":{"reference":"Patient/p1"}`, member)
			for _, part := range anywhere {
				for _, members := range []string{
					of + "," + part,
					of + `,"component":[{"code":{"text":"kept"},` + part + `}]`,
					of + `,"detail":{"inner":[{` + part + `}]}`,
					of + `,"contained":[{"resourceType":"Practitioner","id":"c",` + part + `}]`,
				} {
					if got := released(t, plan, typ, members); strings.Contains(got, "CANARY") {
						t.Errorf("%s leaves: %s", part, got)
					}
				}
			}
		})
	}
}
