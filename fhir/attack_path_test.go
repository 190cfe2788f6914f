package fhir_test

import (
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mycarerecord/mcr/fhir"
)

func TestAttack014TokenInQuery(t *testing.T) {
	mustRefuse(t,
		refusal{"/Patient/A?access_token=eyJ", fhir.TokenInQuery},
		refusal{"/Observation?patient=A&access_token=eyJ", fhir.TokenInQuery},
		refusal{"/metadata?access_token=eyJ", fhir.TokenInQuery},
	)
}

func TestAttack017EncodedPathIsJudgedInItsCanonicalForm(t *testing.T) {
	want := mustParse(t, "/Patient/B")
	for _, path := range []string{"/%50atient/B", "/%50%61tient/%42", "/Patient/%42"} {
		if diff := cmp.Diff(want, mustParse(t, path), compareNumbers); diff != "" {
			t.Errorf("%s (-want +got):\n%s", path, diff)
		}
	}
	if got := mustParse(t, "/%50atient/B").Target(""); got != "Patient/B" {
		t.Errorf("forwarded as %q", got)
	}
	mustRefuse(t,
		refusal{"/Patient%2FB", fhir.PathNotUnderstood},
		refusal{"/Patient%2fB", fhir.PathNotUnderstood},
		refusal{"/%2550atient/B", fhir.PathNotUnderstood}, // decoded twice by some
		refusal{"/%C0%AFPatient/B", fhir.PathNotUnderstood},
	)
}

func TestAttack019DotsAndEmptySegments(t *testing.T) {
	for _, path := range []string{
		"/Observation/../Patient/B", "//Patient/B", "/./Patient/B", "/Patient//B", "/Patient/./B", "/..", "/Patient/B/..",
		"/Patient/B/.", "/Patient/..B", "/Patient/B..C", "/...", "/Patient/B//",
	} {
		mustRefuse(t, refusal{path, fhir.PathNotUnderstood})
	}
	mustRefuse(t,
		refusal{"GET //gp-north/fhir/Patient/B", fhir.PathNotUnderstood},
		refusal{"GET /gp-north/../gp-north/fhir/Patient/B", fhir.PathNotUnderstood},
		refusal{"GET /gp-south/fhir/Patient/B", fhir.PathNotUnderstood},
		refusal{"GET /gp-north/fhirPatient/B", fhir.PathNotUnderstood},
		refusal{"GET /gp-north/fhir2/Patient/B", fhir.PathNotUnderstood},
		refusal{"GET /", fhir.PathNotUnderstood},
	)
}

func TestAttack020EncodedTraversal(t *testing.T) {
	for _, path := range []string{
		"/..%2fPatient/B", "/..%2FPatient/B", "/%2e%2e/Patient/B", "/Observation/%2e%2e/Patient/B", "/Patient/%2e",
		"/..%5cPatient", "/Patient/%252e%252e/B", "/Patient/..%c0%af..",
	} {
		mustRefuse(t, refusal{path, fhir.PathNotUnderstood})
	}
}

func TestAttack021QueryHiddenInThePath(t *testing.T) {
	for _, path := range []string{
		"/Observation%3Fpatient=B", "/Patient/A%3F_elements=id", "/Patient/A%23x", "/Patient/A%00", "/Patient/A%0d%0aX: y",
		"/Patient/A;x=1", "/Patient;v=1/A", "/Patient/A%3Bx", "/Patient/A%26b=1",
	} {
		if strings.Contains(path, " ") {
			mustRefuse(t, refusal{path, byServer})
			continue
		}
		mustRefuse(t, refusal{path, fhir.PathNotUnderstood})
	}
}

