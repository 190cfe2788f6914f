//go:build servers

package servers_test

import (
	"context"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/mycarerecord/mcr/internal/servers"
	"github.com/mycarerecord/mcr/nhs"
	"github.com/mycarerecord/mcr/registry/intake"
)

// Organisations.
const (
	acute    = "RXA01" // holds the record
	hospital = "RXB02" // treats some of its patients
	practice = "A20047"
	nobody   = "RXZ99" // treats none of them
)

// professional is one who asks.
type professional struct{ uid, name, org, role string }

var (
	consultant = professional{"555000000101", "OWN Olive (Dr)", acute, "R8000"}
	visitor    = professional{"555000000202", "VISIT Victor (Dr)", hospital, "R8000"}
	colleague  = professional{"555000000203", "COLLEAGUE Carol (Dr)", hospital, "R8000"}
	gp         = professional{"555000000301", "PRACTICE Priya (Dr)", practice, "R8000"}
	stranger   = professional{"555000000401", "STRANGE Sam (Dr)", nobody, "R8000"}
)

// token is a professional's own, in the form of NHS CIS2.
func (s *stand) token(p professional) string {
	return s.issuer.Sign(s.issuer.Claims(time.Now(), map[string]any{
		"uid": p.uid, "sub": p.uid, "name": p.name, "jti": "token-" + p.uid, "selected_roleid": p.uid + "1",
		"nhsid_nrbac_roles": []any{map[string]any{
			"person_orgid": p.uid + "2", "person_roleid": p.uid + "1", "org_code": p.org, "role_code": "S8000:G8000:" + p.role, "role_name": "Clinician",
		}},
		"nhsid_user_orgs": []any{map[string]any{"org_name": "ORGANISATION " + p.org, "org_code": p.org}},
	}))
}

// numberOfNobody is of a person whom no source knows.
var numberOfNobody = servers.Number(999)

type object = map[string]any

func identifier(system, value string) object {
	return object{"identifier": object{"system": system, "value": value}}
}

func patientRef(p servers.Patient) object { return identifier(nhs.NumberSystem, p.Number.Digits()) }

func concept(system, code string) object {
	return object{"coding": []any{object{"system": system, "code": code}}}
}

// know imports resources into the registry, as an operator would.
func (s *stand) know(resources ...object) {
	s.t.Helper()
	var file strings.Builder
	for _, r := range resources {
		line, err := json.Marshal(r)
		s.must(err)
		file.Write(append(line, '\n'))
	}
	_, err := intake.Import(context.Background(), s.registry, strings.NewReader(file.String()), intake.Options{By: "operator"})
	s.must(err)
}

// short is enough of a patient's id to tell them apart.
func short(p servers.Patient) string { return p.LocalID[:min(8, len(p.LocalID))] }

// registered puts a patient on the list of the practice.
func registered(p servers.Patient) object {
	return object{
		"resourceType": "Patient", "id": "reg-" + short(p), "identifier": []any{object{"system": nhs.NumberSystem, "value": p.Number.Digits()}},
		"generalPractitioner": []any{object{"reference": "#gp"}},
		"contained": []any{object{
			"resourceType": "Organization", "id": "gp", "name": "Riverside Surgery",
			"identifier": []any{object{"system": nhs.ODSSystem, "value": practice}},
			"telecom":    []any{object{"system": "phone", "value": "01632 960001"}},
		}},
	}
}

// admitted gives an organisation an active care relationship with a patient.
func admitted(p servers.Patient, org string) object {
	return object{
		"resourceType": "Encounter", "id": "adm-" + short(p) + "-" + strings.ToLower(org), "status": "in-progress",
		"class":   object{"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": "IMP"},
		"subject": patientRef(p), "serviceProvider": identifier(nhs.ODSSystem, org),
		"period": object{"start": time.Now().Add(-time.Hour).Format(time.RFC3339)},
	}
}

// optedOut is the patient's objection to sharing.
func optedOut(p servers.Patient) object {
	return object{
		"resourceType": "Consent", "id": "opt-" + short(p), "status": "active",
		"scope":     concept("http://terminology.hl7.org/CodeSystem/consentscope", "patient-privacy"),
		"category":  []any{concept("https://mycarerecord.example/fhir/CodeSystem/consent-category", "opt-out")},
		"patient":   patientRef(p),
		"provision": object{"type": "deny"},
	}
}

// consent is what a professional records when a patient said yes.
func consent(who professional, p servers.Patient) object {
	return object{
		"resourceType": "Consent", "status": "active",
		"scope":        concept("http://terminology.hl7.org/CodeSystem/consentscope", "patient-privacy"),
		"category":     []any{concept("https://mycarerecord.example/fhir/CodeSystem/consent-category", "permission-to-view")},
		"patient":      patientRef(p),
		"performer":    []any{identifier("https://fhir.nhs.uk/Id/sds-user-id", who.uid)},
		"organization": []any{identifier(nhs.ODSSystem, who.org)},
		"extension":    []any{object{"url": "https://mycarerecord.example/fhir/StructureDefinition/how-asked", "valueCode": "in-person"}},
		"provision":    object{"type": "permit", "period": object{"end": time.Now().Add(time.Hour).Format(time.RFC3339)}},
	}
}

// withdrawal takes a permission back.
func withdrawal(who professional, p servers.Patient, permission string) object {
	c := consent(who, p)
	c["status"] = "inactive"
	c["identifier"] = []any{object{"system": "https://mycarerecord.example/fhir/Id/permission", "value": permission}}
	delete(c, "extension")
	delete(c, "provision")
	return c
}

// permit records a permission through the broker and gives its id.
func (s *stand) permit(who professional, p servers.Patient) string {
	s.t.Helper()
	a := s.post(who, "/Consent", "application/fhir+json", s.encoded(consent(who, p)))
	s.is(a, 201, "")
	var recorded struct{ ID string }
	s.must(json.Unmarshal(a.body, &recorded))
	return recorded.ID
}

func (s *stand) withdraw(who professional, p servers.Patient, permission string) {
	s.t.Helper()
	s.is(s.post(who, "/Consent", "application/fhir+json", s.encoded(withdrawal(who, p, permission))), 201, "")
}

func (s *stand) encoded(v any) string {
	s.t.Helper()
	text, err := json.Marshal(v)
	s.must(err)
	return string(text)
}

// A number is valid, and of the range set aside for tests.
func TestServersNumbersAreForTests(t *testing.T) {
	seen := map[string]bool{}
	for i := range 50 {
		n := servers.Number(i).Digits()
		if _, err := nhs.ParseNumber(n); err != nil || !strings.HasPrefix(n, "999") || seen[n] {
			t.Errorf("number %d is not valid, not for tests, or not new", i)
		}
		seen[n] = true
	}
}
