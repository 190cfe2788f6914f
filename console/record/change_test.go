package record_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mycarerecord/mcr/collect"
	"github.com/mycarerecord/mcr/console/record"
)

// changes are what the results of the summary say of those before.
func changes(v *record.View) (all []string) {
	for _, l := range append(v.Summary.Results.Lines, v.Summary.Measurements.Lines...) {
		for _, c := range l.Changes {
			all = append(all, l.Value+": "+c.String())
		}
	}
	return all
}

func TestALastResultSaysHowItStandsToTheOneBefore(t *testing.T) {
	words := func(id, day, value string) string { // the same test, without a code
		return fmt.Sprintf(`{'resourceType':'Observation','id':'%s','status':'final',%s,'code':{'text':'Potassium'},'effectiveDateTime':'%s','valueQuantity':{'value':%s,'unit':'mmol/L'}}`, id, lab, day, value)
	}
	unsystematic := func(id, day, value string) string {
		return strings.Replace(potassium(id, day, value, "mmol/L"), `'system':'http://snomed.info/sct',`, "", 1)
	}
	below := strings.Replace(potassium("1", "2026-01-05", "5", "mmol/L"), `'value':5`, `'value':5,'comparator':'<'`, 1)
	pressure := func(id, day string, high, low int) string {
		return fmt.Sprintf(`{'resourceType':'Observation','id':'%s','status':'final','category':[{'coding':[{'code':'vital-signs'}]}],'code':{'text':'Blood pressure','coding':[{'system':'http://loinc.org','code':'85354-9'}]},
			'effectiveDateTime':'%s','component':[{'code':{'text':'Systolic','coding':[{'system':'http://loinc.org','code':'8480-6'}]},'valueQuantity':{'value':%d,'unit':'mmHg'}},
			{'code':{'text':'Diastolic','coding':[{'system':'http://loinc.org','code':'8462-4'}]},'valueQuantity':{'value':%d,'unit':'mmHg'}}]}`, id, day, high, low)
	}
	for name, c := range map[string]struct {
		riverside, hill []string
		want            []string
	}{
		"up":                          {[]string{potassium("1", "2026-02-05", "4.1", "mmol/L"), potassium("2", "2026-02-06", "4.4", "mmol/L")}, nil, []string{"4.4 mmol/L: Up from 4.1 on 5 February 2026"}},
		"down, long after":            {[]string{potassium("1", "2021-01-05", "4.10", "mmol/L"), potassium("2", "2026-02-06", "3.9", "mmol/L")}, nil, []string{"3.9 mmol/L: Down from 4.10 on 5 January 2021 (5 years ago)"}},
		"the same, otherwise written": {[]string{potassium("1", "2021-01", "4.10", "mmol/L"), potassium("2", "2026-02-06", "4.1", "mmol/L")}, nil, []string{"4.1 mmol/L: The same in January 2021 (about 5 years ago)"}},
		"by another source":           {[]string{potassium("2", "2026-02-06", "4.4", "mmol/L")}, []string{potassium("1", "2026-02-05", "4.1", "mmol/L")}, []string{"4.4 mmol/L: Up from 4.1 on 5 February 2026, Hill"}},
		"the last but one of three":   {[]string{potassium("1", "2026-01-05", "9.9", "mmol/L"), potassium("2", "2026-02-06", "4.1", "mmol/L"), potassium("3", "2026-02-07", "4.4", "mmol/L")}, nil, []string{"4.4 mmol/L: Up from 4.1 on 6 February 2026"}},
		"ten is more than nine":       {[]string{potassium("1", "2026-02-05", "9", "mmol/L"), potassium("2", "2026-02-06", "10", "mmol/L")}, nil, []string{"10 mmol/L: Up from 9 on 5 February 2026"}},
		"less than five is no figure": {[]string{below, potassium("2", "2026-02-06", "4.1", "mmol/L")}, nil, []string{"4.1 mmol/L: Before: less than 5 on 5 January 2026 (8 weeks ago)"}},
		"each part of a pressure":     {[]string{pressure("1", "2026-02-05", 120, 80), pressure("2", "2026-02-06", 130, 80)}, nil, []string{"130/80 mmHg: Systolic: up from 120 on 5 February 2026", "130/80 mmHg: Diastolic: the same on 5 February 2026"}},

		"in another unit":             {[]string{potassium("1", "2026-02-05", "4.1", "mg/L"), potassium("2", "2026-02-06", "4.4", "mmol/L")}, nil, nil},
		"by another code":             {[]string{strings.Replace(potassium("1", "2026-02-05", "4.1", "mmol/L"), "1000651000000109", "1", 1), potassium("2", "2026-02-06", "4.4", "mmol/L")}, nil, nil},
		"by words alone":              {[]string{words("1", "2026-02-05", "4.1"), words("2", "2026-02-06", "4.4")}, nil, nil},
		"by a code of no system":      {[]string{unsystematic("1", "2026-02-05", "4.1"), unsystematic("2", "2026-02-06", "4.4")}, nil, nil},
		"of the same day, untimed":    {[]string{potassium("1", "2026-02-06", "4.1", "mmol/L"), potassium("2", "2026-02-06T10:00:00Z", "4.4", "mmol/L")}, nil, nil},
		"of the same moment":          {[]string{potassium("1", "2026-02-06T10:00:00Z", "4.1", "mmol/L")}, []string{potassium("2", "2026-02-06T10:00:00Z", "4.4", "mmol/L")}, nil},
		"entered in error":            {[]string{strings.Replace(potassium("1", "2026-02-05", "4.1", "mmol/L"), "final", "entered-in-error", 1), potassium("2", "2026-02-06", "4.4", "mmol/L")}, nil, nil},
		"beyond what a number can be": {[]string{potassium("1", "2026-02-05", "1e999999999", "mmol/L"), potassium("2", "2026-02-06", "4.4", "mmol/L")}, nil, []string{"4.4 mmol/L: Before: 1e999999999 on 5 February 2026"}},
		"of a date that nobody wrote": {[]string{potassium("1", "soon", "4.1", "mmol/L"), potassium("2", "2026-02-06", "4.4", "mmol/L")}, nil, nil},
	} {
		t.Run(name, func(t *testing.T) {
			v := record.Read([]collect.Part{from("riverside", collect.Complete, c.riverside...), from("hill", collect.Complete, c.hill...)}, alice, now)
			if diff := cmp.Diff(c.want, changes(v)); diff != "" {
				t.Error(diff)
			}
		})
	}
	s := console(t, &brokers{parts: []collect.Part{from("riverside", collect.Complete, right, potassium("1", "2026-02-05", "4.1", "mmol/L"), potassium("2", "2026-02-06", "4.4", "mmol/L"))}}, anna(alice))
	_, body := get(t, "GET", s.URL+"/console/patients/r1/record?whole=1")
	if tables := elements(t, body, "table", "mcr-results"); len(tables) == 0 || !strings.Contains(wordsOf(tables[0]), "Up from 4.1 on 5 February 2026") {
		t.Errorf("the page does not say it: %s", body)
	}
}

