//go:build servers

package clickhouse_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/mycarerecord/mcr/audit"
	"github.com/mycarerecord/mcr/audit/clickhouse"
	"github.com/mycarerecord/mcr/audit/trailtest"
	"github.com/mycarerecord/mcr/internal/servers"
)

// usersOf are a server's users whose profiles say otherwise than deliveries want.
const usersOf = `<clickhouse>
<profiles>
	<default/>
	<otherwise><async_insert>1</async_insert><insert_deduplicate>0</insert_deduplicate><deduplicate_insert>disable</deduplicate_insert>
		<materialized_views_ignore_errors>1</materialized_views_ignore_errors><skip_unavailable_shards>1</skip_unavailable_shards></otherwise>
	<held><async_insert>1</async_insert><constraints><async_insert><readonly/></async_insert></constraints></held>
	<careless><insert_deduplicate>0</insert_deduplicate><constraints><insert_deduplicate><const/></insert_deduplicate></constraints></careless>
	<reading><readonly>1</readonly></reading>
</profiles>
<quotas><default/></quotas>
<users>` +
	`<default><password></password><networks><ip>127.0.0.1</ip></networks><profile>default</profile><quota>default</quota></default>` +
	`<otherwise><password></password><networks><ip>127.0.0.1</ip></networks><profile>otherwise</profile><quota>default</quota></otherwise>` +
	`<held><password></password><networks><ip>127.0.0.1</ip></networks><profile>held</profile><quota>default</quota></held>` +
	`<careless><password></password><networks><ip>127.0.0.1</ip></networks><profile>careless</profile><quota>default</quota></careless>` +
	`<reader><password></password><networks><ip>127.0.0.1</ip></networks><profile>reading</profile><quota>default</quota></reader>` +
	`<writer><password></password><networks><ip>127.0.0.1</ip></networks><profile>default</profile><quota>default</quota>
	<grants><query>GRANT SELECT, INSERT ON mcr.*</query><query>GRANT SELECT ON system.*</query></grants></writer>
</users></clickhouse>`

// A server that is set otherwise gets what deliveries rest on from the session; where it
// may not be set, or a table is otherwise, nothing is delivered and the setting is named.
func TestServersClickHouseSettingsAreSetAndAskedBack(t *testing.T) {
	dir := t.TempDir()
	users := filepath.Join(dir, "users.xml")
	if err := os.WriteFile(users, []byte(usersOf), 0o600); err != nil {
		t.Fatal(err)
	}
	own, err := servers.StartClickHouse(t.Context(), filepath.Join(dir, "server"), users)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { own.Stop() })
	as := func(user string) *clickhouse.Store {
		t.Helper()
		s, err := clickhouse.Open(clickhouse.Options{Addresses: []string{own.Native}, User: user})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { s.Close() })
		return s
	}
	chain := trailtest.Chain(trailtest.Records("region-1", 40)...)
	batch := func(from, to int) audit.Batch { return trailtest.Batch(t, "region-1", chain[from:to]) }

	// The writer has no right to make tables.
	if err := as("writer").Deliver(t.Context(), batch(0, 10)); !errors.Is(err, clickhouse.ErrMigration) || !strings.Contains(err.Error(), "009_visits") {
		t.Errorf("without tables, as one who may not make them: %v", err)
	}
	var said []string
	if err := clickhouse.Migrate(t.Context(), clickhouse.Options{Addresses: []string{own.Native}}, clickhouse.Topology{}, false,
		func(statement string) { said = append(said, statement) }); err != nil || len(said) < 10 {
		t.Fatalf("migrating: %v, %d statements", err, len(said))
	}
	if err := as("writer").Deliver(t.Context(), batch(0, 10)); err != nil {
		t.Errorf("with the tables there: %v", err)
	}
	if err := as("otherwise").Deliver(t.Context(), batch(10, 20)); err != nil {
		t.Errorf("with a profile that says otherwise: %v", err)
	}
	for user, names := range map[string]string{"held": "async_insert", "careless": "insert_deduplicate", "reader": "readonly"} {
		if err := as(user).Deliver(t.Context(), batch(20, 30)); err == nil || !strings.Contains(err.Error(), names) {
			t.Errorf("as %s, whom the server keeps from setting %s: %v", user, names, err)
		}
	}
	admin := as("default")
	if err := admin.Prepare(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, change := range []struct{ to, back, names string }{
		{`ALTER TABLE records MODIFY SETTING fsync_after_insert = 0`, `ALTER TABLE records MODIFY SETTING fsync_after_insert = 1`, "fsync_after_insert of table records"},
		{`ALTER TABLE by_patient RESET SETTING fsync_part_directory`, `ALTER TABLE by_patient MODIFY SETTING fsync_part_directory = 1`, "fsync_part_directory of table by_patient"},
		{`ALTER TABLE records MODIFY SETTING non_replicated_deduplication_window = 10`, `ALTER TABLE records MODIFY SETTING non_replicated_deduplication_window = 10000`, "non_replicated_deduplication_window of table records"},
	} {
		clickhouse.Exec(t, admin, change.to)
		if err := as("writer").Deliver(t.Context(), batch(20, 30)); !errors.Is(err, clickhouse.ErrSetting) || !strings.Contains(err.Error(), change.names) {
			t.Errorf("%s: %v", change.to, err)
		}
		clickhouse.Exec(t, admin, change.back)
	}
	if err := as("writer").Deliver(t.Context(), batch(20, 30)); err != nil {
		t.Errorf("with all put right: %v", err)
	}
	if entries, err := admin.Entries(t.Context(), "region-1", 0, 100); err != nil || len(entries) != 30 {
		t.Errorf("%d entries, %v", len(entries), err)
	}
}
