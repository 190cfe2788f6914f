package record

import "slices"

// categories are the parts of a record in the order of the page. Their ids are
// those of the policies' record categories; a test holds the two together.
var categories = []struct{ id, name, one string }{
	{"allergies", "Allergies", "allergy"},
	{"medications", "Medicines", "medicine"},
	{"conditions", "Problems", "problem"},
	{"laboratory", "Laboratory results", "laboratory result"},
	{"imaging", "Imaging", "image or report"},
	{"observations", "Vital signs and other measurements", "measurement"},
	{"appointments", "Appointments", "appointment"},
	{"care-plans", "Care plans and teams", "care plan"},
	{"social-care", "Social care", "entry"},
	{"mental-health", "Mental health", "entry"},
	{"encounters", "Visits and stays", "visit"},
	{"procedures", "Procedures", "procedure"},
	{"immunisations", "Vaccinations", "vaccination"},
	{"documents", "Letters and documents", "document"},
	{"referrals", "Referrals and requests", "request"},
	{"demographics", "Personal details and contacts", "entry"},
	{"unclassified", "Alerts and everything else", "entry"},
	{"administrative", "Organisations, people, places and medicines that entries name", "entry"},
}

// byType puts whole types into a category.
var byType = map[string]string{
	"AllergyIntolerance": "allergies", "MedicationRequest": "medications", "MedicationStatement": "medications",
	"MedicationDispense": "medications", "MedicationAdministration": "medications",
	"Medication": "administrative", // looked up by name; by itself it says nothing of what the patient takes

	"Condition": "conditions", "ImagingStudy": "imaging", "Specimen": "laboratory", "Appointment": "appointments",
	"CarePlan": "care-plans", "CareTeam": "care-plans", "Goal": "care-plans", "Encounter": "encounters", "EpisodeOfCare": "encounters",
	"Procedure": "procedures", "Immunization": "immunisations", "DocumentReference": "documents", "ServiceRequest": "referrals",
	"Patient": "demographics", "RelatedPerson": "demographics", "Organization": "administrative", "Practitioner": "administrative",
	"PractitionerRole": "administrative", "Location": "administrative", "HealthcareService": "administrative",
}

// recordCategory is the region's own code system, by which sources tag what is
// mental health or social care.
const recordCategory = "https://mycarerecord.example/fhir/CodeSystem/record-category"

// tagged are the types that a source can put there; the others keep their place
// (as in the policies' categories.json).
var tagged = []string{"CarePlan", "Observation", "Condition", "Encounter", "EpisodeOfCare", "DocumentReference", "ServiceRequest", "Procedure", "DiagnosticReport"}

// The diagnostic service sections (HL7 v2 table 0074) of imaging and of measurements.
var (
	imagingSections  = []string{"CT", "CUS", "CTH", "NMR", "NMS", "OUS", "RAD", "RUS", "RX", "VUS", "XRC", "363679005"}
	measuredSections = []string{"AU", "EC", "EN", "ICU", "PF"}
	measured         = []string{"vital-signs", "exam", "survey", "social-history", "therapy", "activity"}
	laboratory       = []string{"BG", "BLB", "CG", "CH", "CP", "GE", "HM", "IMM", "LAB", "MB", "MCB", "MYC", "OSL", "PAR", "PAT", "SP", "SR", "TX", "VR", "108252007"}
)

// category says in which part of the record an entry stands. It is for finding
// one's way: what may be seen was decided by the brokers.
func category(e *entry) string {
	var all []string
	for _, c := range codes(e.get("category")) {
		if cut, ok := cutSystem(c, recordCategory); ok && (cut == "mental-health" || cut == "social-care") && slices.Contains(tagged, e.typ) {
			return cut
		}
		_, code, _ := cutLast(c)
		all = append(all, code)
	}
	switch e.typ {
	case "CarePlan":
		if slices.Contains(all, "718347000") {
			return "mental-health"
		}
	case "Observation":
		return observationCategory(e)
	case "DiagnosticReport":
		switch {
		case among(all, imagingSections):
			return "imaging"
		case among(all, measuredSections):
			return "observations"
		case among(all, laboratory):
			return "laboratory"
		}
	case "ServiceRequest":
		switch {
		case slices.Contains(all, "108252007"):
			return "laboratory"
		case slices.Contains(all, "363679005"):
			return "imaging"
		}
	}
	if id, ok := byType[e.typ]; ok {
		return id
	}
	return "unclassified"
}

func observationCategory(e *entry) string {
	var all []string
	for _, c := range codes(e.get("category")) {
		_, code, _ := cutLast(c)
		all = append(all, code)
	}
	switch {
	case slices.Contains(all, "laboratory"):
		return "laboratory"
	case slices.Contains(all, "imaging"):
		return "imaging"
	case among(all, measured):
		return "observations"
	case slices.Contains(all, "procedure"):
		return "procedures"
	}
	return "unclassified"
}

func among(some, of []string) bool {
	return slices.ContainsFunc(some, func(s string) bool { return slices.Contains(of, s) })
}

// cutLast splits "system|code" at its last bar.
func cutLast(s string) (system, code string, ok bool) {
	for i := len(s) - 1; i >= 0; i-- {
		if s[i] == '|' {
			return s[:i], s[i+1:], true
		}
	}
	return "", s, false
}

func cutSystem(s, system string) (string, bool) {
	of, code, _ := cutLast(s)
	return code, of == system
}
