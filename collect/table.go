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
// own, without which its dose is a dose of nothing; a result may bear no category
// but its report's.
var includeOf = map[string][]string{
	"DiagnosticReport":         {"DiagnosticReport:result"},
	"MedicationAdministration": {"MedicationAdministration:medication"}, "MedicationDispense": {"MedicationDispense:medication"},
	"MedicationRequest": {"MedicationRequest:medication"}, "MedicationStatement": {"MedicationStatement:medication"},
}

// Codes of policies/data/categories.json, whose rules this table follows. They are
// asked for without their systems, which have several spellings each: the broker
// takes a code for a category where it means the same in all of them.
const (
	laboratoryCodes = "laboratory BG BLB CG CH CP GE HM IMM LAB MB MCB MYC OSL PAR PAT SP SR TX URN VR 108252007 LP7839-6 26436-6 11502-2"
	imagingCodes    = "imaging CT CTH CUS IMG NMR NMS OUS RAD RUS RX VUS XRC 363679005 LP29684-5 18726-0 18748-4"
	tag             = "https://mycarerecord.example/fhir/CodeSystem/record-category|"
)

// narrowed is the search for what of a type is of one category.
func narrowed(typ, codes string) search {
	s := all(typ)
	s.by, s.codes = "category", strings.Join(strings.Fields(codes), ",")
	if typ == "Encounter" {
		s.by = "class" // R4's Encounter has no category
	}
	return s
}

// results are the searches for results of a category. Many bear none, and are what
// the report that names them is: they come along with it.
func results(codes string) []search {
	return []search{narrowed("Observation", codes), narrowed("DiagnosticReport", codes)}
}

// tagged are the searches for what a source marks as being of a category besides
// what it is, with all of the types that other codes too put into it: a search by
// code would leave open whether something was withheld.
func tagged(category string, whole ...string) (out []search) {
	for _, typ := range []string{
		"CarePlan", "CareTeam", "Communication", "CommunicationRequest", "Composition", "Condition", "DiagnosticReport",
		"DocumentReference", "Encounter", "Goal", "Observation", "Procedure", "ServiceRequest",
	} {
		if slices.Contains(whole, typ) {
			out = append(out, all(typ))
		} else {
			out = append(out, narrowed(typ, tag+category))
		}
	}
	return append(out, all("Flag"), all("EpisodeOfCare")) // which no parameter narrows to a category
}

// searchesOf are the searches that a category is asked for with. The first
// stands for the rest: they ask for the same category, and when it is refused the
// others are not tried. What a rule opens by itself (DefaultApart) is asked for
// with searches that can bring nothing else; of what is open only with the whole,
// rather more is asked for than that something is missing.
var searchesOf = map[string][]search{
	"demographics":   {all("RelatedPerson")}, // and Patient, which is always asked for
	"administrative": {},                     // comes along with Patient: see whoIsIt
	"laboratory":     append(results(laboratoryCodes), narrowed("ServiceRequest", "108252007"), all("Specimen")),
	"imaging":        append([]search{all("ImagingStudy"), narrowed("ServiceRequest", "363679005")}, results(imagingCodes)...),
	"appointments":   {all("Appointment")},
	"medications": append([]search{
		all("MedicationRequest"), all("MedicationStatement"), all("MedicationDispense"), all("MedicationAdministration"),
	}, results("PHR")...),
	"conditions":    {all("Condition")},
	"allergies":     {all("AllergyIntolerance")},
	"immunisations": {all("Immunization"), all("ImmunizationRecommendation")},
	"procedures":    append([]search{all("Procedure")}, results("procedure RT")...),
	"observations":  {all("Observation"), all("DiagnosticReport"), all("BodyStructure")}, // most bear no code that says so
	"encounters":    {all("Encounter"), all("EpisodeOfCare")},
	"documents":     append([]search{all("DocumentReference"), all("Composition"), all("Media"), all("List")}, results("PHY")...),
	"care-plans":    {all("CarePlan"), all("CareTeam"), all("Goal"), all("NutritionOrder"), all("RequestGroup")},
	"social-care":   tagged("social-care"),
	"mental-health": tagged("mental-health", "CarePlan", "Composition", "DocumentReference"),
	"safeguarding":  tagged("safeguarding", "CarePlan", "Condition", "Observation", "Procedure"),
	"advance-decisions": {
		all("Consent"), all("Flag"), all("CarePlan"), all("Composition"), all("Condition"), all("DocumentReference"), all("List"), all("Observation"),
	},
	"alerts":         {all("Flag")},
	"genomics":       {all("MolecularSequence"), all("Observation"), all("DiagnosticReport")},
	"assessments":    {all("QuestionnaireResponse"), all("ClinicalImpression"), all("RiskAssessment")},
	"family-history": {all("FamilyMemberHistory")},
	"devices":        {all("Device"), all("DeviceRequest"), all("DeviceUseStatement")},
	"messages":       {all("Communication"), all("CommunicationRequest"), all("Task")},
	"referrals":      {all("ServiceRequest")}, // most bear no code that says so
	"unclassified":   {all("Observation"), all("DiagnosticReport"), all("Consent")},
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
	order := []string{"AllergyIntolerance", "Flag", "Consent", "MedicationRequest", "MedicationStatement", "Condition", "Observation", "CarePlan"}
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
