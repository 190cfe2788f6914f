package demo_test

import (
	"context"
	"fmt"

	"github.com/mycarerecord/mcr/internal/demo"
)

func Example() {
	region, err := demo.Start(context.Background(), demo.Options{})
	if err != nil {
		panic(err)
	}
	defer region.Close()
	d := region.Describe("http://127.0.0.1:8080")
	fmt.Println(len(d.Sources), "sources,", len(d.Cast), "of the cast,", len(d.Patients), "patients")
	fmt.Println(d.Sources[7].Name, "is at", d.Sources[7].FHIR)
	// It prints, but is not run here, for a region takes seconds to start:
	// 12 sources, 14 of the cast, 200 patients
	// Riverside Surgery is at http://127.0.0.1:8080/gp-riverside/fhir
}
