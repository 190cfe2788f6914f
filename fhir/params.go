package fhir

// valueKind is the form that the value of a search parameter must have.
type valueKind uint8

const (
	ofToken valueKind = iota // code or system|code, a comma between choices
	ofDate                   // optional prefix and a date; twice for a period
	ofID                     // one FHIR id
)

// parameter is a search parameter that is offered for a type.
type parameter struct {
	name string
	kind valueKind
}

// offer is what the broker offers for one resource type: how its patient is
// asked for, what else may narrow a search, and what may come with it. The
// names are those of FHIR R4's search parameter registry; a parameter that is
// not here is refused, whether FHIR knows it or not.
//
// Where the patient stands inside a resource of the type is another question,
// answered by the filter's own table.
type offer struct {
	typ string
	// subject says that R4 has "subject" for the type besides "patient".
	subject bool
	// params narrow a search within the patient's record. The values of dates
	// may be probed, so only dates that say when care took place are here.
	params []parameter
	// sort is the date parameter that _sort may name.
	sort string
	// includes are the values of _include. What one leads to is judged by the
	// filter like any other entry: a performer may be another patient (attack 47).
	includes []string
}

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
		typ: "Immunization",
		params: []parameter{
			{"_id", ofID}, {"date", ofDate}, {"status", ofToken}, {"vaccine-code", ofToken},
		},
		sort:     "date",
		includes: []string{"Immunization:location", "Immunization:performer"},
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
}

// offersByType finds an offer; the keys are the only resource types asked of a source.
var offersByType = func() map[string]*offer {
	m := make(map[string]*offer, len(offers))
	for i := range offers {
		m[offers[i].typ] = &offers[i]
	}
	return m
}()

// kindOf tells the form of the values of a parameter that is offered.
func (o *offer) kindOf(name string) (valueKind, bool) {
	for i := range o.params {
		if o.params[i].name == name {
			return o.params[i].kind, true
		}
	}
	return 0, false
}

// include says that an _include is offered; it gives the table's own text.
func (o *offer) include(value string) (string, bool) {
	for _, in := range o.includes {
		if in == value {
			return in, true
		}
	}
	return "", false
}
