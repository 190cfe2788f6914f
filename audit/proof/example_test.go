package proof_test

import (
	"context"
	"fmt"

	"github.com/mycarerecord/mcr/audit/proof"
	"github.com/mycarerecord/mcr/audit/trailtest"
)

func Example() {
	all := trailtest.Chain(trailtest.Records("region-1", 5)...)
	all[2].Payload = all[1].Payload // somebody covers a trace

	r, err := proof.Verify(context.Background(), stored{entries: all}, "region-1")
	if err != nil {
		panic(err)
	}
	fmt.Println(r.OK())
	for _, f := range r.Findings {
		fmt.Println(f)
	}
	// Output:
	// false
	// record 3 is altered: its hash is not that of its content: it, or the record before it, was altered
}
