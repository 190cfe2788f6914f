package record_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mycarerecord/mcr/collect"
	"github.com/mycarerecord/mcr/console/record"
)

// Each type says what, when, how it stands and by whom, in words.
func TestEntriesOfTheTypesThatAreOfferedLater(t *testing.T) {
	for name, c := range map[string]struct {
		text  string
		want  [5]string // category, kind, title, marks, date
		facts []string
	}{
		"a reasonable adjustment": {`{'resourceType':'Flag','status':'active','category':[{'coding':[{'system':'https://fhir.nhs.uk/CodeSystem/flag-categories-bars','code':'RA','display':'Reasonable Adjustment'}]}],
			'code':{'coding':[{'system':'https://fhir.nhs.uk/flag-codes-bars','code':'addsupport','display':'Provision of Additional Support'}]},'period':{'start':'2022-01-01'},'author':{'display':'Ward 4'}}`,
			[5]string{"alerts", "Alert", "Provision of Additional Support", "Reasonable adjustment", "Since 1 January 2022"}, []string{"Raised by=Ward 4"}},
		"a safeguarding flag that is over": {`{'resourceType':'Flag','status':'inactive','category':[{'coding':[{'code':'SG','display':'Safeguarding Concern'}]}],'code':{'text':'Adult safeguarding concern'},'period':{'start':'2020','end':'2021'}}`,
			[5]string{"safeguarding", "Alert", "Adult safeguarding concern", "Safeguarding, No longer", "Since 2020"}, []string{"Until=2021"}},
		"a flag of ReSPECT": {`{'resourceType':'Flag','status':'active','category':[{'coding':[{'code':'RT','display':'ReSPECT'}]}],'code':{'text':'Has a ReSPECT plan'}}`,
			[5]string{"advance-decisions", "Alert", "Has a ReSPECT plan", "Resuscitation or advance decision", "No date given"}, nil},
		"a problem that is about safeguarding": {`{'resourceType':'Condition','code':{'coding':[{'system':'http://snomed.info/sct','code':'766561000000109','display':'Adult safeguarding concern'}]}}`,
			[5]string{"safeguarding", "Problem", "Adult safeguarding concern", "Safeguarding", "No date given"}, nil},
		"a decision not to be resuscitated": {`{'resourceType':'Consent','status':'active','scope':{'coding':[{'code':'adr'}]},'category':[{'coding':[{'system':'http://terminology.hl7.org/CodeSystem/consentcategorycodes','code':'dnr'}]}],'dateTime':'2025-03-01',
			'performer':[{'display':'Dr Baker'}],'provision':{'type':'deny','code':[{'text':'Cardiopulmonary resuscitation'}],'period':{'end':'2030-01-01'}}}`,
			[5]string{"advance-decisions", "Consent", "Not for resuscitation", "Not for resuscitation, No to: Cardiopulmonary resuscitation", "Decided 1 March 2025"},
			[]string{"Decision=No to: Cardiopulmonary resuscitation", "Decided by=Dr Baker", "Until=1 January 2030"}},
		"a decision that does not say to what": {`{'resourceType':'Consent','status':'active','scope':{'coding':[{'code':'adr'}]},'category':[{'coding':[{'system':'http://terminology.hl7.org/CodeSystem/consentcategorycodes','code':'dnr'}]}],
			'provision':{'type':'deny','provision':[{'type':'permit','code':[{'text':'Oxygen'}]},{'code':[{'text':'Antibiotics'}]}]}}`,
			[5]string{"advance-decisions", "Consent", "Not for resuscitation", "Resuscitation or advance decision", "No date given"},
			[]string{"Decision=No; to what, the source does not say", "But=Yes to: Oxygen | Antibiotics; yes or no, the source does not say"}},
		"a decision of which the code alone came": {`{'resourceType':'Consent','status':'inactive','scope':{'coding':[{'code':'adr'}]},'category':[{'coding':[{'code':'polst'}]}]}`,
			[5]string{"advance-decisions", "Consent", "Treatment escalation plan", "Resuscitation or advance decision, Inactive", "No date given"}, nil},
		"a consent to research is no advance decision": {`{'resourceType':'Consent','status':'active','scope':{'coding':[{'code':'research','display':'Research'}]},'category':[{'coding':[{'code':'research','display':'Research Information Access'}]}],'patient':{'reference':'Patient/p'}}`,
			[5]string{"unclassified", "Consent", "Research Information Access", "", "No date given"}, nil},
		"a task of which only the code says what": {`{'resourceType':'Task','status':'requested','intent':'order','code':{'coding':[{'system':'http://hl7.org/fhir/CodeSystem/task-code','code':'fulfill','display':'Fulfill the focal request'}]},
			'focus':{'reference':'ServiceRequest/s','display':'NHS Diabetes Prevention Programme'},'authoredOn':'2023-05-25','lastModified':'2023-06-01','owner':{'identifier':{'system':'https://fhir.nhs.uk/Id/ods-organization-code','value':'RY6'}},'requester':{'reference':'Patient/p1'},'note':[{'text':'Please do'}]}`,
			[5]string{"messages", "Task", "Carry out NHS Diabetes Prevention Programme", "Requested", "Asked for 25 May 2023"},
			[]string{"Asked of=organisation RY6 (ODS code)", "Asked by=the patient", "Note=Please do", "Last changed=1 June 2023", "About="}},
		"a task about what did not come": {`{'resourceType':'Task','status':'rejected','intent':'order','priority':'stat','code':{'text':'Review of report'},'focus':{'reference':'DiagnosticReport/r'},'statusReason':{'text':'Not ours'},'input':[{'type':{'text':'Performer'},'valueIdentifier':{'value':'FLM49'}}]}`,
			[5]string{"messages", "Task", "Review of report", "Rejected, Stat", "No date given"}, []string{"About=a diagnostic report that is not named", "Reason for the status=Not ours", "Performer=FLM49"}},
		"a message": {`{'resourceType':'Communication','status':'completed','sent':'2023-03-13T09:38:30Z','payload':[{'contentString':'Do we need to review my goals?'}],'sender':{'identifier':{'system':'https://fhir.nhs.uk/Id/nhs-number','value':'9'}},'recipient':[{'display':'Dr Rastall'}]}`,
			[5]string{"messages", "Message", "Do we need to review my goals?", "", "Sent 13 March 2023, 09:38"}, []string{"From=the patient", "To=Dr Rastall"}},
		"a message that was not sent": {`{'resourceType':'Communication','status':'not-done','topic':{'text':'Results'}}`,
			[5]string{"messages", "Message", "Results", "NOT sent", "No date given"}, nil},
		"a message to be sent": {`{'resourceType':'CommunicationRequest','status':'active','payload':[{'contentString':'Please ring'}],'authoredOn':'2024','requester':{'display':'Dr Rastall'}}`,
			[5]string{"messages", "Message to be sent", "Please ring", "Active", "Asked for 2024"}, []string{"Asked by=Dr Rastall"}},
		"a father's illness": {`{'resourceType':'FamilyMemberHistory','status':'partial','date':'2023-05-09','relationship':{'coding':[{'code':'FTH'}]},'condition':[{'code':{'text':'Angina'},'onsetAge':{'value':64,'unit':'years'}}]}`,
			[5]string{"family-history", "Family history", "Father: Angina", "", "Recorded 9 May 2023"}, []string{"Condition=Angina, aged 64 years"}},
		"an impression": {`{'resourceType':'ClinicalImpression','status':'completed','description':'Better','date':'2024-01-02','summary':'Eating again','finding':[{'itemCodeableConcept':{'text':'Afebrile'},'basis':'seen'}],'assessor':{'display':'Dr A'}}`,
			[5]string{"assessments", "Clinical impression", "Better", "", "Assessed 2 January 2024"}, []string{"Summary=Eating again", "Finding=Afebrile, seen", "By=Dr A"}},
		"a risk": {`{'resourceType':'RiskAssessment','status':'preliminary','code':{'text':'QRISK3'},'occurrenceDateTime':'2024-01-02','prediction':[{'outcome':{'text':'Heart attack or stroke'},'probabilityDecimal':12.5,'whenPeriod':{'end':'2034'}},{'outcome':{'text':'Fall'},'qualitativeRisk':{'text':'High'}}]}`,
			[5]string{"assessments", "Risk assessment", "QRISK3", "Preliminary: not final", "Assessed 2 January 2024"}, []string{"Risk=Heart attack or stroke: probability 12.5, until 2034 | Fall: High"}},
		"a form that asks for the patient and an identifier": {`{'resourceType':'QuestionnaireResponse','status':'completed','extension':[{'url':'http://hl7.org/fhir/StructureDefinition/questionnaireresponse-reason','valueCodeableConcept':{'text':'Pre Triage Sieve'}}],
			'item':[{'text':'Who?','answer':[{'valueReference':{'reference':'Patient/p1'}}]},{'text':'Where?','answer':[{'valueReference':{'identifier':{'value':'x'}}}]}]}`,
			[5]string{"assessments", "Questions and answers", "Pre Triage Sieve", "", "No date given"}, []string{"Who?=the patient", "Where?=given in a form that this page cannot show"}},
		"a pacemaker": {`{'resourceType':'Device','status':'active','type':{'text':'Pacemaker'},'safety':[{'text':'Not safe in an MRI scanner'}],'manufacturer':'Acme','serialNumber':'12','expirationDate':'2030-01','udiCarrier':[{'deviceIdentifier':'0123'}]}`,
			[5]string{"devices", "Device", "Pacemaker", "Not safe in an MRI scanner", "No date given"}, []string{"Made by=Acme", "Serial number=12", "Expires=January 2030", "Device identifier=0123"}},
		"the use of a device": {`{'resourceType':'DeviceUseStatement','status':'completed','device':{'display':'Hearing aid'},'timingPeriod':{'start':'2020'},'bodySite':{'text':'Left ear'}}`,
			[5]string{"devices", "Use of a device", "Hearing aid", "Completed", "Used 2020"}, []string{"Place in the body=Left ear"}},
		"a device that is asked for": {`{'resourceType':'DeviceRequest','status':'active','intent':'order','codeCodeableConcept':{'text':'Wheelchair'},'authoredOn':'2024','performer':{'display':'Equipment store'}}`,
			[5]string{"devices", "Request for a device", "Wheelchair", "Active", "Asked for 2024"}, []string{"Asked of=Equipment store"}},
		"an empty list": {`{'resourceType':'List','status':'current','mode':'snapshot','code':{'coding':[{'system':'http://snomed.info/sct','code':'886921000000105','display':'Allergies and adverse reactions'}]},'date':'2021-07-21','emptyReason':{'text':'No Content Recorded'}}`,
			[5]string{"allergies", "List", "Allergies and adverse reactions", "", "Dated 21 July 2021"}, []string{"On the list=nothing", "Why it is empty=No Content Recorded"}},
		"a list of what came and what did not": {`{'resourceType':'List','status':'retired','title':'Mine','entry':[{'item':{'reference':'Goal/g'},'deleted':true},{'item':{'reference':'Condition/x'}},{'item':{'display':'Cough'},'flag':{'text':'New'}}]}`,
			[5]string{"documents", "List", "Mine", "No longer kept", "No date given"}, []string{"On the list=Taken off the list: Walk | Cough, New | 1 entry that is not named here"}},
		"a document in sections": {`{'resourceType':'Composition','status':'preliminary','title':'Discharge','type':{'text':'Discharge summary'},'date':'2021-02-12','author':[{'display':'Dr B'}],
			'section':[{'title':'Plan','text':{'div':'<div><p>Rest &amp; fluids</p><script>alert(1)</script><table><tr><td>WCC</td><td>11 x10<sup>9</sup>/L</td></tr></table></div>'}},{'title':'Medicines','emptyReason':{'text':'None'}},{'title':'More','section':[{'title':'Below','text':{'div':'<p>deep</p>'}}]}]}`,
			[5]string{"documents", "Discharge summary", "Discharge", "Preliminary: not final", "Written 12 February 2021"},
			[]string{"Plan=Rest & fluids\nWCC · 11 x10^9/L", "Medicines=nothing: none", "More=", "Below=deep", "Written by=Dr B"}},
		"a photograph": {`{'resourceType':'Media','status':'completed','content':{'title':'Rash','contentType':'image/png'},'createdDateTime':'2024-02-03','bodySite':{'text':'Arm'},'operator':{'display':'Nurse C'}}`,
			[5]string{"documents", "Picture or recording", "Rash", "", "Made 3 February 2024"}, []string{"Document=Rash, stays with the source: ask there", "Made by=Nurse C"}},
		"where an entry comes from": {`{'resourceType':'Provenance','target':[{'reference':'Goal/g'}],'recorded':'2008-02-27','agent':[{'who':{'display':'Dr D'},'type':{'text':'Author'}}],'signature':[{'when':'2021-05-07','data':'QUJD'}]}`,
			[5]string{"administrative", "Where an entry comes from", "Walk", "", "Recorded 27 February 2008"}, []string{"By=Dr D, Author", "Signed=7 May 2021", "Signature: data="}},
		"a vaccination that is due": {`{'resourceType':'ImmunizationRecommendation','date':'2024','recommendation':[{'vaccineCode':[{'text':'MMR'}],'doseNumberPositiveInt':2,'seriesDosesPositiveInt':2,'forecastStatus':{'text':'Overdue'},'dateCriterion':[{'code':{'text':'Latest date'},'value':'2024-05-01'}]}]}`,
			[5]string{"immunisations", "Vaccinations due", "MMR", "", "Dated 2024"}, []string{"MMR=Overdue, dose 2 of 2", "MMR, latest date=1 May 2024"}},
		"a diet": {`{'resourceType':'NutritionOrder','status':'active','dateTime':'2024-01-05','oralDiet':{'type':[{'text':'Soft'}],'texture':[{'modifier':{'text':'Minced'}}]},'excludeFoodModifier':[{'text':'Nuts'}],'orderer':{'display':'Dietitian'}}`,
			[5]string{"care-plans", "Diet", "Soft", "Active", "Ordered 5 January 2024"}, []string{"Texture=Minced", "Do NOT give=Nuts", "Ordered by=Dietitian"}},
		"a part of the body": {`{'resourceType':'BodyStructure','location':{'text':'Lung'},'morphology':{'text':'Tumour'}}`, [5]string{"observations", "Part of the body", "Lung: Tumour", "", "No date given"}, nil},
		"a sequence": {`{'resourceType':'MolecularSequence','type':'dna','coordinateSystem':0,'observedSeq':'ACGT','variant':[{'start':5,'observedAllele':'A','referenceAllele':'G'}]}`,
			[5]string{"genomics", "Genetic sequence", "Genetic sequence, Dna", "", "No date given"}, []string{"Differs=at 5 from G to A", "Sequence=stays with the source: ask there", "Observed seq="}},
		"an entry in part":                           {`{'resourceType':'Condition','code':{'text':'Cough'},'meta':{'tag':[{'code':'SUBSETTED'}]}}`, [5]string{"conditions", "Problem", "Cough", "Shown in part", "No date given"}, nil},
		"a reference to what has no name is no text": {`{'resourceType':'Condition','code':{'text':'Cough'},'basedOn':[{'reference':'X/y','type':'ServiceRequest'}]}`, [5]string{"conditions", "Problem", "Cough", "", "No date given"}, []string{"Based on: type="}},
	} {
		t.Run(name, func(t *testing.T) {
			l := one(t, c.text, `{'resourceType':'Goal','id':'g','lifecycleStatus':'active','description':{'text':'Walk'}}`)
			if diff := cmp.Diff(c.want, [5]string{l.Category, l.Kind, l.Title, marks(l), l.Dated()}); diff != "" {
				t.Error(diff)
			}
			for _, f := range c.facts {
				name, text, _ := strings.Cut(f, "=")
				if got := fact(l, name); got != text {
					t.Errorf("%s: %q, want %q; all: %v", name, got, text, l.Facts)
				}
			}
		})
	}
}

