package suite_test

import (
	"context"
	"fmt"
	"log"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/mycarerecord/mcr/access"
	"github.com/mycarerecord/mcr/nhs"
	"github.com/mycarerecord/mcr/registry"
	"github.com/mycarerecord/mcr/registry/intake"
	"github.com/mycarerecord/mcr/registry/sqlite"
)

// A hospital admits a patient, asks for permission, and the patient takes it back.
func Example() {
	dir, err := os.MkdirTemp("", "registry")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	store, err := sqlite.Open(filepath.Join(dir, "registry.db"), sqlite.Options{})
	if err != nil {
		log.Fatal(err)
	}
	r := registry.New(store, registry.Options{})
	defer r.Close()
	ctx := context.Background()

	done, err := intake.Import(ctx, r, strings.NewReader(`{"resourceType":"Encounter","id":"e1","status":"in-progress",`+
		`"class":{"system":"http://terminology.hl7.org/CodeSystem/v3-ActCode","code":"IMP"},`+
		`"subject":{"identifier":{"system":"https://fhir.nhs.uk/Id/nhs-number","value":"9990000018"}},`+
		`"serviceProvider":{"identifier":{"system":"https://fhir.nhs.uk/Id/ods-organization-code","value":"RXA01"}}}`), intake.Options{By: "admissions office"})
	fmt.Println(done, err)

	patient, _ := nhs.ParseNumber("9990000018")
	hospital, _ := nhs.ParseODSCode("RXA01")
	q := access.Question{Time: time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC), Patient: patient,
		Subject: access.Subject{UserID: "555021935107", Organisation: hospital}}
	show := func() {
		f := r.Gather(ctx, q)
		fmt.Println("relationships", f.Relationships.State, "· permissions", f.Permissions.State, len(f.Permissions.Value))
	}
	show()

	q.Action = access.RecordPermission
	q.Statement = &access.Statement{Patient: patient, UserID: "555021935107", Organisation: hospital, How: "in-person"}
	change, err := r.Prepare(ctx, q, "019ab5c4-3f10-7c55-a1b2-93f1f0f5a001")
	if err != nil {
		log.Fatal(err)
	}
	defer change.Rollback() // does nothing after Commit
	// Here the broker makes its audit record durable.
	if err := change.Commit(); err != nil {
		log.Fatal(err)
	}
	show()
	// Output:
	// 1 resources: 1 entries added, 0 changed, 0 unchanged <nil>
	// relationships known · permissions absent 0
	// relationships known · permissions known 1
}
