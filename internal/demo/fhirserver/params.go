package fhirserver

// A kind is how the values of a search parameter are compared (FHIR R4 §3.1.1.4).
type kind uint8

const (
	token kind = iota + 1
	date
	reference
)

// param is one search parameter: where in the resource its values stand.
type param struct {
	name  string
	kind  kind
	paths []string // dotted, arrays walked through
}

// typeParams are the search parameters of each resource type that the server
// knows, after the R4 search parameter registry. "patient" is first where it is
// offered: its paths say whom a resource is about.
var typeParams = map[string][]param{
	"Patient": {
		{"general-practitioner", reference, []string{"generalPractitioner"}},
		{"organization", reference, []string{"managingOrganization"}},
		{"identifier", token, []string{"identifier"}},
		{"gender", token, []string{"gender"}},
		{"birthdate", date, []string{"birthDate"}},
	},
	"AllergyIntolerance": about("patient", "recordedDate", category, coded,
		param{"clinical-status", token, []string{"clinicalStatus"}}, param{"recorder", reference, []string{"recorder"}}),
	"Appointment": about("participant.actor", "start",
		param{"status", token, []string{"status"}}, param{"specialty", token, []string{"specialty"}},
		param{"actor", reference, []string{"participant.actor"}}, param{"location", reference, []string{"participant.actor"}},
		param{"practitioner", reference, []string{"participant.actor"}}),
	"CarePlan": subject("period", category,
		param{"status", token, []string{"status"}}, param{"intent", token, []string{"intent"}},
		param{"care-team", reference, []string{"careTeam"}}, param{"goal", reference, []string{"goal"}}),
	"CareTeam": subject("period", category,
		param{"status", token, []string{"status"}}, param{"participant", reference, []string{"participant.member"}}),
	"Communication": subject("", category,
		param{"sent", date, []string{"sent"}}, param{"received", date, []string{"received"}},
		param{"sender", reference, []string{"sender"}}, param{"recipient", reference, []string{"recipient"}}),
	"Condition": subject("", category, coded,
		param{"clinical-status", token, []string{"clinicalStatus"}},
		param{"recorded-date", date, []string{"recordedDate"}}, param{"onset-date", date, []string{"onsetDateTime"}},
		param{"asserter", reference, []string{"asserter"}}, param{"encounter", reference, []string{"encounter"}}),
	"Consent": about("patient", "dateTime", category,
		param{"scope", token, []string{"scope"}}, param{"status", token, []string{"status"}},
		param{"consentor", reference, []string{"performer"}}),
	"Device": about("patient", "",
		param{"type", token, []string{"type"}}, param{"status", token, []string{"status"}}),
	"DeviceUseStatement": subject("",
		param{"device", reference, []string{"device"}}),
	"DiagnosticReport": subject("effectiveDateTime", category, coded,
		param{"status", token, []string{"status"}}, param{"issued", date, []string{"issued"}},
		param{"performer", reference, []string{"performer"}}, param{"result", reference, []string{"result"}},
		param{"based-on", reference, []string{"basedOn"}}),
	"DocumentReference": subject("date", category,
		param{"status", token, []string{"status"}}, param{"type", token, []string{"type"}},
		param{"author", reference, []string{"author"}}, param{"custodian", reference, []string{"custodian"}}),
	"Encounter": subject("period",
		param{"status", token, []string{"status"}}, param{"class", token, []string{"class"}},
		param{"type", token, []string{"type"}}, param{"location", reference, []string{"location.location"}},
		param{"participant", reference, []string{"participant.individual"}},
		param{"service-provider", reference, []string{"serviceProvider"}}),
	"EpisodeOfCare": about("patient", "period",
		param{"status", token, []string{"status"}}, param{"type", token, []string{"type"}},
		param{"organization", reference, []string{"managingOrganization"}}),
	"FamilyMemberHistory": about("patient", "date",
		param{"status", token, []string{"status"}}),
	"Flag": subject("period",
		param{"status", token, []string{"status"}}, param{"author", reference, []string{"author"}}),
	"Goal": subject("", category,
		param{"lifecycle-status", token, []string{"lifecycleStatus"}}, param{"start-date", date, []string{"startDate"}}),
	"Immunization": about("patient", "occurrenceDateTime",
		param{"status", token, []string{"status"}}, param{"vaccine-code", token, []string{"vaccineCode"}},
		param{"performer", reference, []string{"performer.actor"}}),
	"List": subject("date", coded,
		param{"status", token, []string{"status"}}, param{"item", reference, []string{"entry.item"}},
		param{"source", reference, []string{"source"}}),
	"MedicationRequest": subject("", category, coded,
		param{"status", token, []string{"status"}}, param{"intent", token, []string{"intent"}},
		param{"authoredon", date, []string{"authoredOn"}}, param{"medication", reference, []string{"medicationReference"}},
		param{"requester", reference, []string{"requester"}}),
	"MedicationStatement": subject("", category, coded,
		param{"status", token, []string{"status"}}, param{"effective", date, []string{"effectivePeriod"}},
		param{"medication", reference, []string{"medicationReference"}}),
	"Observation": subject("effectiveDateTime", category, coded,
		param{"status", token, []string{"status"}}, param{"performer", reference, []string{"performer"}},
		param{"encounter", reference, []string{"encounter"}}),
	"Procedure": subject("performedDateTime", category, coded,
		param{"status", token, []string{"status"}}, param{"performer", reference, []string{"performer.actor"}}),
	"QuestionnaireResponse": subject("",
		param{"status", token, []string{"status"}}, param{"authored", date, []string{"authored"}},
		param{"author", reference, []string{"author"}}, param{"encounter", reference, []string{"encounter"}}),
	"RelatedPerson": about("patient", "",
		param{"relationship", token, []string{"relationship"}}),
	"ServiceRequest": subject("", category, coded,
		param{"status", token, []string{"status"}}, param{"intent", token, []string{"intent"}},
		param{"authored", date, []string{"authoredOn"}}, param{"requester", reference, []string{"requester"}},
		param{"performer", reference, []string{"performer"}}),
	"Task": append(about("for", "", coded,
		param{"status", token, []string{"status"}}, param{"intent", token, []string{"intent"}},
		param{"authored-on", date, []string{"authoredOn"}}, param{"owner", reference, []string{"owner"}},
		param{"requester", reference, []string{"requester"}}), param{"subject", reference, []string{"for"}}),
	"Location":     {{"identifier", token, []string{"identifier"}}},
	"Medication":   {{"code", token, []string{"code"}}},
	"Organization": {{"identifier", token, []string{"identifier"}}},
	"Practitioner": {{"identifier", token, []string{"identifier"}}},
	"Binary":       nil, // read by its id alone
}

