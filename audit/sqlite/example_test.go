package sqlite_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"github.com/mycarerecord/mcr/audit"
	"github.com/mycarerecord/mcr/audit/sqlite"
	"github.com/mycarerecord/mcr/audit/trailtest"
)

// Who was refused at one organisation, and why.
func ExampleOpenTrail() {
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
	refused, err := trail.Refused(ctx, audit.Scope{SourceOrg: "RXC03", Limit: 3})
	if err != nil {
		panic(err)
	}
	for _, r := range refused {
		fmt.Println(r.TimeIn.Format("15:04:05"), r.UserID, r.Outcome, r.Reasons[0])
	}
	// Output:
	// 08:14:13 user-4 incomplete permission-to-view
	// 08:14:17 user-4 incomplete permission-to-view
	// 08:14:21 user-3 failed permission-to-view
}

func fill(ctx context.Context, path string) error {
	s, err := sqlite.Open(ctx, path)
	if err != nil {
		return err
	}
	defer s.Close()
	b := audit.Batch{Broker: "region-1", Entries: trailtest.Chain(trailtest.Records("region-1", 700)...)}
	for _, e := range b.Entries {
		c, err := audit.ReadColumns(e.Payload)
		if err != nil {
			return err
		}
		b.Columns = append(b.Columns, c)
	}
	return s.Deliver(ctx, b)
}
