//go:build servers

package clickhouse_test

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"regexp"
	"slices"
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

// startShards starts servers that know each other as the cluster "region".
func startShards(t *testing.T, n int) (all []*servers.ClickHouse) {
	t.Helper()
	dir := t.TempDir()
	shards := ""
	for i := range n {
		c, err := servers.StartClickHouse(t.Context(), filepath.Join(dir, fmt.Sprint(i)), "")
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { c.Stop() })
		host, port, _ := strings.Cut(c.Native, ":")
		shards += "<shard><replica><host>" + host + "</host><port>" + port + "</port></replica></shard>"
		all = append(all, c)
	}
	for _, c := range all {
		if err := errors.Join(c.Stop(), c.Configure("<remote_servers><region>"+shards+"</region></remote_servers>"), c.Start(t.Context())); err != nil {
			t.Fatal(err)
		}
	}
	return all
}

// Two brokers, each with its records on a server of its own. One server is killed in
// mid-backlog and comes back: nothing is there twice, nothing is missing. While it is
// away the other broker delivers, and a question has no answer but who is away.
func TestServersClickHouseShards(t *testing.T) {
	shards := startShards(t, 2)
	opt := clickhouse.Options{Addresses: []string{shards[0].Native, shards[1].Native}, Timeout: 10 * time.Second}
	top := clickhouse.Topology{Kind: clickhouse.Distributed, Cluster: "region"}
	for range 2 { // again without harm
		if err := clickhouse.Migrate(t.Context(), opt, top, false, func(string) {}); err != nil {
			t.Fatal(err)
		}
	}
	one, two := openAt(t, shards[0].Native, "mcr"), openAt(t, shards[1].Native, "mcr")
	first := trailtest.Chain(trailtest.Mixed("region-1", 300)...)
	if err := one.Deliver(t.Context(), trailtest.Batch(t, "region-1", first)); err != nil {
		t.Fatal(err)
	}
	region := trailtest.NewVaried("westvale", 2)
	l := newBacklog(t, 6000, region.Next)
	store := &killing{counted: &counted{Store: two, last: make(chan uint64, 1)}, t: t, server: shards[1], in: 2,
		away: func() {
			_, err := one.Tail(t.Context(), audit.Scope{})
			if !errors.Is(err, clickhouse.ErrShardAway) || !strings.Contains(err.Error(), shards[1].Native[strings.Index(shards[1].Native, ":"):]) {
				t.Errorf("a question while a shard is away: %v", err)
			}
			if _, err := one.Count(t.Context(), audit.Scope{}, audit.Filter{}, audit.Overall); err == nil {
				t.Error("half of the records were counted")
			}
			if err := one.Deliver(t.Context(), trailtest.Batch(t, "region-1", first)); err != nil {
				t.Errorf("the broker of the other shard: %v", err)
			}
			if seq, _, err := one.Highest(t.Context(), "region-1"); err != nil || seq != 300 {
				t.Errorf("the other broker's start: %d, %v", seq, err)
			}
		}}
	l.ship(t, store, store.last, ship.Options{BatchRecords: 1500, RetryMin: 50 * time.Millisecond, RetryMax: time.Second})
	if store.kills != 1 {
		t.Fatalf("killed %d times", store.kills)
	}
	for _, s := range []*clickhouse.Store{one, two} {
		brokers, err := s.Brokers(t.Context())
		if err != nil || !slices.Equal(brokers, []string{"region-1", "westvale"}) {
			t.Errorf("brokers %v, %v", brokers, err)
		}
		counts, err := s.Count(t.Context(), audit.Scope{}, audit.Filter{}, audit.Overall)
		if err != nil || counts[0].Total != 6300 {
			t.Errorf("counted %v, %v", counts, err)
		}
		for broker, records := range map[string]uint64{"region-1": 300, "westvale": 6000} {
			if r, err := proof.Verify(t.Context(), s, broker); err != nil || !r.OK() || r.Records != records {
				t.Errorf("%s: %v\n%s", broker, err, r)
			}
		}
	}
	model := new(trailtest.Memory)
	if err := model.Deliver(t.Context(), trailtest.Batch(t, "region-1", first)); err != nil {
		t.Fatal(err)
	}
	want, _ := model.Patient(t.Context(), []string{trailtest.HMAC(3)}, audit.Scope{})
	if got, err := two.Patient(t.Context(), []string{trailtest.HMAC(3)}, audit.Scope{}); err != nil || len(got) != len(want) || len(want) == 0 {
		t.Errorf("a patient's records asked at the other server: %d of %d, %v", len(got), len(want), err)
	}
	if got := clickhouse.Text(t, two, `SELECT toString(uniqExact(seq)) || ' ' || toString(uniqExact(id)) FROM records`); got != "6000 6000" {
		t.Errorf("numbers and ids on the second shard: %s", got)
	}
}

// killing is a store whose server is killed in some of the deliveries.
type killing struct {
	*counted
	t      *testing.T
	server *servers.ClickHouse
	in     int    // every so many-th delivery
	most   int    // kills; 0 is 1
	away   func() // what is tried while it is away

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
	n, err := clickhouse.Number(k.t, k.Store, `SELECT count() FROM system.processes WHERE query LIKE 'INSERT INTO records%' AND read_rows > 0`)
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
	if tables != 4 {
		t.Errorf("%d tables, want 4", tables)
	}
}

var replicatedEngine = regexp.MustCompile(`ENGINE = Replicated(Replacing|Aggregating)MergeTree\('/clickhouse/tables/\{shard\}/it\\'s/`)
