//go:build servers

package trail_test

import (
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"github.com/mycarerecord/mcr/audit/clickhouse"
	"github.com/mycarerecord/mcr/internal/servers"
)

// The same pages over ClickHouse: every number leads to its records, no way leads
// round the scope, and a record and a report read as they do over SQLite.
func TestServersTheSamePagesOverClickHouse(t *testing.T) {
	server, err := servers.StartClickHouse(t.Context(), t.TempDir(), "")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { server.Stop() }) // after the subtests, which go on beside each other
	var databases atomic.Int64
	for name, test := range map[string]func(*testing.T, kept){
		"every seventh number leads to its records": func(t *testing.T, s kept) { numbers(t, s, 7) }, "nothing widens the scope": nothingWidens, "another organisation's record": notTheirs,
		"who has accessed this record": whoHasAccessed, "what is cut says so": cutSaysSo, "visits are counted alike everywhere": countedAlike, "hostile records are data": hostileIsData, "what a record's page says": pageSays,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, err := clickhouse.Open(clickhouse.Options{Addresses: []string{server.Native}, Database: fmt.Sprintf("pages_%d", databases.Add(1)), Timeout: 30 * time.Second})
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { s.Close() })
			test(t, s)
		})
	}
}
