//go:build servers

package clickhouse_test

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/mycarerecord/mcr/audit"
	"github.com/mycarerecord/mcr/audit/clickhouse"
	"github.com/mycarerecord/mcr/audit/clickhouse/users"
	"github.com/mycarerecord/mcr/audit/proof"
	"github.com/mycarerecord/mcr/audit/retention"
	"github.com/mycarerecord/mcr/audit/ship"
	"github.com/mycarerecord/mcr/audit/trailtest"
	"github.com/mycarerecord/mcr/internal/servers"
	"github.com/mycarerecord/mcr/nhs"
)

var regionSeed = flag.Uint64("region-seed", 0, "which server of the region is killed, and when; 0 is by chance")

const regionPassword = "a password of the tests"

// A region's servers, which know each other as the cluster "region" by a secret, and whose
// users are those of mcr audit access.
type regionServers struct {
	all  []*servers.ClickHouse
	list string // of remote_servers
}

// startRegion starts a server for each plan.
func startRegion(t *testing.T, plans ...users.Plan) *regionServers {
	t.Helper()
	dir := t.TempDir()
	digest := sha256.Sum256([]byte(regionPassword))
	r := &regionServers{all: make([]*servers.ClickHouse, len(plans))}
	for i, plan := range plans {
		text, err := plan.XML()
		if err != nil {
			t.Fatal(err)
		}
		for _, part := range strings.Split(text, `from_env="`)[1:] {
			name, _, _ := strings.Cut(part, `"`)
			t.Setenv(name, hex.EncodeToString(digest[:]))
		}
		for file, text := range map[string]string{"users.xml": administrator, "users.d/mcr-users.xml": text} {
			path := filepath.Join(dir, fmt.Sprint(i), file)
			if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o700), os.WriteFile(path, []byte(text), 0o600)); err != nil {
				t.Fatal(err)
			}
		}
	}
	r.each(t, func(i int) (err error) {
		r.all[i], err = servers.StartClickHouse(t.Context(), filepath.Join(dir, fmt.Sprint(i), "data"), filepath.Join(dir, fmt.Sprint(i), "users.xml"))
		return err
	})
	for _, c := range r.all {
		t.Cleanup(func() { c.Stop() })
		host, port, _ := strings.Cut(c.Native, ":")
		r.list += "<shard><replica><host>" + host + "</host><port>" + port + "</port></replica></shard>"
	}
	r.each(t, func(i int) error { return r.configure(t, i, "<secret>of the tests</secret>") })
	return r
}

const administrator = `<clickhouse><profiles><default/></profiles><quotas><default/></quotas><users><default><password></password>
	<networks><ip>127.0.0.1</ip></networks><profile>default</profile><quota>default</quota></default></users></clickhouse>`

// each does something with each server at once.
func (r *regionServers) each(t *testing.T, do func(i int) error) {
	t.Helper()
	errs := make([]error, len(r.all))
	var all sync.WaitGroup
	for i := range r.all {
		all.Go(func() { errs[i] = do(i) })
	}
	all.Wait()
	if err := errors.Join(errs...); err != nil {
		t.Fatal(err)
	}
}

// configure starts a server again with others as its cluster.
func (r *regionServers) configure(t *testing.T, i int, secret string) error {
	c := r.all[i]
	return errors.Join(c.Stop(), c.Configure("<remote_servers><region>"+secret+r.list+"</region></remote_servers>"), c.Start(t.Context()))
}

