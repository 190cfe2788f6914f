package rules

import (
	"slices"
	"strings"

	"github.com/mycarerecord/mcr/access"
	"github.com/mycarerecord/mcr/decision/book"
)

// asked are what a professional can ask for, in words.
var asked = []option{
	{"Patient", "Who the patient is (Patient)"},
	{"AllergyIntolerance", "Allergies (AllergyIntolerance)"},
	{"MedicationRequest", "Medicines (MedicationRequest)"},
	{"Condition", "Problems and diagnoses (Condition)"},
	{"Observation?category=laboratory", "Laboratory results (Observation, laboratory)"},
	{"Observation", "All observations (Observation)"},
	{"DiagnosticReport", "Reports of tests (DiagnosticReport)"},
	{"ImagingStudy", "X-rays and scans (ImagingStudy)"},
	{"Appointment", "Appointments (Appointment)"},
	{"Encounter", "Visits and admissions (Encounter)"},
	{"Immunization", "Vaccinations (Immunization)"},
	{"Procedure", "Operations and procedures (Procedure)"},
	{"DocumentReference", "Letters and documents (DocumentReference)"},
	{"CarePlan", "Care plans (CarePlan)"},
	{"ServiceRequest", "Referrals and requests (ServiceRequest)"},
}

var actions = []option{
	{string(access.View), "View a record"},
	{string(access.RecordPermission), "Record that the patient said yes"},
	{string(access.RecordRefusal), "Record that the patient said no"},
	{string(access.Withdraw), "Record that the patient takes a permission back"},
	{string(access.DeclareEmergency), "Declare an emergency"},
}

var purposes = []option{{"", "Direct care"}, {"research", "Research"}, {"planning", "Planning"}}

var sourceKinds = []option{
	{"gp", "GP practice"}, {"acute", "Hospital"}, {"community", "Community trust"}, {"mental-health", "Mental health trust"},
	{"ambulance", "Ambulance service"}, {"nhs-111", "NHS 111"}, {"out-of-hours", "Out-of-hours service"}, {"council", "Council"},
}

var emergencyUse = []option{{"", "As the policies have it"}, {"yes", "As if it were in use"}, {"no", "As if it were not in use"}}

// roles are all job roles that the lists name, by their names.
func roles(book *book.Book) []option {
	var out []option
	seen := map[string]bool{}
	for _, name := range []string{"roles/names", "roles/never_elsewhere"} {
		list, _ := book.List(name)
		for _, e := range list.Entries {
			if !seen[e.Key] {
				seen[e.Key] = true
				out = append(out, option{e.Key, e.Text + " (" + e.Key + ")"})
			}
		}
	}
	slices.SortStableFunc(out, func(a, b option) int { return strings.Compare(a.Text, b.Text) })
	return out
}

func orderable(book *book.Book) []option {
	list, _ := book.List("categories/can_be_ordered")
	out := []option{}
	for _, e := range list.Entries {
		out = append(out, option{e.Key, capital(e.Key)})
	}
	return append(out, option{"documents", "Something else (documents)"})
}

func waysToAsk(book *book.Book) []option {
	out := []option{}
	for _, way := range strings.Split(setting(book, "permission.ways_to_ask"), ", ") {
		out = append(out, option{way, capital(strings.ReplaceAll(way, "-", " "))})
	}
	return append(out, option{"letter", "By letter"})
}

func emergencies(book *book.Book) []option {
	out := []option{}
	for _, s := range book.Settings {
		if code, ok := strings.CutPrefix(s.Path, "emergency.reasons."); ok {
			out = append(out, option{code, s.Value})
		}
	}
	return append(out, option{"curiosity", "A reason that is not on the list"})
}

func setting(book *book.Book, path string) string {
	for _, s := range book.Settings {
		if s.Path == path {
			return s.Value
		}
	}
	return ""
}
