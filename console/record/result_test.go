package record_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mycarerecord/mcr/collect"
	"github.com/mycarerecord/mcr/console/record"
)

const lab = `'category':[{'coding':[{'system':'http://terminology.hl7.org/CodeSystem/observation-category','code':'laboratory'}]}]`

func TestAResultReads(t *testing.T) {
	const range3 = `'referenceRange':[{'low':{'value':3.5,'unit':'mmol/L'},'high':{'value':5.3,'unit':'mmol/L'}}]`
	for name, c := range map[string]struct{ text, value, rang, marks string }{
		"a quantity, digit for digit":    {`'status':'final','valueQuantity':{'value':5.10,'unit':'mmol/L'},` + range3, "5.10 mmol/L", "3.5 to 5.3 mmol/L", ""},
		"out of range and not marked":    {`'status':'final','valueQuantity':{'value':9.9,'unit':'mmol/L'},` + range3, "9.9 mmol/L", "3.5 to 5.3 mmol/L", ""},
		"marked in the source's words":   {`'status':'final','valueQuantity':{'value':6.1,'unit':'mmol/L'},'interpretation':[{'coding':[{'code':'H'}],'text':'Raised'}]`, "6.1 mmol/L", "", "Raised"},
		"marked by a code alone":         {`'status':'final','valueQuantity':{'value':2,'unit':'mmol/L'},'interpretation':[{'coding':[{'code':'LL'}]}]`, "2 mmol/L", "", "Critically low"},
		"marked with the code as words":  {`'status':'final','valueQuantity':{'value':2},'interpretation':[{'coding':[{'code':'HH','display':'HH'}]}]`, "2", "", "Critically high"},
		"marked by a code unheard of":    {`'status':'final','valueInteger':3,'interpretation':[{'coding':[{'code':'ZZ9'}]}]`, "3", "", "code ZZ9"},
		"marked normal":                  {`'status':'final','valueInteger':3,'interpretation':[{'coding':[{'code':'N'}]}]`, "3", "", "Normal"},
		"below what can be measured":     {`'status':'final','valueQuantity':{'value':5,'comparator':'<','unit':'mg/L'}`, "less than 5 mg/L", "", ""},
		"a word":                         {`'status':'final','valueCodeableConcept':{'text':'Not detected'}`, "Not detected", "", ""},
		"lines of words":                 {`'status':'final','valueString':'Growth:\nE. coli'`, "Growth:\nE. coli", "", ""},
		"no, which is not nothing":       {`'status':'final','valueBoolean':false`, "No", "", ""},
		"nought, which is not nothing":   {`'status':'final','valueInteger':0`, "0", "", ""},
		"a titre":                        {`'status':'final','valueRatio':{'numerator':{'value':1},'denominator':{'value':128}}`, "1:128", "", ""},
		"a range":                        {`'status':'final','valueRange':{'low':{'value':2},'high':{'value':4,'unit':'/hpf'}}`, "2 to 4 /hpf", "", ""},
		"a trace that cannot be shown":   {`'status':'final','valueSampledData':{'data':'1 2 3'}`, "given as sampled data, which this page cannot show", "", ""},
		"two values, which are too many": {`'status':'final','valueString':'high','valueInteger':7`, "7 / high", "", ""},
		"absent, and why":                {`'status':'final','dataAbsentReason':{'coding':[{'code':'not-performed'}]}`, "No value (not performed)", "", ""},
		"absent, without a reason":       {`'status':'final'`, "No value given", "", ""},
		"not final":                      {`'status':'preliminary','valueInteger':1`, "1", "", "Preliminary: not final"},
		"corrected":                      {`'status':'corrected','valueInteger':1`, "1", "", "Corrected"},
		"cancelled":                      {`'status':'cancelled'`, "No value given", "", "Cancelled"},
		"two ranges":                     {`'status':'final','valueInteger':1,'referenceRange':[{'high':{'value':5},'appliesTo':[{'text':'Women'}]},{'text':'see letter'}]`, "1", "up to 5 [Women]; see letter", ""},
		"a value of the wrong shape":     {`'status':'final','valueQuantity':[1,2]`, "given in a form that this page cannot show", "", ""},
		"in UCUM alone":                  {`'status':'final','valueQuantity':{'value':37.2,'code':'Cel','system':'http://unitsofmeasure.org'}`, "37.2°C", "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			l := one(t, `{'resourceType':'Observation','id':'o','code':{'text':'Potassium'},`+strings.ReplaceAll(c.text, "\n", `\n`)+`}`)
			if diff := cmp.Diff([]string{c.value, c.rang, c.marks}, []string{l.Value, l.Range, marks(l)}); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestComponentsReadWithTheirOwnMarks(t *testing.T) {
	l := one(t, `{'resourceType':'Observation','status':'final','code':{'text':'Blood pressure'},'component':[
		{'code':{'coding':[{'system':'http://loinc.org','code':'8480-6'}],'text':'Systolic'},'valueQuantity':{'value':190,'unit':'mmHg'},'interpretation':[{'coding':[{'code':'H'}]}]},
		{'code':{'coding':[{'system':'http://loinc.org','code':'8462-4'}],'text':'Diastolic'},'valueQuantity':{'value':76,'unit':'mmHg'}},
		{'code':{'text':'Cuff'},'dataAbsentReason':{'text':'Not noted'}}]}`)
	if diff := cmp.Diff([]string{"190/76 mmHg", "190 mmHg – high", "76 mmHg", "No value (not noted)"}, []string{l.Value, fact(l, "Systolic"), fact(l, "Diastolic"), fact(l, "Cuff")}); diff != "" {
		t.Error(diff)
	}
}

// potassium is a result of some source, in a unit.
func potassium(id, day, value, unit string, more ...string) string {
	return fmt.Sprintf(`{'resourceType':'Observation','id':'%s','status':'final',%s,'code':{'text':'Potassium','coding':[{'system':'http://snomed.info/sct','code':'1000651000000109'}]},
		'effectiveDateTime':'%s','valueQuantity':{'value':%s,'unit':'%s'}%s}`, id, lab, day, value, unit, strings.Join(more, ""))
}

func TestRepeatedResultsAreOneSeriesPerUnit(t *testing.T) {
	const usual, other = `,'referenceRange':[{'low':{'value':3.5},'high':{'value':5.3}}]`, `,'referenceRange':[{'low':{'value':3.4},'high':{'value':5.0}}]`
	v := record.Read([]collect.Part{
		from("riverside", collect.Complete, potassium("1", "2026-01-05", "4.1", "mmol/L", usual), potassium("2", "2026-02-05", "4.4", "mmol/L", usual),
			potassium("3", "2026-02-06", "160", "mg/L"), potassium("5", "2026-02-07", "3", "mmol/L,", usual)),
		from("hill", collect.Complete, potassium("1", "2026-02-01", "6.9", "mmol/L", usual, `,'interpretation':[{'coding':[{'code':'HH'}]}]`)),
	}, alice, now)
	var laboratory record.Category
	for _, c := range v.Categories {
		if c.ID == "laboratory" {
			laboratory = c
		}
	}
	if len(laboratory.Series) != 1 {
		t.Fatalf("%d series", len(laboratory.Series))
	}
	s := laboratory.Series[0]
	var points []string
	for _, p := range s.Points {
		points = append(points, fmt.Sprintf("%s %s %v %s", p.When, p.Figure, p.Abnormal(), p.Line.Source.Name))
	}
	want := []string{"5 February 2026 4.4 false Riverside", "1 February 2026 6.9 true Hill", "5 January 2026 4.1 false Riverside"}
	if diff := cmp.Diff(want, points); diff != "" || s.Low != "3.5" || s.High != "5.3" || s.Unit != "mmol/L" {
		t.Errorf("%s\nseries %+v", diff, s)
	}

	v = record.Read([]collect.Part{from("riverside", collect.Complete, potassium("1", "2026-01-05", "4.1", "mmol/L", usual), potassium("2", "2026-02-05", "4.4", "mmol/L", other))}, alice, now)
	for _, c := range v.Categories {
		for _, s := range c.Series {
			if s.Low != "" || s.High != "" {
				t.Error("ranges that differ became one")
			}
		}
	}
}

func TestTheSummaryHasTheLatestOfEachTest(t *testing.T) {
	v := record.Read([]collect.Part{from("riverside", collect.Complete,
		potassium("1", "2026-01-05", "4.1", "mmol/L"), potassium("2", "2026-02-05T08:00:00Z", "4.4", "mmol/L"), potassium("3", "2026-02-05T16:00:00Z", "6.9", "mmol/L"),
		`{'resourceType':'Observation','id':'4','status':'entered-in-error','code':{'text':'Potassium'},'effectiveDateTime':'2026-02-20','valueInteger':1}`,
		`{'resourceType':'Observation','id':'5','status':'final',`+lab+`,'code':{'text':'Sodium'},'effectiveDateTime':'2026-02-05','valueInteger':120,'interpretation':[{'coding':[{'code':'L'}]}]}`,
	)}, alice, now)
	var got []string
	for _, l := range v.Summary.Results.Lines {
		got = append(got, l.Title+" "+l.Value)
	}
	// What the source marked comes first within a day; both of one day are shown.
	if diff := cmp.Diff([]string{"Sodium 120", "Potassium 6.9 mmol/L", "Potassium 4.4 mmol/L"}, got); diff != "" {
		t.Error(diff)
	}
}

func TestAReportReads(t *testing.T) {
	l := one(t, `{'resourceType':'DiagnosticReport','id':'r','status':'final','code':{'text':'Full blood count'},'conclusion':'Seen.\n\nAll well.','effectiveDateTime':'2024-03-11T15:55:00Z',
		'contained':[{'resourceType':'Observation','id':'in','status':'final','code':{'text':'ESR'},'valueQuantity':{'value':12,'unit':'mm/h'},'interpretation':[{'coding':[{'code':'H'}]}]}],
		'result':[{'reference':'Observation/1'},{'reference':'#in'},{'reference':'Observation/elsewhere'},{'reference':'Observation/lost','display':'Ferritin'}],
		'presentedForm':[{'contentType':'text/plain; charset=utf-8','data':'SGVsbG8='},{'contentType':'application/pdf','data':'SGVsbG8=','title':'Letter'},{'url':'http://x/Binary/1'}]}`,
		potassium("1", "2026-01-05", "4.1", "mmol/L"))
	want := []string{"Seen.\n\nAll well.", "Potassium\nESR 12 mm/h – high\nFerritin (did not come with this report)", "1 result of this report did not come",
		"Letter, a PDF: this page cannot show it, ask the source | stays with the source: ask there"}
	got := []string{fact(l, "Conclusion"), fact(l, "Results"), fact(l, "Results not shown"), fact(l, "Document")}
	if diff := cmp.Diff(want, got); diff != "" || l.Prose != "Hello" || l.When.String() != "11 March 2024, 15:55" {
		t.Errorf("%s\nprose %q, when %s", diff, l.Prose, l.When)
	}
}
