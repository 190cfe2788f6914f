//go:build servers

package servers_test

import (
	"slices"
	"strings"
)

// ask is what users of client libraries do, what should come of it, and which of
// the clients have a way to say it.
type ask struct {
	name string
	want wanted
	by   string // letters of clients
}

var clientNames = []string{"hapi", "fhirpy", "smartpy", "fhirkit", "fhirclientjs", "browser"}

// clientsOf gives the names that letters stand for: Hapi, fhirPy, Smartpy, fhirKit,
// fhirclient.Js, Browser.
func clientsOf(letters string) (all []string) {
	for i, letter := range "HPSKJB" {
		if strings.ContainsRune(letters, letter) {
			all = append(all, clientNames[i])
		}
	}
	return all
}

// Of the seven observations that are shown, three are haemoglobins of the code
// 718-7, two have the other LOINC code of the laboratory and one is a heart rate;
// o5 is amended, o1 to o3 are of the encounter e1. The eighth, which is the newest,
// bears the label R.
var asks = slices.Concat(asksReading, asksNaming, asksOfPages, asksNarrowing, asksAlongside, asksHowMuch, asksOperating, asksOffered, asksOfPage)

var asksReading = []ask{
	{"read a patient", works("Patient/p1"), "HPSKJB"},
	{"read by type and id", works("Patient/p1"), "P"},
	{"the patient in context", works("Patient/p1"), "SJ"},
	{"read by absolute address", works("Patient/p1"), "HPKJ"},
	{"read with a slash at the end", works("Patient/p1"), "KJ"},
	{"read again if changed", works("Observation/o1"), "HP"},
	{"read what is withheld", refused("not-found"), "HPSKJB"},
	{"read a version", works("Observation/o1"), "HPSKJ"},
	{"history of one", works("2 Observation"), "HPSKJ"},
	{"history of a type", refused("interaction-not-offered"), "HK"}, // of many patients
	{"resolve a practitioner", works("Practitioner/dr-jones"), "HPSKJ"},
	{"resolve an organisation", works("Organization/acute"), "HPSKJ"},
	{"resolve a medication", works("Medication/ramipril"), "HPSKJ"},
	{"resolve a location", works("Location/ward7"), "HPSKJ"},
	{"resolve what is in the bundle", works("Practitioner/dr-jones"), "K"},
	{"resolve in all entries", works("2 Encounter, 1 Practitioner"), "J"},
}

var asksNaming = []ask{
	{"find a patient by NHS number", works("1 Patient"), "HPSKJ"},
	{"find a patient by id", works("1 Patient"), "HPSKJ"},
	{"find two patients by id", refused("one-patient-only"), "HPSKJ"},
	{"search by the patient's id", shown("7 Observation"), "HPSKJ"},
	{"search by a reference to the patient", shown("7 Observation"), "HPSKJ"},
	{"search by the resource of the patient", shown("7 Observation"), "P"},
	{"search by the id of what was read", shown("7 Observation"), "H"}, // Patient/p1/_history/3
	{"search by the whole id of what was read", shown("7 Observation"), "H"},
	{"search by a reference with a version", shown("7 Observation"), "H"},
	{"search by an absolute reference", shown("7 Observation"), "HPKJ"},
	{"search by subject", shown("7 Observation"), "HS"},
	{"search by subject:Patient", shown("7 Observation"), "HPSKJ"},
	{"search by patient.identifier", shown("7 Observation"), "HPSKJ"},
	{"search by patient:Patient.identifier", shown("7 Observation"), "HPK"}, // what HAPI's hasChainedProperty("Patient", ...) sends
	{"search in the compartment", shown("7 Observation"), "HPKJ"},
	{"search in the context of the patient", shown("7 Observation"), "JB"},
	{"search with a slash at the end", shown("7 Observation"), "J"},
	{"search for one patient or another", refused("one-patient-only"), "H"},
	{"search for nobody known", refused("no-active-care-relationship"), "HPSKJ"}, // a stranger is not told who is known here
	{"search without a patient", refused("patient-not-named"), "HPSKJB"},
	{"search over all types", refused("interaction-not-offered"), "K"},
}

var asksOfPages = []ask{
	{"all pages", shown("7 Observation"), "HPSKJB"},
	{"all pages, one after the other", shown("7 Observation"), "J"},
	{"all pages, the base with a slash", shown("7 Observation"), "HP"},
	{"two pages", works("4 Observation"), "J"},
	{"a page of three", works("3 Observation"), "HPSKJ"},
	{"from the third on", refused("parameter-not-offered"), "H"}, // _offset is HAPI's own
	// The newest is withheld: a page of one has the newest that is shown (attack 147).
	{"the newest one", works("1 Observation"), "P"},
	{"count with the library's own parameter", refused("parameter-not-offered"), "P"}, // _totalMethod is Aidbox's own
	{"_count=0", works("nothing"), "PSKJ"},
}

