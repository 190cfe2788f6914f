package suite_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/mycarerecord/mcr/access"
	"github.com/mycarerecord/mcr/nhs"
	"github.com/mycarerecord/mcr/registry"
	"github.com/mycarerecord/mcr/registry/intake"
)

// demographics is a Patient as the Personal Demographics Service's FHIR API gives it (the shape of
// the examples that NHSDigital/personal-demographics-service-api publishes): the id is the NHS
// number, and the practice has a code and no telephone.
func demographics(who nhs.Number, practice, label string) string {
	return fmt.Sprintf(`{"resourceType":"Patient","id":%[1]q,"meta":{"versionId":"2","security":[{"system":"http://terminology.hl7.org/CodeSystem/v3-Confidentiality","code":%[4]q,"display":"as labelled"}]},`+
		`"identifier":[{"system":%[2]q,"value":%[1]q,"extension":[{"url":"https://fhir.hl7.org.uk/StructureDefinition/Extension-UKCore-NHSNumberVerificationStatus",`+
		`"valueCodeableConcept":{"coding":[{"system":"https://fhir.hl7.org.uk/CodeSystem/UKCore-NHSNumberVerificationStatusEngland","version":"1.0.0","code":"01","display":"Number present and verified"}]}}]}],`+
		`"name":[{"id":"123","use":"usual","period":{"start":"2020-01-01"},"given":["Jane"],"family":"Smith","prefix":["Mrs"]}],"gender":"female","birthDate":"2010-10-22","multipleBirthInteger":1,`+
		`"telecom":[{"id":"789","period":{"start":"2020-01-01"},"system":"phone","value":"01632960587","use":"home"}],`+
		`"generalPractitioner":[{"id":"254406A3","type":"Organization","identifier":{"system":%[5]q,"value":%[3]q,"period":{"start":"2020-01-01"}}}]}`,
		who.Digits(), nhs.NumberSystem, practice, label, nhs.ODSSystem)
}

// epraccur is a directory of practices: the rows of England's have 27 columns.
func epraccur(rows ...[4]string) string {
	var b strings.Builder
	for _, r := range rows { // code, name, status, telephone
		fmt.Fprintf(&b, `"%s","%s","Y63","Q74","1 HIGH STREET","","","","","TS18 1HU","19740401","","%s","B","00K","20130401","","%s","","","","0","","00K","","4",""`+"\r\n", r[0], r[1], r[2], r[3])
	}
	return b.String()
}

var practicesOfTheNorth = epraccur([4]string{"Y12345", "THE RIVERSIDE, SURGERY", "A", "01632 960002"}, [4]string{"Y23456", "CLOSED PRACTICE", "C", "01632 960003"},
	[4]string{"Y34567", "SILENT PRACTICE", "A", ""})

