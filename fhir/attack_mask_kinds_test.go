package fhir_test

import (
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/mycarerecord/mcr/fhir"
	"github.com/mycarerecord/mcr/fhir/internal/r4"
)

// protectedPlan has the masks of the policies for a patient whose whereabouts are
// protected, and lets every category through: the masks alone must hold.
func protectedPlan(tb testing.TB) fhir.Plan {
	tb.Helper()
	text, err := os.ReadFile("../policies/data/labels.json")
	var labels struct{ Masks []string }
	if err == nil {
		err = json.Unmarshal(text, &labels)
	}
	if err != nil || !slices.Contains(labels.Masks, "Element.*") {
		tb.Fatal(err, labels.Masks)
	}
	return fhir.Plan{Categories: append(classes.Classes(), "unclassified"), Labels: []string{"*"}, Masks: labels.Masks, Classes: classes}
}

// ofItsOwn are the primitives whose value is a source's own to choose: words, addresses
// and identifiers. What HL7 gives any other type is true or false, a number, a time or
// a code.
var ofItsOwn = map[string]string{
	"string": `"CANARY"`, "markdown": `"CANARY"`, "uri": `"urn:CANARY"`, "url": `"https://CANARY.example"`, "canonical": `"https://CANARY.example|1"`,
	"oid": `"urn:oid:CANARY"`, "uuid": `"urn:uuid:CANARY"`, "base64Binary": `"CANARY="`, "xhtml": `"<div>CANARY</div>"`,
}

// knownSafe are the elements that may hold words of a source's own and stay, as
// policies/README.md tells: each is one that a person must not be treated without.
var knownSafe = []string{"Dosage.text", "HumanName.", "Quantity.unit", "Age.unit", "Count.unit", "Distance.unit", "Duration.unit", "SampledData.data", "Immunization.lotNumber"}

// keptNames are what an allergy or a medicine is called where no code says it. A prescriber must
// not be without: the policies keep these words, and no others.
var keptNames = []string{
	"AllergyIntolerance.code.text", "AllergyIntolerance.reaction.manifestation.text", "AllergyIntolerance.reaction.substance.text", "Medication.code.text",
	"MedicationAdministration.dosage.text", "MedicationAdministration.medicationCodeableConcept.text", "MedicationDispense.medicationCodeableConcept.text",
	"MedicationRequest.medicationCodeableConcept.text", "MedicationStatement.medicationCodeableConcept.text",
}

// canaries writes every element of a structure, filled with canaries where a source may
// write what it wants. HL7's tables say which those are: there is no list of ours.
func canaries(s *r4.Structure, parent string, depth int, out *strings.Builder) {
	first := true
	for _, name := range slices.Sorted(func(yield func(string) bool) {
		for name := range s.Members {
			if !yield(name) {
				return
			}
		}
	}) {
		m := s.Members[name]
		value, primitive := ofItsOwn[m.Type]
		switch {
		case name == "contained" || name == "extension" || name == "modifierExtension" || parent == "" && (name == "id" || name == "meta"):
			continue
		case slices.ContainsFunc(knownSafe, func(safe string) bool { return strings.HasPrefix(m.Path, safe) }):
			value, primitive = `"SAFE"`, true
		case m.Path == "Reference.reference":
			value, primitive = `"https://CANARY.example/fhir/Practitioner/1"`, true
		case m.Type == "Reference" && (parent == "" || name == "actor"):
			continue // whose it is, and whom it names: judged elsewhere
		case parent == "Coding" || parent == "Quantity" || parent == "Identifier":
			continue // judged by their system, below
		case primitive:
		case m.Below == nil || depth == 0:
			continue
		}
		if !first {
			out.WriteByte(',')
		}
		first = false
		fmt.Fprintf(out, "%q:", name)
		if primitive {
			out.WriteString(value)
			continue
		}
		out.WriteString("[{")
		canaries(m.Below, m.Type+"?", depth-1, out)
		out.WriteString("}]")
	}
}