// On paper the same stands in fewer words, with the same figures and dates.
func TestOnPaperAChangeIsSaidInAFewWords(t *testing.T) {
	pressure := func(id, day string, high, low int) string {
		return fmt.Sprintf(`{'resourceType':'Observation','id':'%s','status':'final','category':[{'coding':[{'code':'vital-signs'}]}],'code':{'text':'Blood pressure','coding':[{'system':'http://loinc.org','code':'85354-9'}]},
			'effectiveDateTime':'%s','component':[{'code':{'text':'Systolic','coding':[{'system':'http://loinc.org','code':'8480-6'}]},'valueQuantity':{'value':%d,'unit':'mmHg'}},
			{'code':{'text':'Diastolic','coding':[{'system':'http://loinc.org','code':'8462-4'}]},'valueQuantity':{'value':%d,'unit':'mmHg'}}]}`, id, day, high, low)
	}
	parts := []collect.Part{
		from("riverside", collect.Complete, right, potassium("2", "2026-02-06", "4.4", "mmol/L"), pressure("3", "2026-02-06", 130, 80)),
		from("hill", collect.Complete, right, potassium("1", "2021-02-05", "4.10", "mmol/L"), pressure("4", "2021-01-05", 120, 80)),
	}
	s := console(t, &brokers{parts: parts}, anna(alice))
	_, body := get(t, "GET", s.URL+"/console/patients/r1/record/print")
	words := bodyWords(t, body)
	for _, want := range []string{
		"4.4 mmol/L ↑ from 4.10, 5 Feb 2021, Hill", "130/80 mmHg 6 February 2026, Riverside; Systolic ↑ from 120; Diastolic = the same, 5 Jan 2021",
	} {
		if !strings.Contains(words, want) {
			t.Errorf("the page for paper does not say %q: %s", want, words)
		}
	}
}
