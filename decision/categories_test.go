package decision_test

import (
	"io/fs"
	"slices"
	"strings"
	"testing"

	"github.com/mycarerecord/mcr/access"
	"github.com/mycarerecord/mcr/decision"
	"github.com/mycarerecord/mcr/decision/policytest"
	"github.com/mycarerecord/mcr/fhir"
	"github.com/mycarerecord/mcr/policies"
)

// everything gives the plan of own staff, which shows what is unclassified too.
func everything(t testing.TB, fsys fs.FS) fhir.Plan {
	t.Helper()
	rev, err := decision.Load(t.Context(), fsys, decision.Options{})
	if err != nil {
		t.Fatal(err)
	}
	q := policytest.Consultant()
	q.Source.Organisation = q.Subject.Organisation
	d := decision.NewEngine(rev).Decide(t.Context(), q, access.Facts{})
	if d.Effect != access.Permit || !slices.Contains(d.Plan.Categories, "unclassified") {
		t.Fatalf("%+v", d)
	}
	return d.Plan
}

// placed gives the category of a resource, "" where no rule understands it.
func placed(t testing.TB, fsys fs.FS, typ, members string) string {
	t.Helper()
	return category(t, everything(t, fsys), typ, members)
}

func category(t testing.TB, plan fhir.Plan, typ, members string) string {
	t.Helper()
	patient := `"subject":{"reference":"Patient/p1"},"patient":{"reference":"Patient/p1"},"for":{"reference":"Patient/p1"},`
	body := `{"resourceType":"` + typ + `","id":"1",` + patient + members + `}`
	req := fhir.Request{Interaction: fhir.Read, Type: typ, ID: "1"}
	got, err := fhir.Filter([]byte(body), req, fhir.Owner{LocalIDs: []string{"p1"}}, plan, fhir.Links{})
	if err != nil || len(got.Released) != 1 {
		t.Fatalf("%s: %v %v", body, got.Withheld, err)
	}
	if c := got.Released[0].Category; c != "unclassified" {
		return c
	}
	return ""
}

const (
	sct       = "http://snomed.info/sct"
	sections  = "http://terminology.hl7.org/CodeSystem/v2-0074"
	obsKinds  = "http://terminology.hl7.org/CodeSystem/observation-category"
	barsFlags = "https://fhir.nhs.uk/CodeSystem/flag-categories-bars"
	services  = "https://fhir.nhs.uk/CodeSystem/NHSDataModelAndDictionary-treatment-function"
)

func concept(system, code string) string {
	return `{"coding":[{"system":"` + system + `","code":"` + code + `"}]}`
}