// TestAttack149NothingOfASourcesOwnTellsWhereAProtectedPatientIs puts a canary into every
// element of every type to which HL7 gives words, an address, an identifier or a
// document, wherever it stands, by one element at a time so that nothing hides another.
func TestAttack149NothingOfASourcesOwnTellsWhereAProtectedPatientIs(t *testing.T) {
	plan := protectedPlan(t)
	for _, kept := range keptNames {
		before := len(plan.Masks)
		if plan.Masks = slices.DeleteFunc(plan.Masks, func(mask string) bool { return mask == "keep("+kept+")" }); len(plan.Masks) != before-1 {
			t.Errorf("the policies do not keep %s", kept)
		}
	}
	types := 0
	for typ, member := range patientOf {
		t.Run(typ, func(t *testing.T) {
			s := r4.StructureOf(typ)
			if s == nil {
				t.Fatal("HL7's table does not have it")
			}
			types++
			for name, m := range s.Members {
				if name == "id" || name == "contained" || name == "extension" || name == "modifierExtension" || name == member ||
					name == "resourceType" || name == "link" || m.Type == "Reference" || typ == "Appointment" && name == "participant" || slices.Contains(knownSafe, m.Path) {
					continue
				}
				value := ofItsOwn[m.Type]
				if m.Below != nil {
					var below strings.Builder
					canaries(m.Below, m.Type+"?", 4, &below)
					value = "[{" + below.String() + "}]"
				}
				if value == "" || !strings.Contains(value, "CANARY") {
					continue
				}
				for _, body := range []string{
					fmt.Sprintf(`{"resourceType":%q,"id":"r1",%s,%q:%s}`, typ, whose(typ, member), name, value),
					fmt.Sprintf(`{"resourceType":"Condition","id":"r1","subject":{"reference":"Patient/p1"},"contained":[{"resourceType":%q,"id":"c",%s,%q:%s}]}`, typ, whose(typ, member), name, value),
				} {
					got, err := fhir.Filter([]byte(body), fhir.Request{Interaction: fhir.Read, Type: strings.Split(body, `"`)[3], ID: "r1"}, owner, plan, fhir.Links{Base: brokerBase})
					if err != nil && !strings.Contains(body, "contained") && typ != "Patient" && name != "code" && name != "meta" {
						t.Errorf("%s.%s: %v", typ, name, err)
					}
					if strings.Contains(string(got.Body), "CANARY") {
						t.Errorf("%s.%s leaves\n%s\nas\n%s", typ, name, body, got.Body)
					}
				}
			}
		})
	}
	if types < 35 {
		t.Errorf("only %d types", types)
	}
}

// patientOf is where the patient of each type stands.
var patientOf = func() map[string]string {
	all := map[string]string{"Task": "for", "Patient": "", "Appointment": "participant"}
	for _, typ := range []string{
		"CarePlan", "CareTeam", "ClinicalImpression", "Communication", "CommunicationRequest", "Composition", "Condition", "DeviceRequest", "DeviceUseStatement",
		"DiagnosticReport", "DocumentReference", "Encounter", "Flag", "Goal", "ImagingStudy", "List", "Media", "MedicationAdministration", "MedicationDispense",
		"MedicationRequest", "MedicationStatement", "Observation", "Procedure", "QuestionnaireResponse", "RequestGroup", "RiskAssessment", "ServiceRequest", "Specimen",
	} {
		all[typ] = "subject"
	}
	for _, typ := range []string{
		"AllergyIntolerance", "BodyStructure", "Consent", "Device", "EpisodeOfCare", "FamilyMemberHistory", "Immunization", "ImmunizationRecommendation",
		"MolecularSequence", "NutritionOrder", "RelatedPerson",
	} {
		all[typ] = "patient"
	}
	return all
}()

func whose(typ, member string) string {
	switch {
	case typ == "Patient":
		return `"identifier":[{"system":"https://fhir.nhs.uk/Id/nhs-number","value":"9990000018"}]`
	case member == "participant":
		return `"participant":[{"actor":{"reference":"Patient/p1"}}]`
	}
	return fmt.Sprintf(`%q:{"reference":"Patient/p1"}`, member)
}

