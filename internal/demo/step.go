package demo

import (
	"net/http"

	"github.com/mycarerecord/mcr/internal/demo/people"
)

// step is one request of the story, with what must come of it. The ten commands
// that are printed and the script that is run are both made from these.
type step struct {
	// number is 1 to 10 for a command that is printed; 0 for what the script does
	// in between to show the same promise from its other side.
	number  int
	title   string
	who     string // of the cast
	patient string // the flag of the patient of the story
	source  string
	method  string
	path    string // below the broker's FHIR base; {nhs} is the patient's number
	body    body
	ask     question // of the trail, instead of a request

	status int
	codes  []string // the reason code is one of these; none for what is let in
	shows  []string // what is let in holds entries of exactly these types
	says   string   // a text that the answer must hold
	why    string
}

// body names what is sent along.
type body uint8

const (
	noBody body = iota
	permission
	withdrawal
	observation
)

// question names what is asked of the trail.
type question uint8

const (
	noQuestion question = iota
	trailOfPatient
	whoWasRefused
)

const (
	byNumber   = "patient.identifier=https://fhir.nhs.uk/Id/nhs-number%7C{nhs}"
	laboratory = "category=http://terminology.hl7.org/CodeSystem/observation-category%7Claboratory"
)

// steps are the story, one command for each promise of design §1.
var steps = []step{
	{
		number: 1, title: "A practice sees its own patient's record",
		who: "own-gp", patient: people.OwnRecord, source: "gp-riverside",
		method: http.MethodGet, path: "Condition?" + byNumber,
		status: http.StatusOK, shows: []string{"Condition"},
		why: "Whoever works for the organisation that holds the record uses it as before. It is let in, and recorded.",
	},
	{
		number: 2, title: "Without permission: refused, and told how to ask",
		who: "consultant", patient: people.AsksPermission, source: "gp-riverside",
		method: http.MethodGet, path: "MedicationRequest?" + byNumber,
		status: http.StatusForbidden, codes: []string{"permission-needed", "permission-withdrawn", "permission-expired"}, says: "Ask the patient",
		why: "The patient lies in the consultant's ward, so there is a care relationship; but nobody has asked the patient.",
	},
	{
		number: 3, title: "The patient is asked, and says yes",
		who: "consultant", patient: people.AsksPermission, source: "gp-riverside",
		method: http.MethodPost, path: "Consent", body: permission,
		status: http.StatusCreated,
		why:    "A permission to view is recorded: this patient, this professional, this organisation, for an hour.",
	},
	{
		number: 4, title: "The same request is let in",
		who: "consultant", patient: people.AsksPermission, source: "gp-riverside",
		method: http.MethodGet, path: "MedicationRequest?" + byNumber,
		status: http.StatusOK, shows: []string{"MedicationRequest"},
		why: "Permission and care relationship: both are there now. The record comes live from the practice's own system.",
	},
	{
		title: "The patient thinks better of it", who: "consultant", patient: people.AsksPermission, source: "gp-riverside",
		method: http.MethodPost, path: "Consent", body: withdrawal,
		status: http.StatusCreated,
		why:    "The permission is withdrawn.",
	},
	{
		title: "... and that holds from the next request on", who: "consultant", patient: people.AsksPermission, source: "gp-riverside",
		method: http.MethodGet, path: "MedicationRequest?" + byNumber,
		status: http.StatusForbidden, codes: []string{"permission-withdrawn"},
		why: "Nothing of what was shown before was kept.",
	},
	{
		number: 5, title: "A GP routinely sees laboratory results and appointments elsewhere",
		who: "own-gp", patient: people.OwnRecord, source: "acute-st-aldhelm",
		method: http.MethodGet, path: "Observation?" + byNumber + "&" + laboratory,
		status: http.StatusOK, shows: []string{"Observation"},
		why: "The patient's own practice need not ask for blood results.",
	},
	{
		title: "... appointments too", who: "own-gp", patient: people.OwnRecord, source: "acute-st-aldhelm",
		method: http.MethodGet, path: "Appointment?" + byNumber,
		status: http.StatusOK, shows: []string{"Appointment"},
		why: "Past and future appointments are routine.",
	},
	{
		title: "... but not the rest of the hospital's record", who: "own-gp", patient: people.OwnRecord, source: "acute-st-aldhelm",
		method: http.MethodGet, path: "DocumentReference?" + byNumber,
		status: http.StatusForbidden, codes: []string{"category-not-routine", "permission-needed"},
		why: "Letters are not routine: for them the patient is asked.",
	},
	{
		number: 6, title: "A specialist with a test order sees the medicines",
		who: "laboratory-specialist", patient: people.TestOrder, source: "gp-riverside",
		method: http.MethodGet, path: "MedicationRequest?" + byNumber,
		status: http.StatusOK, shows: []string{"MedicationRequest"},
		why: "Whoever interprets a test may check medicines and conditions while the order is open: agreeing to the test is agreeing to this.",
	},
	{
		number: 7, title: "The patient has opted out: refused, with the number to ring",
		who: "consultant", patient: people.OptedOut, source: "gp-riverside",
		method: http.MethodGet, path: "Condition?" + byNumber,
		status: http.StatusForbidden, codes: []string{"opted-out"}, says: "01632 960101",
		why: "An opt-out overrides everything. The professional rings the practice instead.",
	},
	{
		number: 8, title: "Nothing can be changed",
		who: "own-gp", patient: people.OwnRecord, source: "gp-riverside",
		method: http.MethodPost, path: "Observation", body: observation,
		status: http.StatusMethodNotAllowed, codes: []string{"read-only"},
		why: "The broker shows records; it never writes to them, not even for the practice that holds them.",
	},
	{
		number: 9, title: "The trail of one patient", patient: people.AsksPermission, ask: trailOfPatient,
		why: "Who saw what, when and why: every request above about this patient is there, the refused ones too.",
	},
	{
		number: 10, title: "Who was refused, and why", ask: whoWasRefused,
		why: "The privacy officer sees every refusal with its reason.",
	},
}