func TestEveryKindOfEntryHasItsCategory(t *testing.T) {
	plan := everything(t, policies.FS)
	of := func(element, system, code string) string { return `"` + element + `":[` + concept(system, code) + `]` }
	about := func(element, system, code string) string { return `"` + element + `":` + concept(system, code) }
	for _, c := range []struct{ name, typ, members, want string }{
		{"an alert", "Flag", `"code":{"text":"needs a hoist"}`, "alerts"},
		{"a reasonable adjustment", "Flag", of("category", "https://fhir.nhs.uk/England/CodeSystem/England-FlagCategoryPatient", "national-reasonable-adjustment-flag"), "alerts"},
		{"a safeguarding concern by its code", "Flag", about("code", "https://fhir.nhs.uk/CodeSystem/safeguarding-codes-bars", "836881000000105"), "safeguarding"},
		{"the same in SNOMED CT", "Flag", about("code", sct, "836881000000105"), "safeguarding"},
		{"a safeguarding concern by its category", "Flag", of("category", barsFlags, "SG"), "safeguarding"},
		{"a safeguarding problem", "Condition", about("code", sct, "397940009"), "safeguarding"},
		{"ReSPECT as a flag", "Flag", of("category", barsFlags, "RT"), "advance-decisions"},
		{"ReSPECT as a plan", "CarePlan", of("category", sct, "1107891000000106"), "advance-decisions"},
		{"an advance directive as a flag", "Flag", of("category", "http://hl7.org/fhir/flag-category", "advance-directive"), "advance-decisions"},
		{"a letter about the end of life", "DocumentReference", about("type", sct, "861421000000109"), "advance-decisions"},
		{"resuscitation status", "Observation", about("code", sct, "304251008"), "advance-decisions"},
		{"an advance decision", "Consent", about("scope", "http://terminology.hl7.org/CodeSystem/consentscope", "adr"), "advance-decisions"},
		{"consent to treatment, older spelling", "Consent", about("scope", "http://hl7.org/fhir/consentscope", "treatment"), "advance-decisions"},
		{"who may see the record", "Consent", about("scope", "http://terminology.hl7.org/CodeSystem/consentscope", "patient-privacy"), ""},
		{"consent to research", "Consent", about("scope", "http://terminology.hl7.org/CodeSystem/consentscope", "research"), ""},
		{"a consent that does not say", "Consent", `"status":"active"`, ""},
		{"a plan of a mental-health service", "CarePlan", of("category", sct, "718347000"), "mental-health"},
		{"a visit to a psychiatric clinic", "Encounter", about("serviceType", services, "710"), "mental-health"},
		{"a letter of one", "DocumentReference", `"context":{"practiceSetting":` + concept(sct, "394587001") + `}`, "mental-health"},
		{"a crisis plan", "DocumentReference", about("type", sct, "736253002"), "mental-health"},
		{"an appointment there is an appointment", "Appointment", `"participant":[{"actor":{"reference":"Patient/p1"}}],` + of("specialty", services, "710"), "appointments"},
		{"a form", "QuestionnaireResponse", `"status":"completed"`, "assessments"},
		{"a risk", "RiskAssessment", `"status":"final"`, "assessments"},
		{"an impression", "ClinicalImpression", `"status":"completed"`, "assessments"},
		{"the family", "FamilyMemberHistory", `"status":"completed"`, "family-history"},
		{"a message", "Communication", `"status":"completed"`, "messages"},
		{"a message that is asked for", "CommunicationRequest", `"status":"active"`, "messages"},
		{"a task", "Task", `"status":"requested"`, "messages"},
		{"a device", "Device", `"status":"active"`, "devices"},
		{"its use", "DeviceUseStatement", `"status":"active"`, "devices"},
		{"a vaccine that is due", "ImmunizationRecommendation", `"date":"2026"`, "immunisations"},
		{"a diet", "NutritionOrder", `"status":"active"`, "care-plans"},
		{"a lesion", "BodyStructure", `"active":true`, "observations"},
		{"a sequence", "MolecularSequence", `"type":"dna"`, "genomics"},
		{"a photograph", "Media", `"status":"completed"`, "documents"},
		{"a discharge summary", "Composition", about("type", sct, "373942005"), "documents"},
		{"a list of allergies, GP Connect", "List", about("code", sct, "886921000000105"), "allergies"},
		{"a list of medicines", "List", about("code", "http://hl7.org/fhir/list-example-use-codes", "medications"), "medications"},
		{"a list of problems, LOINC", "List", about("code", "http://loinc.org", "11450-4"), "conditions"},
		{"a list of anything", "List", about("code", sct, "826501000000100"), "documents"},
		{"where an entry comes from", "Provenance", `"recorded":"2026-01-01T00:00:00Z"`, "administrative"},

		{"a result by its code", "Observation", about("code", sct, "1107761000000109"), "laboratory"},
		{"a result by its LOINC code", "Observation", about("code", "http://loinc.org", "718-7"), "laboratory"},
		{"a vital sign by its code", "Observation", about("code", sct, "364075005"), "observations"},
		{"a category counts before a code", "Observation", of("category", obsKinds, "vital-signs") + `,` + about("code", sct, "1107761000000109"), "observations"},
		{"the category in its older spelling", "Observation", of("category", "http://hl7.org/fhir/observation-category", "laboratory"), "laboratory"},
		{"a symptom", "Observation", of("category", obsKinds, "symptom"), "observations"},
		{"a local code of a specimen", "Observation", about("code", "http://lab.example", "K") + `,"specimen":{"reference":"Specimen/1"}`, "laboratory"},
		{"a code that no list knows", "Observation", about("code", sct, "308492005"), "observations"},
		{"a phenotype", "Observation", about("code", "http://human-phenotype-ontology.org", "HP:0000090"), "observations"},
		{"a genomic test", "Observation", about("code", "https://fhir.nhs.uk/CodeSystem/England-GenomicTestDirectory", "R14"), "genomics"},
		{"a gene variant", "Observation", about("code", "http://loinc.org", "69548-6"), "genomics"},
		{"a local code", "Observation", about("code", "http://lab.example", "K"), ""},
		{"words", "Observation", `"code":{"text":"potassium"}`, ""},
		{"a category in words", "Observation", `"category":[{"text":"Laboratory"}],` + about("code", sct, "308492005"), ""},

		{"a radiology report", "DiagnosticReport", about("code", sct, "722124004"), "imaging"},
		{"a genetic report", "DiagnosticReport", about("code", sct, "1054161000000101"), "laboratory"},
		{"a report of a heart's rhythm", "DiagnosticReport", about("code", sct, "1129261000000102"), "observations"},
		{"a report about a specimen", "DiagnosticReport", about("code", sct, "721981007") + `,"specimen":[{"reference":"Specimen/1"}]`, "laboratory"},
		{"a report about pictures", "DiagnosticReport", about("code", sct, "721981007") + `,"imagingStudy":[{"reference":"ImagingStudy/1"}]`, "imaging"},
		{"a report that says no more", "DiagnosticReport", about("code", sct, "721981007"), "observations"},
		{"a scan by its NICIP code", "DiagnosticReport", about("code", "https://nicip.nhs.uk", "CCHES"), "imaging"},
		{"a section in its older spelling", "DiagnosticReport", of("category", "http://hl7.org/fhir/v2/0074", "IMG"), "imaging"},
		{"a section by the number of its table", "DiagnosticReport", of("category", "urn:oid:2.16.840.1.113883.12.74", "URN"), "laboratory"},
		{"a blood test that is ordered", "ServiceRequest", about("code", sct, "43396009"), "laboratory"},
		{"a scan that is ordered", "ServiceRequest", about("code", sct, "169069000"), "imaging"},
		{"a referral", "ServiceRequest", about("code", sct, "858611000000102"), "referrals"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := category(t, plan, c.typ, c.members); got != c.want {
				t.Errorf("%s is %q, not %q", c.typ, got, c.want)
			}
		})
	}
}

