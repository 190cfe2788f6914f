package fhir_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mycarerecord/mcr/fhir"
)

// What clients send (HAPI, fhirpy, SMART's Python client, fhir-kit-client,
// fhirclient.js), and what a source is asked for it.
func TestAskedAsClientsAsk(t *testing.T) {
	for request, target := range map[string]string{
		// The patient, as it was named in what was read before.
		"/Observation?patient=Patient%2FA%2F_history%2F3":                            "Observation?_count=50&patient=A",
		"/Observation?subject%3APatient=A":                                           "Observation?_count=50&patient=A",
		"/Observation?subject:Patient=Patient/A":                                     "Observation?_count=50&patient=A",
		"/Observation?patient:Patient=A&subject=Patient/A/_history/2":                "Observation?_count=50&patient=A",
		"/Observation?patient%3APatient.identifier=" + number:                        "Observation?_count=50&patient=A",
		"/Patient/A/Observation/":                                                    "Observation?_count=50&patient=A",
		"/Observation/?patient=A":                                                    "Observation?_count=50&patient=A",
		"/Patient?_id=A,A":                                                           "Patient?_count=50&_id=A",
		"/Patient?_id=A&_lastUpdated=ge2024":                                         "Patient?_count=50&_id=A&_lastUpdated=ge2024",
		"/Patient/A/":                                                                "Patient/A",
		"/Observation?patient=A&_id=1,2":                                             "Observation?_count=50&_id=1,2&patient=A",
		"/Observation?patient=A&code=http%3A%2F%2Floinc.org%7C":                      "Observation?_count=50&code=http://loinc.org%7C&patient=A",
		"/Observation?patient=A&code=718-7,http://loinc.org%7C":                      "Observation?_count=50&code=718-7,http://loinc.org%7C&patient=A",
		"/Observation?patient=A&status%3Anot=entered-in-error":                       "Observation?_count=50&patient=A&status:not=entered-in-error",
		"/Observation?patient=A&status:not=amended&status:not=unknown":               "Observation?_count=50&patient=A&status:not=amended&status:not=unknown",
		"/Condition?patient=A&clinical-status:not=resolved":                          "Condition?_count=50&clinical-status:not=resolved&patient=A",
		"/Observation?patient=A&encounter=e1":                                        "Observation?_count=50&encounter=Encounter/e1&patient=A",
		"/Observation?patient=A&encounter=Encounter%2Fe1%2F_history%2F2":             "Observation?_count=50&encounter=Encounter/e1&patient=A",
		"/Observation?patient=A&_lastUpdated=ge2020-01-01&_lastUpdated=lt2100-01-01": "Observation?_count=50&_lastUpdated=ge2020-01-01&_lastUpdated=lt2100-01-01&patient=A",
		"/Observation?patient=A&_sort=-date%2Ccode":                                  "Observation?_count=50&_sort=-date&patient=A",
		"/DiagnosticReport?patient=A&_sort=-issued,date":                             "DiagnosticReport?_count=50&_sort=-issued,date&patient=A",
		"/Observation?patient=A&_revinclude=Provenance%3Atarget":                     "Observation?_count=50&_revinclude=Provenance:target&patient=A",
		"/Observation?patient=A&_include=Observation:performer&_include=Observation:encounter&_include=Observation:subject": "Observation?_count=50" +
			"&_include=Observation:encounter&_include=Observation:performer&_include=Observation:subject&patient=A",
		// What a source is never asked for.
		"/Observation?patient=A&_pretty=true&_total=none&_summary=false": "Observation?_count=50&patient=A",
		"/Observation?patient=A&_summary=true":                           "Observation?_count=50&patient=A",
		"/Observation?patient=A&_elements=code%2Cid%2Cstatus":            "Observation?_count=50&patient=A",
		"/Observation/1?_elements=status,code&_pretty=true":              "Observation/1",
		"/Observation/1?_summary=text":                                   "Observation/1",
		"/Observation?patient=A&_count=0":                                "",
		"/metadata?mode=full":                                            "",
		"/metadata/?mode=terminology&_pretty=true":                       "",
	} {
		if got := mustParse(t, request).Target("A"); got != target {
			t.Errorf("%s\n asks %s\n want %s", request, got, target)
		}
	}
	for _, prefer := range []string{"handling=strict", "handling=lenient", "return=minimal", "return=representation", "respond-async"} {
		mustParse(t, "GET "+base+"/Observation?patient=A\nPrefer: "+prefer)
	}
	const hapi = "application/fhir+xml;q=1.0, application/fhir+json;q=1.0, application/xml+fhir;q=0.9, application/json+fhir;q=0.9"
	mustParse(t, "GET "+base+"/Observation?patient=A\nAccept: "+hapi)
}

