package collect

import (
	"maps"
	"slices"
	"strings"
)

// search is one search of one type, for one patient.
type search struct {
	typ     string
	by      string   // the parameter that narrows it to a category; "" for none
	codes   string   // its value
	date    string   // the parameter that a period narrows; "" for what has no date, or stands
	include []string // what comes along
}

// all is the search for all of a type.
func all(typ string) search { return search{typ: typ, date: dateOf[typ], include: includeOf[typ]} }

// dateOf is the parameter that says when something happened. A period narrows
// what happened; it leaves alone what stands until further notice: allergies,
// problems, prescriptions, plans, devices, lists, flags, family history and who the patient is. An
// allergy first noted in 1998 belongs to every period.
var dateOf = map[string]string{
	"Appointment": "date", "ClinicalImpression": "date", "Communication": "sent", "CommunicationRequest": "authored", "Composition": "date",
	"DiagnosticReport": "date", "DocumentReference": "date", "Encounter": "date", "EpisodeOfCare": "date",
	"ImagingStudy": "started", "Immunization": "date", "Media": "created", "MedicationAdministration": "effective-time",
	"MedicationDispense": "whenhandedover", "Observation": "date", "Procedure": "date",
	"QuestionnaireResponse": "authored", "RiskAssessment": "date", "ServiceRequest": "authored", "Specimen": "collected", "Task": "authored-on",
}

// includeOf is what comes along: a medicine's name may stand in a resource of its
// own, without which its dose is a dose of nothing.
var includeOf = map[string][]string{
	"MedicationAdministration": {"MedicationAdministration:medication"}, "MedicationDispense": {"MedicationDispense:medication"},
	"MedicationRequest": {"MedicationRequest:medication"}, "MedicationStatement": {"MedicationStatement:medication"},
}

// Code systems of policies/data/categories.json, whose rules this table follows.
const (
	observation = "http://terminology.hl7.org/CodeSystem/observation-category|"
	snomed      = "http://snomed.info/sct|"
	tag         = "https://mycarerecord.example/fhir/CodeSystem/record-category|"
)

// codesOf writes one system with many codes as the value of a token parameter.
func codesOf(system string, codes string) string {
	var out []string
	for code := range strings.FieldsSeq(codes) {
		out = append(out, system+code)
	}
	return strings.Join(out, ",")
}

// reports is the search for reports of some sections. The codes stand without their
// systems: HL7's table of sections goes by four names, and no source uses all.
func reports(codes string) search { return narrowed("DiagnosticReport", strings.Fields(codes)...) }

// narrowed is the search for what of a type is of one category.
func narrowed(typ string, codes ...string) search {
	s := all(typ)
	s.by, s.codes = "category", strings.Join(codes, ",")
	if typ == "Encounter" {
		s.by = "class" // R4's Encounter has no category
	}
	return s
}

func tagged(category string) []search {
	var out []search
	for _, typ := range []string{
		"CarePlan", "CareTeam", "Communication", "CommunicationRequest", "Composition", "Condition", "DiagnosticReport", "DocumentReference",
		"Encounter", "Goal", "Observation", "Procedure", "ServiceRequest",
	} {
		code := tag + category
		if typ == "CarePlan" && category == "mental-health" {
			code += "," + snomed + "718347000"
		}
		out = append(out, narrowed(typ, code))
	}
	return append(out, all("EpisodeOfCare"), all("Flag")) // which no parameter narrows to a category
}

// searchesOf are the searches that a category is asked for with. The first
// stands for the rest: they ask for the same category, and when it is refused the
// others are not tried.
var searchesOf = map[string][]search{
	"demographics":   {all("RelatedPerson")}, // and Patient, which is always asked for
	"administrative": {},                     // comes along with Patient: see whoIsIt
	"laboratory": {
		narrowed("Observation", observation+"laboratory"),
		reports("BG BLB CG CH CP GE HM IMM LAB MB MCB MYC OSL PAR PAT SP SR TX URN VR 108252007 LP7839-6 26436-6 11502-2"),
		narrowed("ServiceRequest", snomed+"108252007"),
		all("Specimen"),
	},
	"imaging": {
		all("ImagingStudy"),
		reports("CT CTH CUS IMG NMR NMS OUS RAD RUS RX VUS XRC 363679005 LP29684-5 18726-0 18748-4"),
		narrowed("Observation", observation+"imaging"),
		narrowed("ServiceRequest", snomed+"363679005"),
	},
	"appointments":  {all("Appointment")},
	"medications":   {all("MedicationRequest"), all("MedicationStatement"), all("MedicationDispense"), all("MedicationAdministration")},
	"conditions":    {all("Condition")},
	"allergies":     {all("AllergyIntolerance")},
	"immunisations": {all("Immunization"), all("ImmunizationRecommendation")},
	"procedures":    {all("Procedure"), narrowed("Observation", observation+"procedure"), reports("RT")},
	"observations": {
		narrowed("Observation", codesOf(observation, "vital-signs exam survey social-history symptom therapy activity")),
		reports("AU EC EN ICU NRS OT OTH PF PT RC LP29708-2"),
		all("BodyStructure"),
	},
	"encounters":     {all("Encounter"), all("EpisodeOfCare")},
	"documents":      {all("DocumentReference"), all("Composition"), all("Media"), reports("PHY")},
	"care-plans":     {all("CarePlan"), all("CareTeam"), all("Goal"), all("NutritionOrder"), all("RequestGroup")},
	"alerts":         {all("Flag")},
	"assessments":    {all("QuestionnaireResponse"), all("ClinicalImpression"), all("RiskAssessment")},
	"family-history": {all("FamilyMemberHistory")},
	"messages":       {all("Communication"), all("CommunicationRequest"), all("Task")},
	"devices":        {all("Device"), all("DeviceUseStatement"), all("DeviceRequest")},
	"genomics":       {all("MolecularSequence")},
	"social-care":    tagged("social-care"),
	"mental-health":  tagged("mental-health"),
	// What codes alone tell comes with the whole record.
	"safeguarding":      tagged("safeguarding"),
	"advance-decisions": {all("Flag"), all("Consent"), all("CarePlan")},
	// Most referrals carry no code that says so: all requests are asked for.
	"referrals": {all("ServiceRequest")},
	// A list is judged by what it lists.
	"unclassified": {all("List")},
}

// whoIsIt is the first search at every source: whether it knows the patient.
func whoIsIt(categories []string) search {
	s := search{typ: "Patient"}
	if slices.Contains(categories, "administrative") {
		s.include = []string{"Patient:general-practitioner", "Patient:organization"}
	}
	return s
}

// wholeRecord are the searches for everything, each type without narrowing. The
// first, which is short and which no rule opens alone, stands for the rest: a
// broker that refuses it refuses the whole.
var wholeRecord = func() []search {
	// What harms most when it is missing comes first, should a limit be reached.
	order := []string{"AllergyIntolerance", "MedicationRequest", "MedicationStatement", "Condition", "Flag", "Observation", "CarePlan"}
	types := map[string]bool{}
	for _, searches := range searchesOf {
		for _, s := range searches {
			types[s.typ] = true
		}
	}
	for _, typ := range slices.Sorted(maps.Keys(types)) {
		if !slices.Contains(order, typ) {
			order = append(order, typ)
		}
	}
	out := make([]search, 0, len(order))
	for _, typ := range order {
		out = append(out, all(typ))
	}
	return out
}()

// Categories are the codes that a question may name, sorted.
func Categories() []string { return slices.Sorted(maps.Keys(searchesOf)) }
