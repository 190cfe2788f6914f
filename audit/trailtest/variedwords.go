package trailtest

// The words of Varied's records.

type resource struct {
	name       string
	categories []string
}

var resources = []resource{
	{"Patient", []string{"demographics"}},
	{"Condition", []string{"advance-decisions", "conditions", "mental-health", "safeguarding", "social-care"}},
	{"MedicationRequest", []string{"medications"}},
	{"Observation", []string{"laboratory", "observations", "social-care", "unclassified"}},
	{"AllergyIntolerance", []string{"allergies"}},
	{"Immunization", []string{"immunisations"}},
	{"Encounter", []string{"encounters", "mental-health", "safeguarding", "social-care"}},
	{"DocumentReference", []string{"advance-decisions", "documents", "mental-health", "safeguarding", "social-care"}},
	{"Appointment", []string{"appointments"}},
	{"Procedure", []string{"mental-health", "procedures", "safeguarding", "social-care"}},
	{"DiagnosticReport", []string{"documents", "genomics", "imaging", "laboratory", "medications", "observations", "unclassified"}},
	{"Flag", []string{"alerts"}},
}

var refusals = [][]string{
	{"no-active-care-relationship", "permission-needed"}, {"permission-needed"}, {"role-not-entitled"}, {"opted-out"},
	{"permission-needed", "category-not-routine"}, {"permission-expired"}, {"permission-withdrawn", "no-active-care-relationship"},
}

var roles = [][2]string{
	{"R0260", "General Medical Practitioner"}, {"R0050", "Consultant"}, {"R8000", "Clinical Practitioner Access Role"},
	{"R8001", "Nurse Access Role"}, {"R8003", "Health Professional Access Role"}, {"R8005", "Biomedical Scientist Access Role"},
	{"R8014", "Social Worker Access Role"}, {"R8010", "Clerical Access Role"}, {"R8008", "Admin/Clinical Support Access Role"},
}

var clients = []string{"emis-web", "systmone", "vision", "lorenzo", "epic-hyperspace", "rio", "liquidlogic", "adastra", "mcr-console"}

var kindNames = map[string]string{
	"gp": "Surgery", "acute": "General Hospital NHS Foundation Trust", "community": "Community Health NHS Trust",
	"mental-health": "Partnership NHS Foundation Trust", "council": "County Council",
}

var towns = []string{
	"Wend", "Marl", "Riverside", "Hillview", "Eastmere", "Larkfield", "Northmoor", "Aldhelm", "Stonebridge", "Ashcombe", "Thornleigh",
	"Millbrook", "Fairhaven", "Oakhurst", "Redmarley", "Whitcombe", "Langford", "Brookside", "Castleton", "Elmswell",
}

var forenames = []string{
	"Dr Amara", "Dr Rhys", "Joan", "Dr Helen", "Dr Yusuf", "Jo", "Sam", "Linda", "Priscilla", "Dilip", "Ruth", "Dr Obinna", "Claire", "Ian",
	"Mr Tomasz", "Ms Aoife", "Dr Chen", "Nkechi", "Dr Farah", "Gareth", "Dr Sunita", "Marek", "Olwen", "Dr Kwame", "Beatrice", "Callum",
}

var surnames = []string{
	"Okafor", "Pritchard", "Prentice", "Marchetti", "Demir", "Whitfield", "Akhtar", "Larch", "Boateng", "Nair", "Calder", "Eze", "Hodgson",
	"Petrie", "Kowalski", "Byrne", "Liu", "Adeyemi", "Rahman", "Llewellyn", "Patel", "Novak", "Morgan", "Mensah", "Fairweather", "Sutherland",
	"Hughes", "O'Donnell", "Ferreira", "Singh", "Blackwood", "Osei", "Khan", "Griffiths", "Yilmaz", "Thompson", "Ivanova", "Clarke",
}
