package fhir

// offers is the allow-list, sorted by type. The names are those of R4 (fhir/internal/r4,
// which a test holds them against).
var offers = []offer{
	{
		typ: "AllergyIntolerance",
		params: []parameter{
			{"category", ofToken}, {"clinical-status", ofToken}, {"code", ofToken}, {"criticality", ofToken},
			{"date", ofDate}, {"type", ofToken}, {"verification-status", ofToken},
		},
		includes: []string{"asserter", "patient", "recorder"},
	},
	{
		typ: "Appointment",
		params: []parameter{
			{"appointment-type", ofToken}, {"date", ofDate}, {"service-category", ofToken},
			{"service-type", ofToken}, {"specialty", ofToken}, {"status", ofToken},
		},
		includes: []string{"actor", "based-on", "location", "patient", "practitioner", "reason-reference", "supporting-info"},
	},
	{
		typ:      "BodyStructure",
		params:   []parameter{{"location", ofToken}, {"morphology", ofToken}},
		includes: []string{"patient"},
	},
	{
		typ: "CarePlan", subject: true,
		params: []parameter{
			{"category", ofToken}, {"date", ofDate}, {"encounter", ofReference}, {"intent", ofToken},
			{"status", ofToken},
		},
		includes: []string{
			"activity-reference", "based-on", "care-team", "condition", "encounter", "goal", "part-of", "patient",
			"performer", "replaces", "subject",
		},
	},
	{
		typ: "CareTeam", subject: true,
		params:   []parameter{{"category", ofToken}, {"date", ofDate}, {"encounter", ofReference}, {"status", ofToken}},
		includes: []string{"encounter", "participant", "patient", "subject"},
	},
	{
		typ: "ClinicalImpression", subject: true,
		params: []parameter{{"date", ofDate}, {"encounter", ofReference}, {"status", ofToken}},
		includes: []string{
			"assessor", "encounter", "finding-ref", "investigation", "patient", "previous", "problem", "subject",
			"supporting-info",
		},
	},
	{
		typ: "Communication", subject: true,
		params: []parameter{
			{"category", ofToken}, {"encounter", ofReference}, {"received", ofDate}, {"sent", ofDate},
			{"status", ofToken},
		},
		includes: []string{"based-on", "encounter", "part-of", "patient", "recipient", "sender", "subject"},
	},
	{
		typ: "CommunicationRequest", subject: true,
		params: []parameter{
			{"authored", ofDate}, {"category", ofToken}, {"encounter", ofReference}, {"occurrence", ofDate},
			{"priority", ofToken}, {"status", ofToken},
		},
		includes: []string{"based-on", "encounter", "patient", "recipient", "replaces", "requester", "sender", "subject"},
	},
	{
		typ: "Composition", subject: true,
		params: []parameter{
			{"category", ofToken}, {"date", ofDate}, {"encounter", ofReference}, {"period", ofDate},
			{"status", ofToken}, {"type", ofToken},
		},
		includes: []string{"attester", "author", "encounter", "entry", "patient", "related-ref", "subject"},
	},
	{
		typ: "Condition", subject: true,
		params: []parameter{
			{"body-site", ofToken}, {"category", ofToken}, {"clinical-status", ofToken}, {"code", ofToken},
			{"encounter", ofReference}, {"onset-date", ofDate}, {"recorded-date", ofDate}, {"severity", ofToken},
			{"verification-status", ofToken},
		},
		includes: []string{"asserter", "encounter", "evidence-detail", "patient", "subject"},
	},
	{
		typ: "Consent",
		params: []parameter{
			{"category", ofToken}, {"date", ofDate}, {"period", ofDate}, {"scope", ofToken}, {"status", ofToken},
		},
		includes: []string{"actor", "consentor", "data", "organization", "patient", "source-reference"},
	},
	{
		typ:      "Device",
		params:   []parameter{{"status", ofToken}, {"type", ofToken}},
		includes: []string{"location", "organization", "patient"},
	},
	{
		typ: "DeviceRequest", subject: true,
		params: []parameter{
			{"authored-on", ofDate}, {"code", ofToken}, {"encounter", ofReference}, {"event-date", ofDate},
			{"intent", ofToken}, {"status", ofToken},
		},
		includes: []string{"based-on", "device", "encounter", "patient", "performer", "prior-request", "requester", "subject"},
	},
	{
		typ: "DeviceUseStatement", subject: true,
		includes: []string{"device", "patient", "subject"},
	},
	{
		typ: "DiagnosticReport", subject: true,
		params: []parameter{
			{"category", ofToken}, {"code", ofToken}, {"date", ofDate}, {"encounter", ofReference},
			{"issued", ofDate}, {"status", ofToken},
		},
		includes: []string{
			"based-on", "encounter", "media", "patient", "performer", "result", "results-interpreter", "specimen",
			"subject",
		},
	},
	{
		typ: "DocumentReference", subject: true,
		params: []parameter{
			{"category", ofToken}, {"date", ofDate}, {"encounter", ofReference}, {"period", ofDate},
			{"status", ofToken}, {"type", ofToken},
		},
		includes: []string{"authenticator", "author", "custodian", "encounter", "patient", "related", "relatesto", "subject"},
	},
	{
		typ: "Encounter", subject: true,
		params: []parameter{{"class", ofToken}, {"date", ofDate}, {"status", ofToken}, {"type", ofToken}},
		includes: []string{
			"appointment", "based-on", "diagnosis", "episode-of-care", "location", "part-of", "participant",
			"patient", "practitioner", "reason-reference", "service-provider", "subject",
		},
	},
	{
		typ:      "EpisodeOfCare",
		params:   []parameter{{"date", ofDate}, {"status", ofToken}, {"type", ofToken}},
		includes: []string{"care-manager", "condition", "incoming-referral", "organization", "patient"},
	},
	{
		typ:      "FamilyMemberHistory",
		params:   []parameter{{"code", ofToken}, {"date", ofDate}, {"status", ofToken}},
		includes: []string{"patient"},
	},
	{
		typ: "Flag", subject: true,
		params:   []parameter{{"date", ofDate}, {"encounter", ofReference}},
		includes: []string{"author", "encounter", "patient", "subject"},
	},
	{
		typ: "Goal", subject: true,
		params: []parameter{
			{"achievement-status", ofToken}, {"category", ofToken}, {"lifecycle-status", ofToken},
			{"start-date", ofDate}, {"target-date", ofDate},
		},
		includes: []string{"patient", "subject"},
	},
	{typ: "HealthcareService", directory: true},
	{
		typ: "ImagingStudy", subject: true,
		params: []parameter{
			{"bodysite", ofToken}, {"encounter", ofReference}, {"modality", ofToken}, {"started", ofDate},
			{"status", ofToken},
		},
		includes: []string{"basedon", "encounter", "interpreter", "patient", "performer", "referrer", "subject"},
	},
	{
		typ: "Immunization",
		params: []parameter{
			{"date", ofDate}, {"status", ofToken}, {"target-disease", ofToken}, {"vaccine-code", ofToken},
		},
		includes: []string{"location", "manufacturer", "patient", "performer", "reaction", "reason-reference"},
	},
	{
		typ: "ImmunizationRecommendation",
		params: []parameter{
			{"date", ofDate}, {"status", ofToken}, {"target-disease", ofToken}, {"vaccine-type", ofToken},
		},
		includes: []string{"information", "patient", "support"},
	},
	{
		typ: "List", subject: true,
		params:   []parameter{{"code", ofToken}, {"date", ofDate}, {"encounter", ofReference}, {"status", ofToken}},
		includes: []string{"encounter", "item", "patient", "source", "subject"},
	},
	{typ: "Location", directory: true},
	{
		typ: "Media", subject: true,
		params: []parameter{
			{"created", ofDate}, {"encounter", ofReference}, {"modality", ofToken}, {"site", ofToken},
			{"status", ofToken}, {"type", ofToken},
		},
		includes: []string{"based-on", "device", "encounter", "operator", "patient", "subject"},
	},
	{typ: "Medication", directory: true},
	{
		typ: "MedicationAdministration", subject: true,
		params:   []parameter{{"code", ofToken}, {"effective-time", ofDate}, {"status", ofToken}},
		includes: []string{"context", "device", "medication", "patient", "performer", "request", "subject"},
	},
	{
		typ: "MedicationDispense", subject: true,
		params: []parameter{
			{"code", ofToken}, {"status", ofToken}, {"type", ofToken}, {"whenhandedover", ofDate},
			{"whenprepared", ofDate},
		},
		includes: []string{
			"context", "destination", "medication", "patient", "performer", "prescription", "receiver",
			"responsibleparty", "subject",
		},
	},
	{
		typ: "MedicationRequest", subject: true,
		params: []parameter{
			{"authoredon", ofDate}, {"category", ofToken}, {"code", ofToken}, {"encounter", ofReference},
			{"intent", ofToken}, {"priority", ofToken}, {"status", ofToken},
		},
		includes: []string{"encounter", "intended-dispenser", "intended-performer", "medication", "patient", "requester", "subject"},
	},
	{
		typ: "MedicationStatement", subject: true,
		params:   []parameter{{"category", ofToken}, {"code", ofToken}, {"effective", ofDate}, {"status", ofToken}},
		includes: []string{"context", "medication", "part-of", "patient", "source", "subject"},
	},
	{
		typ:      "MolecularSequence",
		params:   []parameter{{"type", ofToken}},
		includes: []string{"patient"},
	},
	{
		typ:      "NutritionOrder",
		params:   []parameter{{"datetime", ofDate}, {"encounter", ofReference}, {"status", ofToken}},
		includes: []string{"encounter", "patient", "provider"},
	},
	{
		typ: "Observation", subject: true,
		params: []parameter{
			{"category", ofToken}, {"code", ofToken}, {"date", ofDate}, {"encounter", ofReference},
			{"status", ofToken},
		},
		includes: []string{
			"based-on", "derived-from", "device", "encounter", "focus", "has-member", "part-of", "patient",
			"performer", "specimen", "subject",
		},
	},
	{typ: "Organization", directory: true},
	{
		// A Patient is asked for by _id or identifier alone: names, addresses and
		// birth dates would let a caller look for people (attacks 68, 126).
		typ:      "Patient",
		includes: []string{"general-practitioner", "organization"},
	},
	{typ: "Practitioner", directory: true},
	{typ: "PractitionerRole", directory: true},
	{
		typ: "Procedure", subject: true,
		params: []parameter{
			{"category", ofToken}, {"code", ofToken}, {"date", ofDate}, {"encounter", ofReference},
			{"status", ofToken},
		},
		includes: []string{"based-on", "encounter", "location", "part-of", "patient", "performer", "reason-reference", "subject"},
	},
	{
		typ: "QuestionnaireResponse", subject: true,
		params:   []parameter{{"authored", ofDate}, {"encounter", ofReference}, {"status", ofToken}},
		includes: []string{"author", "based-on", "encounter", "part-of", "patient", "source", "subject"},
	},
	{
		typ:      "RelatedPerson",
		params:   []parameter{{"active", ofToken}},
		includes: []string{"patient"},
	},
	{
		typ: "RequestGroup", subject: true,
		params: []parameter{
			{"authored", ofDate}, {"code", ofToken}, {"encounter", ofReference}, {"intent", ofToken},
			{"priority", ofToken}, {"status", ofToken},
		},
		includes: []string{"author", "encounter", "participant", "patient", "subject"},
	},
	{
		typ: "RiskAssessment", subject: true,
		params:   []parameter{{"date", ofDate}, {"encounter", ofReference}, {"method", ofToken}, {"risk", ofToken}},
		includes: []string{"condition", "encounter", "patient", "performer", "subject"},
	},
	{
		typ: "ServiceRequest", subject: true,
		params: []parameter{
			{"authored", ofDate}, {"body-site", ofToken}, {"category", ofToken}, {"code", ofToken},
			{"encounter", ofReference}, {"intent", ofToken}, {"occurrence", ofDate}, {"priority", ofToken},
			{"status", ofToken},
		},
		includes: []string{"based-on", "encounter", "patient", "performer", "replaces", "requester", "specimen", "subject"},
	},
	{
		typ: "Specimen", subject: true,
		params:   []parameter{{"collected", ofDate}, {"status", ofToken}, {"type", ofToken}},
		includes: []string{"collector", "parent", "patient", "subject"},
	},
	{
		typ: "Task", subject: true,
		params: []parameter{
			{"authored-on", ofDate}, {"code", ofToken}, {"encounter", ofReference}, {"intent", ofToken},
			{"period", ofDate}, {"priority", ofToken}, {"status", ofToken},
		},
		includes: []string{"based-on", "encounter", "focus", "owner", "part-of", "patient", "requester", "subject"},
	},
}