var asksNarrowing = []ask{
	{"sort by date", works("o7 o6 o5 o3 o4 o2 o1 or o7 o6 o5 o4 o3 o2 o1"), "HPSKJ"}, // o3 and o4 are of the same time
	{"sort by date and code", works("o7 o6 o5 o4 o3 o2 o1"), "HPSKJ"},
	{"dates from and to", shown("3 Observation"), "HPSKJ"},
	{"dates in the library's own operators", refused("parameter-not-understood"), "S"}, // ">=2026": DSTU1
	{"code with its system", shown("3 Observation"), "HPSKJ"},
	{"code with its system, as it is", shown("3 Observation"), "J"},
	{"any code of a system", shown("6 Observation"), "HPSKJ"},
	{"one code or another", shown("5 Observation"), "HPSKJ"},
	{"status:not", shown("6 Observation"), "HPSKJ"},
	{"two of their ids", shown("2 Observation"), "HPSKJ"},
	{"encounter", shown("3 Observation"), "HPSKJ"},
	{"encounter by reference", shown("3 Observation"), "HP"},
	{"_lastUpdated", shown("7 Observation"), "HPSKJ"},
	{"_has", refused("chain-not-offered"), "P"},
	{"_tag", refused("metadata-search-not-offered"), "H"},
	{"_profile", refused("metadata-search-not-offered"), "H"},
	{"search by POST", works("3 Observation"), "HKJB"},
	{"search by GET of _search", refused("method-not-offered"), "H"}, // HAPI's own, not FHIR's
	{"search by an address", shown("7 Observation"), "H"},
}

var asksAlongside = []ask{
	{"include the performer", shown("7 Observation, 1 Practitioner"), "HPSKJ"},
	{"include the patient", shown("7 Observation, 1 Patient"), "HPKJ"},
	{"include the subject", shown("7 Observation, 1 Patient"), "S"},
	{"include the encounter", shown("2 Encounter, 7 Observation"), "HS"},
	{"include the medication", works("1 Medication, 2 MedicationRequest"), "HPKJ"},
	{"include the requester", works("2 MedicationRequest, 1 Practitioner"), "S"},
	{"include the results", works("1 DiagnosticReport, 2 Observation"), "HPSK"},
	{"include two things", shown("2 Encounter, 7 Observation, 1 Practitioner"), "K"},
	{"include everything", refused("include-not-offered"), "HPK"},
	{"include by iteration", refused("include-not-offered"), "HPK"},
	{"revinclude provenance", shown("7 Observation, 1 Provenance"), "HPSKJ"},
}

var asksHowMuch = []ask{
	{"_summary=true", shown("7 Observation"), "HPSKJ"},
	{"_summary=text", shown("7 Observation"), "HPK"},
	{"_summary=data", shown("7 Observation"), "HPSK"},
	{"_summary=false", shown("7 Observation"), "HK"},
	{"_summary=count", refused("partial-content-not-offered"), "HPSKJ"}, // it would count what is withheld
	{"_summary of a read", works("Observation/o1"), "H"},
	{"_elements", works("code,id,meta,resourceType,status or code true, status true, value false or 7 Observation"), "HPSKJ"},
	{"_elements of a read", works("code,id,meta,resourceType,status or code true, status true, value false"), "HK"},
	{"_total=none", shown("7 Observation"), "HPSKJ"},
	{"_total=accurate", refused("partial-content-not-offered"), "HPK"},
	{"JSON", shown("7 Observation"), "H"},
	{"XML", refused("format-not-offered"), "H"},
	{"a client of JSON", works("Patient/p1"), "H"},
	{"_format=json", shown("7 Observation"), "HPSKJ"},
	{"_format=application/fhir+json", shown("7 Observation"), "PKJ"},
	{"_format=application/json", shown("7 Observation"), "K"},
	{"_format=text/json", refused("format-not-offered"), "K"},
	{"_format with a version", shown("7 Observation"), "K"},
	{"_format=xml", refused("format-not-offered"), "PK"},
	{"_pretty", shown("7 Observation"), "HPSKJ"},
	{"Prefer: handling=lenient", shown("7 Observation"), "HPKB"},
	{"Prefer: handling=strict", shown("7 Observation"), "K"},
	{"Prefer: return=representation", works("Patient/p1"), "K"},
}

var asksOperating = []ask{
	{"$everything by GET", holds(everything), "HKJ"},
	{"$everything by POST", holds(everything), "HK"},
	{"$everything from and to", holds("3 Observation, 1 Patient"), "K"},
	{"the first page of $everything by GET", holds("1 Patient"), "PS"},
	{"the first page of $everything by POST", holds("1 Patient"), "P"},
	{"batch of reads", works("200, 200, 404"), "HPSKJ"},
	{"batch with a write", works("200, 405"), "HPSKJ"},
	{"transaction of reads", refused("interaction-not-offered"), "HK"},
	{"open a letter", works("Dear GP, thank you for referring Cleo."), "J"},
	{"create", refused("read-only"), "HPSKJ"},
	{"update", refused("read-only"), "HPSKJ"},
	{"patch", refused("read-only"), "HPKJ"},
	{"delete", refused("read-only"), "HPSKJ"},
	{"record a permission", works("Consent"), "HPSKJ"},
}

const everything = "1 AllergyIntolerance, 2 Condition, 1 DiagnosticReport, 1 DocumentReference, 2 Encounter, 1 Immunization, " +
	"2 MedicationRequest, 7 Observation, 1 Patient"

var asksOffered = []ask{
	{"metadata", works("4.0.1"), "HPSKJB"},
	{"metadata?mode=full", works("4.0.1"), "K"},
	{"where to log in", works("https://issuer.example/authorize"), "SKJB"},
	{"without a token", refused("token-missing"), "HPSKJB"},
}

const keptFromPage = "the browser keeps it from the page"

// A page is shown what its origin is allowed, refusals included.
var asksOfPage = []ask{
	{"the id of the record", works("can be read"), "B"}, // X-Record-ID, to be quoted when asking about a refusal
	{"a page from elsewhere: metadata", refused(keptFromPage), "B"},
	{"a page from elsewhere: read a patient", refused(keptFromPage), "B"},
}
