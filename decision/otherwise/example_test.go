package otherwise_test

import (
	"context"
	"fmt"
	"log"

	"github.com/mycarerecord/mcr/decision"
	"github.com/mycarerecord/mcr/decision/otherwise"
	"github.com/mycarerecord/mcr/decision/policytest"
	"github.com/mycarerecord/mcr/policies"
)

// A consultant is treating a patient whom nobody has asked.
func Example() {
	ctx := context.Background()
	rev, err := decision.Load(ctx, policies.FS, decision.Options{})
	if err != nil {
		log.Fatal(err)
	}
	facts := policytest.Nothing()
	facts.Relationships = policytest.Permitted().Relationships
	d := decision.NewEngine(rev).Decide(ctx, policytest.Consultant(), facts)
	found, err := otherwise.Find(ctx, rev, d.Input, otherwise.Options{Most: 1})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(d.Effect)
	fmt.Println(found.Offers[0].Told())
	// Output:
	// deny
	// Had the patient given permission to this professional at RXA01, it would have been permitted.
}
