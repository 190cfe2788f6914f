package fhir

import (
	"slices"

	"github.com/mycarerecord/mcr/fhir/internal/tree"
)

// resourceType is what the filter knows of a type. A type that is not in the
// table is not released, whatever the plan says.
type resourceType struct {
	name string
	// patient is where the resource's patient stands: an element that holds a
	// Reference, or (with within) one inside it. keyOther: see alone and self.
	patient, within tree.KeyID
	// code is the element that says what the resource is about.
	code tree.KeyID
	// self: the resource is the patient.
	self bool
	// alone: the resource has no patient. It is released only when it was read by
	// its id, or came along with something that refers to it.
	alone bool
	// placed: of this type only what a rule places is offered. A Consent about care
	// is a part of the record; one about data or research is not.
	placed bool
	// beside: it tells of other entries, and is released only beside all of them.
	beside bool
	// tells: it is about others, whether it refers to them or they to it, and its
	// narrative tells them.
	tells bool
	// class is its category when no rule of the classifier matches.
	class string
}

// OfferedType gives a type that is released, and "other" for every other text: for
// where only so many different ones may stand.
func OfferedType(name string) string {
	if t := resourceTypes[name]; t != nil {
		return t.name
	}
	return "other"
}

// unclassified is the category of what no rule knows.
const unclassified = "unclassified"

// resourceTypes is the allow-list: where the patient of each type stands
// (FHIR R4, the Patient compartment), and the types that have none. Left out on
// purpose: Bundle, Binary, Group, Basic, AuditEvent, Person, Linkage, Parameters,
// OperationOutcome and all of finance.
var resourceTypes = func() map[string]*resourceType {
	all := map[string]*resourceType{}
	add := func(patient, within tree.KeyID, names ...string) {
		for _, name := range names {
			all[name] = &resourceType{name: name, patient: patient, within: within, code: tree.KeyCode, class: unclassified}
		}
	}
	add(tree.KeySubject, tree.KeyOther, "CarePlan", "CareTeam", "ClinicalImpression", "Communication", "CommunicationRequest",
		"Composition", "Condition", "DeviceRequest", "DeviceUseStatement", "DiagnosticReport", "DocumentReference",
		"Encounter", "Flag", "Goal", "ImagingStudy", "List", "Media", "MedicationAdministration", "MedicationDispense",
		"MedicationRequest", "MedicationStatement", "Observation", "Procedure", "QuestionnaireResponse",
		"RequestGroup", "RiskAssessment", "ServiceRequest", "Specimen", "AdverseEvent")
	add(tree.KeyPatient, tree.KeyOther, "AllergyIntolerance", "BodyStructure", "Consent", "DetectedIssue", "Device", "EpisodeOfCare",
		"FamilyMemberHistory", "Immunization", "ImmunizationRecommendation", "MolecularSequence", "NutritionOrder",
		"RelatedPerson", "VisionPrescription")
	add(tree.KeyFor, tree.KeyOther, "Task")
	add(tree.KeyBeneficiary, tree.KeyOther, "Coverage")
	add(tree.KeyActor, tree.KeyOther, "AppointmentResponse")
	add(tree.KeyParticipant, tree.KeyActor, "Appointment")
	for _, name := range []string{
		"HealthcareService", "Location", "Medication", "Organization", "Practitioner",
		"PractitionerRole",
	} {
		all[name] = &resourceType{name: name, alone: true, code: tree.KeyCode, class: "administrative"}
	}
	all["Medication"].class = "medications"
	all["Patient"] = &resourceType{name: "Patient", self: true, class: unclassified}
	all["Provenance"] = &resourceType{name: "Provenance", alone: true, beside: true, code: tree.KeyOther, class: "administrative"}
	for _, name := range []string{
		"Composition", "Device", "DocumentReference", "Encounter", "EpisodeOfCare", "HealthcareService", "Media", "Specimen",
	} {
		all[name].code = tree.KeyType
	}
	for _, name := range []string{"MedicationAdministration", "MedicationDispense", "MedicationRequest", "MedicationStatement"} {
		all[name].code = tree.KeyMedicationCodeableConcept
	}
	all["Immunization"].code = tree.KeyVaccineCode
	all["Consent"].code, all["Consent"].placed = tree.KeyScope, true
	for _, name := range []string{
		"CarePlan", "ClinicalImpression", "DiagnosticReport", "Encounter", "EpisodeOfCare", "List", "RequestGroup",
	} {
		all[name].tells = true
	}
	return all
}()

// TypesWithoutPatient are the types, sorted, that name no patient and can be read
// by themselves: organisations, places, staff, medicines.
func TypesWithoutPatient() []string {
	var out []string
	for name, t := range resourceTypes {
		if t.alone && !t.beside {
			out = append(out, name)
		}
	}
	slices.Sort(out)
	return out
}
