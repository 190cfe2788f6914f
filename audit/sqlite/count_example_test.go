package sqlite_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"github.com/mycarerecord/mcr/audit"
	"github.com/mycarerecord/mcr/audit/sqlite"
)

// How often were requests for an organisation's own records not answered, and
// which records are behind a number.
func ExampleStore_Count() {
	ctx := context.Background()
	dir, _ := os.MkdirTemp("", "trail")
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "trail.db")
	if err := fill(ctx, path); err != nil {
		panic(err)
	}
	trail, err := sqlite.OpenTrail(ctx, path)
	if err != nil {
		panic(err)
	}
	defer trail.Close()

	own := audit.Scope{SourceOrg: "RXC03", Limit: 2}
	counts, err := trail.Count(ctx, own, audit.Filter{Measure: audit.Failures}, audit.ByOutcome)
	if err != nil {
		panic(err)
	}
	for _, c := range counts {
		fmt.Println(c.Key, c.Failures)
		scope, filter := audit.ByOutcome.Narrow(own, audit.Filter{Measure: audit.Failures}, c.Key)
		found, err := trail.Search(ctx, scope, filter, "")
		if err != nil {
			panic(err)
		}
		for _, r := range found.Records {
			fmt.Println(" ", r.TimeIn.Format("15:04:05"), r.UserID)
		}
		fmt.Println("  and more:", found.Older != "")
	}
	// Output:
	// incomplete 50
	//   08:14:17 user-4
	//   08:14:13 user-4
	//   and more: true
	// failed 38
	//   08:14:21 user-3
	//   08:13:51 user-2
	//   and more: true
}
