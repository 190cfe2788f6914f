package record_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mycarerecord/mcr/collect"
	"github.com/mycarerecord/mcr/console/record"
)

func TestADoseReads(t *testing.T) {
	for name, c := range map[string]struct{ dosage, want string }{
		"in the source's words": {`[{'text':'One to be taken each morning'}]`, "One to be taken each morning"},
		"in figures": {`[{'doseAndRate':[{'doseQuantity':{'value':500,'unit':'mg'}}],'route':{'text':'Oral'},'timing':{'repeat':{'frequency':2,'period':1,'periodUnit':'d','when':['PC']}}}]`,
			"500 mg, oral, twice a day, after meals"},
		"in words and figures": {`[{'text':'As directed','doseAndRate':[{'doseRange':{'low':{'value':1,'unit':'tablet'},'high':{'value':2,'unit':'tablet'}}}],'asNeededCodeableConcept':{'text':'Pain'}}]`,
			"As directed – 1 to 2 tablet, when needed for pain"},
		"every eight hours":        {`[{'timing':{'repeat':{'frequency':1,'period':8,'periodUnit':'h'}},'doseAndRate':[{'doseQuantity':{'value':0.50,'unit':'mg'}}]}]`, "0.50 mg, once every 8 hours"},
		"micrograms in full":       {`[{'doseAndRate':[{'doseQuantity':{'value':25,'unit':'ug'}}]}]`, "25 micrograms"},
		"with a limit":             {`[{'text':'1 tablet','maxDosePerPeriod':{'numerator':{'value':8,'unit':'tablet'},'denominator':{'value':1,'unit':'d'}}}]`, "1 tablet – at most 8 tablet per 1 d"},
		"on some days":             {`[{'timing':{'repeat':{'dayOfWeek':['mon','thu'],'timeOfDay':['08:00:00']}}}]`, "Monday, Thursday, at 08:00"},
		"by a code of a timing":    {`[{'timing':{'code':{'text':'BD'}}}]`, "BD"},
		"as an infusion":           {`[{'doseAndRate':[{'rateQuantity':{'value':100,'unit':'mL/h'}}],'timing':{'repeat':{'boundsDuration':{'value':7,'unit':'d','code':'d'}}}}]`, "at 100 mL/h, for 7 days"},
		"as a warning":             {`[{'text':'One a day','additionalInstruction':[{'text':'Do not stop suddenly'}],'patientInstruction':'With water'}]`, "One a day – Do not stop suddenly – With water"},
		"with more than we know":   {`[{'text':'One a day','tapering':{'by':'half'}}]`, "One a day – more is said of this dose than this page can show: check with the source"},
		"as needed, in one bit":    {`[{'asNeededBoolean':true,'sequence':1,'timing':{'repeat':{'frequency':1,'period':1,'periodUnit':'d'}}}]`, "once a day, when needed"},
		"as a bare text":           {`'one at night'`, "one at night"},
		"as nothing":               {`[{}]`, "not given by the source"},
		"as two parts":             {`[{'sequence':1,'text':'Two today'},{'sequence':2,'text':'One from tomorrow'}]`, "Two today | then: One from tomorrow"},
		"backwards by a character": {`[{'text':'take \u202e5 gm\u202c daily'}]`, "take �5 gm� daily"},
	} {
		t.Run(name, func(t *testing.T) {
			l := one(t, `{'resourceType':'MedicationRequest','status':'active','intent':'order','medicationCodeableConcept':{'text':'X'},'dosageInstruction':`+c.dosage+`}`)
			got := fact(l, "Dose")
			if then := fact(l, "then"); then != "" {
				got += " | then: " + then
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestAMedicinesStatusReads(t *testing.T) {
	for name, c := range map[string]struct {
		text, marks string
		standing    record.Standing
	}{
		"active":                 {`'status':'active','intent':'order'`, "Active", record.Current},
		"stopped":                {`'status':'stopped','intent':'order'`, "Stopped", record.Past},
		"on hold":                {`'status':'on-hold','intent':'order'`, "On hold", record.Current},
		"a plan only":            {`'status':'active','intent':'plan'`, "Active, Plan only", record.Current},
		"not to be given":        {`'status':'active','intent':'order','doNotPerform':true`, "Active, Do NOT give", record.Current},
		"entered in error":       {`'status':'entered-in-error','intent':'order'`, "Entered in error", record.Wrong},
		"without status":         {`'intent':'order'`, "Status not given", record.Current},
		"of a status unheard of": {`'status':'somehow','intent':'order'`, "Somehow", record.Current},
		"with a modifier":        {`'status':'active','intent':'order','dosageInstruction':[{'text':'x','modifierExtension':[{'url':'urn:not'}]}]`, "Active, Qualified in a way this page cannot show: check with the source", record.Current},
	} {
		t.Run(name, func(t *testing.T) {
			l := one(t, `{'resourceType':'MedicationRequest','medicationCodeableConcept':{'text':'X'},`+c.text+`}`)
			if marks(l) != c.marks || l.Standing != c.standing {
				t.Errorf("marks %q, standing %d; want %q, %d", marks(l), l.Standing, c.marks, c.standing)
			}
		})
	}
}

func TestAMedicineIsNamed(t *testing.T) {
	const medication = `{'resourceType':'Medication','id':'med-1','code':{'coding':[{'system':'http://snomed.info/sct','code':'1','display':'Metformin'}]},'form':{'text':'Tablet'}}`
	for name, c := range map[string]struct{ text, want string }{
		"by a concept":           {`'medicationCodeableConcept':{'text':'Aspirin'}`, "Aspirin"},
		"by a resource beside":   {`'medicationReference':{'reference':'Medication/med-1'}`, "Metformin, Tablet"},
		"by a versioned address": {`'medicationReference':{'reference':'http://broker.example/Medication/med-1/_history/3'}`, "Metformin, Tablet"},
		"by what it contains":    {`'contained':[{'resourceType':'Medication','id':'c','code':{'text':'Codeine'}}],'medicationReference':{'reference':'#c'}`, "Codeine"},
		"by its ingredients":     {`'contained':[{'resourceType':'Medication','id':'c','ingredient':[{'itemCodeableConcept':{'text':'A'},'strength':{'numerator':{'value':5,'unit':'mg'},'denominator':{'value':1,'unit':'mL'}}},{'itemCodeableConcept':{'text':'B'}}]}],'medicationReference':{'reference':'#c'}`, "A 5 mg per 1 mL + B"},
		"by the display alone":   {`'medicationReference':{'reference':'Medication/elsewhere','display':'Digoxin'}`, "Digoxin"},
		"by nothing that came":   {`'medicationReference':{'reference':'Medication/elsewhere'}`, "Medicine whose name did not come"},
	} {
		t.Run(name, func(t *testing.T) {
			if l := one(t, `{'resourceType':'MedicationStatement','id':'s','status':'active',`+c.text+`}`, medication); l.Title != c.want {
				t.Errorf("named %q, want %q", l.Title, c.want)
			}
		})
	}
}

func TestTheSameMedicineOfTwoSourcesIsTwoFactsSideBySide(t *testing.T) {
	metformin := func(id, text, dose string) string {
		return `{'resourceType':'MedicationRequest','id':'` + id + `','status':'active','intent':'order','dosageInstruction':[{'text':'` + dose + `'}],
			'medicationCodeableConcept':{'text':'` + text + `','coding':[{'system':'http://snomed.info/sct','code':'109081006','display':'Metformin'}]}}`
	}
	v := record.Read([]collect.Part{
		from("riverside", collect.Complete, metformin("1", "Metformin", "500 mg twice a day"), `{'resourceType':'MedicationRequest','id':'2','status':'active','intent':'order','medicationCodeableConcept':{'text':'Aspirin'}}`),
		from("hill", collect.Complete, metformin("1", "metformin MR", "1 g at night")),
	}, alice, now)
	groups := v.Summary.Medicines.Groups
	if len(groups) != 2 || groups[0].Name != "Aspirin" || len(groups[0].Lines) != 1 || len(groups[1].Lines) != 2 {
		t.Fatalf("groups: %+v", groups)
	}
	var doses []string
	for _, l := range groups[1].Lines {
		doses = append(doses, l.Source.Name+": "+fact(l, "Dose"))
	}
	if diff := cmp.Diff([]string{"Riverside: 500 mg twice a day", "Hill: 1 g at night"}, doses); diff != "" {
		t.Error(diff)
	}
}

func TestWhatWasGivenLatelyStandsApartFromWhatIsPrescribed(t *testing.T) {
	v := record.Read([]collect.Part{from("acute", collect.Complete,
		`{'resourceType':'MedicationAdministration','id':'1','status':'completed','medicationCodeableConcept':{'text':'Morphine'},'effectiveDateTime':'2026-03-01T23:00:00Z','dosage':{'dose':{'value':5,'unit':'mg'},'route':{'text':'Intravenous'}}}`,
		`{'resourceType':'MedicationAdministration','id':'2','status':'not-done','medicationCodeableConcept':{'text':'Heparin'},'effectiveDateTime':'2026-03-01T23:00:00Z'}`,
		`{'resourceType':'MedicationDispense','id':'3','status':'completed','medicationCodeableConcept':{'text':'Codeine'},'whenHandedOver':'2024-03-01'}`,
		`{'resourceType':'MedicationRequest','id':'4','status':'completed','intent':'order','medicationCodeableConcept':{'text':'Amoxicillin'}}`)}, alice, now)
	m := v.Summary.Medicines
	if diff := cmp.Diff([]string{"Morphine"}, titles(m.Lately)); diff != "" || len(m.Groups) != 0 || m.Over != 1 {
		t.Errorf("%s; groups %v, over %d", diff, m.Groups, m.Over)
	}
	if got := fact(m.Lately[0], "Dose"); got != "5 mg, intravenous" {
		t.Errorf("dose %q", got)
	}
}

// request is a prescription, for short.
func request(id, name, dose, more string) string {
	return `{'resourceType':'MedicationRequest','id':'` + id + `','status':'active','intent':'order','medicationCodeableConcept':{'text':'` + name + `'},
		'dosageInstruction':[{'text':'` + dose + `'}]` + more + `}`
}

// Two doses of one medicine in force are a conflict, whoever has them; two ways to write one
// dose are not, nor is what is on hold or a mere wish.
func TestTwoDosesOfAMedicineAreMarked(t *testing.T) {
	for name, c := range map[string]struct {
		one, other, want string
		groups           int
	}{
		"the same with its form":      {request("1", "Ramipril 5mg capsules", "One daily", ""), request("1", "Ramipril 5 mg capsule", "1 capsule once a day", ""), "", 1},
		"the same in other words":     {request("1", "Ramipril 5mg capsules", "One daily", ""), request("1", "Ramipril 5 mg capsule", "Take one once a day.", ""), "", 1},
		"another strength":            {request("1", "Ramipril 5mg capsules", "One daily", ""), request("1", "Ramipril 10mg capsules", "One daily", ""), "Two doses", 1},
		"a strength in other words":   {request("1", "Levothyroxine 50mcg tablets", "One daily", ""), request("1", "Levothyroxine 50 micrograms", "One daily", ""), "", 1},
		"another dose":                {request("1", "Metformin", "500 mg twice a day", ""), request("1", "Metformin", "1 g at night", ""), "Two doses", 1},
		"one without a dose":          {request("1", "Metformin", "500 mg twice a day", ""), `{'resourceType':'MedicationStatement','id':'1','status':'active','medicationCodeableConcept':{'text':'Metformin'}}`, "", 1},
		"one on hold":                 {request("1", "Metformin", "500 mg twice a day", ""), strings.Replace(request("1", "Metformin", "1 g at night", ""), "active", "on-hold", 1), "", 1},
		"one not to be given":         {request("1", "Metformin", "500 mg twice a day", ""), request("1", "Metformin", "1 g at night", `,'doNotPerform':true`), "", 1},
		"vitamins that are not alike": {request("1", "Vitamin B 12", "One daily", ""), request("1", "Vitamin B 6", "Two daily", ""), "", 2},
		"two medicines":               {request("1", "Sodium chloride 5 mg", "One daily", ""), request("1", "Sodium bicarbonate 5 mg", "Two daily", ""), "", 2},
	} {
		t.Run(name, func(t *testing.T) {
			v := record.Read([]collect.Part{from("riverside", collect.Complete, c.one), from("acute", collect.Complete, c.other)}, alice, now)
			groups := v.Summary.Medicines.Groups
			if len(groups) != c.groups || groups[0].Conflict() != c.want {
				t.Errorf("%d groups, marked %q; want %d, %q", len(groups), groups[0].Conflict(), c.groups, c.want)
			}
			rows := 0
			for _, g := range groups {
				rows += len(g.Rows)
			}
			if rows != 2 {
				t.Errorf("%d rows of two entries", rows)
			}
		})
	}
}

// Since when, and when it was last issued, is what the medicine's own source says.
func TestAMedicineIsOfADayAndWasIssuedLast(t *testing.T) {
	v := record.Read([]collect.Part{
		from("riverside", collect.Complete,
			request("1", "Metformin 500mg tablets", "One daily", `,'authoredOn':'2020-05-03','dispenseRequest':{'validityPeriod':{'start':'2020-05-04'}}`),
			strings.Replace(request("2", "Metformin 500mg tablets", "One daily", `,'authoredOn':'2026-01-12'`), "active", "completed", 1),
			`{'resourceType':'MedicationDispense','id':'3','status':'completed','medicationCodeableConcept':{'text':'Metformin 500mg tablets'},'whenHandedOver':'2026-02-14'}`,
			strings.Replace(request("4", "Metformin 500mg tablets", "One daily", `,'authoredOn':'2026-02-28'`), "active", "entered-in-error", 1)),
		from("hill", collect.Complete, `{'resourceType':'MedicationStatement','id':'1','status':'active','medicationCodeableConcept':{'text':'Metformin'},'effectivePeriod':{'start':'2019-01'},
			'extension':[{'url':'https://fhir.hl7.org.uk/StructureDefinition/Extension-UKCore-MedicationStatementLastIssueDate','valueDateTime':'2026-02-01'}]}`),
	}, alice, now)
	var got []string
	for _, r := range v.Summary.Medicines.Groups[0].Rows {
		got = append(got, strings.Join([]string{r.Source.Name, r.Title, r.Dose, r.Since.Short(), r.Issued.Short()}, " | "))
	}
	if diff := cmp.Diff([]string{
		"Hill | Metformin | not given by the source | Jan 2019 | 1 Feb 2026",
		"Riverside | Metformin 500mg tablets | One daily | 4 May 2020 | 14 Feb 2026",
	}, got); diff != "" {
		t.Error(diff)
	}
}
