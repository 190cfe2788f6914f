package rules

import (
	"slices"

	"github.com/mycarerecord/mcr/decision/book"
	"github.com/mycarerecord/mcr/decision/cases"
)

// field is one thing that the form asks for.
type field struct {
	Name, Label, Hint string
	Options           []option // when there are some to choose from
	Check             bool     // a box to tick
	Time              bool
	Value             string
}

// option is one choice of a field.
type option struct{ Value, Text string }

// fact is one fact of the form: whether it is on record, and what it says.
type fact struct {
	Name, Legend, Hint string
	Yes, No            string // what "on record" and "not on record" are called
	State              string
	Fields             []field
	Hidden             []field // values that are not asked for
}

// What a time can be is said once, above all of them.
var (
	from  = field{Name: "from", Label: "From", Time: true}
	until = field{Name: "until", Label: "Until", Time: true}
)

var organisation = field{Name: "organisation", Label: "Which organisation", Options: []option{
	{cases.Own, "The professional's own organisation"},
	{cases.Holding, "The organisation that holds the record"},
	{cases.Third, "Another organisation"},
}}

var person = field{Name: "for", Label: "Which professional", Options: []option{
	{cases.Self, "The professional who asks"},
	{cases.Another, "Another professional"},
}}

var anyone = field{Name: "for", Label: "Which professional", Options: slices.Concat([]option{{"", "Nobody is named: whoever works there"}}, person.Options)}

var sources = field{Name: "sources", Label: "For which records", Options: []option{
	{"", "Every source"},
	{cases.Here, "Only the source that is asked"},
	{cases.NotHere, "Only another source"},
}}

var truth = []field{{Name: "is", Label: "What is on record", Options: []option{{"true", "They are"}, {"false", "They are not"}}}}

// facts are those of decision.StoryFacts, with the questions for each.
func facts(book *book.Book) []fact {
	return []fact{
		{Name: "registration", Legend: "Is the patient registered with a GP practice?", Yes: "Yes", No: "No",
			Fields: []field{
				organisation, {Name: "name", Label: "Name of the practice"}, {Name: "telephone", Label: "Telephone"}, from, until,
			}},
		{Name: "relationships", Legend: "Is an organisation treating the patient?", Hint: "A referral, an admission, a caseload or a call, for example.", Yes: "Yes", No: "No",
			Fields: []field{
				organisation,
				{Name: "kind", Label: "What kind", Options: []option{{"referral", "Referral"}, {"admission", "Admission"}, {"episode", "Episode of care"}, {"caseload", "Caseload"}, {"call", "Call"}}},
				from, until, {Name: "ended", Label: "It has ended", Check: true},
			}},
		{Name: "permissions", Legend: "Has the patient been asked for permission to view?", Yes: "Yes, and answered", No: "No",
			Fields: []field{
				{Name: "answer", Label: "The answer", Options: []option{{"yes", "The patient said yes"}, {"no", "The patient said no"}}},
				person, organisation,
				{Name: "how", Label: "How they were asked", Options: waysToAsk(book)},
				sources, from, until,
				{Name: "sensitive", Label: "Sensitive items are included", Check: true},
				{Name: "withdrawn", Label: "The patient took it back", Check: true},
			}},
		{Name: "opt_out", Legend: "Has the patient opted out of sharing?", Yes: "Yes", No: "No",
			Fields: []field{from, until, {Name: "contact", Label: "Whom to telephone"}, {Name: "telephone", Label: "Telephone"}}},
		{Name: "restriction", Legend: "Are the patient's whereabouts protected?", Yes: "Yes", No: "No",
			Fields: []field{
				{Name: "code", Label: "How", Options: []option{{"R", "Restricted (R)"}, {"V", "Very restricted (V)"}}}, from, until,
			}},
		{Name: "test_orders", Legend: "Has a test been ordered?", Yes: "Yes", No: "No",
			Fields: []field{
				{Name: "category", Label: "What was ordered", Options: orderable(book)},
				{Name: "status", Label: "Where it stands", Options: []option{{"active", "Open"}, {"completed", "Completed"}, {"revoked", "Cancelled"}}},
				organisation, anyone, from, until, {Name: "closed", Label: "Completed", Time: true},
			}},
		{Name: "emergencies", Legend: "Has an emergency been declared?", Yes: "Yes", No: "No",
			Fields: []field{person, {Name: "reason_code", Label: "The reason", Options: emergencies(book)}, from, until}},
		{Name: "professional_is_the_patient", Legend: "Is the professional on record as being the patient?", Yes: "It is on record", No: "Not on record", Fields: truth},
		{Name: "national_opt_out", Legend: "Is there a national data opt-out?", Hint: "It is about research and planning.", Yes: "It is on record", No: "Not on record",
			Fields: []field{{Name: "is", Label: "What is on record", Options: []option{{"true", "They opted out"}, {"false", "They did not opt out"}}}}},
	}
}

// says are the questions for what is to be recorded.
func says(book *book.Book) []field {
	none := option{"", "Not said"}
	return []field{
		{Name: "for", Label: "In whose name", Options: []option{{"", "The professional's own"}, {cases.Another, "Another professional's"}}},
		{Name: "how", Label: "How the patient was asked", Options: slices.Concat([]option{none}, waysToAsk(book))},
		sources,
		until,
		{Name: "sensitive", Label: "Sensitive items are included", Check: true},
		{Name: "permission", Label: "Permission to take back", Hint: "The permission below is called perm-1."},
		{Name: "reason_code", Label: "Reason for the emergency", Options: slices.Concat([]option{none}, emergencies(book))},
		{Name: "reason", Label: "The reason in words", Hint: "Made up: write nothing of a real patient."},
	}
}
