//go:build servers

package clickhouse_test

import (
	"context"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/mycarerecord/mcr/audit"
	"github.com/mycarerecord/mcr/audit/clickhouse"
	"github.com/mycarerecord/mcr/audit/proof"
	"github.com/mycarerecord/mcr/audit/ship"
	"github.com/mycarerecord/mcr/audit/trailtest"
	"github.com/mycarerecord/mcr/internal/servers"
)

// killing is a store whose server is killed in some of the deliveries.
type killing struct {
	*counted
	t      *testing.T
	server *servers.ClickHouse
	in     int               // every so many-th delivery
	most   int               // kills; 0 is 1
	away   func()            // what is tried while it is away
	sees   *clickhouse.Store // one who may see what the server is doing; nil is the store itself

	calls, kills int
}

func (k *killing) Deliver(ctx context.Context, b audit.Batch) error {
	k.calls++
	if k.calls%k.in != 0 || k.kills == max(k.most, 1) {
		return k.counted.Deliver(ctx, b)
	}
	k.kills++
	killed, over := make(chan error), make(chan struct{})
	go func() {
		// As soon as the server has taken rows of the insert, or when it is over.
		for k.waits() {
			select {
			case <-over:
			default:
				continue
			}
			break
		}
		killed <- k.server.Kill()
	}()
	err := k.counted.Deliver(ctx, b)
	close(over)
	if err := <-killed; err != nil {
		k.t.Error(err)
	}
	k.t.Logf("the server was killed in batch %d to %d: %v", b.First(), b.Last(), err)
	if k.away != nil {
		k.away()
	}
	if err := k.server.Start(context.Background()); err != nil {
		k.t.Error(err)
	}
	return err
}

// waits says that the server has no insert under way of which it has rows.
func (k *killing) waits() bool {
	sees := k.sees
	if sees == nil {
		sees = k.Store
	}
	n, err := clickhouse.Number(k.t, sees, `SELECT count() FROM system.processes WHERE query LIKE 'INSERT INTO records%' AND read_rows > 0`)
	return err == nil && n == 0
}

// A backlog in batches as large as they get, the server killed twice in the
// middle of one: nothing is there twice, nothing is missing.
func TestServersClickHouseKilledInABacklog(t *testing.T) {
	const records = 25_000
	own, err := servers.StartClickHouse(t.Context(), filepath.Join(t.TempDir(), "server"), "")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { own.Stop() })
	s := openAt(t, own.Native, "mcr")
	region := trailtest.NewVaried("westvale", 3)
	l := newBacklog(t, records, region.Next)
	store := &killing{counted: &counted{Store: s, last: make(chan uint64, 1)}, t: t, server: own, in: 2, most: 2}
	l.ship(t, store, store.last, ship.Options{RetryMin: 50 * time.Millisecond, RetryMax: time.Second})
	if store.kills != 2 {
		t.Errorf("killed %d times", store.kills)
	}
	if got := clickhouse.Text(t, s, `SELECT concat(toString(count()), ' ', toString(uniqExact(id)), ' ', toString(uniqExact(seq))) FROM (SELECT DISTINCT id, seq, hash FROM records)`); got != "25000 25000 25000" {
		t.Errorf("records, ids, numbers: %s", got)
	}
	if got := clickhouse.Text(t, s, `SELECT toString(uniqExact(broker, seq)) FROM by_patient`); got != "25000" {
		t.Errorf("by patient: %s", got)
	}
	if r, err := proof.Verify(t.Context(), s, "westvale", proof.FromMark(l.checkpoint.Mark())...); err != nil || !r.OK() || r.Records != records {
		t.Errorf("%v\n%s", err, r)
	}
}

// What a replicated cluster gets is what a real server can read. It cannot be run here:
// there is no Keeper.
func TestServersClickHouseReplicatedIsReadByAServer(t *testing.T) {
	s := open(t)
	if err := s.Prepare(t.Context()); err != nil {
		t.Fatal(err)
	}
	top := clickhouse.Topology{Kind: clickhouse.Replicated, Cluster: "region"}
	var statements []string
	err := clickhouse.Migrate(t.Context(), clickhouse.Options{Addresses: []string{"nowhere:9000"}, Database: "it's"}, top, true, func(statement string) { statements = append(statements, statement) })
	if err != nil {
		t.Fatal(err)
	}
	tables := 0
	for _, statement := range statements {
		clickhouse.Explain(t, s, statement)
		isQuery := strings.HasPrefix(strings.TrimSpace(statement), "SELECT") || strings.Contains(statement, "\nINSERT INTO")
		if !isQuery && !strings.Contains(statement, "ON CLUSTER `region`") {
			t.Errorf("not for the whole cluster: %.200s", statement)
		}
		if strings.Contains(statement, "CREATE TABLE") {
			tables++
			if !replicatedEngine.MatchString(statement) || strings.Contains(statement, "non_replicated") {
				t.Errorf("not replicated: %s", statement)
			}
		}
	}
	if tables != 5 {
		t.Errorf("%d tables, want 5", tables)
	}
}

var replicatedEngine = regexp.MustCompile(`ENGINE = Replicated(Replacing|Aggregating)MergeTree\('/clickhouse/tables/\{shard\}/it\\'s/`)
