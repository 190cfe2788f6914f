package trail

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/mycarerecord/mcr/audit"
	"github.com/mycarerecord/mcr/collect"
	"github.com/mycarerecord/mcr/console/page"
	"github.com/mycarerecord/mcr/decision/book"
)

// words are the names that codes have for people.
type words struct {
	book          *book.Book
	sources       map[string]string // id → name
	organisations map[string]string // ODS code → name
	roles         map[string]string // SDS role code → name
}

func wordsOf(book *book.Book, sources []Source) words {
	w := words{book: book, sources: map[string]string{}, organisations: map[string]string{}, roles: map[string]string{}}
	for _, s := range sources {
		w.sources[s.ID], w.organisations[s.Organisation] = s.Name, s.Name
	}
	w.sources[source] = "The trail’s own pages"
	w.sources[collect.SourceInTrail] = "the collector"
	for _, name := range []string{"roles/never_elsewhere", "roles/names"} {
		list, _ := book.List(name)
		for _, e := range list.Entries {
			w.roles[e.Key] = e.Text
		}
	}
	return w
}

// named gives "Name (code)", or what there is of the two.
func named(name, code string) string {
	switch {
	case name == "" || name == code:
		return code
	case code == "":
		return name
	}
	return name + " (" + code + ")"
}

// organisation names an organisation: as the source list has it, else as the
// record does.
func (w words) organisation(code, fallback string) string {
	if name := w.organisations[code]; name != "" {
		return name
	}
	return cmp.Or(fallback, code)
}

func (w words) source(id string) string { return cmp.Or(w.sources[id], id) }

func (w words) role(code, fallback string) string {
	return strings.TrimSuffix(cmp.Or(cmp.Or(fallback, w.roles[code]), code), " Access Role")
}

// holder names who holds what a record is about: the source, by its name.
func (w words) holder(r *audit.Record) string {
	return cmp.Or(w.sources[r.Source], cmp.Or(w.organisations[r.SourceOrg], cmp.Or(r.Source, "a source that is not named")))
}

// person names who asked.
func (w words) person(r *audit.Record) string {
	return cmp.Or(r.UserName, cmp.Or(prefixed("User ", r.UserID), "Somebody who was not signed in"))
}

// key names one key of a dimension, as the overview shows it.
func (w words) key(by audit.Dimension, key string) string {
	if key == "" {
		return map[audit.Dimension]string{
			audit.ByRole: "No role known", audit.ByUserOrg: "No organisation known", audit.ByRule: "No rule applied",
			audit.ByReason: "No reason recorded", audit.BySource: "No source", audit.BySourceOrg: "All organisations’ parts",
			audit.ByUser: "Nobody who is known", audit.ByAction: "Nothing of a record", audit.ByRevision: "No decision",
		}[by]
	}
	switch by {
	case audit.ByDay:
		if t, err := time.Parse(time.DateOnly, key); err == nil {
			return t.Format("Mon 2 January 2006")
		}
	case audit.ByHourOfWeek:
		return hourName(key)
	case audit.BySource:
		return w.source(key)
	case audit.BySourceOrg, audit.ByUserOrg:
		return named(w.organisations[key], key)
	case audit.ByRole:
		return named(w.role(key, ""), key)
	case audit.ByRule:
		if rule, ok := w.book.Rule(key); ok {
			return rule.Title
		}
	case audit.ByReason:
		return strings.TrimSuffix(sentence(phrase(key)), ".") // its text speaks to the professional
	}
	return key
}

// reason gives a reason code in words.
func (w words) reason(code string) string {
	if own, ok := ownReasons[code]; ok {
		return own
	}
	if r, ok := w.book.Reason(code); ok {
		return r.Text
	}
	return phrase(code)
}

// ownReasons are those that the policies' list does not have: what the trail
// itself says.
var ownReasons = map[string]string{
	"trail-unavailable":       "The trail did not answer.",
	"gap-accepted":            "An operator accepted that a broker lost the end of its log.",
	"policies-tried":          "A broker decides some requests by these rules, to try them.",
	"policies-returned":       "A broker took these rules, which it tried, back: too many requests came out worse by them.",
	"policies-accepted":       "A broker decides by these rules from then on.",
	"policies-approved":       "Somebody answers for these rules with their key.",
	"policies-overridden":     "Rules that do not pass their own checks were put in force by somebody who answers for it.",
	"policies-proposed":       "Two people were asked to approve these rules.",
	"policies-published":      "These rules were laid where brokers fetch them.",
	"policies-refused":        "A broker does not take these rules, and goes on with those that it has.",
	"policies-signed":         "These rules were signed by whoever publishes them.",
	"policies-withdrawn":      "These rules were proposed, and nobody is asked to approve them any more.",
	"policies-override-ended": "Rules that do not pass their own checks are in force no longer.",
}