// The broker's own address names the patient as clients have it; it is told to
// ParseRequest, never guessed.
func TestThePatientByTheBrokersOwnAddress(t *testing.T) {
	const own = "https://broker.example/gp-north/fhir"
	for _, value := range []string{
		own + "/Patient/A", "http://broker.example/gp-north/fhir/Patient/A", own + "/Patient/A/_history/3",
		"https%3A%2F%2Fbroker.example%2Fgp-north%2Ffhir%2FPatient%2FA",
	} {
		got, refused := fhir.ParseRequest(asked(t, "GET "+base+"/Observation?patient="+value), base, own)
		if refused != nil || got.Target("") != "Observation?_count=50&patient=A" {
			t.Errorf("%s: %+v %+v", value, got, refused)
		}
		if _, refused := fhir.ParseRequest(asked(t, "GET "+base+"/Observation?patient="+value), base); refused == nil {
			t.Errorf("%s: taken, although nobody said that it is the broker's", value)
		}
	}
	for _, value := range []string{
		"https://other.example/gp-north/fhir/Patient/A", own + "/Patient/A,B", own + "/Group/A", own + "2/Patient/A", own + "/Patient/",
		own + "/A", own + "//Patient/A", own, "https://user@broker.example/gp-north/fhir/Patient/A",
	} {
		_, refused := fhir.ParseRequest(asked(t, "GET "+base+"/Observation?patient="+value), base, own, "")
		if refused == nil || refused.Code != fhir.OnePatientOnly {
			t.Errorf("%s: %+v", value, refused)
		}
	}
	got, refused := fhir.ParseRequest(asked(t, "GET "+base+"/Observation?patient=A&encounter="+own+"/Encounter/e1"), base, own)
	if refused != nil || got.Target("") != "Observation?_count=50&encounter=Encounter/e1&patient=A" {
		t.Errorf("%+v %+v", got, refused)
	}
}

// What the broker does itself is in the request and in the record, and is not asked
// of a source.
func TestTheShapeOfAnAnswerIsTheBrokersAffair(t *testing.T) {
	for request, want := range map[string]struct {
		shape fhir.Shape
		query string
	}{
		"/Observation?patient=A&_summary=data":                              {fhir.Shape{Summary: "data"}, "_count=50&_summary=data"},
		"/Observation?patient=A&_elements=status,resourceType,code,id,code": {fhir.Shape{Elements: []string{"code", "id", "status"}}, "_count=50&_elements=code,id,status"},
		"/Observation?patient=A&_elements=Observation.value":                {fhir.Shape{Elements: []string{"value"}}, "_count=50&_elements=value"},
		"/Observation?patient=A&_elements=valueQuantity,value":              {fhir.Shape{Elements: []string{"value"}}, "_count=50&_elements=value"},
		"/Observation?patient=A&_sort=-date,code,-status":                   {fhir.Shape{Within: []string{"code", "-status"}}, "_count=50&_sort=-date,code,-status"},
		"/Observation?patient=A&_summary=text&_summary=text":                {fhir.Shape{Summary: "text"}, "_count=50&_summary=text"},
		"/Observation/1?_summary=true":                                      {fhir.Shape{Summary: "true"}, "_summary=true"},
		"/Patient/A?_elements=name":                                         {fhir.Shape{Elements: []string{"name"}}, "_elements=name"},
		"/Observation?patient=A&_summary=false":                             {fhir.Shape{}, "_count=50"},
	} {
		got := mustParse(t, request)
		if diff := cmp.Diff(want.shape, got.Shape); diff != "" {
			t.Errorf("%s (-want +got):\n%s", request, diff)
		}
		if got.Query() != want.query {
			t.Errorf("%s: the record shows %s", request, got.Query())
		}
		if target := got.Target(""); strings.Contains(target, "_summary") || strings.Contains(target, "_elements") {
			t.Errorf("%s: asks %s", request, target)
		}
	}
	for _, elements := range []string{"", "nonsense", "status,", "_status", "Patient.name", "component.code", "code,%00", "Observation.", "birthDate"} {
		mustRefuse(t, refusal{"/Observation?patient=A&_elements=" + elements, fhir.ParameterNotUnderstood})
	}
}

