package decision_test

import (
	"strings"
	"testing"

	"github.com/mycarerecord/mcr/access"
	"github.com/mycarerecord/mcr/decision/policytest"
	"github.com/mycarerecord/mcr/fhir"
)

// What a directory entry shows, from the question to the bytes.
func TestADirectoryEntryShowsAColleagueAtWork(t *testing.T) {
	q := policytest.Consultant()
	q.Patient = access.Question{}.Patient
	for _, c := range []struct {
		typ, body     string
		shown, hidden []string
	}{
		{
			"Practitioner", `{"resourceType":"Practitioner","id":"1","identifier":[{"system":"https://fhir.hl7.org.uk/Id/gmc-number","value":"C1234567"}],` +
				`"text":{"status":"generated","div":"<div>lives at 1 Home Road</div>"},"name":[{"family":"Shah"}],"telecom":[{"system":"phone","value":"07700 900000"}],` +
				`"address":[{"line":["1 Home Road"]}],"gender":"female","birthDate":"1970-01-01","_birthDate":{"extension":[{"url":"x","valueString":"born at home"}]},` +
				`"photo":[{"url":"x"}],"qualification":[{"code":{"text":"FRCP"}}]}`,
			[]string{"Shah", "C1234567", "FRCP"},
			[]string{"07700", "Home Road", "female", "1970", "born at home", "photo"},
		},
		{
			"PractitionerRole", `{"resourceType":"PractitionerRole","id":"1","practitioner":{"reference":"Practitioner/1"},"telecom":[{"system":"phone","value":"01632 960000"}]}`,
			[]string{"01632 960000", "Practitioner/1"}, nil,
		},
		{
			"Organization", `{"resourceType":"Organization","id":"1","name":"St Mary's","telecom":[{"system":"phone","value":"01632 960001"}],"contained":[{"resourceType":"Practitioner","id":"p","birthDate":"1970-01-01"}]}`,
			[]string{"St Mary's", "01632 960001"},
			[]string{"1970"},
		},
	} {
		q.Request = fhir.Request{Interaction: fhir.Read, Type: c.typ, ID: "1"}
		d := policytest.Engine(t).Decide(t.Context(), q, access.Facts{}) // nothing can be looked up, and need not
		if d.Effect != access.Permit || len(d.Reasons) != 1 || d.Reasons[0].Code != "directory-entry" {
			t.Fatalf("%s: %+v", c.typ, d)
		}
		got, err := fhir.Filter([]byte(c.body), q.Request, fhir.Owner{}, d.Plan, fhir.Links{})
		if err != nil || len(got.Released) != 1 {
			t.Fatalf("%s: %+v %v", c.typ, got, err)
		}
		for _, s := range c.shown {
			if !strings.Contains(string(got.Body), s) {
				t.Errorf("%s: %q is not in %s", c.typ, s, got.Body)
			}
		}
		for _, s := range c.hidden {
			if strings.Contains(string(got.Body), s) {
				t.Errorf("%s: %q is in %s", c.typ, s, got.Body)
			}
		}
	}
}

// An entry that speaks of a patient is none of the directory, whatever its type.
func TestADirectoryEntryNamesNoPatient(t *testing.T) {
	q := policytest.Consultant()
	q.Patient = access.Question{}.Patient
	q.Request = fhir.Request{Interaction: fhir.Read, Type: "Medication", ID: "1"}
	d := policytest.Engine(t).Decide(t.Context(), q, access.Facts{})
	for _, body := range []string{
		`{"resourceType":"Medication","id":"1","extension":[{"url":"made-for","valueReference":{"reference":"Patient/p1"}}]}`,
		`{"resourceType":"Medication","id":"1","identifier":[{"system":"https://fhir.nhs.uk/Id/nhs-number","value":"9990000018"}]}`,
	} {
		got, err := fhir.Filter([]byte(body), q.Request, fhir.Owner{}, d.Plan, fhir.Links{})
		if err != nil || len(got.Released) != 0 {
			t.Errorf("%s: %+v %v", body, got, err)
		}
	}
}
