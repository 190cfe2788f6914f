package broker_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// What a professional writes in words is recorded; a patient's number in it is not.
func TestWordsAreRecordedWithoutNumbers(t *testing.T) {
	const emergency = `{"resourceType":"Consent","status":"active",
"scope":{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/consentscope","code":"patient-privacy"}]},
"category":[{"coding":[{"system":"https://mycarerecord.example/fhir/CodeSystem/consent-category","code":"emergency-access"}]}],
"patient":{"identifier":{"system":"https://fhir.nhs.uk/Id/nhs-number","value":"9990000018"}},
"performer":[{"identifier":{"system":"https://fhir.nhs.uk/Id/sds-user-id","value":"u1"}}],
"organization":[{"identifier":{"system":"https://fhir.nhs.uk/Id/ods-organization-code","value":"RZ1"}}],
"extension":[{"url":"https://mycarerecord.example/fhir/StructureDefinition/emergency-reason","valueCodeableConcept":{
"coding":[{"system":"https://mycarerecord.example/fhir/CodeSystem/emergency-reason","code":"safeguarding"}],"text":"WORDS"}}],
"provision":{"type":"permit","period":{"end":"2026-11-23T09:30:00Z"}}}`
	for words, want := range map[string]string{
		"999 000 0018 fell": "safeguarding: nhs-number fell", "is it 9990000018?": "safeguarding: is it nhs-number?",
		"fell: 999-000-0018": "safeguarding: fell: nhs-number", "ring 0163 296 0001": "safeguarding: ring 0163 296 0001",
	} {
		k := newKit(t)
		if w := k.post(strings.Replace(emergency, "WORDS", words, 1)); w.Code != http.StatusCreated {
			t.Fatalf("%d %s", w.Code, w.Body)
		}
		if got := k.only().EmergencyReason; got != want {
			t.Errorf("%q is recorded as %q, want %q", words, got, want)
		}
	}
}

// A client that counts its requests by patient must not bring the number into the trail.
func TestARequestIDThatIsAnNHSNumberIsNotRecorded(t *testing.T) {
	k := newKit(t)
	r := httptest.NewRequest(http.MethodGet, search, nil)
	r.Header.Set("X-Request-Id", "9990000018")
	k.do(r)
	if got := k.only().TraceID; got != "nhs-number" {
		t.Errorf("the trace id is %q", got)
	}
}

// Attack 117: two patients under one NHS number, asked for by that number.
func TestAttack117TwoPatientsOfOneNumberAreNotShown(t *testing.T) {
	k := newKit(t)
	const number = "identifier=https%3A%2F%2Ffhir.nhs.uk%2FId%2Fnhs-number%7C9990000018"
	k.source = http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/fhir+json")
		_, _ = w.Write([]byte(`{"resourceType":"Bundle","type":"searchset","entry":[{"resource":` + patient +
			`},{"resource":` + strings.Replace(patient, `"p1"`, `"p2"`, 1) + `}]}`))
	})
	closed(t, k.get("/fhir/Patient?"+number), http.StatusConflict, "patient-ambiguous-at-source")
	if rec := k.only(); len(rec.Resources) != 0 {
		t.Errorf("the record says that something was released: %v", rec.Resources)
	}
}

// Nor in what names a client or a trace; package traceparent judges what a trace is.
func TestHeadersAreRecordedWithoutNumbers(t *testing.T) {
	for _, c := range []struct{ name, value, trace, agent string }{
		{"User-Agent", "ward-app patient=9990000018", "", "ward-app patient=nhs-number"},
		{"Traceparent", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", "4bf92f3577b34da6a3ce929d0e0e4736", ""},
		{"X-Request-Id", "visit-999-000-0018", "visit-nhs-number", ""},
	} {
		k := newKit(t)
		r := httptest.NewRequest(http.MethodGet, search, nil)
		r.Header.Set(c.name, c.value)
		k.do(r)
		rec := k.only()
		if rec.TraceID != c.trace || rec.UserAgent != c.agent {
			t.Errorf("%s: %s: trace %q, agent %q", c.name, c.value, rec.TraceID, rec.UserAgent)
		}
	}

	k := newKit(t)
	r := httptest.NewRequest(http.MethodGet, search, nil)
	r.Header.Set("Traceparent", "00-00000000000000000000009990000018-00f067aa0ba902b7-01")
	k.do(r)
	if id := k.only().TraceID; len(id) != 32 || strings.Contains(id, "9990000018") {
		t.Errorf("trace %q", id)
	}
}