// A result that bears no category stands with the report that names it.
func TestAResultWithoutACategoryStandsWithItsReport(t *testing.T) {
	sodium := `{'resourceType':'Observation','id':'na','status':'final','code':{'text':'Sodium'},'valueQuantity':{'value':140,'unit':'mmol/L'}}`
	report := `{'resourceType':'DiagnosticReport','id':'r','status':'final','code':{'text':'Electrolytes'},'category':[{'coding':[{'system':'http://terminology.hl7.org/CodeSystem/v2-0074','code':'LAB'}]}],'result':[{'reference':'Observation/na'}]}`
	if l := one(t, sodium, report); l.Category != "laboratory" || fact(l, "Part of") != "Electrolytes" {
		t.Errorf("%s, %v", l.Category, l.Facts)
	}
	if l := one(t, sodium); l.Category != "unclassified" {
		t.Errorf("alone: %s", l.Category)
	}
	v := record.Read([]collect.Part{from("riverside", collect.Complete, right, report, sodium, sodium)}, alice, now)
	if len(all(v)) != 3 {
		t.Errorf("found by two searches, it is %d lines with its report and the patient", len(all(v)))
	}
}

// What whoever treats the patient must know stands beside the allergies, whatever
// type says it: decisions first, what is over told apart.
func TestAlertsOfEveryTypeStandTogether(t *testing.T) {
	v := record.Read([]collect.Part{from("riverside", collect.Complete, right,
		`{'resourceType':'Flag','id':'1','status':'active','code':{'text':'Lives alone'}}`,
		`{'resourceType':'Flag','id':'2','status':'inactive','code':{'text':'Was at risk of falls'}}`,
		`{'resourceType':'Flag','id':'3','status':'entered-in-error','code':{'text':'Somebody else'}}`,
		`{'resourceType':'Flag','id':'4','status':'active','category':[{'coding':[{'code':'SG'}]}],'code':{'text':'Child at risk'}}`,
		`{'resourceType':'CarePlan','id':'5','status':'active','intent':'plan','title':'ReSPECT','category':[{'coding':[{'system':'http://snomed.info/sct','code':'310305009'}]}]}`,
		`{'resourceType':'Consent','id':'6','status':'active','scope':{'coding':[{'code':'research'}]},'patient':{'reference':'Patient/p'}}`)}, alice, now)
	if diff := cmp.Diff([]string{"ReSPECT", "Child at risk", "Lives alone"}, titles(v.Summary.Alerts.Lines)); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"Was at risk of falls"}, titles(v.Summary.Alerts.More)); diff != "" {
		t.Error(diff)
	}
	s := console(t, &brokers{parts: []collect.Part{from("riverside", collect.Complete, right, `{'resourceType':'Flag','id':'2','status':'inactive','code':{'text':'Was at risk of falls'}}`)}}, anna(alice))
	_, body := get(t, "GET", s.URL+"/console/patients/r1/record?whole=1")
	if cards := elements(t, body, "section", "mcr-alerts"); len(cards) != 1 || !strings.HasPrefix(wordsOf(cards[0]), "Alerts No current alert is shown. 1 alert is over Was at risk of falls No longer") {
		t.Errorf("%d cards: %s", len(cards), body)
	}
}
