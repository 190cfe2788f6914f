package record_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mycarerecord/mcr/collect"
	"github.com/mycarerecord/mcr/console/record"
)

const penicillin = `{'resourceType':'AllergyIntolerance','id':'a1','code':{'coding':[{'system':'http://snomed.info/sct','code':'91936005','display':'Allergy to penicillin'}],'text':'Allergy to penicillin'},
	'clinicalStatus':{'coding':[{'code':'active'}]},'verificationStatus':{'coding':[{'code':'confirmed'}]},'criticality':'high','recordedDate':'2019-05-01',
	'reaction':[{'manifestation':[{'text':'Anaphylaxis'}],'severity':'severe'}]}`

const noneKnown = `{'resourceType':'AllergyIntolerance','id':'a2','recordedDate':'2024-01-02','code':{'coding':[{'system':'http://snomed.info/sct','code':'716186003','display':'No known allergy'}]}}`

func TestAnAllergyReads(t *testing.T) {
	for name, c := range map[string]struct{ text, title, marks, reaction string }{
		"as a UK practice writes it": {penicillin, "Allergy to penicillin", "High risk", "Anaphylaxis – severe"},
		"as Synthea writes it": {`{'resourceType':'AllergyIntolerance','id':'x','type':'allergy','category':['food'],'criticality':'low',
			'code':{'coding':[{'system':'http://snomed.info/sct','code':'3718001','display':'Cow milk (substance)'}],'text':'Cow milk (substance)'},
			'reaction':[{'manifestation':[{'coding':[{'system':'http://snomed.info/sct','code':'271807003','display':'Eruption of skin (disorder)'}],'text':'Eruption of skin (disorder)'}],'severity':'mild'}]}`,
			"Cow milk (substance)", "Low risk", "Eruption of skin (disorder) – mild"},
		"with its words masked":                 {`{'resourceType':'AllergyIntolerance','id':'x','code':{'coding':[{'system':'http://snomed.info/sct','code':'91935009','display':'Allergy to peanut'}]}}`, "Allergy to peanut", "", ""},
		"with a code and no words":              {`{'resourceType':'AllergyIntolerance','id':'x','code':{'coding':[{'system':'http://snomed.info/sct','code':'91935009'}]}}`, "code 91935009 (SNOMED CT)", "", ""},
		"with the substance in the reaction":    {`{'resourceType':'AllergyIntolerance','id':'x','reaction':[{'substance':{'text':'Latex'},'manifestation':[{'text':'Wheal'}]}]}`, "Latex", "", "Wheal"},
		"without anything":                      {`{'resourceType':'AllergyIntolerance'}`, "Allergy to something that the source does not name", "", ""},
		"with everything of the wrong type":     {`{'resourceType':'AllergyIntolerance','code':'Nuts','clinicalStatus':[1,2],'reaction':'itching','criticality':{'a':1},'category':7,'note':'x','recordedDate':{}}`, "Nuts", "Status not understood", "itching"},
		"as unconfirmed":                        {`{'resourceType':'AllergyIntolerance','code':{'text':'Eggs'},'verificationStatus':{'coding':[{'code':'unconfirmed'}]}}`, "Eggs", "Unconfirmed", ""},
		"as ruled out":                          {`{'resourceType':'AllergyIntolerance','code':{'text':'Eggs'},'verificationStatus':{'coding':[{'code':'refuted'}]}}`, "Eggs", "Ruled out", ""},
		"as entered in error, and nothing else": {`{'resourceType':'AllergyIntolerance','code':{'text':'Eggs'},'criticality':'high','verificationStatus':{'coding':[{'code':'entered-in-error'}]}}`, "Eggs", "Entered in error, High risk", ""},
		"with a status that nobody knows":       {`{'resourceType':'AllergyIntolerance','code':{'text':'Eggs'},'clinicalStatus':{'coding':[{'code':'sleeping'}]}}`, "Eggs", "Sleeping", ""},
	} {
		t.Run(name, func(t *testing.T) {
			l := one(t, c.text)
			if diff := cmp.Diff([]string{c.title, c.marks, c.reaction}, []string{l.Title, marks(l), fact(l, "Reaction")}); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestAllergiesAreOrderedByHowGraveTheyAre(t *testing.T) {
	v := record.Read([]collect.Part{
		from("hill", collect.Complete, `{'resourceType':'AllergyIntolerance','id':'1','code':{'text':'Aspirin'},'criticality':'low'}`,
			`{'resourceType':'AllergyIntolerance','id':'2','code':{'text':'Zinc'},'criticality':'high'}`,
			`{'resourceType':'AllergyIntolerance','id':'3','code':{'text':'Nickel'},'clinicalStatus':{'coding':[{'code':'resolved'}]}}`,
			`{'resourceType':'AllergyIntolerance','id':'4','code':{'text':'Wool'},'verificationStatus':{'coding':[{'code':'entered-in-error'}]}}`),
		from("riverside", collect.Complete, penicillin),
	}, alice, now)
	if diff := cmp.Diff([]string{"Allergy to penicillin", "Zinc", "Aspirin"}, titles(v.Summary.Allergies.Current)); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"Nickel"}, titles(v.Summary.Allergies.Over)); diff != "" {
		t.Error(diff)
	}
	// What was entered in error is no fact of the patient's, and stands in the list of all.
	if got := titles(v.Categories[0].Lines); got[len(got)-1] != "Wool" || len(got) != 5 {
		t.Errorf("all allergies: %v", got)
	}
}

func TestWhatDidNotComeIsNeverShownAsNoAllergy(t *testing.T) {
	odd := from("odd", collect.Complete)
	odd.Entries = []collect.Entry{{Resource: []byte(`[]`)}}
	cut := from("cut", collect.Complete)
	cut.Cut = true
	v := record.Read([]collect.Part{
		from("riverside", collect.Complete), from("hill", collect.Complete, penicillin), from("late", collect.TimedOut), from("broken", collect.Failed),
		from("shut", collect.Refused), from("part", collect.Withheld), from("maybe", collect.MayBeWithheld), from("none", collect.NoRecord),
		from("waiting", ""), from("strange", "no status of ours"), odd, cut,
	}, alice, now)
	a := v.Summary.Allergies.Account
	if got := names(a.None); got != "Riverside" {
		t.Errorf("no allergies recorded by %q", got)
	}
	want := "Late: did not answer in time; Broken: could not be read; Shut: not shown to you; Part: some of it is not shown; " +
		"Maybe: some of it may not be shown; Waiting: not answered yet; Strange: ; Odd: 1 item could not be displayed; Cut: holds more than could be collected"
	if got := unknown(a); got != want {
		t.Errorf("not known from:\n%s\nwant\n%s", got, want)
	}
}

func TestAStatementOfNoneStandsBesideWhatContradictsIt(t *testing.T) {
	v := record.Read([]collect.Part{from("riverside", collect.Complete, noneKnown), from("hill", collect.Complete, penicillin)}, alice, now)
	a := v.Summary.Allergies
	if len(a.Current) != 1 || len(a.Statements) != 1 || a.Statements[0].Title != "No known allergy" || a.Statements[0].When.String() != "2 January 2024" {
		t.Errorf("current %v, stated %v", titles(a.Current), titles(a.Statements))
	}
	if len(a.Account.None) != 0 {
		t.Errorf("a statement is not the absence of one: %s", names(a.Account.None))
	}
}
