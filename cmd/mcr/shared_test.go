package main_test

import (
	"net/http"
	"path/filepath"
	"strings"
	"testing"
)

// Two brokers of one registry, each a process of its own: what a patient withdraws or
// objects to at one holds at the other from the next request on.
func TestAttack166AnObjectionAtOneBrokerHoldsAtAnother(t *testing.T) {
	const canary = "CANARY-shared"
	registry := filepath.Join(t.TempDir(), "registry.db")
	one, other := newSite(t, answering("x"), "registry "+registry), newSite(t, answering(canary), "registry "+registry)
	write(t, one.dir+"/care.ndjson", `{"resourceType":"EpisodeOfCare","id":"e1","status":"active",`+ofPatient("patient")+
		`,"managingOrganization":{"identifier":{"system":"https://fhir.nhs.uk/Id/ods-organization-code","value":"RZ2"}},"period":{"start":"2020-01-01"}}`)
	write(t, one.dir+"/optout.ndjson", `{"resourceType":"Consent","id":"o1","status":"active",`+consentHead+`,`+ofPatient("patient")+
		`,"category":[{"coding":[{"system":"https://mycarerecord.example/fhir/CodeSystem/consent-category","code":"opt-out"}]}],"provision":{"type":"deny"}}`)
	one.imports(registry, "care.ndjson")
	one.start()
	other.start()
	saying := func(more string) string {
		return `{"resourceType":"Consent",` + consentHead + `,` + ofPatient("patient") +
			`,"category":[{"coding":[{"system":"https://mycarerecord.example/fhir/CodeSystem/consent-category","code":"permission-to-view"}]}]` +
			`,"performer":[{"identifier":{"system":"https://fhir.nhs.uk/Id/sds-user-id","value":"u2"}}]` +
			`,"organization":[{"identifier":{"system":"https://fhir.nhs.uk/Id/ods-organization-code","value":"RZ2"}}],` + more + `}`
	}
	const yes = `"status":"active","extension":[{"url":"https://mycarerecord.example/fhir/StructureDefinition/how-asked","valueCode":"in-person"}],"provision":{"type":"permit"}`
	asked := func(want int) {
		t.Helper()
		status, _, text, err := other.ask(http.MethodGet, "/fhir/Observation?patient=p1", other.token("u2", "RZ2"), "")
		if err != nil || status != want || (want == http.StatusOK) != strings.Contains(text, canary) {
			t.Fatalf("the other broker: %d %v %s, want %d", status, err, text, want)
		}
	}
	said := func(body string) string {
		t.Helper()
		status, _, text, err := one.ask(http.MethodPost, "/fhir/Consent", one.token("u2", "RZ2"), body)
		if err != nil || status != http.StatusCreated {
			t.Fatalf("the one broker: %d %v %s", status, err, text)
		}
		_, id, _ := strings.Cut(text, `"id":"`)
		id, _, _ = strings.Cut(id, `"`)
		return id
	}
	for range 3 {
		asked(http.StatusForbidden)
		id := said(saying(yes))
		asked(http.StatusOK)
		said(saying(`"status":"inactive","identifier":[{"system":"https://mycarerecord.example/fhir/Id/permission","value":"` + id + `"}]`))
		asked(http.StatusForbidden)
	}
	said(saying(yes))
	asked(http.StatusOK)
	one.imports(registry, "optout.ndjson")
	asked(http.StatusForbidden)
}

const consentHead = `"scope":{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/consentscope","code":"patient-privacy"}]}`

func ofPatient(element string) string {
	return `"` + element + `":{"identifier":{"system":"https://fhir.nhs.uk/Id/nhs-number","value":"9990000018"}}`
}

func (s *site) imports(registry, file string) {
	s.t.Helper()
	if out, err := s.run("registry", "import", "--registry", registry, file); err != nil {
		s.t.Fatalf("%v\n%s", err, out)
	}
}