func directory(t *testing.T, file string) *intake.Practices {
	t.Helper()
	p, err := intake.ReadPractices(strings.NewReader(file))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func asWith(p *intake.Practices) intake.Options {
	opt := as("tester")
	opt.Practices = p
	return opt
}

func TestAPatientOfTheDemographicsServiceIsImported(t *testing.T) {
	r := fresh(t)
	who := number(1)
	take := func(line string) intake.Imported {
		t.Helper()
		done, err := intake.Import(context.Background(), r, strings.NewReader(line), asWith(directory(t, practicesOfTheNorth)))
		if err != nil {
			t.Fatal(err)
		}
		return done
	}
	if done := take(demographics(who, "Y12345", "R")); done.Added != 3 {
		t.Errorf("first: %v", done)
	}
	f := gather(r, by(asks(who), "u1", "Y12345"))
	if g := f.Registration.Value; g.Name != "THE RIVERSIDE, SURGERY" || g.Telephone != "01632 960002" || f.Restriction.State != access.Known {
		t.Errorf("facts are %+v", f)
	}
	if f.Age != access.KnownFact(16) {
		t.Errorf("the age is %+v", f.Age)
	}
	// No number is in what decisions name, and the resource is known again by its id.
	for _, id := range []string{f.Registration.Value.ID, f.Relationships.Value[0].ID, f.Restriction.Value.ID} {
		if tenDigits.MatchString(id) || !strings.HasPrefix(id, "Patient/") || len(id) < len("Patient/")+32 {
			t.Errorf("an id is %s", id)
		}
	}
	if done := take(demographics(who, "Y12345", "R")); done.Unchanged != 3 {
		t.Errorf("again: %v", done)
	}
	if done := take(demographics(who, "Y12345", "U")); done.Changed != 1 || done.Unchanged != 2 {
		t.Errorf("not restricted any more: %v", done)
	}
	if got := gather(r, asks(who)).Restriction.State; got != access.Absent {
		t.Errorf("the restriction is %v", got)
	}
	// Another registry makes another id of the same number.
	other := fresh(t)
	if _, err := intake.Import(context.Background(), other, strings.NewReader(demographics(who, "Y12345", "R")), asWith(directory(t, practicesOfTheNorth))); err != nil {
		t.Fatal(err)
	}
	if a, b := f.Registration.Value.ID, gather(other, asks(who)).Registration.Value.ID; a == b {
		t.Errorf("two registries make %s of one number", a)
	}
}

// A practice that the patient has left is none: the service tells it by the period.
func TestAPracticeThatThePatientHasLeftRegistersNobody(t *testing.T) {
	r := fresh(t)
	with := asWith(directory(t, practicesOfTheNorth))
	line := demographics(number(1), "Y12345", "U")
	left := strings.Replace(line, `"period":{"start":"2020-01-01"}}}]`, `"period":{"start":"2020-01-01","end":"2026-10-31"}}}]`, 1)
	back := strings.Replace(left, `"generalPractitioner":[`, `"generalPractitioner":[`+strings.SplitAfter(line, `"generalPractitioner":[`)[1][:len(strings.SplitAfter(line, `"generalPractitioner":[`)[1])-2]+`,`, 1)
	for i, c := range []struct{ line, want string }{
		{line, "1 resources: 2 entries added, 0 changed, 0 unchanged"},
		{left, "1 resources: 0 entries added, 1 changed, 1 unchanged\nwithout effect now:\n  1 Patient: left its practice, registered nowhere"},
		{back, "1 resources: 0 entries added, 1 changed, 1 unchanged"},
	} {
		done, err := intake.Import(context.Background(), r, strings.NewReader(c.line), with)
		if err != nil || done.String() != c.want {
			t.Errorf("%d: %v, %v, want %s", i, done, err, c.want)
		}
		if x := gather(r, by(asks(number(1)), "u1", "Y12345")).Relationships.Value; len(x) != 1 || x[0].Ended != (i == 1) {
			t.Errorf("%d: relationships are %+v", i, x)
		}
	}
}

// The other label system that the service's examples have marks a sensitive patient no less.
func TestAPatientRestrictedByTheServicesOwnLabelIsRestricted(t *testing.T) {
	line := strings.Replace(demographics(number(1), "Y12345", "R"), "http://terminology.hl7.org/CodeSystem/v3-Confidentiality", "https://www.hl7.org/fhir/valueset-security-labels.html", 1)
	r := fresh(t)
	if _, err := intake.Import(context.Background(), r, strings.NewReader(line), asWith(directory(t, practicesOfTheNorth))); err != nil {
		t.Fatal(err)
	}
	if got := gather(r, asks(number(1))).Restriction; got.State != access.Known || got.Value.Code != "R" {
		t.Errorf("the restriction is %+v", got)
	}
}

func TestAPracticeThatTheDirectoryCannotTellStaysAFault(t *testing.T) {
	for code, want := range map[string]string{
		"Y23456": "Patient: generalPractitioner is closed, by the directory of practices, and has no telephone: ",
		"Y34567": "Patient: generalPractitioner has no telephone in use: ",
		"Y99999": "Patient: generalPractitioner has no telephone in use: ",
	} {
		_, err := intake.Import(context.Background(), fresh(t), strings.NewReader(demographics(number(1), code, "U")), asWith(directory(t, practicesOfTheNorth)))
		var fault *intake.ImportError
		if !asFault(err, &fault) || fault.Count != 1 || !strings.HasPrefix(fault.Faults[0].Problem, want) || strings.Contains(err.Error(), code) {
			t.Errorf("%s: %v", code, err)
		}
	}
	// A telephone of the Patient's own goes before that of the directory.
	r := fresh(t)
	line := patient("p", number(1), registeredWith("Y12345", "01632 960009"))
	if _, err := intake.Import(context.Background(), r, strings.NewReader(line), asWith(directory(t, practicesOfTheNorth))); err != nil {
		t.Fatal(err)
	}
	if got := gather(r, asks(number(1))).Registration.Value; got.Telephone != "01632 960009" || got.Name != "Surgery Y12345" {
		t.Errorf("the practice is %+v", got)
	}
}

// A resource whose id is an NHS number and that names no patient any more ends what it stood for.
func TestWhatASealedIdStoodForEndsWithIt(t *testing.T) {
	r := fresh(t)
	id := number(1).Digits()
	load(t, r, episode(id, number(1), "RXA01", "active", `{"start":"2026-11-01"}`))
	if got := gather(r, asks(number(1))).Relationships.Value; len(got) != 1 || tenDigits.MatchString(got[0].ID) {
		t.Fatalf("relationships are %+v", got)
	}
	load(t, r, `{"resourceType":"EpisodeOfCare","id":"`+id+`","status":"entered-in-error"}`)
	if got := gather(r, asks(number(1))).Relationships.State; got != access.Absent {
		t.Errorf("relationships are %v", got)
	}
}

// Before ids were sealed, one that was somebody else's number, or only looked like one, was taken
// as it is: what was recorded so is known again, and not recorded a second time beside it.
func TestWhatWasRecordedUnderAPlainIdIsKnownAgain(t *testing.T) {
	r := fresh(t)
	plain := "EpisodeOfCare/" + number(9).Digits()
	addEntry(t, r, registry.Entry{ID: plain, Version: 1, Kind: registry.KindRelationship, Status: registry.Active, Patient: number(1),
		Organisation: ods("RXA01"), Detail: registry.Detail{Form: "episode"}, RecordedBy: "x", RecordedAt: noon})
	if done := load(t, r, episode(number(9).Digits(), number(1), "RXA01", "finished", `{"start":"2026-11-01"}`)); done.Changed != 1 || done.Added != 0 {
		t.Errorf("%v", done)
	}
	if got := gather(r, asks(number(1))).Relationships.Value; len(got) != 1 || !got[0].Ended || got[0].ID != plain {
		t.Errorf("relationships are %+v", got)
	}
	// It cannot become one of the patient whose number it is.
	_, err := intake.Import(context.Background(), r, strings.NewReader(episode(number(9).Digits(), number(9), "RXA01", "active", `{"start":"2026-11-01"}`)), as("tester"))
	var fault *intake.ImportError
	if !asFault(err, &fault) || !strings.Contains(err.Error(), "id or meta.source has the patient's NHS number in it") {
		t.Errorf("%v", err)
	}
}

func TestADirectoryOfPracticesIsReadStrictly(t *testing.T) {
	good := practicesOfTheNorth
	organization := func(more string) string {
		return `{"resourceType":"Organization","identifier":[{"system":"` + nhs.ODSSystem + `","value":"Y12345"}],"name":"Riverside","telecom":[{"system":"phone","value":"01632 960002"}]` + more + `}`
	}
	for name, c := range map[string]struct{ file, want string }{
		"epraccur":              {good, ""},
		"Organizations":         {organization("") + "\n\n" + strings.Replace(organization(`,"active":false`), "Y12345", "Y23456", 1) + "\n", ""},
		"nothing":               {"", "it has none"},
		"a header":              {"Organisation Code,Name\n" + good, "line 1 has 2 columns"},
		"a long header":         {"\"Organisation Code\"" + strings.Repeat(",x", 26) + "\n" + good, "line 1: column 1 is not an ODS code: epraccur has one there, no header and no byte order mark"},
		"a byte order mark":     {"\ufeff" + good, "neither the CSV of epraccur nor FHIR"},
		"a quote too many":      {good + `"Y1"2",` + "\n", "neither the CSV of epraccur nor FHIR"},
		"twice":                 {good + good, "line 4: has a code that is there before: keep one"},
		"another resource":      {`{"resourceType":"Practitioner"}`, "line 1 is not an Organization"},
		"a modifier":            {organization(`,"modifierExtension":[]`), "line 1 modifierExtension may change"},
		"no code":               {`{"resourceType":"Organization"}`, "line 1 identifier has no ODS code"},
		"two objects":           {organization("") + "{}", "line 1 is not one JSON object"},
		"an Organization twice": {organization("") + "\n" + organization(""), "line 2 has a code that is there before"},
	} {
		_, err := intake.ReadPractices(strings.NewReader(c.file))
		if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
			t.Errorf("%s: %v, want %s", name, err, c.want)
		}
	}
	r := fresh(t)
	p := directory(t, organization(""))
	if _, err := intake.Import(context.Background(), r, strings.NewReader(demographics(number(1), "Y12345", "U")), asWith(p)); err != nil {
		t.Fatal(err)
	}
	if got := gather(r, asks(number(1))).Registration.Value; got.Name != "Riverside" || got.Telephone != "01632 960002" {
		t.Errorf("the practice is %+v", got)
	}
}

// FuzzPractices: whatever a directory holds, it is read or refused.
func FuzzPractices(f *testing.F) {
	f.Add([]byte(practicesOfTheNorth))
	f.Add([]byte(`{"resourceType":"Organization","identifier":[{"system":"` + nhs.ODSSystem + `","value":"Y12345"}]}`))
	f.Fuzz(func(t *testing.T, file []byte) {
		if p, err := intake.ReadPractices(strings.NewReader(string(file))); (p == nil) != (err != nil) {
			t.Fatalf("%v, %v", p, err)
		}
	})
}
