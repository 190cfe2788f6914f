package fhir_test

import (
	"strings"
	"testing"

	"github.com/mycarerecord/mcr/fhir"
)

func TestAttack069To073Operations(t *testing.T) {
	for _, path := range []string{
		"/$everything", "/Patient/$everything", "/Encounter/x/$everything", "/$graphql",
		"/Patient/A/$graphql", "/Composition/1/$document", "/DocumentReference/$docref", "/Patient/$match", "/$meta",
		"/Patient/A/$diff", "/Observation/$lastn", "/Patient/$validate", "/ValueSet/$expand", "/$process-message",
		"/List/$includes", "/Patient/A/Observation/$lastn", "/$x",
	} {
		mustRefuse(t,
			refusal{path, fhir.InteractionNotOffered},
			refusal{"HEAD " + base + path, fhir.InteractionNotOffered},
			refusal{"POST " + base + path + "\nContent-Type: application/fhir+json\n\n{\"resourceType\":\"Patient\",\"id\":\"A\"}", fhir.InteractionNotOffered},
			refusal{path + "?_type=Observation", fhir.InteractionNotOffered},
		)
	}
	mustRefuse(t,
		refusal{"POST " + base + "/Patient/A/$everything\nContent-Type: application/fhir+json\n\n{\"resourceType\":\"Patient\",\"id\":\"A\"}", fhir.BodyNotUnderstood},
		refusal{"POST " + base + "/Patient/A/$everything\nContent-Type: application/fhir+json\n\n{\"resourceType\":\"Parameters\",\"parameter\":[{\"name\":\"_type\",\"valueCode\":\"Flag\"}]}", fhir.ParameterNotOffered},
		refusal{"PUT " + base + "/Patient/A/$everything", fhir.ReadOnly},
		refusal{"/Patient/A/$everything?_since=2026-01-01", fhir.MetadataNotOffered},
		refusal{"/Patient/A/$everything?patient=B", fhir.ParameterNotOffered},
		refusal{"/Patient/A/$everything?_type=Observation,Group", fhir.TypeNotOffered},
		refusal{"/Patient/A/$everything?_type=Practitioner", fhir.TypeNotOffered},
		refusal{"/Patient/A/$everything?start=ge2026", fhir.ParameterNotUnderstood},
		refusal{"/Patient/A/$everything?_include=Observation:performer", fhir.IncludeNotOffered},
		refusal{"/Patient/A/%24everything", fhir.PathNotUnderstood},
		refusal{"/Patient/A/$", fhir.PathNotUnderstood},
		refusal{"/Patient/A/$every$thing", fhir.PathNotUnderstood},
		refusal{"/Patient/A/$everything/x", fhir.PathNotUnderstood},
		refusal{"/Patient$everything", fhir.PathNotUnderstood},
	)
}

func TestAttack103PagesOfAnotherServer(t *testing.T) {
	for _, path := range []string{
		"?_getpages=3f5c1a&_getpagesoffset=2&_count=2&_bundletype=searchset", "/Observation?_getpages=3f5c1a",
		"/Observation?patient=A&_getpagesoffset=2",
	} {
		mustRefuse(t, refusal{path, fhir.NotFound})
	}
	mustRefuse(t,
		refusal{"/Observation?_page=abc&patient=A", fhir.ParameterNotOffered},
		refusal{"/Observation?_page=abc&_count=500", fhir.ParameterNotOffered},
		refusal{"/Observation?_page=abc&_page=abc", fhir.ParameterNotUnderstood},
		refusal{"/Observation?_page=", fhir.ParameterNotUnderstood},
		refusal{"/Observation?_page=a/b", fhir.ParameterNotUnderstood},
		refusal{"/Observation?_page=a%00", fhir.ParameterNotUnderstood},
		refusal{"/Observation?_page=" + strings.Repeat("a", 7000), fhir.QueryTooLong},
		refusal{"/Observation/1?_page=abc", fhir.ParameterNotOffered},
		refusal{"?_page=abc", fhir.InteractionNotOffered},
	)
	got := mustParse(t, "/Observation?_page=abc-_9")
	if got.Page != "abc-_9" || got.Type != "Observation" || got.Interaction != fhir.Search || got.Params != nil || !got.Patient.IsZero() {
		t.Errorf("a page is %+v", got)
	}
	if target := got.Target("A"); target != "" {
		t.Errorf("a page is asked of the source as %q", target)
	}
}

func TestAttack141AResourceInPlaceOfAForm(t *testing.T) {
	const resource = `{"resourceType":"Patient","id":"A"}`
	for _, kind := range []string{"application/fhir+json", "application/json", "text/plain", "multipart/form-data; boundary=x",
		"application/x-www-form-urlencoded; charset=utf-16", "application/x-www-form-urlencodedx", "x"} {
		mustRefuse(t, refusal{"POST " + base + "/Observation/_search?patient=B\nContent-Type: " + kind + "\n\n" + resource, fhir.ContentTypeNotAccepted})
	}
	mustRefuse(t,
		refusal{"POST " + base + "/Observation/_search?patient=B\n\n" + resource, fhir.ContentTypeNotAccepted},
		refusal{form("/Observation/_search?patient=B", resource), fhir.ParameterNotUnderstood},
		refusal{"POST " + base + "/Observation/_search\nContent-Type: application/x-www-form-urlencoded\nContent-Type: application/json\n\npatient=A", fhir.ContentTypeNotAccepted},
		refusal{"POST " + base + "/Observation/_search\nContent-Type: application/x-www-form-urlencoded\nContent-Encoding: gzip\n\npatient=A", fhir.ContentTypeNotAccepted},
		refusal{"POST " + base + "/Consent\nContent-Type: application/x-www-form-urlencoded\n\npatient=A", fhir.ContentTypeNotAccepted},
		refusal{"POST " + base + "/Consent?patient=B\nContent-Type: application/fhir+json\n\n{}", fhir.ParameterNotOffered},
		// A search of the source's Consents is not a Consent to be recorded.
		refusal{"POST " + base + "/Consent/_search\nContent-Type: application/fhir+json\n\n{}", fhir.ContentTypeNotAccepted},
	)
	mustParse(t, "POST "+base+"/Observation/_search\nContent-Type: application/x-www-form-urlencoded; charset=UTF-8\n\npatient=A")
}

// What comes along is named by the request in the table's own words, and judged
// entry by entry by the filter.
func TestAttack143OperationsAndIncludesDoNotWiden(t *testing.T) {
	mustRefuse(t,
		refusal{"/Appointment?patient=A&_include=Appointment:actor:Patient", fhir.IncludeNotOffered},
		refusal{"/Appointment?patient=A&_include=Appointment:slot", fhir.IncludeNotOffered},
		refusal{"/Patient?_id=A&_include=Patient:link", fhir.IncludeNotOffered},
		refusal{"/Practitioner?patient=A", fhir.InteractionNotOffered},
		refusal{"/Practitioner?_id=x", fhir.InteractionNotOffered},
		refusal{"/Patient/A/Practitioner", fhir.InteractionNotOffered},
	)
}