func TestAttack023OtherSpellingsOfAType(t *testing.T) {
	mustRefuse(t,
		refusal{"/patient/B", fhir.PathNotUnderstood},
		refusal{"/PATIENT/B", fhir.TypeNotOffered},
		refusal{"/Pаtient/B", fhir.PathNotUnderstood}, // Cyrillic а
		refusal{"/P%D0%B0tient/B", fhir.PathNotUnderstood},
		refusal{"/Patient./B", fhir.PathNotUnderstood},
		refusal{"/Patient/B.", fhir.PathNotUnderstood},
		// One slash at the end is left out, and what is judged is what is asked for.
		refusal{"/Patient/", fhir.PatientNotNamed},
		refusal{"/", fhir.InteractionNotOffered},
		refusal{"/Patient//", fhir.PathNotUnderstood},
		refusal{"/Patient/B//", fhir.PathNotUnderstood},
		refusal{"//", fhir.PathNotUnderstood},
		refusal{"/Patient/B/.", fhir.PathNotUnderstood},
		refusal{"/Patient/B%2F", fhir.PathNotUnderstood},
		refusal{"/Patient%20/B", fhir.PathNotUnderstood},
		refusal{"/Patients/B", fhir.TypeNotOffered},
		refusal{"/Observation-1", fhir.PathNotUnderstood},
		refusal{"/Patient/" + strings.Repeat("x", 65), fhir.PathNotUnderstood},
		refusal{"/Patient/a_b", fhir.PathNotUnderstood},
		refusal{"/" + strings.Repeat("P", 2000), fhir.PathNotUnderstood},
	)
}

func TestTypesThatHoldNoOnePatientsRecordAreNotOffered(t *testing.T) {
	for _, typ := range []string{
		"Group", "Basic", "Binary", "Bundle", "Provenance", "AuditEvent", "Person", "Linkage", "Schedule", "Coverage", "Subscription", "Parameters", "OperationOutcome", "Nonsense",
	} {
		mustRefuse(t,
			refusal{"/" + typ + "/1", fhir.TypeNotOffered},
			refusal{"/" + typ + "?patient=A", fhir.TypeNotOffered},
			refusal{"/Patient/A/" + typ, fhir.TypeNotOffered},
			refusal{form("/"+typ+"/_search", "patient=A"), fhir.TypeNotOffered},
		)
	}
	// The directory has no patient: it is read by id, never searched.
	for _, typ := range []string{"Organization", "Practitioner", "PractitionerRole", "Location", "HealthcareService", "Medication"} {
		if got := mustParse(t, "/"+typ+"/1"); !got.Patient.IsZero() || got.Target("") != typ+"/1" {
			t.Errorf("%s/1 is %+v", typ, got)
		}
		mustRefuse(t,
			refusal{"/" + typ + "?patient=A", fhir.InteractionNotOffered},
			refusal{"/" + typ + "?name=x", fhir.InteractionNotOffered},
			refusal{"/" + typ, fhir.InteractionNotOffered},
			refusal{"/Patient/A/" + typ, fhir.InteractionNotOffered},
			refusal{form("/"+typ+"/_search", "patient=A"), fhir.InteractionNotOffered},
		)
	}
}

func TestAttack024History(t *testing.T) {
	for path, target := range map[string]string{
		"/Patient/B/_history/1": "Patient/B/_history/1", "/Patient/B/_history": "Patient/B/_history?_count=50",
		"/Observation/1/_history/2?_elements=status": "Observation/1/_history/2", "/Observation/1/_history?_count=900": "Observation/1/_history?_count=200",
	} {
		got := mustParse(t, path)
		if got.Target("") != target {
			t.Errorf("%s asks for %q", path, got.Target(""))
		}
		// A version is the item's: it is decided on as a read of that is.
		if read := got.Decided(); read.Interaction != fhir.Read || read.ID != got.ID || read.Patient != got.Patient || read.Version != "" {
			t.Errorf("%s is decided on as %+v", path, read)
		}
	}
	for _, path := range []string{
		"/Patient/_history", "/_history", "/_history?_since=2020-01-01", "/Organization/1/_history", "/Practitioner/1/_history/1",
	} {
		mustRefuse(t, refusal{path, fhir.InteractionNotOffered})
	}
	mustRefuse(t,
		refusal{"/Patient/B/_history?_since=2020-01-01", fhir.MetadataNotOffered},
		refusal{"/Patient/B/_history?_at=2020-01-01", fhir.MetadataNotOffered},
		refusal{"/Patient/B/_history?_count=0", fhir.ParameterNotUnderstood},
		refusal{"/Patient/B/_history?_elements=id", fhir.PartialNotOffered},
		refusal{"/Patient/B/_history?patient=A", fhir.ParameterNotOffered},
		refusal{"/Patient/B/_history?_page=abc&_count=2", fhir.ParameterNotOffered},
		refusal{"/Patient/B/_history/1?_count=2", fhir.ParameterNotOffered},
		refusal{"/Group/B/_history", fhir.TypeNotOffered},
		refusal{"POST " + base + "/Patient/B/_history/1\nContent-Type: application/fhir+json\n\n{}", fhir.ReadOnly},
		refusal{"/Patient/B/_history/1/x", fhir.PathNotUnderstood},
		refusal{"/Patient/_history/1", fhir.PathNotUnderstood},
		refusal{"/Patient/B/_history//", fhir.PathNotUnderstood},
	)
}

