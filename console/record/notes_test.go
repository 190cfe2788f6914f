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