func TestAttack149WhatIsJudgedByWhatItHolds(t *testing.T) {
	plan := protectedPlan(t)
	const of = `"subject":{"reference":"Patient/p1"}`
	for _, c := range []struct{ name, members, want string }{
		{"the practice's code in an extension", `"extension":[{"url":"x","valueIdentifier":{"system":"https://fhir.nhs.uk/Id/ods-organization-code","value":"A81001"}}]`, ``},
		{"its code as a code", `"extension":[{"url":"x","valueCode":"A81001"}]`, ``},
		{"its code as a coding", `"extension":[{"url":"x","valueCoding":{"system":"https://fhir.nhs.uk/Id/ods-organization-code","code":"A81001","display":"The Surgery"}}]`, ``},
		{"its code without a system", `"extension":[{"url":"x","valueCoding":{"code":"A81001"}}]`, ``},
		{"deep in extensions", `"extension":[{"url":"x","extension":[{"url":"y","valueUri":"https://refuge.example"},{"url":"z","valueUrl":"https://refuge.example"}]}]`, ``},
		{"a related artifact", `"extension":[{"url":"x","valueRelatedArtifact":{"type":"citation","url":"https://refuge.example","label":"Refuge"}}]`, ``},
		{"a contact", `"extension":[{"url":"x","valueContactPoint":{"system":"phone","value":"01632 960001"}},{"url":"x","valueContactDetail":{"name":"Refuge"}}]`, ``},
		{"an expression", `"extension":[{"url":"x","valueExpression":{"language":"text/cql","expression":"Refuge"}},{"url":"x","valueSignature":{"sigFormat":"Refuge"}}]`, ``},
		{"a reference by name and number", `"performer":[{"type":"Practitioner","identifier":{"system":"https://refuge.example","value":"7"},"display":"Dr A, Refuge"}]`, `,"performer":[{"type":"Practitioner"}]`},
		{"a reference elsewhere", `"performer":[{"reference":"https://refuge.example/fhir/Practitioner/1"},{"reference":"Practitioner/2"}]`, `,"performer":[{"reference":"Practitioner/2"}]`},
		{"the range's words", `"referenceRange":[{"text":"Refuge laboratory","low":{"value":1,"unit":"mmol/L"}}]`, `,"referenceRange":[{"low":{"value":1,"unit":"mmol/L"}}]`},
		{"a concept of words alone", `"method":{"text":"at the Refuge"},"bodySite":{"coding":[{"display":"Refuge"}]}`, ``},
		{"words beside a code of a published system", `"method":{"coding":[{"system":"http://snomed.info/sct","version":"Refuge","code":"1","display":"Kept"}],"text":"Refuge"}`, `,"method":{"coding":[{"system":"http://snomed.info/sct","code":"1","display":"Kept"}]}`},
		{"a code of a system of its own", `"method":{"coding":[{"system":"https://refuge.example/codes","code":"R","display":"Refuge"},{"system":"http://loinc.org","code":"1-8"}]}`, `,"method":{"coding":[{"system":"http://loinc.org","code":"1-8"}]}`},
		{"a code without a system", `"method":{"coding":[{"code":"R","display":"Refuge"}]}`, `,"method":{"coding":[{"code":"R"}]}`},
		{"an identifier of an order", `"identifier":[{"system":"https://refuge.example","value":"7","assigner":{"display":"Refuge"}}]`, ``},
		{"words where a code belongs", `"status":"at the Refuge","issued":"at the Refuge","effectiveDateTime":"2026-01-01T10:00:00Z"`, `,"effectiveDateTime":"2026-01-01T10:00:00Z"`},
		{"words where a number belongs", `"valueQuantity":{"value":"Refuge","unit":"g"},"valueInteger":7`, `,"valueQuantity":{"unit":"g"},"valueInteger":7`},
		{"a unit of a system of its own", `"valueQuantity":{"value":1.50,"unit":"g","system":"https://refuge.example","code":"g"}`, `,"valueQuantity":{"value":1.50,"unit":"g"}`},
		{"what R4 does not know", `"refuge":{"a":1},"fhir_comments":["Refuge"],"component":[{"refuge":true,"valueInteger":1}]`, `,"component":[{"valueInteger":1}]`},
		{"the twin of what stays", `"_issued":{"id":"Refuge","extension":[{"url":"x","valueString":"Refuge"},{"url":"y","valueDecimal":1}]}`, `,"_issued":{"extension":[{"url":"y","valueDecimal":1}]}`},
		{"ids of elements", `"component":[{"id":"Refuge","valueBoolean":true}]`, `,"component":[{"valueBoolean":true}]`},
		{"profiles, tags and the source", `"meta":{"versionId":"1","lastUpdated":"2026-01-01T00:00:00Z","profile":["https://refuge.example/p"],"tag":[{"system":"https://refuge.example","code":"x"}]}`, `,"meta":{"versionId":"1","lastUpdated":"2026-01-01T00:00:00Z"}`},
		{"rules and language", `"implicitRules":"https://refuge.example","language":"en"`, `,"language":"en"`},
		{"a number where words belong", `"valueString":7,"note":[{"text":7}]`, ``},
		{"numbers and times in an extension", `"extension":[{"url":"x","valueDateTime":"2026-01-01"},{"url":"y","valueQuantity":{"value":1}},{"url":"z"}]`, `,"extension":[{"url":"x","valueDateTime":"2026-01-01"},{"url":"y","valueQuantity":{"value":1}}]`},
		{"what everybody needs", `"status":"final","code":{"coding":[{"system":"http://snomed.info/sct","code":"1","display":"Sodium"}]},"valueQuantity":{"value":1.50,"comparator":"<","unit":"mmol/L","system":"http://unitsofmeasure.org","code":"mmol/L"}`, `,"status":"final","code":{"coding":[{"system":"http://snomed.info/sct","code":"1","display":"Sodium"}]},"valueQuantity":{"value":1.50,"comparator":"<","unit":"mmol/L","system":"http://unitsofmeasure.org","code":"mmol/L"}`},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got, want := read(t, plan, `{"resourceType":"Observation","id":"1",`+of+`,`+c.members+`}`), `{"resourceType":"Observation","id":"1",`+of+c.want+`}`; got != want {
				t.Errorf("got  %s\nwant %s", got, want)
			}
		})
	}
	const patient = `{"resourceType":"Patient","id":"p1","identifier":[{"use":"official","system":"https://fhir.nhs.uk/Id/nhs-number","value":"9990000018"}%s],"name":[{"family":"A","given":["B"]}],"gender":"female","birthDate":"1970-01-01"%s}`
	if got, want := read(t, plan, fmt.Sprintf(patient, `,{"system":"https://refuge.example/mrn","value":"7"}`, `,"address":[{"text":"1 Safe Street"}],"communication":[{"preferred":true}]`)),
		fmt.Sprintf(patient, ``, `,"communication":[{"preferred":true}]`); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

