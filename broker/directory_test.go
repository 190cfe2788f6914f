package broker_test

import (
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/mycarerecord/mcr/access"
	"github.com/mycarerecord/mcr/audit"
	"github.com/mycarerecord/mcr/broker"
	"github.com/mycarerecord/mcr/fhir"
)

// directory is a broker in front of a source with one practitioner, whose rules permit
// the directory.
func directory(t *testing.T, entry string) *kit {
	t.Helper()
	k := newKit(t)
	k.decision.Plan = fhir.Plan{Categories: []string{"administrative"}, Masks: []string{"Practitioner.telecom"}}
	k.source = sourceOf(map[string]string{"Practitioner/g1": entry})
	return k
}

const practitioner = `{"resourceType":"Practitioner","id":"g1","name":[{"family":"` + canary + `"}],"telecom":[{"value":"private"}]}`

func TestAnEntryOfTheDirectoryIsReadWithoutAPatient(t *testing.T) {
	k := directory(t, practitioner)
	w := k.get("/fhir/Practitioner/g1")
	if w.Code != http.StatusOK || !strings.Contains(w.Body.String(), canary) || strings.Contains(w.Body.String(), "private") {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	rec := k.only()
	if rec.PatientHMAC != "" || rec.PatientShown != "" || rec.Outcome != audit.Released || rec.Categories["administrative"] != 1 || rec.Resources[0] != "Practitioner/g1" {
		t.Errorf("%+v", rec)
	}
}

// Who may not read it, and who asks for what is not there, is told the same.
func TestAnEntryThatIsNotThereAndOneThatIsNotAllowedLookAlike(t *testing.T) {
	missing := directory(t, practitioner)
	not := missing.get("/fhir/Practitioner/g2")
	refused := directory(t, practitioner)
	refused.decision = deny
	asked := 0
	source := refused.source
	refused.source = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { asked++; source.ServeHTTP(w, r) })
	no := refused.get("/fhir/Practitioner/g1")
	withheld := directory(t, strings.Replace(practitioner, `"name"`, `"meta":{"security":[{"system":"s","code":"R"}]},"name"`, 1))
	cut := withheld.get("/fhir/Practitioner/g1")
	for _, w := range []string{no.Body.String(), cut.Body.String()} {
		if id := "Record "; w[:strings.Index(w, id)] != not.Body.String()[:strings.Index(not.Body.String(), id)] {
			t.Errorf("%s\n%s", w, not.Body)
		}
	}
	if not.Code != http.StatusNotFound || no.Code != http.StatusNotFound || cut.Code != http.StatusNotFound || asked > 0 {
		t.Errorf("%d %d %d, asked %d times", not.Code, no.Code, cut.Code, asked)
	}
	if rec := refused.only(); rec.Outcome != audit.Refused || rec.Effect != string(access.Deny) {
		t.Errorf("%+v", rec)
	}
}

// An entry of the directory that holds, or names, a patient is none.
func TestAttack150APatientInAnEntryOfTheDirectory(t *testing.T) {
	for name, part := range map[string]string{
		"a clinical resource in it": `"contained":[{"resourceType":"Condition","id":"c","subject":{"reference":"Patient/p1"},"code":{"text":"` + canary + `"}}]`,
		"a patient in it":           `"contained":[{"resourceType":"Patient","id":"c","name":[{"family":"` + canary + `"}]}]`,
		"a reference to a patient":  `"extension":[{"url":"http://x.example/e","valueReference":{"reference":"Patient/p1","display":"` + canary + `"}}]`,
		"one elsewhere":             `"extension":[{"url":"http://x.example/e","valueReference":{"reference":"http://elsewhere.example/Patient/p1"}}]`,
		"a patient by number":       `"extension":[{"url":"http://x.example/e","valueReference":{"type":"Patient","identifier":{"system":"https://fhir.nhs.uk/Id/nhs-number","value":"9990000018"}}}]`,
		"a patient's number":        `"identifier":[{"system":"https://fhir.nhs.uk/Id/nhs-number","value":"9990000018"}]`,
	} {
		k := directory(t, strings.Replace(practitioner, `"name"`, part+`,"name"`, 1))
		w := k.get("/fhir/Practitioner/g1")
		if w.Code != http.StatusNotFound || strings.Contains(w.Body.String(), canary) {
			t.Errorf("%s: %d %s", name, w.Code, w.Body)
		}
		if rec := k.only(); rec.Outcome != audit.Refused || len(rec.Withheld) != 1 {
			t.Errorf("%s: %+v", name, rec)
		}
	}
}

// Who copies the directory is noticed, by how many different entries they try; who
// reads the same ones again is not.
func TestWalkingThroughTheDirectoryIsNoticed(t *testing.T) {
	k := directory(t, practitioner)
	noticing := broker.NewWalking(3, time.Minute)
	k.configure = func(c *broker.Config) { c.Directory = noticing }
	for range 5 {
		if w := k.get("/fhir/Practitioner/g1"); w.Code != http.StatusOK {
			t.Fatalf("the same one again: %d", w.Code)
		}
	}
	for i := range 2 {
		if w := k.get("/fhir/Organization/not-there-" + strconv.Itoa(i)); w.Code != http.StatusNotFound {
			t.Fatalf("another: %d", w.Code)
		}
	}
	k.record.records = nil
	w := k.get("/fhir/Practitioner/g1")
	rec := k.only()
	if w.Code != http.StatusTooManyRequests || !rec.Alert || rec.Outcome != audit.Refused || rec.Reasons[0] != "too-many-requests" || len(rec.Resources) > 0 {
		t.Errorf("%d %+v", w.Code, rec)
	}
	k.subject.UserID = "u2"
	if w := k.get("/fhir/Practitioner/g1"); w.Code != http.StatusOK {
		t.Errorf("a colleague: %d", w.Code)
	}
}