// category and code are offered by some types only; a client that sends them to
// another type has them ignored, as on many a real server.
var (
	category = param{"category", token, []string{"category"}}
	coded    = param{"code", token, []string{"code", "medicationCodeableConcept"}}
)

// about gives the parameters of a type whose patient stands at path and whose
// date stands at dated ("" when the type has no parameter of that name).
func about(path, dated string, more ...param) []param {
	params := []param{
		{"patient", reference, []string{path}},
		{"identifier", token, []string{"identifier"}},
	}
	if dated != "" {
		paths := []string{dated}
		if dated == "effectiveDateTime" {
			paths = append(paths, "effectivePeriod", "effectiveInstant")
		}
		params = append(params, param{"date", date, paths})
	}
	return append(params, more...)
}

// subject is about for the types that call their patient "subject".
func subject(dated string, more ...param) []param {
	more = append(more, param{"subject", reference, []string{"subject"}})
	return about("subject", dated, more...)
}

// sorting is the parameter by which a type is sorted when it has no "date".
var sorting = map[string]string{
	"Condition": "recorded-date", "Goal": "start-date", "MedicationRequest": "authoredon",
	"MedicationStatement": "effective", "QuestionnaireResponse": "authored", "ServiceRequest": "authored",
}

// lookup finds a parameter of a type.
func lookup(resourceType, name string) (param, bool) {
	for _, p := range typeParams[resourceType] {
		if p.name == name {
			return p, true
		}
	}
	return param{}, false
}
