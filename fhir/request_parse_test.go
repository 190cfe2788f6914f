package fhir_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mycarerecord/mcr/fhir"
	"github.com/mycarerecord/mcr/nhs"
)

func mustNumber(t testing.TB, digits string) nhs.Number {
	t.Helper()
	n, err := nhs.ParseNumber(digits)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// What is offered: the request, its canonical form, what is asked of a source
// that calls the patient "loc-1" (or as the request does), and what the record
// shows.
func TestWhatIsOffered(t *testing.T) {
	n := mustNumber(t, "9990000018")
	count := fhir.Param{Name: "_count", Value: "50"}
	local, byNumber := fhir.PatientRef{LocalID: "A"}, fhir.PatientRef{Number: n}
	for name, c := range map[string]struct {
		request string
		want    fhir.Request
		target  string
		query   string
	}{
		"read": {
			"/Observation/1.2-x", fhir.Request{Interaction: fhir.Read, Type: "Observation", ID: "1.2-x"},
			"Observation/1.2-x", "",
		},
		"read of the patient": {
			"/Patient/A", fhir.Request{Interaction: fhir.Read, Type: "Patient", ID: "A", Patient: local}, "Patient/A", "",
		},
		"patient by number": {
			"/Patient?identifier=" + number,
			fhir.Request{Interaction: fhir.Search, Type: "Patient", Patient: byNumber, Params: []fhir.Param{count}},
			"Patient?_count=50&identifier=https://fhir.nhs.uk/Id/nhs-number%7C9990000018", "_count=50",
		},
		"patient by id": {
			"/Patient?_id=A",
			fhir.Request{Interaction: fhir.Search, Type: "Patient", Patient: local, Params: []fhir.Param{count}},
			"Patient?_count=50&_id=A", "_count=50",
		},
		"search, sorted and with a bounded page": {
			"/Observation?patient=Patient/A&date=ge2024-01-01&code=http://loinc.org%7C4548-4,http://snomed.info/sct%7C43396009" +
				"&date=lt2025&_count=100000&_sort=-date&_include=Observation:performer",
			fhir.Request{Interaction: fhir.Search, Type: "Observation", Patient: local, Params: []fhir.Param{
				{Name: "_count", Value: "200"}, {Name: "_include", Value: "Observation:performer"}, {Name: "_sort", Value: "-date"},
				{Name: "code", Value: "http://loinc.org|4548-4,http://snomed.info/sct|43396009"},
				{Name: "date", Value: "ge2024-01-01"}, {Name: "date", Value: "lt2025"},
			}},
			"Observation?_count=200&_include=Observation:performer&_sort=-date" +
				"&code=http://loinc.org%7C4548-4,http://snomed.info/sct%7C43396009&date=ge2024-01-01&date=lt2025&patient=A",
			"_count=200&_include=Observation:performer&_sort=-date&code=http://loinc.org%7C4548-4,http://snomed.info/sct%7C43396009" +
				"&date=ge2024-01-01&date=lt2025",
		},
		"search by number": {
			"/Condition?patient:identifier=" + number + "&clinical-status=active",
			fhir.Request{Interaction: fhir.Search, Type: "Condition", Patient: byNumber,
				Params: []fhir.Param{count, {Name: "clinical-status", Value: "active"}}},
			"Condition?_count=50&clinical-status=active&patient=loc-1", "_count=50&clinical-status=active",
		},
		"search by number, chained": {
			"/MedicationRequest?patient.identifier=" + number + "&status=active,on-hold",
			fhir.Request{Interaction: fhir.Search, Type: "MedicationRequest", Patient: byNumber,
				Params: []fhir.Param{count, {Name: "status", Value: "active,on-hold"}}},
			"MedicationRequest?_count=50&patient=loc-1&status=active,on-hold", "_count=50&status=active,on-hold",
		},
		"subject is patient": {
			"/Procedure?subject=A",
			fhir.Request{Interaction: fhir.Search, Type: "Procedure", Patient: local, Params: []fhir.Param{count}},
			"Procedure?_count=50&patient=A", "_count=50",
		},
		"compartment": {
			"/Patient/A/Immunization?date=2024",
			fhir.Request{Interaction: fhir.Search, Type: "Immunization", Patient: local,
				Params: []fhir.Param{count, {Name: "date", Value: "2024"}}},
			"Immunization?_count=50&date=2024&patient=A", "_count=50&date=2024",
		},
		"compartment that repeats its patient": {
			"/Patient/A/Immunization?patient=A",
			fhir.Request{Interaction: fhir.Search, Type: "Immunization", Patient: local, Params: []fhir.Param{count}},
			"Immunization?_count=50&patient=A", "_count=50",
		},
		"form": {
			form("/Appointment/_search?date=ge2026-01-01", "patient=A&status=booked&_format=json"),
			fhir.Request{Interaction: fhir.Search, Type: "Appointment", Patient: local,
				Params: []fhir.Param{count, {Name: "date", Value: "ge2026-01-01"}, {Name: "status", Value: "booked"}}},
			"Appointment?_count=50&date=ge2026-01-01&patient=A&status=booked", "_count=50&date=ge2026-01-01&status=booked",
		},
		"a code that is an NHS number is not in the record": {
			"/Observation?patient=A&code=9990000018,http://snomed.info/sct%7C9990000018",
			fhir.Request{Interaction: fhir.Search, Type: "Observation", Patient: local,
				Params: []fhir.Param{count, {Name: "code", Value: "9990000018,http://snomed.info/sct|9990000018"}}},
			"Observation?_count=50&code=9990000018,http://snomed.info/sct%7C9990000018&patient=A",
			"_count=50&code=nhs-number,http://snomed.info/sct%7C9990000018",
		},
		"capabilities": {"/metadata?_format=json", fhir.Request{Interaction: fhir.Capabilities}, "", ""},
		"consent": {
			"POST " + base + "/Consent\nContent-Type: application/fhir+json\n\n{}",
			fhir.Request{Interaction: fhir.Create, Type: "Consent"}, "", "",
		},
	} {
		t.Run(name, func(t *testing.T) {
			got := mustParse(t, c.request)
			if diff := cmp.Diff(c.want, got, compareNumbers); diff != "" {
				t.Errorf("canonical form (-want +got):\n%s", diff)
			}
			localID := ""
			if !got.Patient.Number.IsZero() {
				localID = "loc-1"
			}
			if target := got.Target(localID); target != c.target {
				t.Errorf("target\n got %s\nwant %s", target, c.target)
			}
			if query := got.Query(); query != c.query {
				t.Errorf("query\n got %s\nwant %s", query, c.query)
			}
		})
	}
}

// Each type is read, searched by each way of naming a patient, by compartment
// and by form.
func TestTheTypesOffered(t *testing.T) {
	for _, typ := range []string{
		"AllergyIntolerance", "Appointment", "CarePlan", "CareTeam", "Condition", "DiagnosticReport", "DocumentReference",
		"Encounter", "EpisodeOfCare", "Flag", "Goal", "Immunization", "MedicationRequest", "MedicationStatement",
		"Observation", "Procedure", "QuestionnaireResponse", "RelatedPerson", "ServiceRequest",
	} {
		want := typ + "?_count=50&patient=A"
		for _, request := range []string{
			"/" + typ + "?patient=A", "/" + typ + "?patient=Patient/A", "/Patient/A/" + typ, form("/"+typ+"/_search", "patient=A"),
			"/" + typ + "?patient.identifier=" + number, "/" + typ + "?patient:identifier=" + number,
		} {
			if got := mustParse(t, request).Target("A"); got != want {
				t.Errorf("%s: asks %s; want %s", request, got, want)
			}
		}
		if got := mustParse(t, "/"+typ+"/1").Target(""); got != typ+"/1" {
			t.Errorf("read of %s asks %s", typ, got)
		}
	}
}

func TestDatesOfFHIRAreOffered(t *testing.T) {
	for _, date := range []string{
		"2024", "2024-02", "2024-02-29", "ge2024-02-29", "sa2024", "eb2024", "eq2024-01-01", "gt2024-01-01T10:00",
		"lt2024-01-01T10:00:59Z", "le2024-01-01T10:00:59.123Z", "2024-01-01T10:00:59%2B01:00", "2024-01-01T10:00-05:30",
	} {
		mustParse(t, "/Observation?patient=A&date="+date)
	}
}

func TestTargetAsksForNoOtherPatient(t *testing.T) {
	byID := mustParse(t, "/Observation?patient=A")
	byNumber := mustParse(t, "/Observation?patient.identifier="+number)
	for name, got := range map[string]string{
		"another id than the request's": byID.Target("B"),
		"no id for a number":            byNumber.Target(""),
		"an id that is none":            byNumber.Target("A&patient=B"),
		"a list":                        byNumber.Target("A,B"),
		"a path":                        byNumber.Target("../Patient"),
		"the zero request":              fhir.Request{}.Target("A"),
		"a type that is not offered":    fhir.Request{Interaction: fhir.Read, Type: "Binary", ID: "1"}.Target("A"),
		"an id with a path":             fhir.Request{Interaction: fhir.Read, Type: "Patient", ID: "../x"}.Target("A"),
	} {
		if got != "" {
			t.Errorf("%s: asks %q", name, got)
		}
	}
	if got := byID.Target("A"); got != byID.Target("") {
		t.Errorf("the id said twice asks %q", got)
	}
}

func TestARefusalKeepsNothingOfTheRequestButItsType(t *testing.T) {
	req, refusal := fhir.ParseRequest(asked(t, "GET "+base+"/Condition?patient=A&patient=B"), base)
	if refusal == nil || req.Type != "Condition" || req.Interaction != "" {
		t.Errorf("%+v %+v", req, refusal)
	}
	req, refusal = fhir.ParseRequest(asked(t, "GET "+base+"/Secret/1"), base)
	if refusal == nil || req.Type != "" {
		t.Errorf("a type that is not offered is kept: %+v", req)
	}
}

func TestTheBaseMayBeEmptyAndMayEndInASlash(t *testing.T) {
	for _, c := range []struct{ base, path string }{{"", "/Patient/A"}, {"/", "/Patient/A"}, {"/x/fhir/", "/x/fhir/Patient/A"}} {
		r := asked(t, "GET "+c.path)
		if got, refusal := fhir.ParseRequest(r, c.base); refusal != nil || got.ID != "A" {
			t.Errorf("base %q: %+v %+v", c.base, got, refusal)
		}
	}
}

func TestOtherLimits(t *testing.T) {
	limits := fhir.DefaultLimits
	limits.DefaultPage, limits.MaxPage, limits.Params = 5, 10, 2
	got, refusal := limits.ParseRequest(asked(t, "GET "+base+"/Observation?patient=A"), base)
	if refusal != nil || got.Query() != "_count=5" {
		t.Errorf("%+v %+v", got, refusal)
	}
	got, refusal = limits.ParseRequest(asked(t, "GET "+base+"/Observation?patient=A&_count=50"), base)
	if refusal != nil || got.Query() != "_count=10" {
		t.Errorf("%+v %+v", got, refusal)
	}
	_, refusal = limits.ParseRequest(asked(t, "GET "+base+"/Observation?patient=A&code=1&status=final"), base)
	if refusal == nil || refusal.Code != fhir.QueryTooLong {
		t.Errorf("%+v", refusal)
	}
}

// A body that fails while it is read is refused, and is not read past the limit.
func TestAFormIsReadWithinItsLimit(t *testing.T) {
	endless := &counted{}
	r := asked(t, form("/Observation/_search", "patient=A"))
	r.Body, r.ContentLength = endless, -1
	if _, refusal := fhir.ParseRequest(r, base); refusal == nil || refusal.Code != fhir.BodyTooLarge {
		t.Errorf("%+v", refusal)
	}
	if most := 2 * fhir.DefaultLimits.Form; endless.read > most {
		t.Errorf("read %d bytes of a form, more than %d", endless.read, most)
	}
}

type counted struct{ read int }

func (c *counted) Read(p []byte) (int, error) {
	c.read += len(p)
	return copy(p, strings.Repeat("x", len(p))), nil
}

func (c *counted) Close() error { return nil }

func BenchmarkParseRequest(b *testing.B) {
	for name, text := range map[string]string{
		"read":   "GET " + base + "/Patient/A\nAccept: application/fhir+json",
		"search": "GET " + base + "/Observation?patient=Patient/A&category=laboratory&_count=50\nAccept: application/fhir+json",
		"number": "GET " + base + "/Observation?patient.identifier=" + number + "&category=laboratory\nAccept: application/fhir+json",
		"long": "GET " + base + "/Observation?patient=A&category=laboratory&code=http://loinc.org%7C4548-4&date=ge2024-01-01" +
			"&date=lt2025-01-01&status=final&_sort=-date&_count=20&_include=Observation:performer\nAccept: */*",
	} {
		b.Run(name, func(b *testing.B) {
			r := asked(b, text)
			b.ReportAllocs()
			for b.Loop() {
				if _, refusal := fhir.ParseRequest(r, base); refusal != nil {
					b.Fatal(refusal.Code)
				}
			}
		})
	}
	b.Run("refused", func(b *testing.B) {
		r := asked(b, "GET "+base+"/Observation?patient=A&patient=B")
		b.ReportAllocs()
		for b.Loop() {
			fhir.ParseRequest(r, base)
		}
	})
}

func BenchmarkTarget(b *testing.B) {
	req := mustParse(b, "/Observation?patient=Patient/A&category=laboratory")
	b.ReportAllocs()
	for b.Loop() {
		req.Target("A")
	}
}

func BenchmarkQuery(b *testing.B) {
	req := mustParse(b, "/Observation?patient=Patient/A&category=laboratory")
	b.ReportAllocs()
	for b.Loop() {
		req.Query()
	}
}