// HL7 v2 table 0074 in full (hl7.terminology.r4 7.0.1).
func TestEveryDiagnosticSectionIsUnderstood(t *testing.T) {
	plan := everything(t, policies.FS)
	const all = "AU BG BLB CG CH CP CT CTH CUS EC EN GE HM ICU IMG IMM LAB MB MCB MYC NMR NMS NRS OSL OT OTH OUS PAR PAT PF PHR PHY PT RAD RC RT RUS RX SP SR TX URN VR VUS XRC"
	for code := range strings.FieldsSeq(all) {
		if got := category(t, plan, "DiagnosticReport", `"category":[`+concept(sections, code)+`]`); got == "" {
			t.Errorf("%s is not classified", code)
		}
	}
}

// A consent to treatment that is also one about research is nobody's to see.
func TestAConsentOfTwoKindsIsNotShown(t *testing.T) {
	plan := everything(t, policies.FS)
	plan.Categories = slices.DeleteFunc(slices.Clone(plan.Categories), func(c string) bool { return c == "unclassified" })
	body := `{"resourceType":"Consent","id":"1","patient":{"reference":"Patient/p1"},` +
		`"scope":` + concept("http://terminology.hl7.org/CodeSystem/consentscope", "treatment") +
		`,"category":[` + concept("http://terminology.hl7.org/CodeSystem/consentcategorycodes", "research") + `]}`
	got, err := fhir.Filter([]byte(body), fhir.Request{Interaction: fhir.Read, Type: "Consent", ID: "1"}, fhir.Owner{LocalIDs: []string{"p1"}}, plan, fhir.Links{})
	if err != nil || len(got.Released) != 0 || got.Withheld["type-not-allowed"] != 1 {
		t.Errorf("%+v %v", got, err)
	}
}

// A source that writes SNOMED CT by another of its names hides nothing by it.
func TestASensitiveCodeIsOneByEveryNameOfItsSystem(t *testing.T) {
	plan := everything(t, policies.FS)
	plan.Labels = nil
	for _, system := range []string{sct, "https://snomed.info/sct", "http://snomed.info/sct/83821000000107", "urn:oid:2.16.840.1.113883.6.96"} {
		body := `{"resourceType":"Condition","id":"1","subject":{"reference":"Patient/p1"},"code":` + concept(system, "86406008") + `}`
		got, err := fhir.Filter([]byte(body), fhir.Request{Interaction: fhir.Read, Type: "Condition", ID: "1"}, fhir.Owner{LocalIDs: []string{"p1"}}, plan, fhir.Links{})
		if err != nil || got.Withheld["label-withheld"] != 1 {
			t.Errorf("%s: %+v %v", system, got, err)
		}
	}
}
