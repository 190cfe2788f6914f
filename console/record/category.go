package record

import (
	"slices"
	"strings"
)

// categories are the parts of a record in the order of the page. Their ids are
// those of the policies' record categories; a test holds the two together.
var categories = []struct{ id, name, one string }{
	{"allergies", "Allergies", "allergy"},
	{"alerts", "Alerts", "alert"},
	{"safeguarding", "Safeguarding", "concern"},
	{"advance-decisions", "Resuscitation and advance decisions", "decision"},
	{"medications", "Medicines", "medicine"},
	{"conditions", "Problems", "problem"},
	{"laboratory", "Laboratory results", "laboratory result"},
	{"imaging", "Imaging", "image or report"},
	{"genomics", "Genetic findings", "finding"},
	{"observations", "Vital signs and other measurements", "measurement"},
	{"appointments", "Appointments", "appointment"},
	{"care-plans", "Care plans and teams", "care plan"},
	{"social-care", "Social care", "entry"},
	{"mental-health", "Mental health", "entry"},
	{"assessments", "Forms and assessments", "form"},
	{"encounters", "Visits and stays", "visit"},
	{"procedures", "Procedures", "procedure"},
	{"immunisations", "Vaccinations", "vaccination"},
	{"family-history", "Illnesses in the family", "entry"},
	{"devices", "Devices", "device"},
	{"documents", "Letters and documents", "document"},
	{"referrals", "Referrals and requests", "request"},
	{"messages", "Messages and tasks", "message"},
	{"demographics", "Personal details and contacts", "entry"},
	{"unclassified", "Everything else", "entry"},
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
	"PractitionerRole": "administrative", "Location": "administrative", "HealthcareService": "administrative", "Provenance": "administrative",
	"Flag": "alerts", "Consent": "advance-decisions", "FamilyMemberHistory": "family-history", "BodyStructure": "observations",
	"ClinicalImpression": "assessments", "QuestionnaireResponse": "assessments", "RiskAssessment": "assessments",
	"Communication": "messages", "CommunicationRequest": "messages", "Task": "messages",
	"Device": "devices", "DeviceRequest": "devices", "DeviceUseStatement": "devices", "MolecularSequence": "genomics",
	"Composition": "documents", "List": "documents", "Media": "documents", "ImmunizationRecommendation": "immunisations",
	"NutritionOrder": "care-plans", "RequestGroup": "care-plans", "AppointmentResponse": "appointments",
}

// recordCategory is the region's own code system, by which sources tag what is
// mental health or social care.
const recordCategory = "https://mycarerecord.example/fhir/CodeSystem/record-category"

// tagged are the types that a source can put there; the others keep their place
// (as in the policies' categories.json).
var tagged = []string{
	"CarePlan", "CareTeam", "Communication", "CommunicationRequest", "Composition", "Condition", "DiagnosticReport", "DocumentReference",
	"Encounter", "EpisodeOfCare", "Flag", "Goal", "Observation", "Procedure", "ServiceRequest",
}

// tags are what a source can mark an entry as.
var tags = []string{"mental-health", "social-care", "safeguarding"}

// bySection puts results into a category by what their source calls them: the
// kinds of FHIR, and the diagnostic service sections (HL7 v2 table 0074).
var bySection = []struct {
	category string
	codes    []string
}{
	{"imaging", []string{
		"imaging", "CT", "CUS", "CTH", "IMG", "NMR", "NMS", "OUS", "RAD", "RUS", "RX", "VUS", "XRC", "363679005",
		"LP29684-5", "18726-0", "18748-4",
	}},
	{"observations", []string{
		"activity", "exam", "social-history", "survey", "symptom", "therapy", "vital-signs",
		"AU", "EC", "EN", "ICU", "NRS", "OT", "OTH", "PF", "PT", "RC", "LP29708-2",
	}},
	{"laboratory", []string{
		"laboratory", "BG", "BLB", "CG", "CH", "CP", "GE", "HM", "IMM", "LAB", "MB", "MCB", "MYC", "OSL", "PAR", "PAT", "SP", "SR", "TX",
		"URN", "VR", "108252007", "LP7839-6", "26436-6", "11502-2",
	}},
	{"medications", []string{"PHR"}},
	{"documents", []string{"PHY"}},
	{"procedures", []string{"procedure", "RT"}},
}

// byListed puts lists with what they list.
var byListed = []struct {
	category string
	codes    []string
}{
	{"allergies", []string{"adverserxns", "allergies", "886921000000105", "1103671000000101", "48765-2"}},
	{"medications", []string{"medications", "1102411000000102", "933361000000108", "10160-0"}},
	{"conditions", []string{"problems", "717711000000103", "11450-4"}},
	{"immunisations", []string{"1102181000000102", "11369-6"}},
	{"encounters", []string{"325851000000107", "1149501000000101"}},
	{"alerts", []string{"alerts"}},
	{"care-plans", []string{"plans", "18776-5"}},
	{"messages", []string{"waiting", "worklist"}},
}

// notOfCare are the categories of consents that are about a record and not about care.
var notOfCare = []string{"npp", "research", "rsdid", "rsreid", "INFA", "INFASO", "RESEARCH", "RSDID", "RSREID"}

