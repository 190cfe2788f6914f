package record_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mycarerecord/mcr/collect"
	"github.com/mycarerecord/mcr/console/record"
)

// snomed writes a CodeableConcept.
func snomed(code string) string { return `{'coding':[{'system':'` + sct + `','code':'` + code + `'}]}` }

// Whatever type of entry bears it: a decision about resuscitation stands first among what
// whoever treats the patient must know, then what the patient refuses, then plans.
func TestADecisionAboutResuscitationIsFoundInEveryType(t *testing.T) {
	consent := func(category, provision string) string {
		return `{'resourceType':'Consent','id':'x','status':'active','scope':{'coding':[{'code':'adr'}]},'category':[{'coding':[{'system':'http://terminology.hl7.org/CodeSystem/consentcategorycodes','code':'` + category + `'}]}]` + provision + `}`
	}
	const generic = "Resuscitation or advance decision"
	for name, c := range map[string]struct{ entry, mark string }{
		"a flag":                        {`{'resourceType':'Flag','id':'x','status':'active','code':` + snomed("450476008") + `}`, "Not for resuscitation"},
		"a flag the other way":          {`{'resourceType':'Flag','id':'x','status':'active','code':` + snomed("450475007") + `}`, "For resuscitation"},
		"a problem":                     {`{'resourceType':'Condition','id':'x','code':` + snomed("304253006") + `}`, "Not for resuscitation"},
		"a status whose value says it":  {`{'resourceType':'Observation','id':'x','status':'final','code':` + snomed("304251008") + `,'valueCodeableConcept':` + snomed("450475007") + `}`, "For resuscitation"},
		"a status in words":             {`{'resourceType':'Observation','id':'x','status':'final','code':` + snomed("304251008") + `,'valueString':'See form'}`, generic},
		"a part of an observation":      {`{'resourceType':'Observation','id':'x','status':'final','code':{'text':'Plan'},'component':[{'code':{'text':'CPR'},'valueCodeableConcept':` + snomed("450476008") + `}]}`, "Not for resuscitation"},
		"a form's answer":               {`{'resourceType':'QuestionnaireResponse','id':'x','status':'completed','item':[{'text':'Plan','item':[{'text':'CPR','answer':[{'valueCoding':{'system':'http://snomed.info/sct','code':'450476008'}}]}]}]}`, "Not for resuscitation"},
		"a request":                     {`{'resourceType':'ServiceRequest','id':'x','status':'active','intent':'directive','code':` + snomed("304253006") + `}`, "Not for resuscitation"},
		"a plan's activity":             {`{'resourceType':'CarePlan','id':'x','status':'active','intent':'plan','title':'Plan','activity':[{'detail':{'status':'in-progress','code':` + snomed("450476008") + `}}]}`, "Not for resuscitation"},
		"a list":                        {`{'resourceType':'List','id':'x','status':'current','mode':'working','code':` + snomed("304253006") + `}`, "Not for resuscitation"},
		"a consent: no to CPR":          {consent("dnr", `,'provision':{'type':'deny','code':[`+snomed("89666000")+`]}`), "Not for resuscitation"},
		"a consent: no to it, in words": {consent("dnr", `,'provision':{'type':'deny','code':[{'text':'Cardiopulmonary resuscitation'}]}`), "Not for resuscitation"},
		"a consent: yes to CPR":         {consent("polst", `,'provision':{'type':'permit','code':[`+snomed("89666000")+`]}`), "For resuscitation"},
		"a consent that is its kind":    {consent("dnr", ""), "Not for resuscitation"},
		"a consent: no to nobody knows": {consent("dnr", `,'provision':{'type':'deny'}`), generic},
		"a consent: no to not":          {consent("dnr", `,'provision':{'type':'deny','code':[`+snomed("304253006")+`]}`), generic},
		"a consent to a finding":        {consent("dnr", `,'provision':{'type':'permit','code':[`+snomed("304253006")+`]}`), "Not for resuscitation"},
		"an advance decision":           {consent("acd", ""), generic},
		"a refusal of treatment":        {`{'resourceType':'Flag','id':'x','status':'active','code':` + snomed("816301000000100") + `}`, generic},
		"ReSPECT":                       {`{'resourceType':'CarePlan','id':'x','status':'active','intent':'plan','title':'ReSPECT','category':[` + snomed("1107891000000106") + `]}`, generic},
		"for and not for, both":         {`{'resourceType':'Observation','id':'x','status':'final','code':` + snomed("450475007") + `,'valueCodeableConcept':` + snomed("450476008") + `}`, generic},

		"words alone":            {`{'resourceType':'Flag','id':'x','status':'active','code':{'text':'DNACPR discussed'}}`, ""},
		"the same code of LOINC": {`{'resourceType':'Flag','id':'x','status':'active','code':{'coding':[{'system':'http://loinc.org','code':'450476008'}]}}`, ""},
		"resuscitation given":    {`{'resourceType':'Procedure','id':'x','status':'completed','code':` + snomed("89666000") + `}`, ""},
		"who may see the record": {`{'resourceType':'Consent','id':'x','status':'active','scope':{'coding':[{'code':'patient-privacy'}]},'provision':{'type':'deny'}}`, ""},
	} {
		t.Run(name, func(t *testing.T) {
			v := record.Read([]collect.Part{from("riverside", collect.Complete, c.entry)}, alice, now)
			for _, l := range all(v) {
				if got := strings.Split(marks(l), ", ")[0]; c.mark != "" && got != c.mark || c.mark == "" && strings.Contains(marks(l), "esuscitation") {
					t.Errorf("it is marked %q, want %q", marks(l), c.mark)
				}
			}
			alerts := append(v.Summary.Alerts.Lines, v.Summary.Alerts.More...)
			if c.mark != "" && len(alerts) != 1 {
				t.Errorf("%d alerts", len(alerts))
			}
		})
	}
}

