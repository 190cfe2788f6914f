package record_test

import (
	"strings"
	"testing"

	"github.com/mycarerecord/mcr/collect"
	"github.com/mycarerecord/mcr/fhir"
)

// How a source knows the patient is said where the reader checks who it is, and
// that it holds more under another number where everything that is missing is said.
func TestHowASourceKnowsThePatientIsSaid(t *testing.T) {
	other := from("riverside", collect.Complete, right, penicillin)
	other.Notes = []collect.Reason{{Code: string(fhir.KnownByAnotherNumber), Text: "TEXT", Remedy: "REMEDY"}}
	two := from("hill", collect.Withheld, right)
	two.Notes = []collect.Reason{{Code: string(fhir.AnotherRecord), Text: "This source holds another record.", Remedy: "Telephone them."}}
	who := aliceWithNumber(t)
	for path, parts := range map[string][]collect.Part{"?whole=1": {other, two}, "/print": {other, two}} {
		s := console(t, &brokers{parts: parts}, anna(who))
		_, page := get(t, "GET", s.URL+"/console/patients/r1/record"+path)
		for _, want := range []string{
			other.Source.Name + " knows this patient by another NHS number, which is the same person’s.",
			"This source holds another record. Telephone them.",
		} {
			if !strings.Contains(page, want) {
				t.Errorf("%s: not there: %s", path, want)
			}
		}
	}
	s := console(t, &brokers{parts: []collect.Part{from("riverside", collect.Complete, right, penicillin)}}, anna(who))
	if _, page := get(t, "GET", s.URL+"/console/patients/r1/record?whole=1"); strings.Contains(page, "another NHS number") {
		t.Error("it is said of a source that said nothing")
	}
}

// Attack 146: a page that the broker could not have stands among what is missing, on the
// screen and on paper, in its broker's words; and what the source does not show it may hold.
func TestAttack146APageThatIsMissingStandsOnThePage(t *testing.T) {
	lacking := from("riverside", collect.Withheld, right)
	lacking.Cut, lacking.Notes = true, []collect.Reason{{Code: string(fhir.SomePagesMissing), Text: "A further page could not be had.", Remedy: "Ask for less."}}
	who := aliceWithNumber(t)
	for _, path := range []string{"?whole=1", "/print"} {
		s := console(t, &brokers{parts: []collect.Part{lacking}}, anna(who))
		_, page := get(t, "GET", s.URL+"/console/patients/r1/record"+path)
		if !strings.Contains(page, "A further page could not be had. Ask for less.") || strings.Contains(page, "No allergies recorded") {
			t.Errorf("%s: it is not told: %s", path, page)
		}
	}
}

// What could not be read or placed is nobody's choice: it is said once, with its
// source, on the screen and on paper, and not among what stands at the top. What is
// withheld stands there, with what to do.
func TestWhatCouldNotBeReadIsToldOnceAndCalmly(t *testing.T) {
	dull := from("riverside", collect.NotUnderstood, right)
	dull.Unclear, dull.Partial = []string{"Observation", "Task"}, []string{"Condition"}
	who := aliceWithNumber(t)
	for _, path := range []string{"?whole=1", "/print"} {
		s := console(t, &brokers{parts: []collect.Part{dull}}, anna(who))
		_, page := get(t, "GET", s.URL+"/console/patients/r1/record"+path)
		page = strings.ReplaceAll(page, "&#39;", "'")
		if strings.Contains(page, "Not everything is shown") {
			t.Errorf("%s: it stands at the top", path)
		}
		for text, times := range map[string]int{
			collect.NotUnderstood.Text() + " This is about results, messages and tasks. " + collect.NotUnderstood.Remedy(): 1,
			collect.InPart.Text() + " This is about problems. " + collect.InPart.Remedy():                                  1,
			"Some could not be read":             1,
			"No allergies recorded by Riverside": 1, // of which nothing was unclear
			"1 source may hold more results":     1,
		} {
			if got := strings.Count(page, text); got != times {
				t.Errorf("%s: %d times, want %d: %s", path, got, times, text)
			}
		}
		if strings.Contains(page, "may hold problems") {
			t.Errorf("%s: what is shown in part is taken for missing", path)
		}

		s = console(t, &brokers{parts: []collect.Part{from("riverside", collect.Withheld, right)}}, anna(who))
		_, page = get(t, "GET", s.URL+"/console/patients/r1/record"+path)
		if !strings.Contains(page, "Not everything is shown") || !strings.Contains(page, collect.Withheld.Text()+" "+collect.Withheld.Remedy()) ||
			strings.Contains(page, "nobody") {
			t.Errorf("%s: what is withheld is not told as that", path)
		}
	}
	unclear := from("riverside", collect.NotUnderstood, right)
	unclear.Unclear = []string{"AllergyIntolerance"}
	s := console(t, &brokers{parts: []collect.Part{unclear}}, anna(who))
	if _, page := get(t, "GET", s.URL+"/console/patients/r1/record?whole=1"); !strings.Contains(page, "Riverside (some of it could not be read)") {
		t.Error("an allergy that could not be read is taken for none")
	}
}

// An organisation or a place that came along is no entry of the patient's.
func TestWhatIsOfNoPatientIsNotCountedAsAnEntry(t *testing.T) {
	s := console(t, &brokers{parts: []collect.Part{from("riverside", collect.Complete, right, penicillin, `{'resourceType':'Organization','id':'o','name':'Riverside'}`)}}, anna(aliceWithNumber(t)))
	if _, page := get(t, "GET", s.URL+"/console/patients/r1/record?whole=1"); !strings.Contains(page, "2 entries here.") {
		t.Error("an organisation counts as an entry of the patient's")
	}
}