func TestAttack026MethodOverride(t *testing.T) {
	for _, header := range []string{"X-HTTP-Method-Override", "x-http-method", "X-Method-Override"} {
		mustRefuse(t,
			refusal{"GET " + base + "/Patient/A\n" + header + ": DELETE", fhir.MethodOverride},
			refusal{"GET " + base + "/Patient/A\n" + header + ":", fhir.MethodOverride},
			refusal{"POST " + base + "/Observation/_search\n" + header +
				": PUT\nContent-Type: application/x-www-form-urlencoded\n\npatient=A", fhir.MethodOverride},
		)
	}
	mustRefuse(t,
		refusal{"/Patient/A?_method=PUT", fhir.MethodOverride},
		refusal{"/Observation?patient=A&_method=DELETE", fhir.MethodOverride},
		refusal{form("/Observation/_search", "patient=A&_method=DELETE"), fhir.MethodOverride},
	)
}

func TestAttack027Writes(t *testing.T) {
	for _, method := range []string{"PUT", "PATCH", "DELETE"} {
		for _, path := range []string{
			"/Patient/A", "/Patient", "/Patient?identifier=x", "/Observation?patient=A", "", "/Nonsense/1", "/metadata",
			"/Consent/1", "/Patient/A/Observation",
		} {
			mustRefuse(t, refusal{method + " " + base + path, fhir.ReadOnly})
		}
	}
	for _, path := range []string{"/Patient", "/Observation", "/Patient/A", "/Observation?patient=A", "/metadata", "/Nonsense"} {
		mustRefuse(t, refusal{"POST " + base + path + "\nContent-Type: application/fhir+json\nIf-None-Exist: identifier=x\n\n{}", fhir.ReadOnly})
	}
	for _, method := range []string{"OPTIONS", "TRACE", "CONNECT", "get", "FROBNICATE", "PROPFIND"} {
		r := asked(t, "GET "+base+"/Patient/A")
		r.Method = method
		if _, refusal := fhir.ParseRequest(r, base); refusal == nil || refusal.Code != fhir.MethodNotOffered {
			t.Errorf("%s: %+v", method, refusal)
		}
	}
	mustRefuse(t,
		refusal{"GET " + base + "/Observation/_search?patient=A", fhir.MethodNotOffered},
		refusal{"GET " + base + "/Consent", fhir.PatientNotNamed},
		refusal{"POST " + base + "/Consent/1\nContent-Type: application/fhir+json\n\n{}", fhir.ReadOnly},
	)
}

func TestAMethodThatIsRefusedIsToldWhichThereAre(t *testing.T) {
	for text, want := range map[string]string{
		"PUT " + base + "/Patient/A":          "GET, HEAD",
		"DELETE " + base + "/Consent":         "GET, HEAD, POST",
		"GET " + base + "/Patient/_search":    "POST",
		"POST " + base + "/Observation/1\n\n": "GET, HEAD",
	} {
		_, refusal := fhir.ParseRequest(asked(t, text), base)
		if refusal == nil || refusal.Allow != want {
			t.Errorf("%q: %+v, want Allow %q", text, refusal, want)
		}
	}
}

func TestAttack028HeadIsJudgedAsGet(t *testing.T) {
	for _, path := range []string{"/Patient/B", "/Observation?patient=A", "/Patient/A/Condition", "/metadata"} {
		get, head := mustParse(t, "GET "+base+path), mustParse(t, "HEAD "+base+path)
		if diff := cmp.Diff(get, head, compareNumbers); diff != "" {
			t.Errorf("%s (-GET +HEAD):\n%s", path, diff)
		}
	}
	mustRefuse(t, refusal{"HEAD " + base + "/Observation?code=x", fhir.PatientNotNamed})
}

