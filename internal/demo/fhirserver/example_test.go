package fhirserver_test

import (
	"fmt"
	"net/http/httptest"

	"github.com/mycarerecord/mcr/internal/demo/fhirserver"
)

func Example() {
	s, err := fhirserver.New([][]byte{
		[]byte(`{"resourceType":"Condition","id":"c1","subject":{"reference":"Patient/p1"}}`),
	}, fhirserver.Options{Base: "http://source.example/fhir"})
	if err != nil {
		panic(err)
	}
	w := httptest.NewRecorder()
	s.ServeHTTP(w, httptest.NewRequest("GET", "/fhir/Condition?patient=p1", nil))
	fmt.Println(w.Body)
	// Output: {"resourceType":"Bundle","id":"searchset","type":"searchset","total":1,"link":[{"relation":"self","url":"http://source.example/fhir/Condition?patient=p1"}],"entry":[{"fullUrl":"http://source.example/fhir/Condition/c1","resource":{"resourceType":"Condition","id":"c1","subject":{"reference":"Patient/p1"}},"search":{"mode":"match"}}]}
}
