package corpus_test

import "github.com/mycarerecord/mcr/upstreams/check"

// withheld are the entries that count and are not shown, each with why that is
// right, or is the publisher's to mend.
var withheld = map[string]string{
	// Ids that are none (FHIR R4 §2.24.0.1): nobody could ask for them, and some are
	// placeholders that the publisher forgot.
	"DocumentReference line 76":                                        "DocumentReference.id: not-understood",
	"HealthcareService line 120":                                       "HealthcareService.id: not-understood",
	"MedicationDispense urn:uuid:7b36eb7b-ea3f-44fb-87c9-dfa51e4b6d5b": "MedicationDispense.id: not-understood",
	"MedicationDispense urn:uuid:b74a61af-3a12-4d55-9e7a-949fff9f713a": "MedicationDispense.id: not-understood",
	"PractitionerRole line 557":                                        "PractitionerRole.id: not-understood",
	// A code in words alone: the information-governance team says what it is.
	"Observation e53b2595-7875-4687-80e9-23a0c8cb8ea0": "Observation.code.text: not-classified",
	// Fertility treatment is a sensitive code: it needs a permission for such items.
	"Procedure Procedure-InVitroFertilisation-Example": "Procedure: label-withheld",
}

// nhsCounts are what becomes of each type. Of those without a patient the patient
// is not named, is another, or is named by what leads nowhere (urn:uuid of a bundle
// that was taken apart). The Consents that are not offered are about research, or
// about who may see the record.
var nhsCounts = map[string]check.Counts{
	"AllergyIntolerance":       {Seen: 7, Shown: 7},
	"Appointment":              {Seen: 4, Shown: 4},
	"BodyStructure":            {Seen: 4, Shown: 1, NoPatient: 3},
	"CarePlan":                 {Seen: 2, Shown: 2},
	"Communication":            {Seen: 2, Shown: 2},
	"Composition":              {Seen: 3, NoPatient: 3},
	"Condition":                {Seen: 14, Shown: 14},
	"Consent":                  {Seen: 14, NoPatient: 2, NotOffered: 12},
	"Device":                   {Seen: 5, NoPatient: 5},
	"DiagnosticReport":         {Seen: 13, Shown: 12, NoPatient: 1},
	"DocumentReference":        {Seen: 11, Shown: 7, NotUnderstood: 1, NoPatient: 3},
	"Encounter":                {Seen: 18, Shown: 12, InPart: 1, NoPatient: 6},
	"EpisodeOfCare":            {Seen: 2, Shown: 2},
	"FamilyMemberHistory":      {Seen: 2, Shown: 2},
	"Flag":                     {Seen: 16, Shown: 7, NoPatient: 9},
	"HealthcareService":        {Seen: 5, Shown: 4, NotUnderstood: 1},
	"ImagingStudy":             {Seen: 1, Shown: 1},
	"Immunization":             {Seen: 6, Shown: 6},
	"List":                     {Seen: 4, Shown: 4},
	"Location":                 {Seen: 17, Shown: 17},
	"Medication":               {Seen: 20, Shown: 20},
	"MedicationAdministration": {Seen: 5, Shown: 5},
	"MedicationDispense":       {Seen: 15, Shown: 11, InPart: 1, NotUnderstood: 2, NoPatient: 2},
	"MedicationRequest":        {Seen: 53, Shown: 46, InPart: 24, NoPatient: 7},
	"MedicationStatement":      {Seen: 16, Shown: 8, NoPatient: 8},
	"Observation":              {Seen: 123, Shown: 112, Unclassified: 1, NoPatient: 10},
	"Organization":             {Seen: 31, Shown: 31},
	"Patient":                  {Seen: 103, Shown: 68, NoPatient: 35},
	"Practitioner":             {Seen: 26, Shown: 26},
	"PractitionerRole":         {Seen: 21, Shown: 20, InPart: 1, NotUnderstood: 1},
	"Procedure":                {Seen: 6, Shown: 5, Labelled: 1},
	"Provenance":               {Seen: 7, Shown: 7},
	"QuestionnaireResponse":    {Seen: 15, Shown: 11, InPart: 1, NoPatient: 4},
	"RelatedPerson":            {Seen: 9, Shown: 9},
	"ServiceRequest":           {Seen: 30, Shown: 29, InPart: 2, NoPatient: 1},
	"Specimen":                 {Seen: 22, Shown: 20, NoPatient: 2},
	"Task":                     {Seen: 44, Shown: 42, NoPatient: 2},
}
