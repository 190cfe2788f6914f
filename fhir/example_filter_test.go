package fhir_test

import (
	"fmt"

	"github.com/mycarerecord/mcr/fhir"
)

// A plan that opens laboratory results lets one of two entries through, and the
// answer says that it is not all.
func ExampleFilter() {
	classes, err := fhir.NewClassifier([]fhir.ClassRule{{
		Type:     "Observation",
		Category: []fhir.Code{{System: "http://terminology.hl7.org/CodeSystem/observation-category", Code: "laboratory"}},
		Class:    "laboratory",
	}}, nil)
	if err != nil {
		panic(err)
	}
	answer := `{"resourceType":"Bundle","type":"searchset","total":2,"entry":[
		{"resource":{"resourceType":"Observation","id":"hb","subject":{"reference":"Patient/p1"},
			"category":[{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/observation-category","code":"laboratory"}]}]}},
		{"resource":{"resourceType":"Observation","id":"mood","subject":{"reference":"Patient/p1"}}}]}`
	cut, err := fhir.Filter([]byte(answer),
		fhir.Request{Interaction: fhir.Search, Type: "Observation"},
		fhir.Owner{LocalIDs: []string{"p1"}},
		fhir.Plan{Categories: []string{"laboratory"}, Classes: classes},
		fhir.Links{Base: "https://broker.example/gp/fhir"})
	if err != nil {
		panic(err)
	}
	for _, item := range cut.Released {
		fmt.Println("released:", item.Reference(), "as", item.Category)
	}
	fmt.Println("withheld:", cut.Withheld)
	// Output:
	// released: Observation/hb as laboratory
	// withheld: map[not-classified:1]
}