// as gives a store of one server, as one of its users.
func (r *regionServers) as(t *testing.T, user string, i int) *clickhouse.Store {
	t.Helper()
	s, err := clickhouse.Open(clickhouse.Options{
		Addresses: []string{r.all[i].Native}, User: user, Password: regionPassword, Timeout: 10 * time.Second, Asking: user != "mcr_writer" && user != "mcr_eraser",
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

// Three servers and four brokers, each with its records on one of the servers, all as the
// users that a region has. One server, by chance, is killed in mid-backlog and comes back:
// nothing is there twice, nothing is missing. While it is away the brokers of the others
// deliver, and a question, of whomever, has no answer but who is away. Then each
// organisation sees its own records from everywhere, and none of another's; and a server
// on which a user was forgotten gives none, rather than all.
func TestServersClickHouseRegion(t *testing.T) {
	seed := *regionSeed
	if seed == 0 {
		seed = uint64(time.Now().UnixNano())
	}
	t.Logf("-region-seed %d", seed)
	rnd := rand.New(rand.NewPCG(seed, 0))
	var organisations []nhs.ODSCode
	for _, text := range []string{"A81001", "RXB02", "RXC03"} {
		code, err := nhs.ParseODSCode(text)
		if err != nil {
			t.Fatal(err)
		}
		organisations = append(organisations, code)
	}
	whole := users.Plan{Organisations: organisations}
	r := startRegion(t, whole, whole, users.Plan{Organisations: organisations[:2]}) // RXC03's reader was forgotten on the last
	opt := clickhouse.Options{User: "mcr_migrator", Password: regionPassword, Timeout: 10 * time.Second}
	for _, c := range r.all {
		opt.Addresses = append(opt.Addresses, c.Native)
	}
	for range 2 { // again without harm
		if err := clickhouse.Migrate(t.Context(), opt, clickhouse.Topology{Kind: clickhouse.Distributed, Cluster: "region"}, false, func(string) {}); err != nil {
			t.Fatal(err)
		}
	}

	r.visitsAcrossShards(t)

	victim, in := rnd.IntN(3), 1+rnd.IntN(4)
	away := r.all[victim]
	other := r.as(t, "mcr_writer", (victim+1)%3)
	reader := r.as(t, "mcr_reader_a81001", (victim+2)%3)
	asked := 0
	askAway := func() {
		asked++
		port := away.Native[strings.Index(away.Native, ":"):]
		if _, err := other.Tail(t.Context(), audit.Scope{}); !errors.Is(err, clickhouse.ErrShardAway) || !strings.Contains(err.Error(), port) {
			t.Errorf("a question while a shard is away: %v", err)
		}
		if _, err := other.Count(t.Context(), audit.Scope{}, audit.Filter{}, audit.Overall); err == nil {
			t.Error("some of the records were counted")
		}
		if n, err := clickhouse.Number(t, reader, `SELECT count() FROM records_everywhere`); err == nil || !strings.Contains(err.Error(), port) {
			t.Errorf("an organisation counts %d records while a shard is away: %v", n, err)
		}
		if _, _, err := other.Highest(t.Context(), "broker-0"); err != nil {
			t.Errorf("another broker's start: %v", err)
		}
	}

	const each = 1500
	brokers := []string{"broker-0", "broker-1", "broker-2", "broker-3"} // the last beside the one whose server is killed
	shardOf := []int{0, 1, 2, victim}
	backlogs := make([]*backlog, len(brokers))
	ofOrganisation := map[string]uint64{}
	for i, broker := range brokers {
		made, n := trailtest.NewVaried(broker, seed), 0
		backlogs[i] = backlogOf(t, broker, each, func() *audit.Record {
			record := made.Next()
			record.SourceOrg = organisations[n%3].String()
			ofOrganisation[record.SourceOrg]++
			n++
			return record
		})
	}
	var shipping sync.WaitGroup
	var killer *killing
	for i, l := range backlogs {
		k := &killing{counted: &counted{Store: r.as(t, "mcr_writer", shardOf[i]), last: make(chan uint64, 1)}, t: t, server: away, in: in, away: askAway}
		var store audit.Store = k.counted
		if i == victim {
			k.sees, store, killer = openAt(t, away.Native, "mcr"), k, k
		}
		shipping.Go(func() {
			l.ship(t, store, k.last, ship.Options{BatchRecords: 350, RetryMin: 50 * time.Millisecond, RetryMax: time.Second})
		})
	}
	shipping.Wait()
	if killer.kills != 1 || asked != 1 {
		t.Fatalf("killed %d times, asked %d times meanwhile", killer.kills, asked)
	}

	for i := range r.all {
		s := r.as(t, "mcr_writer", i)
		if got, err := s.Brokers(t.Context()); err != nil || !slices.Equal(got, brokers) {
			t.Errorf("brokers %v, %v", got, err)
		}
		if counts, err := s.Count(t.Context(), audit.Scope{}, audit.Filter{}, audit.Overall); err != nil || len(counts) != 1 || counts[0].Total != each*len(brokers) {
			t.Errorf("counted %v, %v", counts, err)
		}
		if got := clickhouse.Text(t, s, `SELECT arrayStringConcat(groupArray(broker), ' ') FROM (SELECT DISTINCT broker FROM records ORDER BY broker)`); got != strings.Join(at(brokers, shardOf, i), " ") {
			t.Errorf("server %d has records of %s", i, got)
		}
		r.organisationsSeeTheirOwn(t, i, ofOrganisation)
	}
	asking := r.as(t, "mcr_writer", rnd.IntN(3))
	for i, broker := range brokers {
		if shardOf[i] == victim {
			if v, err := proof.Verify(t.Context(), asking, broker, proof.FromMark(backlogs[i].checkpoint.Mark())...); err != nil || !v.OK() || v.Records != each {
				t.Errorf("%s: %v\n%s", broker, err, v)
			}
		}
		s := r.as(t, "mcr_writer", shardOf[i])
		if got := clickhouse.Text(t, s, `SELECT toString(uniqExact(seq)) || ' ' || toString(uniqExact(id)) FROM records WHERE broker = '`+broker+`'`); got != "1500 1500" {
			t.Errorf("numbers and ids of %s: %s", broker, got)
		}
	}
	r.detailsAreErased(t, brokers[victim], victim, asking)

	// What the secret is for: without it a shard is asked as the user default, and looks for
	// the policies of whoever asked by name. Whom it does not know it shows everything.
	if err := r.configure(t, 0, ""); err != nil {
		t.Fatal(err)
	}
	forgotten := r.as(t, "mcr_reader_rxc03", 0)
	if n, err := clickhouse.Number(t, forgotten, `SELECT countIf(source_org != 'RXC03') FROM records_everywhere`); err != nil || n == 0 {
		t.Errorf("without a secret %d rows of others, %v: docs/clickhouse.md says otherwise", n, err)
	}
}

// detailsAreErased: by a chain's own server and by no other, as mcr_eraser, and wherever it is
// asked for.
func (r *regionServers) detailsAreErased(t *testing.T, broker string, shard int, asking *clickhouse.Store) {
	t.Helper()
	entries, err := asking.Entries(t.Context(), broker, 4, 1)
	if err != nil || len(entries) != 1 {
		t.Fatal(entries, err)
	}
	document, err := retention.EraseDetails(entries[0].Payload, audit.OfBoth)
	if err != nil {
		t.Fatal(err)
	}
	erased := []retention.Replacement{{Seq: 5, Hash: entries[0].Hash, Document: document}}
	if err := r.as(t, "mcr_eraser", (shard+1)%3).Erase(t.Context(), broker, erased); err == nil || !strings.Contains(err.Error(), "record 5 is not there as it was") {
		t.Errorf("erased on another server: %v", err)
	}
	eraser := r.as(t, "mcr_eraser", shard)
	if err := eraser.Erase(t.Context(), broker, erased); err != nil {
		t.Error(err)
	}
	if got, err := asking.Entries(t.Context(), broker, 4, 1); err != nil || len(got) != 1 || string(got[0].Payload) != string(document) {
		t.Errorf("what is erased: %v, %v", got, err)
	}
	// Nor does it need further rights to retire.
	if err := eraser.Retire(t.Context(), broker, []retention.RetiredRun{{First: 1, Last: 3}}); err != nil {
		t.Error(err)
	}
	if got, err := asking.Entries(t.Context(), broker, 0, 1); err != nil || len(got) != 1 || got[0].Seq != 4 {
		t.Errorf("what is retired: %v, %v", got, err)
	}
	if got := clickhouse.Text(t, r.as(t, "mcr_writer", shard), differences); got != "0" {
		t.Errorf("%s hours are not what is left", got)
	}
}

// at gives the brokers of a server.
func at(brokers []string, shardOf []int, server int) (some []string) {
	for i, broker := range brokers {
		if shardOf[i] == server {
			some = append(some, broker)
		}
	}
	return some
}

// organisationsSeeTheirOwn: those who ask by SQL, at one of the servers, of all shards.
func (r *regionServers) organisationsSeeTheirOwn(t *testing.T, i int, want map[string]uint64) {
	t.Helper()
	total := uint64(0)
	for org, n := range want {
		total += n
		if org == "RXC03" {
			continue
		}
		reader := r.as(t, "mcr_reader_"+strings.ToLower(org), i)
		for _, table := range []string{"records_everywhere", "records"} {
			if others, err := clickhouse.Number(t, reader, `SELECT countIf(source_org != '`+org+`') FROM `+table); err != nil || others != 0 {
				t.Errorf("server %d shows %s %d rows of others in %s, %v", i, org, others, table, err)
			}
		}
		if own, err := clickhouse.Number(t, reader, `SELECT uniqExact(broker, seq) FROM records_everywhere`); err != nil || own != n {
			t.Errorf("server %d shows %s %d rows of %d, %v", i, org, own, n, err)
		}
	}
	for _, user := range []string{"mcr_auditor", "mcr_analyst"} {
		if n, err := clickhouse.Number(t, r.as(t, user, i), `SELECT count() FROM records_everywhere FINAL`); err != nil || n != total {
			t.Errorf("server %d shows %s %d rows of %d, %v", i, user, n, total, err)
		}
	}
	if n, err := clickhouse.Number(t, r.as(t, "mcr_reader_rxc03", i), `SELECT count() FROM records_everywhere`); err == nil {
		t.Errorf("server %d shows RXC03, whom one server does not know, %d rows", i, n)
	}
}
