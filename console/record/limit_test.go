package record_test

import (
	"strings"
	"testing"

	"github.com/mycarerecord/mcr/collect"
	"github.com/mycarerecord/mcr/console/record"
)

// opened is the answer of a source of which rules opened some categories by themselves.
func opened(id, reason string, categories ...string) collect.Part {
	p := from(id, collect.Withheld)
	p.Reason = collect.Reason{Code: reason, Text: "Reason " + reason + ".", Remedy: "Remedy."}
	p.Open = categories
	return p
}

// What everybody in this place sees, and no more, is no warning on every record: it is said
// quietly, of what kind it is, and again where the source is named.
func TestWhatIsOpenWithoutAskingIsSaidAndNoWarning(t *testing.T) {
	parts := []collect.Part{
		from("riverside", collect.Complete, right), opened("hill", "permission-needed", "laboratory", "appointments", "demographics"),
		opened("acute", "permission-needed", "laboratory", "appointments", "demographics"), opened("mental", "scope-insufficient", "laboratory"),
	}
	v := record.Read(parts, alice, now)
	if len(v.Attention) != 0 || len(v.Limits) != 2 || !v.Limits[0].Ask || v.Limits[1].Ask || names(v.Limits[0].About) != "Hill, Acute" {
		t.Fatalf("attention %+v, limits %+v", v.Attention, v.Limits)
	}
	if got := unknown(v.Summary.Allergies.Account); got != "Hill: not shown without the patient’s permission; Acute: not shown without the patient’s permission; Mental: not open to you" {
		t.Errorf("the allergies: %s", got)
	}
	s := console(t, &brokers{parts: parts}, anna(alice))
	for _, path := range []string{"record?whole=1", "record/print"} {
		_, body := get(t, "GET", s.URL+"/console/patients/r1/"+path)
		words := bodyWords(t, body)
		for _, want := range []string{
			"Only a part is open to you Without asking you see laboratory results, appointments and personal details and contacts. The rest is not shown. Reason permission-needed. Remedy. Ask the patient, or record their answer Sources: Hill, Acute",
			"You see laboratory results. The rest is not shown. Reason scope-insufficient.",
			"Hill Some not shown You see laboratory results, appointments and personal details and contacts. Reason permission-needed. Telephone 01632 960100.",
		} {
			if !strings.Contains(words, want) {
				t.Errorf("%s lacks %q: %s", path, want, words)
			}
		}
		if strings.Contains(words, "Not everything is shown") {
			t.Errorf("%s warns: %s", path, words)
		}
	}
}

// That a rule withheld something of what is open stands at the top as everywhere, in the
// same words whatever it was; and so does what is withheld under a permission.
func TestWhatARuleWithheldIsAlwaysSaid(t *testing.T) {
	hidden := opened("hill", "permission-needed", "laboratory")
	hidden.Hidden = true
	alone := from("hill", collect.Withheld)
	nothingOpen := opened("hill", "permission-needed")
	for name, part := range map[string]collect.Part{"beside what is open": hidden, "under a permission": alone, "where nothing is open": nothingOpen} {
		v := record.Read([]collect.Part{from("riverside", collect.Complete, right), part}, alice, now)
		if len(v.Attention) != 1 || v.Attention[0].Kind != string(collect.Withheld) {
			t.Errorf("%s: %+v", name, v.Attention)
		}
		if name != "where nothing is open" && (v.Attention[0].Text != collect.Withheld.Text() || v.Attention[0].Remedy != collect.Withheld.Remedy()) {
			t.Errorf("%s it is told apart: %+v", name, v.Attention)
		}
		if why := v.Summary.Allergies.Account.Unknown[0].Why; name != "where nothing is open" && why != "some of it is not shown" {
			t.Errorf("%s: %s", name, why)
		}
	}
}
