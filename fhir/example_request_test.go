package fhir_test

import (
	"fmt"
	"net/http/httptest"

	"github.com/mycarerecord/mcr/fhir"
)

// A search by NHS number becomes one canonical request; what is forwarded is
// built from it, with the source's own id of the patient.
func ExampleParseRequest() {
	r := httptest.NewRequest("GET", "/gp-north/fhir/Observation"+
		"?patient:identifier=https://fhir.nhs.uk/Id/nhs-number%7C9990000018&category=laboratory&_format=json", nil)
	req, refusal := fhir.ParseRequest(r, "/gp-north/fhir")
	if refusal != nil {
		fmt.Println(refusal.Status, refusal.Code)
		return
	}
	fmt.Println(req.Interaction, req.Type, req.Patient.Number)
	fmt.Println(req.Query())
	fmt.Println(req.Target("p-17"))
	// Output:
	// search-type Observation 999*****18
	// _count=50&category=laboratory
	// Observation?_count=50&category=laboratory&patient=p-17
}

// What is not offered is refused with a stable code, and nothing else is known of it.
func ExampleParseRequest_refused() {
	r := httptest.NewRequest("GET", "/gp-north/fhir/Observation?patient=p-17&patient=p-18", nil)
	_, refusal := fhir.ParseRequest(r, "/gp-north/fhir")
	fmt.Println(refusal.Status, refusal.Code)
	// Output:
	// 400 patient-ambiguous
}

func ExampleOutcome() {
	fmt.Printf("%s\n", fhir.Outcome("patient-not-named", "error", "The search does not name a patient.", "Name one patient.", ""))
	// Output:
	// {"resourceType":"OperationOutcome","issue":[{"severity":"error","code":"required","details":{"coding":[{"system":"https://mycarerecord.example/fhir/CodeSystem/reason","code":"patient-not-named"}],"text":"The search does not name a patient."},"diagnostics":"Name one patient."}]}
}
