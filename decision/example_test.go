package decision_test

import (
	"context"
	"fmt"
	"time"

	"github.com/mycarerecord/mcr/access"
	"github.com/mycarerecord/mcr/decision"
	"github.com/mycarerecord/mcr/decision/policytest"
	"github.com/mycarerecord/mcr/policies"
)

func Example() {
	ctx := context.Background()
	rev, err := decision.Load(ctx, policies.FS, decision.Options{Revision: "2026-03-02.1"})
	if err != nil {
		fmt.Println(err)
		return
	}
	engine := decision.NewEngine(rev)

	question, facts := policytest.Consultant(), policytest.Nothing()
	facts.Relationships = access.KnownFact([]access.Relationship{{
		ID: "rel-1", Kind: "referral", Organisation: policytest.ODS("RXA01"), Validity: access.Validity{From: policytest.Now.Add(-time.Hour)},
	}})
	d := engine.Decide(ctx, question, facts)
	fmt.Println(d.Effect, d.Rules)
	fmt.Println(d.Reasons[0].Text)
	fmt.Println(d.Reasons[0].Remedy)

	again, err := engine.Replay(ctx, d.Input)
	fmt.Println(again.Effect, err)
	// Output:
	// deny [permission]
	// The patient has not been asked for permission to view.
	// Ask the patient for permission to view and record the answer, then try again.
	// deny <nil>
}