// Whoever is refused learns which parameter it was about and what to ask instead.
// What the client made up is never said back.
func TestARefusalSaysWhatToAskInstead(t *testing.T) {
	for request, want := range map[string][2]string{
		"/Observation?patient=A&_total=accurate":       {"_total", "_total=none"},
		"/Observation?patient=A&_summary=count":        {"_summary", "true, text, data or false"},
		"/Observation?patient=A&_id=a_b":               {"_id", "one id, or several"},
		"/Observation?patient=A&value-quantity=gt5":    {"value-quantity", "Search by code"},
		"/Patient?_id=A&name=smith":                    {"name", "NHS number"},
		"/Patient?_has:Observation:patient:code=x":     {"_has", "patient=ID"},
		"/Observation?patient=A&_include=*":            {"_include", "has-member"},
		"/Observation?patient=A&_revinclude=List:item": {"_revinclude", "Provenance:target"},
		"/Observation?patient=A&_sort=code":            {"_sort", "date"},
		"/Observation?patient=A,B":                     {"patient", "Patient/ and the id"},
		"/Patient?_id=A,B":                             {"_id", "one Patient at a time"},
		"/Observation?patient=A&category:not=x":        {"category:not", "without the modifier"},
		"/Observation?patient=A&status:in=x":           {"status:in", "status:not"},
		"/Observation?patient=A&performer.name=x":      {"performer", "items themselves"},
		"/Observation?patient=A&date=yesterday":        {"date", "ge"},
		"/Observation?patient=A&method=x":              {"method", "CapabilityStatement"},
		"/Observation?patient=A&_tag=x":                {"_tag", "not searched by"},
		"/Observation?patient=A&_format=xml":           {"_format", "json"},
		"/Observation?patient=A&_elements=x":           {"_elements", "first level"},
		"/Practitioner?name=x":                         {"", "one by one"},
		"/Observation?patient=A&CANARY=x":              {"a parameter that FHIR does not define for this type", ""},
		"/Observation?patient=A&CANARY:not=x":          {"a parameter that FHIR does not define for this type", ""},
		"/Observation?patient=A&status:CANARY=x":       {"status", "status:not"},
		"/Observation?patient=A&code=CANARY%5C":        {"code", "system|code"},
		"/Observation?patient=A&_sort=CANARY":          {"_sort", "Sort by date"},
		"/Observation?patient=A&_include=CANARY":       {"_include", "performer"},
	} {
		_, refused := fhir.ParseRequest(asked(t, "GET "+base+request), base)
		if refused == nil || refused.Parameter != want[0] || !strings.Contains(refused.Instead, want[1]) {
			t.Errorf("%s: %+v", request, refused)
			continue
		}
		if strings.Contains(refused.Detail(), "CANARY") || !strings.Contains(refused.Detail(), want[0]) {
			t.Errorf("%s: says %q", request, refused.Detail())
		}
	}
}

// What a search parameter is asked for may tell no more than what is shown.
func TestCountsOnlyIsAskedOfNobody(t *testing.T) {
	req := mustParse(t, "/Observation?patient=A&_count=0&code=718-7")
	if !req.CountsOnly() || req.Target("A") != "" || req.Query() != "_count=0&code=718-7" {
		t.Errorf("%+v", req)
	}
	if other := mustParse(t, "/Observation?patient=A"); other.CountsOnly() || !slices.Contains(other.Params, fhir.Param{Name: "_count", Value: "50"}) {
		t.Errorf("%+v", other)
	}
}