// An allergy or a medicine of words alone has its name; its notes are gone.
func TestAnElementIsKeptByTheWayToIt(t *testing.T) {
	plan := protectedPlan(t)
	for _, c := range []struct{ kept, lost string }{
		{`{"resourceType":"AllergyIntolerance","id":"1","patient":{"reference":"Patient/p1"},"code":{"text":"Peanuts"},"reaction":[{"substance":{"text":"Nuts"},"manifestation":[{"text":"Swelling"}]}]%s}`, `,"note":[{"text":"at the Refuge"}]`},
		{`{"resourceType":"AllergyIntolerance","id":"1","patient":{"reference":"Patient/p1"},"code":{"coding":[{"system":"http://snomed.info/sct","code":"91935009"}]%s}}`, `,"text":"Peanuts, at the Refuge"`},
		{`{"resourceType":"MedicationAdministration","id":"1","subject":{"reference":"Patient/p1"},"dosage":{"text":"5 ml at night"}%s}`, `,"note":[{"text":"Refuge"}]`},
		{`{"resourceType":"MedicationRequest","id":"1","subject":{"reference":"Patient/p1"},"medicationCodeableConcept":{"text":"Warfarin 3 mg"}%s}`, `,"reasonCode":[{"text":"Refuge"}]`},
	} {
		if got, want := read(t, plan, fmt.Sprintf(c.kept, c.lost)), fmt.Sprintf(c.kept, ""); got != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
	}
}

// TestAttack149AMaskThatFHIRDoesNotHaveIsRefused: a mask that is misspelt protects nobody.
func TestAttack149AMaskThatFHIRDoesNotHaveIsRefused(t *testing.T) {
	for _, mask := range []string{
		"", "Patient.", ".address", "Patient..address", "Patient.addres", "Patient.contact.adress", "Patient.address.street", "Patient.name.family.x", "*.addres", "*.note.txt",
		"Element.adress", "Element.section.txt", "Observation.value", "Observation.valuestring", "Observation.valueAddress", "Observation.values[x]", "Patient.gender[x]", "patient.address", "Patient.Address", "*..x", "Element.*.x", "Patient.*", "*.*",
		"keep", "keep(", "keep()", "keep(x)", "keep(Adress)", "keep(Address.street)", "keep(Dosage.txt)", "keep(string", "keep(.text)", "keep(Dosage..text)", "keep(string.x)", "keep(Patient.name.familie)", "keep(a b)",
	} {
		if err := fhir.CheckMask(mask); err == nil || !strings.Contains(err.Error(), "reading mask") {
			t.Errorf("%q can be read: %v", mask, err)
		}
	}
	for _, mask := range []string{
		"Patient", "Patient.address", "Patient.contact.address", "Patient.address.line", "*.note", "*.note.text", "*.telecom", "Element.valueAddress", "Element.section.text", "Element.reasonCode.text", "Element.div", "Element.*",
		"Observation.value[x]", "Observation.valueString", "Observation.component.value[x]", "Observation.component.referenceRange.text", "Goal.description.text", "Patient.extension(http://x)", "*.extension(http://x)",
		"Reference.display", "CodeableConcept.text", "AdverseEvent.event.text", "keep(string)", "keep(Quantity)", "keep(HumanName.*)", "keep(Patient.name)", "keep(AllergyIntolerance.code.text)", "keep(Observation.value[x])", "keep(Extension.valueCode)",
	} {
		if err := fhir.CheckMask(mask); err != nil {
			t.Error(err)
		}
	}
}