func TestAttack030GetWithABody(t *testing.T) {
	for _, method := range []string{"GET", "HEAD"} {
		mustRefuse(t,
			refusal{method + " " + base + "/Observation?patient=A\nContent-Type: application/x-www-form-urlencoded\n\npatient=B", fhir.BodyNotExpected},
			refusal{method + " " + base + "/Patient/A\n\nx", fhir.BodyNotExpected},
			refusal{method + " " + base + "/metadata\n\nx", fhir.BodyNotExpected},
		)
	}
}

// HTTP/3 gives -1 as the length of every request that declares none.
func TestAttack030OverHTTP3TheBodyItselfIsLookedAt(t *testing.T) {
	r := asked(t, "GET "+base+"/Patient/A")
	r.ProtoMajor, r.ContentLength = 3, -1
	r.Body = io.NopCloser(strings.NewReader(""))
	if _, refusal := fhir.ParseRequest(r, base); refusal != nil {
		t.Errorf("without a body: %s", refusal.Code)
	}
	r.Body = io.NopCloser(strings.NewReader("patient=B"))
	if _, refusal := fhir.ParseRequest(r, base); refusal == nil || refusal.Code != fhir.BodyNotExpected {
		t.Errorf("with a body: %+v", refusal)
	}
	r.ProtoMajor = 2
	if _, refusal := fhir.ParseRequest(r, base); refusal == nil || refusal.Code != fhir.BodyNotExpected {
		t.Errorf("over HTTP/2: %+v", refusal)
	}
}

func TestAttack033Smuggling(t *testing.T) {
	mustRefuse(t,
		refusal{"GET " + base + "/Patient/A\nTransfer-Encoding: chunked\n\n0\r\n\r\n", fhir.BodyNotExpected},
		refusal{"GET " + base + "/Patient/A\nTransfer-Encoding: chunked\nContent-Length: 5\n\n5\r\nhello\r\n0\r\n\r\n", fhir.BodyNotExpected},
		refusal{"GET " + base + "/Patient/A\nTransfer-Encoding: xchunked\n\n", byServer},
		refusal{"GET " + base + "/Patient/A\nContent-Length: 1\nContent-Length: 2\n\nx", byServer},
		refusal{"POST " + base + "/Observation/_search\nContent-Type: application/x-www-form-urlencoded\nTransfer-Encoding: chunked\n\n" +
			"9\r\npatient=A\r\nA\r\n&patient=B\r\n0\r\n\r\n", fhir.PatientAmbiguous},
		refusal{"POST " + base + "/Observation/_search\nContent-Type: application/x-www-form-urlencoded\nTransfer-Encoding: chunked\n\n" +
			"9\r\npatient=A\r\nZZ", fhir.BodyNotUnderstood},
	)
	plain := mustParse(t, "/Observation?patient=A")
	hop := mustParse(t, "GET "+base+"/Observation?patient=A\nConnection: X-Internal, X-Patient\nX-Internal: B")
	if diff := cmp.Diff(plain, hop, compareNumbers); diff != "" {
		t.Errorf("Connection changes the request (-without +with):\n%s", diff)
	}
}

func TestHostAndSchemeMeanNothing(t *testing.T) {
	want := mustParse(t, "/Patient/A")
	r := asked(t, "GET http://other.example/gp-north/fhir/Patient/A")
	r.Host = "evil.example"
	got, refusal := fhir.ParseRequest(r, base)
	if refusal != nil {
		t.Fatal(refusal.Code)
	}
	if diff := cmp.Diff(want, got, compareNumbers); diff != "" {
		t.Error(diff)
	}
	star := asked(t, "OPTIONS *")
	if star != nil {
		if _, refusal := fhir.ParseRequest(star, base); refusal == nil {
			t.Error("OPTIONS * is accepted")
		}
	}
	if _, refusal := fhir.ParseRequest(&http.Request{Method: "GET", URL: mustURL(t, "mailto:a@b")}, base); refusal == nil {
		t.Error("an opaque address is accepted")
	}
}