// plainCategories are the categories as a patient would say them, after "saw".
var plainCategories = map[string]string{
	"demographics": "name, address and contact details", "laboratory": "test results", "imaging": "scans and X-rays",
	"appointments": "appointments", "medications": "medicines", "conditions": "health problems and diagnoses",
	"allergies": "allergies", "immunisations": "vaccinations", "procedures": "operations and procedures",
	"observations": "measurements, such as blood pressure", "encounters": "visits and hospital stays",
	"documents": "letters and documents", "care-plans": "care plans", "social-care": "social care information",
	"mental-health": "mental health information", "referrals": "referrals",
	"alerts": "alerts about risks and needs", "safeguarding": "safeguarding information",
	"advance-decisions": "decisions about resuscitation and treatment", "genomics": "genetic information",
	"assessments": "forms and assessments", "family-history": "illnesses in the family", "devices": "implants and aids",
	"messages":       "messages between professionals",
	"administrative": "names of organisations and professionals", "unclassified": "other information",
}

// requests are the categories as a patient would say them where what was seen is that
// somebody asked for something (ServiceRequest), which is no result yet.
var requests = map[string]string{
	"laboratory": "requests for tests", "imaging": "requests for scans and X-rays", "procedures": "requests for operations and procedures",
}

// saw gives in plain words what was seen by records, each once.
func saw(records ...*audit.Record) []string {
	told := map[string][]string{} // by category
	for _, r := range records {
		if r.Outcome != audit.Released || r.IsLook() {
			continue
		}
		asked := len(r.Types) == 0 && r.ResourceType == serviceRequest || len(r.Types) == 1 && r.Types[serviceRequest] > 0
		for code := range r.Categories {
			text := categories([]string{code})[0]
			if asked {
				text = cmp.Or(requests[code], text)
			}
			if !slices.Contains(told[code], text) {
				told[code] = append(told[code], text)
			}
		}
	}
	if len(told) > len(dull) {
		for _, code := range dull {
			delete(told, code)
		}
	}
	var out []string
	for _, code := range slices.Sorted(maps.Keys(told)) {
		out = append(out, slices.Sorted(slices.Values(told[code]))...)
	}
	return out
}

const serviceRequest = "ServiceRequest"

// dull are the categories that come along with every answer and tell nothing.
var dull = []string{"administrative"}

// categories gives categories in plain words, the dull ones only when there is
// nothing else.
func categories(codes []string) []string {
	var out []string
	for _, code := range codes {
		if !slices.Contains(dull, code) {
			out = append(out, cmp.Or(plainCategories[code], phrase(code)))
		}
	}
	if len(out) == 0 {
		for _, code := range codes {
			out = append(out, cmp.Or(plainCategories[code], phrase(code)))
		}
	}
	return out
}

// resources are the resource types as people say them.
var resources = map[string]string{
	"Patient": "name and contact details", "MedicationRequest": "prescribed medicines", "MedicationStatement": "medicines taken",
	"MedicationDispense": "dispensed medicines", "MedicationAdministration": "medicines given", "Condition": "problems and diagnoses",
	"AllergyIntolerance": "allergies", "Immunization": "vaccinations", "Observation": "results and measurements",
	"DiagnosticReport": "reports of tests", "Appointment": "appointments", "Encounter": "visits and hospital stays",
	"EpisodeOfCare": "episodes of care", "DocumentReference": "letters and documents", "CarePlan": "care plans", "CareTeam": "care teams",
	"Goal": "goals of care", "Procedure": "operations and procedures", "ServiceRequest": "referrals and requests",
	"ImagingStudy": "scans and X-rays", "Specimen": "specimens", "RelatedPerson": "family and contacts", "Consent": "the patient’s answer",
	"AuditEvent": "the trail",
}

func prefixed(before, s string) string {
	if s == "" {
		return ""
	}
	return before + s
}

// phrase gives a code as words: "no-active-care" is "no active care", "routine-gp-access"
// is "routine GP access".
func phrase(code string) string {
	words := strings.FieldsFunc(code, func(r rune) bool { return r == '-' || r == '_' || r == ' ' })
	for i, word := range words {
		words[i] = cmp.Or(initials[strings.ToLower(word)], word)
	}
	return strings.Join(words, " ")
}

// initials are the words of codes that are written in capitals.
var initials = map[string]string{
	"gp": "GP", "gps": "GPs", "nhs": "NHS", "cpr": "CPR", "dnacpr": "DNACPR", "ae": "A&E", "a&e": "A&E", "ig": "IG", "id": "ID", "ods": "ODS", "sds": "SDS",
	"fhir": "FHIR", "json": "JSON", "csv": "CSV", "xml": "XML", "http": "HTTP", "url": "URL", "ip": "IP", "icu": "ICU", "mri": "MRI", "ct": "CT", "ecg": "ECG", "hiv": "HIV",
}

// join gives "a, b and c".
func join(items []string) string {
	if len(items) < 2 {
		return strings.Join(items, "")
	}
	return strings.Join(items[:len(items)-1], ", ") + " and " + items[len(items)-1]
}

// sentence begins with a capital and ends with a full stop.
func sentence(s string) string {
	if s == "" {
		return ""
	}
	first := []rune(s)
	s = strings.ToUpper(string(first[:1])) + string(first[1:])
	if strings.HasSuffix(s, ".") {
		return s
	}
	return s + "."
}

// clock gives the time of day with its zone: 14:05:09 GMT.
func clock(t time.Time) string { return t.In(page.London).Format("15:04:05 MST") }

// thousands writes a number as people do: 12,345.
func thousands(n int) string {
	s := fmt.Sprint(n)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}
