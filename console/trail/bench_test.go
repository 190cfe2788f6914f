package trail_test

import (
	"net/http/httptest"
	"path/filepath"
	"testing"
	"time"

	"github.com/mycarerecord/mcr/audit/protect"
	"github.com/mycarerecord/mcr/audit/sqlite"
	"github.com/mycarerecord/mcr/audit/trailtest"
	"github.com/mycarerecord/mcr/console/page"
	"github.com/mycarerecord/mcr/console/trail"
	"github.com/mycarerecord/mcr/nhs"
)

// What an auditor waits for on a trail of 100,000 records in SQLite.
func BenchmarkPages(b *testing.B) {
	store, err := sqlite.Open(b.Context(), filepath.Join(b.TempDir(), "trail.db"))
	if err != nil {
		b.Fatal(err)
	}
	defer store.Close()
	all := trailtest.Chain(trailtest.Mixed("region-1", 100_000)...)
	for from := 0; from < len(all); from += 1000 {
		if err := store.Deliver(b.Context(), trailtest.Batch(b, "region-1", all[from:from+1000])); err != nil {
			b.Fatal(err)
		}
	}
	keys, err := protect.CreateKeys(filepath.Join(b.TempDir(), "keys"))
	if err != nil {
		b.Fatal(err)
	}
	protector, err := protect.NewProtector(keys, protect.Masked)
	if err != nil {
		b.Fatal(err)
	}
	policyBook, err := written()
	if err != nil {
		b.Fatal(err)
	}
	room, err := trail.New(b.Context(), trail.Config{
		Trail: store, Recorder: new(looks), Protector: protector, Book: policyBook, Sources: sources,
		Reach: trail.Reach{Region: []nhs.ODSCode{code("X26")}, RegionRoles: []nhs.RoleCode{role("R0001")}}, Clock: func() time.Time { return begin.AddDate(0, 0, 100) },
	})
	if err != nil {
		b.Fatal(err)
	}
	handlers := map[string]page.Handler{}
	room.Mount(func(pattern string, h page.Handler) { handlers[pattern] = h })
	for _, c := range []struct{ name, pattern, target, id string }{
		{"overview of 30 days", "GET /trail", "/console/trail", ""},
		{"overview of 100 days", "GET /trail", "/console/trail?from=2026-03-01", ""},
		{"search", "GET /trail/records", "/console/trail/records?measure=refusals", ""},
		{"search by person", "GET /trail/records", "/console/trail/records?user=user-3", ""},
		{"one record", "GET /trail/records/{id}", "/console/trail/records/x", "0195f2c0-region-1-050000"},
		{"CSV of 5,000", "GET /trail/records", "/console/trail/records?format=csv", ""},
	} {
		for _, org := range []string{"X26", "RXB02"} {
			b.Run(c.name+", "+org, func(b *testing.B) {
				for b.Loop() {
					r := httptest.NewRequest("GET", c.target, nil)
					r.SetPathValue("id", c.id)
					handlers[c.pattern](httptest.NewRecorder(), r, person(org))
				}
			})
		}
	}
}
