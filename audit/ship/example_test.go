package ship_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/mycarerecord/mcr/audit/protect"
	"github.com/mycarerecord/mcr/audit/ship"

	"github.com/mycarerecord/mcr/audit"
	"github.com/mycarerecord/mcr/audit/spool"
	"github.com/mycarerecord/mcr/audit/trailtest"
	"github.com/mycarerecord/mcr/nhs"
)

// A record's journey: journal, spool, shipper, store, and the question of who
// has seen a patient's record.
func Example() {
	dir, _ := os.MkdirTemp("", "audit")
	defer os.RemoveAll(dir)
	ctx, store := context.Background(), new(trailtest.Memory) // in life: sqlite or clickhouse

	keys, err := protect.LoadOrCreateKeys(filepath.Join(dir, "keys.json"))
	check(err)
	protector, err := protect.NewProtector(keys, protect.Masked)
	check(err)
	sp, err := spool.Open(filepath.Join(dir, "spool"), spool.Options{})
	check(err)
	checkpoint, err := ship.OpenCheckpoint(filepath.Join(dir, "checkpoint.json"), keys, "region-1")
	check(err)
	start, err := ship.StartCheck(ctx, sp, store, checkpoint)
	check(err)
	journal := audit.NewJournal(sp, start.Broker)
	shipper := ship.Begin(sp, store, checkpoint, start, ship.Options{})

	patient, err := nhs.ParseNumber("9990000018")
	check(err)
	check(journal.Append(ctx, &audit.Record{
		ID: "0195f2c0-7a3b-7c11-9d2e-0242ac120002", TimeIn: time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC),
		Outcome: audit.Refused, Status: 403, Effect: "deny", Reasons: []string{"opted-out"},
		UserName: "KHAN, Amira (Dr)", Source: "gp-riverside", SourceOrg: "A81001", Action: "view",
		Query:       "Observation?category=laboratory",
		PatientHMAC: protector.HMAC(patient), PatientShown: protector.Shown(patient),
	})) // durable now: the answer may leave

	check(shipper.Close(ctx))
	check(sp.Close())
	seen, err := store.Patient(ctx, protector.Find(patient), audit.Scope{})
	check(err)
	for _, r := range seen {
		check(audit.PrintLine(os.Stdout, r))
	}
	// Output:
	// 2026-03-02 12:00:00.000  refused     opted-out                     KHAN, Amira (Dr)  at gp-riverside  view Observation?category=laboratory  0195f2c0-7a3b-7c11-9d2e-0242ac120002
}

func check(err error) {
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
}
