package fhirdate_test

import (
	"fmt"
	"time"

	"github.com/mycarerecord/mcr/fhirdate"
)

// "2026-07" is the whole of July in England, which keeps summer time then.
func ExampleParse() {
	d, ok := fhirdate.Parse("2026-07")
	fmt.Println(d.Time.UTC().Format(time.RFC3339), d.Until().UTC().Format(time.RFC3339), ok)
	_, ok = fhirdate.Parse("2026-07-01T10:00:00")
	fmt.Println("a time without a zone:", ok)
	// Output:
	// 2026-06-30T23:00:00Z 2026-07-31T23:00:00Z true
	// a time without a zone: false
}
