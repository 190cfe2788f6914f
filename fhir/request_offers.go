package fhir

// offers is the allow-list, sorted by type.
var offers = []offer{
	{
		typ: "AllergyIntolerance",
		params: []parameter{
			{"_id", ofID}, {"category", ofToken}, {"clinical-status", ofToken}, {"code", ofToken}, {"criticality", ofToken},
			{"date", ofDate}, {"type", ofToken}, {"verification-status", ofToken},
		},
		sort:     "date",
		includes: []string{"AllergyIntolerance:asserter", "AllergyIntolerance:recorder"},
	},
	{
		typ: "Appointment",
		params: []parameter{
			{"_id", ofID}, {"appointment-type", ofToken}, {"date", ofDate}, {"service-category", ofToken},
			{"service-type", ofToken}, {"specialty", ofToken}, {"status", ofToken},
		},
		sort:     "date",
		includes: []string{"Appointment:location", "Appointment:practitioner"},
	},
	{
		typ: "CarePlan", subject: true,
		params: []parameter{
			{"_id", ofID}, {"category", ofToken}, {"date", ofDate}, {"intent", ofToken}, {"status", ofToken},
		},
		sort:     "date",
		includes: []string{"CarePlan:care-team", "CarePlan:performer"},
	},
	{
		typ: "CareTeam", subject: true,
		params: []parameter{
			{"_id", ofID}, {"category", ofToken}, {"date", ofDate}, {"status", ofToken},
		},
		sort:     "date",
		includes: []string{"CareTeam:participant"},
	},
	{
		typ: "ClinicalImpression", subject: true,
		params: []parameter{
			{"_id", ofID}, {"date", ofDate}, {"status", ofToken},
		},
		sort:     "date",
		includes: []string{"ClinicalImpression:assessor"},
	},
	{
		typ: "Communication", subject: true,
		params: []parameter{
			{"_id", ofID}, {"category", ofToken}, {"received", ofDate}, {"sent", ofDate}, {"status", ofToken},
		},
		sort:     "sent",
		includes: []string{"Communication:sender"},
	},
	{
		typ: "Composition", subject: true,
		params: []parameter{
			{"_id", ofID}, {"category", ofToken}, {"date", ofDate}, {"period", ofDate}, {"status", ofToken}, {"type", ofToken},
		},
		sort:     "date",
		includes: []string{"Composition:author"},
	},
	{
		typ: "Condition", subject: true,
		params: []parameter{
			{"_id", ofID}, {"category", ofToken}, {"clinical-status", ofToken}, {"code", ofToken}, {"onset-date", ofDate},
			{"recorded-date", ofDate}, {"severity", ofToken}, {"verification-status", ofToken},
		},
		sort:     "recorded-date",
		includes: []string{"Condition:asserter"},
	},
	{
		typ: "DiagnosticReport", subject: true,
		params: []parameter{
			{"_id", ofID}, {"category", ofToken}, {"code", ofToken}, {"date", ofDate}, {"issued", ofDate}, {"status", ofToken},
		},
		sort:     "date",
		includes: []string{"DiagnosticReport:performer", "DiagnosticReport:result", "DiagnosticReport:results-interpreter"},
	},
	{
		typ: "DocumentReference", subject: true,
		params: []parameter{
			{"_id", ofID}, {"category", ofToken}, {"date", ofDate}, {"period", ofDate}, {"status", ofToken}, {"type", ofToken},
		},
		sort:     "date",
		includes: []string{"DocumentReference:author", "DocumentReference:custodian"},
	},
	{
		typ: "Encounter", subject: true,
		params: []parameter{
			{"_id", ofID}, {"class", ofToken}, {"date", ofDate}, {"status", ofToken}, {"type", ofToken},
		},
		sort:     "date",
		includes: []string{"Encounter:location", "Encounter:practitioner", "Encounter:service-provider"},
	},
	{
		typ: "EpisodeOfCare",
		params: []parameter{
			{"_id", ofID}, {"date", ofDate}, {"status", ofToken}, {"type", ofToken},
		},
		sort:     "date",
		includes: []string{"EpisodeOfCare:care-manager", "EpisodeOfCare:organization"},
	},
	{
		typ: "FamilyMemberHistory",
		params: []parameter{
			{"_id", ofID}, {"code", ofToken}, {"date", ofDate}, {"status", ofToken},
		},
		sort: "date",
	},
	{
		typ: "Flag", subject: true,
		params:   []parameter{{"_id", ofID}, {"date", ofDate}},
		sort:     "date",
		includes: []string{"Flag:author"},
	},
	{
		typ: "Goal", subject: true,
		params: []parameter{
			{"_id", ofID}, {"achievement-status", ofToken}, {"category", ofToken}, {"lifecycle-status", ofToken},
			{"start-date", ofDate}, {"target-date", ofDate},
		},
		sort: "start-date",
	},
	{
		typ: "ImagingStudy", subject: true,
		params: []parameter{
			{"_id", ofID}, {"bodysite", ofToken}, {"modality", ofToken}, {"started", ofDate}, {"status", ofToken},
		},
		sort:     "started",
		includes: []string{"ImagingStudy:performer", "ImagingStudy:referrer"},
	},
	{
		typ: "Immunization",
		params: []parameter{
			{"_id", ofID}, {"date", ofDate}, {"status", ofToken}, {"vaccine-code", ofToken},
		},
		sort:     "date",
		includes: []string{"Immunization:location", "Immunization:performer"},
	},
	{
		typ: "MedicationAdministration", subject: true,
		params: []parameter{
			{"_id", ofID}, {"code", ofToken}, {"effective-time", ofDate}, {"status", ofToken},
		},
		sort:     "effective-time",
		includes: []string{"MedicationAdministration:medication"},
	},
	{
		typ: "MedicationDispense", subject: true,
		params: []parameter{
			{"_id", ofID}, {"code", ofToken}, {"status", ofToken}, {"type", ofToken}, {"whenhandedover", ofDate}, {"whenprepared", ofDate},
		},
		sort:     "whenhandedover",
		includes: []string{"MedicationDispense:medication"},
	},
	{
		typ: "MedicationRequest", subject: true,
		params: []parameter{
			{"_id", ofID}, {"authoredon", ofDate}, {"category", ofToken}, {"code", ofToken}, {"intent", ofToken},
			{"priority", ofToken}, {"status", ofToken},
		},
		sort:     "authoredon",
		includes: []string{"MedicationRequest:medication", "MedicationRequest:requester"},
	},
	{
		typ: "MedicationStatement", subject: true,
		params: []parameter{
			{"_id", ofID}, {"category", ofToken}, {"code", ofToken}, {"effective", ofDate}, {"status", ofToken},
		},
		sort:     "effective",
		includes: []string{"MedicationStatement:medication"},
	},
	{
		typ: "Observation", subject: true,
		params: []parameter{
			{"_id", ofID}, {"category", ofToken}, {"code", ofToken}, {"date", ofDate}, {"status", ofToken},
		},
		sort:     "date",
		includes: []string{"Observation:performer"},
	},
	{
		// A Patient is asked for by _id or identifier alone: names, addresses and
		// birth dates would let a caller look for people (attacks 68, 126).
		typ:      "Patient",
		includes: []string{"Patient:general-practitioner", "Patient:organization"},
	},
	{
		typ: "Procedure", subject: true,
		params: []parameter{
			{"_id", ofID}, {"category", ofToken}, {"code", ofToken}, {"date", ofDate}, {"status", ofToken},
		},
		sort:     "date",
		includes: []string{"Procedure:location", "Procedure:performer"},
	},
	{
		typ: "QuestionnaireResponse", subject: true,
		params:   []parameter{{"_id", ofID}, {"authored", ofDate}, {"status", ofToken}},
		sort:     "authored",
		includes: []string{"QuestionnaireResponse:author"},
	},
	{
		typ:    "RelatedPerson",
		params: []parameter{{"_id", ofID}, {"active", ofToken}},
	},
	{
		typ: "ServiceRequest", subject: true,
		params: []parameter{
			{"_id", ofID}, {"authored", ofDate}, {"category", ofToken}, {"code", ofToken}, {"intent", ofToken},
			{"occurrence", ofDate}, {"priority", ofToken}, {"status", ofToken},
		},
		sort:     "authored",
		includes: []string{"ServiceRequest:performer", "ServiceRequest:requester"},
	},
	{
		typ: "Specimen", subject: true,
		params: []parameter{
			{"_id", ofID}, {"collected", ofDate}, {"status", ofToken}, {"type", ofToken},
		},
		sort:     "collected",
		includes: []string{"Specimen:collector"},
	},
	{
		typ: "Task", subject: true,
		params: []parameter{
			{"_id", ofID}, {"authored-on", ofDate}, {"code", ofToken}, {"intent", ofToken}, {"period", ofDate}, {"priority", ofToken}, {"status", ofToken},
		},
		sort:     "authored-on",
		includes: []string{"Task:owner", "Task:requester"},
	},
}
