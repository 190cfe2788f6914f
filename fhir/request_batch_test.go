package fhir_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/mycarerecord/mcr/fhir"
)

// batch reads a batch of these entries.
func batch(t *testing.T, body string) ([]fhir.BatchEntry, *fhir.Refusal) {
	t.Helper()
	r, err := http.NewRequest(http.MethodPost, "http://broker.example"+base, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/fhir+json")
	req, refusal := fhir.ParseRequest(r, base)
	if refusal != nil || req.Interaction != fhir.Batch || req.Target("A") != "" {
		t.Fatalf("%+v %+v", req, refusal)
	}
	return fhir.DefaultLimits.ParseBatch(r, base, "https://broker.example"+base)
}

func bundleWith(kind string, entries ...string) string {
	return `{"resourceType":"Bundle","type":"` + kind + `","entry":[` + strings.Join(entries, ",") + `]}`
}

func get(address string) string { return `{"request":{"method":"GET","url":"` + address + `"}}` }

func TestEachEntryOfABatchIsReadAsIfAskedAlone(t *testing.T) {
	for address, want := range map[string]string{
		"Patient/A":                                    "Patient/A",
		"Observation?patient=A":                        "Observation?_count=50&patient=A",
		"Patient/A/Condition?_count=3":                 "Condition?_count=3&patient=A",
		"Observation/1/_history/2":                     "Observation/1/_history/2",
		"https://broker.example" + base + "/Patient/A": "Patient/A",
	} {
		all, refusal := batch(t, bundleWith("batch", get(address)))
		if refusal != nil || len(all) != 1 || all[0].Refusal != nil || all[0].Request.Target("") != want {
			t.Errorf("%s: %+v %+v", address, all, refusal)
		}
	}
}

// An address that is refused alone is refused here, and nothing else with it.
func TestAttack075And076And142AnEntryFailsAlone(t *testing.T) {
	for entry, code := range map[string]string{
		get("http://other.example/fhir/Patient/B"):               fhir.PathNotUnderstood,
		get("https://broker.example.evil" + base + "/Patient/B"): fhir.PathNotUnderstood,
		get("https://broker.example" + base + "//Patient/B"):     fhir.PathNotUnderstood,
		get("//other.example/Patient/B"):                         fhir.PathNotUnderstood,
		get("/Patient/B"):                                        fhir.PathNotUnderstood,
		get("../Patient/B"):                                      fhir.PathNotUnderstood,
		get("Observation/../Patient/B"):                          fhir.PathNotUnderstood,
		get("Patient/B#x"):                                       fhir.PathNotUnderstood,
		get("Patient%2FB"):                                       fhir.PathNotUnderstood,
		get(""):                                                  fhir.PathNotUnderstood,
		get("?patient=A"):                                        fhir.PathNotUnderstood,
		get("Observation"):                                       fhir.PatientNotNamed,
		get("Observation?patient=A&patient=B"):                   fhir.PatientAmbiguous,
		get("Observation/_search?patient=B"):                     fhir.MethodNotOffered,
		get("Patient/B/$everything"):                             fhir.InteractionNotOffered,
		get("metadata"):                                          fhir.InteractionNotOffered,
		get(".well-known/smart-configuration"):                   fhir.InteractionNotOffered,
		get("Binary?_link=abc"):                                  fhir.InteractionNotOffered,
		get("Group/1"):                                           fhir.TypeNotOffered,
		`{"request":{"method":"get","url":"Patient/A"}}`:         fhir.ReadOnly,
		`{"request":{"method":"DELETE","url":"Patient/A"}}`:      fhir.ReadOnly,
		`{"request":{"method":"POST","url":"Observation/_search?patient=B"}}`:                              fhir.ReadOnly,
		`{"request":{"method":"POST","url":"Patient/B/$everything"}}`:                                      fhir.ReadOnly,
		`{"resource":` + bundleWith("batch", get("Patient/B")) + `,"request":{"method":"POST","url":"/"}}`: fhir.ReadOnly,
	} {
		all, refusal := batch(t, bundleWith("batch", get("Patient/A"), entry, get("Patient/A")))
		if refusal != nil || len(all) != 3 || all[0].Refusal != nil || all[2].Refusal != nil {
			t.Errorf("%s: %+v %+v", entry, all, refusal)
			continue
		}
		if all[1].Refusal == nil || all[1].Refusal.Code != code || all[1].Request.Target("A") != "" {
			t.Errorf("%s: %+v %+v", entry, all[1].Request, all[1].Refusal)
		}
	}
}

func TestAttack076And077WhatIsNoBatchOfReadsIsRefusedWhole(t *testing.T) {
	many := strings.TrimSuffix(strings.Repeat(get("Patient/A")+",", 21), ",")
	for body, code := range map[string]string{
		bundleWith("transaction", get("Patient/A")): fhir.InteractionNotOffered,
		bundleWith("history", get("Patient/A")):     fhir.BatchNotUnderstood,
		bundleWith("batch"):                         fhir.BatchNotUnderstood,
		bundleWith("batch", many):                   fhir.BatchTooLarge,
		bundleWith("batch", `{"request":{"method":"GET","url":"Patient/A","ifNoneMatch":"W/1"}}`):            fhir.BatchNotUnderstood,
		bundleWith("batch", `{"request":{"method":"GET","url":"Patient/A","ifModifiedSince":"x"}}`):          fhir.BatchNotUnderstood,
		bundleWith("batch", `{"request":{"method":"PUT","url":"Patient/A","ifMatch":"x"}}`):                  fhir.BatchNotUnderstood,
		bundleWith("batch", `{"request":{"method":"POST","url":"Patient","ifNoneExist":"identifier=x"}}`):    fhir.BatchNotUnderstood,
		bundleWith("batch", `{"fullUrl":"http://x/Patient/B","request":{"method":"GET","url":"Patient/A"}}`): fhir.BatchNotUnderstood,
		bundleWith("batch", `{"resource":{},"request":{"method":"GET","url":"Patient/A"}}`):                  fhir.BatchNotUnderstood,
		bundleWith("batch", `{"request":{"method":"GET","url":"Patient/A","URL":"Patient/B"}}`):              fhir.BatchNotUnderstood,
		bundleWith("batch", `{"request":{"method":"GET","url":"Patient/A","url":"Patient/B"}}`):              fhir.BatchNotUnderstood,
		bundleWith("batch", `{"request":{"method":"GET"}}`):                                                  fhir.BatchNotUnderstood,
		bundleWith("batch", `"x"`):                        fhir.BatchNotUnderstood,
		`{"resourceType":"Observation","status":"final"}`: fhir.BatchNotUnderstood,
		`[]`: fhir.BatchNotUnderstood, ``: fhir.BatchNotUnderstood,
		bundleWith("batch", get(strings.Repeat("x", 70_000))): fhir.BodyTooLarge,
	} {
		if all, refusal := batch(t, body); refusal == nil || refusal.Code != code {
			t.Errorf("%.200s: %+v %+v", body, all, refusal)
		}
	}
	mustRefuse(t,
		refusal{"POST " + base + "\nContent-Type: application/x-www-form-urlencoded\n\npatient=A", fhir.ContentTypeNotAccepted},
		refusal{"POST " + base + "?patient=A\nContent-Type: application/fhir+json\n\n{}", fhir.ParameterNotOffered},
		refusal{"POST " + base + "//\nContent-Type: application/fhir+json\n\n{}", fhir.PathNotUnderstood},
		refusal{"POST " + base + "/Bundle\nContent-Type: application/fhir+json\n\n{}", fhir.ReadOnly},
		refusal{"POST " + base + "/_search\nContent-Type: application/x-www-form-urlencoded\n\npatient=A", fhir.InteractionNotOffered},
	)
}

// Attack 143: what an $everything stands for are searches of this patient, by type.
func TestAttack143EverythingIsSearchesOfThePatient(t *testing.T) {
	for _, text := range []string{
		"/Patient/A/$everything", "POST " + base + "/Patient/A/$everything\n\n", "POST " + base + "/Patient/A/$everything\nContent-Type: application/fhir+json\n\n",
		"POST " + base + "/Patient/A/$everything\nContent-Type: application/fhir+json\n\n{\"resourceType\":\"Parameters\"}",
	} {
		req := mustParse(t, text)
		searches := req.Searches()
		if req.Interaction != fhir.Everything || req.Target("A") != "" || len(searches) < 30 || searches[0].Type != "Patient" {
			t.Fatalf("%s: %+v", text, req)
		}
		for _, s := range searches {
			if target := s.Target(""); s.Interaction != fhir.Search || s.Patient.LocalID != "A" || !strings.HasSuffix(target, "patient=A") && target != "Patient?_count=50&_id=A" {
				t.Errorf("%+v asks for %q", s, target)
			}
		}
	}
	req := mustParse(t, "/Patient/A/$everything?_type=Observation,AllergyIntolerance&start=2026-04-01&end=2026-05-01&_count=2")
	var targets []string
	for _, s := range req.Searches() {
		targets = append(targets, s.Target(""))
	}
	if got := strings.Join(targets, " "); got != "AllergyIntolerance?_count=2&patient=A Observation?_count=2&date=ge2026-04-01&date=le2026-05-01&patient=A" {
		t.Error(got)
	}
	// Every date by which it narrows is one that is offered.
	for _, s := range mustParse(t, "/Patient/A/$everything?start=2026").Searches() {
		for _, p := range s.Params {
			if p.Name != "_count" {
				mustParse(t, "/"+s.Type+"?patient=A&"+p.Name+"="+p.Value)
			}
		}
	}
}