func TestDecisionsStandFirstAndContradictionsAreSaid(t *testing.T) {
	flag := func(id, code, words, since string) string {
		return `{'resourceType':'Flag','id':'` + id + `','status':'active','code':{'text':'` + words + `','coding':[{'system':'` + sct + `','code':'` + code + `'}]},'period':{'start':'` + since + `'}}`
	}
	parts := []collect.Part{
		from("riverside", collect.Complete, right, flag("1", "105529008", "Lives alone", "2026-03-01"), flag("2", "816301000000100", "Refuses ventilation", "2020-01-01"), flag("3", "450476008", "Not for CPR", "2019-01-01"),
			`{'resourceType':'CarePlan','id':'4','status':'active','intent':'plan','title':'ReSPECT','category':[`+snomed("1107891000000106")+`],'period':{'start':'2026-02-01'}}`,
			`{'resourceType':'Flag','id':'5','status':'inactive','code':`+snomed("450475007")+`}`),
		from("hill", collect.Complete, flag("1", "450476008", "DNACPR", "2024-05-06")),
	}
	v := record.Read(parts, alice, now)
	if diff := cmp.Diff([]string{"DNACPR", "Not for CPR", "Refuses ventilation", "ReSPECT", "Lives alone"}, titles(v.Summary.Alerts.Lines)); diff != "" || v.Summary.Alerts.Disputed != "" {
		t.Errorf("%s\n%s", diff, v.Summary.Alerts.Disputed)
	}
	parts[1] = from("hill", collect.Complete, flag("1", "450475007", "For CPR", "2024-05-06"))
	want := "Not for resuscitation, says Riverside, 1 January 2019; for resuscitation, says Hill, 6 May 2024."
	if got := record.Read(parts, alice, now).Summary.Alerts.Disputed; got != want {
		t.Errorf("they disagree, and the summary says %q", got)
	}
	s := console(t, &brokers{parts: parts}, anna(alice))
	_, body := get(t, "GET", s.URL+"/console/patients/r1/record?whole=1")
	if cards := elements(t, body, "section", "mcr-alerts"); len(cards) != 1 || !strings.Contains(wordsOf(cards[0]), "Sources disagree "+want) {
		t.Errorf("the page does not say it: %s", body)
	}
}
