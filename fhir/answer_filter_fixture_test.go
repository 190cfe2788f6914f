package fhir_test

import (
	"github.com/mycarerecord/mcr/fhir"
	"github.com/mycarerecord/mcr/nhs"
)

const (
	observationCategory = "http://terminology.hl7.org/CodeSystem/observation-category"
	diagnosticService   = "http://terminology.hl7.org/CodeSystem/v2-0074"
	localCategory       = "https://mycarerecord.example/fhir/CodeSystem/category"
	snomed              = "http://snomed.info/sct"
	confidentiality     = "http://terminology.hl7.org/CodeSystem/v3-Confidentiality"
)

// The patient p1 is who may be seen; p2 is somebody else.
var (
	ownNumber      = nhsNumber("9990000018")
	oldNumber      = nhsNumber("9990000042")
	strangerNumber = nhsNumber("9990000026")
	owner          = fhir.Owner{Numbers: []nhs.Number{ownNumber, oldNumber}, LocalIDs: []string{"p1"}}
)

func nhsNumber(digits string) nhs.Number {
	n, err := nhs.ParseNumber(digits)
	if err != nil {
		panic(err)
	}
	return n
}

// classes are code lists like those of the policies.
var classes = func() *fhir.Classifier {
	rule := func(typ, class string) fhir.ClassRule { return fhir.ClassRule{Type: typ, Class: class} }
	c, err := fhir.NewClassifier([]fhir.ClassRule{
		{Type: "Observation", Category: []fhir.Code{{observationCategory, "laboratory"}}, Class: "laboratory"},
		{Type: "Observation", Category: []fhir.Code{{localCategory, "social-care"}}, Class: "social-care"},
		{
			Type: "Observation", Category: []fhir.Code{{observationCategory, "laboratory"}},
			Code: []fhir.Code{{snomed, "104435004"}}, Class: "sexual-health",
		},
		rule("Observation", "observations"),
		{Type: "DiagnosticReport", Category: []fhir.Code{{diagnosticService, "LAB"}}, Class: "laboratory"},
		{Type: "DiagnosticReport", Specialty: []fhir.Code{{snomed, "394587001"}}, Class: "mental-health"},
		rule("Condition", "conditions"),
		rule("Patient", "demographics"),
		rule("Appointment", "appointments"),
		rule("Encounter", "encounters"),
		rule("DocumentReference", "documents"),
		rule("AllergyIntolerance", "allergies"),
		rule("MedicationRequest", "medications"),
		rule("RelatedPerson", "demographics"),
	}, []fhir.Code{{snomed, "86406008"}, {"http://hl7.org/fhir/sid/icd-10", "B20"}})
	if err != nil {
		panic(err)
	}
	return c
}()

// permissionPlan is what a permission to view opens.
func permissionPlan() fhir.Plan {
	return fhir.Plan{
		Categories: []string{
			"demographics", "laboratory", "observations", "appointments", "conditions", "encounters",
			"documents", "allergies", "medications", "administrative",
		},
		Labels:  []string{confidentiality + "|N", confidentiality + "|L"},
		Classes: classes,
	}
}