// about is what an entry is about: its code, or its type for documents.
func about(e *entry) node {
	if e.typ == "Composition" || e.typ == "DocumentReference" {
		return e.get("type")
	}
	return e.get("code")
}

// typesIn are the types of which entries can stand in a part of the record.
func typesIn(category string) (types []string) {
	for typ, id := range byType {
		if id == category {
			types = append(types, typ)
		}
	}
	if slices.Contains(tags, category) {
		types = append(types, tagged...)
	}
	for _, c := range byList {
		if c.category == category {
			types = slices.Concat(types, c.categoryOf, c.codeOf)
		}
	}
	return append(types, "Observation", "DiagnosticReport") // which can stand anywhere
}

// partsOfTypes names, in words, the parts of the record that entries of some types
// mostly stand in, each once.
func partsOfTypes(types []string) (names []string) {
	for _, typ := range types {
		name := "results"
		if id, ok := byType[typ]; ok {
			name = lower(partsOf(id))
		}
		if !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return names
}

// category says in which part of the record an entry stands. It is for finding
// one's way: what may be seen was decided by the brokers.
func category(e *entry) string {
	for _, c := range codes(e.get("category")) {
		if cut, ok := cutSystem(c, recordCategory); ok && slices.Contains(tags, cut) && slices.Contains(tagged, e.typ) {
			return cut
		}
	}
	all := bareCodes(e.get("category"))
	for _, c := range byList {
		if slices.Contains(c.categoryOf, e.typ) && among(all, c.codes()) || slices.Contains(c.codeOf, e.typ) && among(bareCodes(about(e)), c.codes()) {
			return c.category
		}
	}
	switch e.typ {
	case "Observation", "DiagnosticReport":
		return resultIn(e, all)
	case "Consent":
		if !among(bareCodes(e.get("scope")), []string{"adr", "treatment"}) || among(all, notOfCare) {
			return "unclassified" // who may see a record, or use it for research: nothing to act on
		}
	case "List":
		for _, c := range byListed {
			if among(bareCodes(e.get("code")), c.codes) {
				return c.category
			}
		}
	case "Flag":
		switch {
		case slices.Contains(all, "SG"), slices.ContainsFunc(codes(e.get("code")), func(c string) bool { return strings.Contains(c, "/safeguarding-codes-bars|") }):
			return "safeguarding"
		case among(all, []string{"advance-directive", "RT"}):
			return "advance-decisions"
		}
	case "ServiceRequest":
		switch {
		case slices.Contains(all, "108252007"):
			return "laboratory"
		case slices.Contains(all, "363679005"):
			return "imaging"
		}
		for _, c := range resultsByList {
			if among(bareCodes(e.get("code")), c.codes()) && (c.category == "laboratory" || c.category == "imaging") {
				return c.category
			}
		}
		if slices.ContainsFunc(codes(e.get("code")), func(c string) bool { return strings.HasPrefix(c, "https://nicip.nhs.uk|") }) {
			return "imaging"
		}
	}
	if id, ok := byType[e.typ]; ok {
		return id
	}
	return "unclassified"
}

// resultIn tells the category of a result: by its category, by what it is, by the
// report that names it, by what it was made from, as the policies' rules do.
func resultIn(e *entry, all []string) string {
	if id := sectionOf(all); id != "unclassified" {
		return id
	}
	code := e.get("code")
	for _, c := range resultsByList {
		if among(bareCodes(code), c.codes()) {
			return c.category
		}
	}
	if report := e.in.results[e]; report != nil && report != e {
		if id := category(report); id != "unclassified" {
			return id
		}
	}
	switch bare := bareCodes(code); {
	case among(bare, []string{"1054161000000101", "4241000179101", "26436-6"}): // reports of a kind
		return "laboratory"
	case among(bare, []string{"722124004", "4201000179104", "18726-0", "18748-4"}):
		return "imaging"
	case e.node.get("specimen").is():
		return "laboratory"
	case e.node.get("imagingStudy").is():
		return "imaging"
	}
	for _, c := range codes(code) {
		if system, _, _ := cutLast(c); system != "" && knownSystems[system] != "" {
			return knownSystems[system]
		}
	}
	return "unclassified"
}

// knownSystems are the code systems of which any code tells that a result is one.
var knownSystems = map[string]string{
	"http://snomed.info/sct": "observations", "http://loinc.org": "observations", "http://hl7.org/fhir/sid/icd-10": "observations",
	"http://read.info/readv2": "observations", "http://read.info/ctv3": "observations", "http://human-phenotype-ontology.org": "observations",
	"urn:iso:std:iso:11073:10101": "observations", "https://nicip.nhs.uk": "imaging", "https://fhir.nhs.uk/CodeSystem/England-GenomicTestDirectory": "genomics",
}

// sectionOf tells the category of a result by what its source calls it.
func sectionOf(codes []string) string {
	for _, s := range bySection {
		if among(codes, s.codes) {
			return s.category
		}
	}
	return "unclassified"
}

// bareCodes are the codes of an element without their systems.
func bareCodes(n node) (all []string) {
	for _, c := range codes(n) {
		_, code, _ := cutLast(c)
		all = append(all, code)
	}
	return all
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
