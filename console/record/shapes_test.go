package record_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mycarerecord/mcr/collect"
	"github.com/mycarerecord/mcr/console/record"
)

func TestEntriesOfEveryKindRead(t *testing.T) {
	for name, c := range map[string]struct {
		text  string
		want  [4]string // kind, title, marks, date
		facts []string
	}{
		"a resolved problem": {`{'resourceType':'Condition','code':{'text':'Viral sinusitis (disorder)'},'clinicalStatus':{'coding':[{'code':'resolved'}]},'category':[{'coding':[{'code':'encounter-diagnosis'}]}],
			'onsetDateTime':'2000-03-24T21:36:03+00:00','abatementDateTime':'2000-09-01T21:36:03+00:00','recordedDate':'2000-03-24T21:36:03+00:00'}`,
			[4]string{"Diagnosis at a visit", "Viral sinusitis (disorder)", "Resolved", "Began 24 March 2000, 21:36"}, []string{"Ended=1 September 2000, 22:36"}},
		"a problem whose onset is an age": {`{'resourceType':'Condition','code':{'text':'Asthma'},'onsetAge':{'value':4,'unit':'years'},'recordedDate':'2010'}`,
			[4]string{"Problem", "Asthma", "", "Recorded 2010"}, []string{"Began=aged 4 years"}},
		"a problem named twice": {`{'resourceType':'Condition','code':{'text':'Chest infection','coding':[{'system':'http://snomed.info/sct','code':'233604007','display':'Pneumonia'}]}}`,
			[4]string{"Problem", "Chest infection", "", "No date given"}, []string{"Coded as=Pneumonia"}},
		"an encounter of Synthea's": {`{'resourceType':'Encounter','status':'finished','class':{'code':'AMB'},'type':[{'text':'Well child visit (procedure)'}],'period':{'start':'2000-03-24T21:36:03+00:00','end':'2000-03-24T21:51:03+00:00'},
			'participant':[{'individual':{'reference':'Practitioner?identifier=x|9','display':'Dr. Lonnie913 Ferry570'}}]}`,
			[4]string{"Outpatient or clinic visit", "Well child visit (procedure)", "", "On 24 March 2000, 21:36 to 21:51"}, []string{"With=Dr. Lonnie913 Ferry570", "Until="}},
		"an appointment": {`{'resourceType':'Appointment','status':'booked','start':'2026-07-01T09:00:00Z','end':'2026-07-01T09:20:00Z','specialty':[{'text':'Cardiology'}],'participant':[{'actor':{'display':'Dr Demir'},'status':'declined'}]}`,
			[4]string{"Appointment", "Cardiology", "", "On 1 July 2026, 10:00 to 10:20"}, []string{"Until=", "With=Dr Demir (declined)"}},
		"an appointment over midnight": {`{'resourceType':'Appointment','status':'booked','start':'2026-07-01T22:40:00Z','end':'2026-07-01T23:10:00Z','specialty':[{'text':'Cardiology'}]}`,
			[4]string{"Appointment", "Cardiology", "", "From 1 July 2026, 23:40 to 2 July 2026, 00:10"}, []string{"Until="}},
		"an appointment of which only the end is known": {`{'resourceType':'Appointment','status':'booked','end':'2026-07-01T09:20:00Z','specialty':[{'text':'Cardiology'}]}`,
			[4]string{"Appointment", "Cardiology", "", "No date given"}, []string{"Until=1 July 2026, 10:20"}},
		"a stay in hospital": {`{'resourceType':'Encounter','status':'finished','type':[{'text':'Stay'}],'period':{'start':'2024-01-01','end':'2024-01-03'}}`,
			[4]string{"Visit", "Stay", "", "From 1 January 2024 to 3 January 2024"}, []string{"Until="}},
		"a vaccination not given": {`{'resourceType':'Immunization','status':'not-done','vaccineCode':{'text':'Influenza'},'occurrenceString':'in autumn','statusReason':{'text':'Declined'}}`,
			[4]string{"Vaccination", "Influenza", "NOT given", "No date given"}, []string{"Given=in autumn", "Why not=Declined"}},
		"an operation not done": {`{'resourceType':'Procedure','status':'not-done','code':{'text':'Hip'},'performedPeriod':{'start':'2024-01-01','end':'2024-01-03'}}`,
			[4]string{"Procedure", "Hip", "NOT done", "Done 1 January 2024"}, []string{"Done=1 January 2024 to 3 January 2024"}},
		"a plan with a goal in the same answer": {`{'resourceType':'CarePlan','status':'active','intent':'plan','title':'Home','goal':[{'reference':'Goal/g'}],'activity':[{'detail':{'status':'not-started','doNotPerform':true,'description':'Lift'}}]}`,
			[4]string{"Care plan", "Home", "Active", "No date given"}, []string{"Goal=Walk", "What is done=Do NOT do: Lift (not started)"}},
		"an alert":                       {`{'resourceType':'Flag','status':'active','code':{'text':'Lives alone'},'period':{'start':'2024-09'}}`, [4]string{"Alert", "Lives alone", "", "Since September 2024"}, nil},
		"a contact":                      {`{'resourceType':'RelatedPerson','name':[{'text':'Tamsin'}],'relationship':[{'coding':[{'system':'http://terminology.hl7.org/CodeSystem/v3-RoleCode','code':'NBOR'}]}],'telecom':[{'system':'phone','value':'07700 900047'}]}`, [4]string{"Contact", "Tamsin", "", "No date given"}, []string{"Relationship=Neighbour", "Telephone or email=07700 900047"}},
		"a letter that is damaged":       {`{'resourceType':'DocumentReference','status':'current','type':{'text':'Letter'},'content':[{'attachment':{'contentType':'text/plain','data':'!!'}}]}`, [4]string{"Document", "Letter", "", "No date given"}, []string{"Document=its text is damaged: ask the source"}},
		"a letter without its text":      {`{'resourceType':'DocumentReference','status':'superseded','description':'Old letter'}`, [4]string{"Document", "Old letter", "Replaced by a later document", "No date given"}, []string{"Document=the text is not shown here: ask the source"}},
		"questions below questions":      {`{'resourceType':'QuestionnaireResponse','status':'in-progress','item':[{'text':'Home','item':[{'text':'Alone?','answer':[{'valueBoolean':false,'item':[{'text':'With whom?','answer':[{'valueString':'Cat'}]}]}]},{'linkId':'9'}]}]}`, [4]string{"Questions and answers", "Questionnaire", "In progress", "No date given"}, []string{"Home=", "Alone?=No", "With whom?=Cat", "Question 9=no answer"}},
		"a kind that has no reader":      {`{'resourceType':'GuidanceResponse','status':'completed','description':'Better','date':'2024-01-02','summary':'Eating again','finding':[{'itemCodeableConcept':{'text':'Afebrile'}}]}`, [4]string{"Guidance response", "Better", "Completed", "Dated 2 January 2024"}, []string{"Summary=Eating again", "Finding: item codeable concept=Afebrile"}},
		"a kind that FHIR does not have": {`{'resourceType':'Horoscope','sign':'Aries'}`, [4]string{"Horoscope", "Horoscope", "", "No date given"}, []string{"Sign=Aries"}},
		"what a reader does not look at": {`{'resourceType':'Condition','code':{'text':'Cough'},'somethingNew':{'value':3,'unit':'days'}}`, [4]string{"Problem", "Cough", "", "No date given"}, []string{"Something new=3 days"}},
		"a time without a zone":          {`{'resourceType':'Condition','code':{'text':'Cough'},'onsetDateTime':'2025-07-01T10:05'}`, [4]string{"Problem", "Cough", "", "Began 1 July 2025, 10:05"}, nil},
		"a date beyond the calendar":     {`{'resourceType':'Condition','code':{'text':'Cough'},'onsetDateTime':'2025-02-30'}`, [4]string{"Problem", "Cough", "", "Began “2025-02-30”"}, nil},
		"a date that is none":            {`{'resourceType':'Condition','code':{'text':'Cough'},'onsetDateTime':'last Tuesday'}`, [4]string{"Problem", "Cough", "", "Began “last Tuesday”"}, nil},
		"rules of its own":               {`{'resourceType':'Condition','code':{'text':'Cough'},'implicitRules':'http://x'}`, [4]string{"Problem", "Cough", "Qualified in a way this page cannot show: check with the source", "No date given"}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			l := one(t, c.text, `{'resourceType':'Goal','id':'g','lifecycleStatus':'active','description':{'text':'Walk'}}`)
			if diff := cmp.Diff(c.want, [4]string{l.Kind, l.Title, marks(l), l.Dated()}); diff != "" {
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

func TestNothingIsDroppedSilently(t *testing.T) {
	p := from("riverside", collect.Complete, `{'resourceType':'Condition','id':'c','code':{'text':'Cough'}}`)
	for _, text := range []string{``, `null`, `[]`, `7`, `{}`, `{"resourceType":7}`, `{"id":"x"}`, `{"resourceType":"Condition"} {}`, `{"resourceType":"Condition"`} {
		p.Entries = append(p.Entries, collect.Entry{Resource: []byte(text)})
	}
	p.Entries = append(p.Entries, p.Entries[0]) // found by two searches: the same bytes
	v := record.Read([]collect.Part{p}, alice, now)
	s := v.Sources[0]
	if s.Odd != 8 || s.Shown != 2 || len(all(v)) != 2 {
		t.Fatalf("%d odd, %d shown, %d lines", s.Odd, s.Shown, len(all(v)))
	}
	if a := v.Attention[len(v.Attention)-1]; a.Kind != "odd" || a.Text != "8 items could not be displayed." || a.About[0] != s {
		t.Errorf("at the top: %+v", a)
	}
}

func TestAttentionGathersWhatIsTheSame(t *testing.T) {
	ask := collect.Reason{Code: "permission-needed", Text: "The patient has not been asked.", Remedy: "Ask the patient."}
	refused := func(id string, r collect.Reason) collect.Part {
		p := from(id, collect.Refused)
		p.Reason = r
		return p
	}
	out := collect.Reason{Code: "opted-out", Text: "The patient has opted out.", Remedy: "Telephone Hill on 1."}
	outToo := out
	outToo.Remedy = "Telephone Acute on 2."
	v := record.Read([]collect.Part{refused("one", ask), from("late", collect.TimedOut), refused("hill", out), refused("two", ask), refused("acute", outToo),
		from("well", collect.Complete), from("none", collect.NoRecord), from("soon", "")}, alice, now)
	var got []string
	for _, a := range v.Attention {
		line := a.Kind + " " + names(a.About) + ": " + a.Text + " " + a.Remedy
		if a.Ask {
			line += " ASK"
		}
		got = append(got, strings.TrimSpace(line))
	}
	want := []string{
		"did-not-answer-in-time Late: " + collect.TimedOut.Text(),
		"refused One, Two: The patient has not been asked. Ask the patient. ASK",
		"refused Hill: The patient has opted out. Telephone Hill on 1.",
		"refused Acute: The patient has opted out. Telephone Acute on 2.",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestAFilterNeverNarrowsTheSummary(t *testing.T) {
	v := record.Read([]collect.Part{
		from("riverside", collect.Complete, penicillin, `{'resourceType':'Condition','id':'1','code':{'text':'Cough'},'onsetDateTime':'2026-02-01'}`, `{'resourceType':'Condition','id':'2','code':{'text':'Old'},'onsetDateTime':'2001'}`, `{'resourceType':'Condition','id':'3','code':{'text':'Undated'}}`),
		from("hill", collect.Complete, `{'resourceType':'Condition','id':'1','code':{'text':'Elsewhere'},'onsetDateTime':'2026-02-01'}`),
	}, alice, now)
	for name, c := range map[string]struct {
		filter record.Filter
		want   []string
	}{
		"a source":   {record.Filter{Source: "hill"}, []string{"Elsewhere"}},
		"a category": {record.Filter{Category: "conditions"}, []string{"Cough", "Elsewhere", "Old", "Undated"}},
		"a period":   {record.Filter{Since: "3m"}, []string{"Cough", "Elsewhere", "Undated"}},
		"all three":  {record.Filter{Source: "riverside", Category: "conditions", Since: "1y"}, []string{"Cough", "Undated"}},
	} {
		t.Run(name, func(t *testing.T) {
			n := v.Narrowed(c.filter)
			var got []string
			for _, l := range all(n) {
				if l.Title != "Allergy to penicillin" {
					got = append(got, l.Title)
				}
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Error(diff)
			}
			if len(n.Summary.Allergies.Current) != 1 || len(n.Summary.Problems.Lines) != 4 {
				t.Error("the summary was narrowed")
			}
			count := 0
			for _, y := range n.Years {
				count += len(y.Lines)
			}
			if count != n.Total {
				t.Errorf("%d on the time line, %d in the categories", count, n.Total)
			}
		})
	}
	if n := v.Narrowed(record.Filter{}); n != v {
		t.Error("no filter makes another view")
	}
}
