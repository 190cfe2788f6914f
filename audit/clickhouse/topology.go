package clickhouse

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"strings"

	"github.com/mycarerecord/mcr/audit"
)

// Kind is how the servers of a trail stand to each other.
type Kind string

// The kinds.
const (
	// Single is one server.
	Single Kind = "single"
	// Distributed is several servers without replication: each broker's records are on
	// one of them, its shard, into whose own table it inserts, and questions are asked of
	// all of them.
	Distributed Kind = "distributed"
	// Replicated is a cluster with Keeper: every statement is run ON CLUSTER, the tables
	// replicate, and a batch counts when most replicas have it.
	Replicated Kind = "replicated"
)

// Topology is where the tables of a trail are. The zero Topology is one server.
type Topology struct {
	Kind    Kind
	Cluster string // the name that the servers' remote_servers has; of Distributed and Replicated
}

func (t Topology) check() error {
	switch t.Kind {
	case Single, "":
		if t.Cluster != "" {
			return errors.New("one server has no cluster: leave its name out, or say which topology it has")
		}
	case Distributed, Replicated:
		if !clusterName.MatchString(t.Cluster) {
			return errors.New("the cluster's name is missing, or holds other than letters, digits, - and _")
		}
	default:
		return errors.New("the topology is none of single, distributed and replicated")
	}
	return nil
}

var clusterName = regexp.MustCompile(`^[A-Za-z0-9_-]{1,100}$`)

// everywhere is the table over the shards' records: what is asked goes to it where it is.
// hourlyEverywhere is that over their hours, visitsEverywhere that over their visits: those of
// one person at several brokers are one.
const (
	everywhere       = "records_everywhere"
	hourlyEverywhere = "hourly_everywhere"
	visitsEverywhere = "visits_everywhere"
)

// shardOf begins the comment of a table that is one shard of several.
const shardOf = "a shard of "

// ErrShardAway says that a question could not be asked of all shards: its cause names the
// one. There is no answer then, rather than half of one.
var ErrShardAway = errors.New("a server of the trail is away, so there is no whole answer")

// Here gives the trail as the one server has it that this store speaks to, where it is one
// of several: what a broker needs to know of its own records, whoever is away.
func (s *Store) Here() audit.Trail { return &Store{opt: s.opt, conn: s.conn, here: true} }

// table is what is asked: records, or that of all shards.
func (s *Store) table() string {
	if s.sharded.Load() && !s.here {
		return everywhere
	}
	return "records"
}

// seeShards finds out whether the server is one of several shards, and then that the
// session leaves none out.
func (s *Store) seeShards(ctx context.Context) error {
	comments, err := s.pairs(ctx, `SELECT name, comment FROM system.tables WHERE database = currentDatabase()`)
	if err != nil {
		return err
	}
	if !strings.HasPrefix(comments["records"], shardOf) {
		return nil
	}
	if _, seen := comments[everywhere]; !seen {
		return fmt.Errorf("records are %s, and this user is not granted %s: half of them would look like all", comments["records"], everywhere)
	}
	set, err := s.pairs(ctx, `SELECT name, value FROM system.settings WHERE name = 'skip_unavailable_shards'`)
	if err != nil {
		return err
	}
	if !same(set["skip_unavailable_shards"], "0") {
		return fmt.Errorf("%w: skip_unavailable_shards is %q, want \"0\"", ErrSetting, set["skip_unavailable_shards"])
	}
	s.sharded.Store(true)
	return nil
}

// database gives the statement that makes the database.
func (t Topology) database(name string) string {
	return "CREATE DATABASE IF NOT EXISTS " + identifier(name) + t.onCluster()
}

func (t Topology) onCluster() string {
	if t.Kind != Replicated {
		return ""
	}
	return " ON CLUSTER " + identifier(t.Cluster)
}

// opening is how a statement of the migrations begins that names what it makes or changes.
var opening = regexp.MustCompile(`(?m)^((?:CREATE TABLE|CREATE MATERIALIZED VIEW|CREATE VIEW) IF NOT EXISTS \w+|ALTER TABLE \w+)`)

// render gives a statement of the migrations as a topology has it: a single server's as
// it is written. What differs are the engine, the name of its window, and ON CLUSTER.
// Path and replica are the macros that every server of a replicated cluster has.
func (t Topology) render(statement, database string) string {
	if t.Kind != Replicated {
		return statement
	}
	statement = opening.ReplaceAllString(statement, "${1}"+strings.ReplaceAll(t.onCluster(), "$", "$$"))
	table := ""
	if m := madeTable.FindStringSubmatch(statement); m != nil {
		table = m[1]
	}
	path := strings.NewReplacer(`\`, `\\`, `'`, `\'`).Replace(database) + "/" + table
	for _, engine := range []string{"Replacing", "Aggregating"} {
		statement = strings.Replace(statement, "ENGINE = "+engine+"MergeTree", "ENGINE = Replicated"+engine+"MergeTree('/clickhouse/tables/{shard}/"+path+"', '{replica}')", 1)
	}
	return strings.Replace(statement, "non_replicated_deduplication_window", "replicated_deduplication_window", 1)
}

var madeTable = regexp.MustCompile(`CREATE TABLE IF NOT EXISTS (\w+)`)

// views gives the statements that make the tables over all shards. They hold nothing, and
// are made anew when a migration has changed what is below it.
func (t Topology) views(database string) []string {
	if t.Kind != Distributed {
		return nil
	}
	quoted := strings.NewReplacer(`\`, `\\`, `'`, `\'`).Replace
	return []string{
		"ALTER TABLE records MODIFY COMMENT '" + shardOf + quoted(t.Cluster) + ": ask " + everywhere + "'",
		"CREATE OR REPLACE TABLE " + everywhere + " AS records ENGINE = Distributed('" + quoted(t.Cluster) + "', '" + quoted(database) + "', 'records', cityHash64(broker))",
		"CREATE OR REPLACE TABLE " + hourlyEverywhere + " AS hourly ENGINE = Distributed('" + quoted(t.Cluster) + "', '" + quoted(database) + "', 'hourly')",
		visitsOf(everywhere),
	}
}

// visitsOf gives the statement that makes the view visits over all shards: that of the
// migration, over another table.
func visitsOf(table string) string {
	text, err := Migrations.ReadFile("migrations/009_visits.sql")
	if err != nil {
		panic("clickhouse: reading a migration: " + err.Error()) // it is part of the program
	}
	_, view, _ := strings.Cut(string(text), "CREATE VIEW IF NOT EXISTS visits ")
	view = strings.TrimSuffix(strings.TrimSpace(view), ";")
	return "CREATE OR REPLACE VIEW " + visitsEverywhere + " " + strings.ReplaceAll(view, "FROM records\n", "FROM "+table+"\n")
}
