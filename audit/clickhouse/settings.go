package clickhouse

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/ClickHouse/clickhouse-go/v2"
)

// ErrSetting says that the server does not do what exactly once rests on: a setting is
// otherwise than this program sets it, and it may not, or could not, be set. Nothing is
// delivered until an administrator has changed it.
var ErrSetting = errors.New("a setting that deliveries rest on is otherwise")

// relied are the settings of a session that deliveries rest on, whatever the server's
// profiles say. ClickHouse 26.3 turned the first on by default, 26.2 deduplicates every
// insert; both may be otherwise in a profile.
var relied = map[string]string{
	"async_insert":                                       "0", // an answer means that the rows are in the table
	"wait_for_async_insert":                              "1",
	"insert_deduplicate":                                 "1", // by the batch's token
	"deduplicate_insert":                                 "enable",
	"materialized_views_ignore_errors":                   "0", // an answer means that by_patient has them too
	"optimize_on_insert":                                 "0", // no two rows of a batch are one: the server need not look
	"insert_quorum":                                      "0",
	"skip_unavailable_shards":                            "0", // an answer is about all shards
	"distributed_foreground_insert":                      "1",
	"prefer_localhost_replica":                           "1",
	"max_partitions_per_insert_block":                    "100",
	"deduplicate_blocks_in_dependent_materialized_views": "1",
}

// replicated are those that are otherwise where tables are replicated: a batch is there
// when most replicas have it, and what is read back is what they all agreed on.
var replicated = map[string]string{
	"insert_quorum":                 "auto",
	"insert_quorum_parallel":        "0",
	"select_sequential_consistency": "1",
}

// tableSettings are those of the tables that are delivered into.
var tableSettings = map[string]string{
	"fsync_after_insert":                        "1",
	"fsync_part_directory":                      "1",
	"min_rows_to_fsync_after_merge":             "1",
	"min_compressed_bytes_to_fsync_after_merge": "1",
}

// windows say how many tokens a table remembers, by whether it is replicated.
var windows = map[bool]string{false: "non_replicated_deduplication_window", true: "replicated_deduplication_window"}

// leastWindow is the fewest tokens that a table must remember.
const leastWindow = 1000

// settings gives what a session is opened with.
func settings() clickhouse.Settings {
	all := clickhouse.Settings{}
	for name, value := range relied {
		all[name] = value
	}
	return all
}

// sure gives a context for what is delivered and read back, with more settings.
func (s *Store) sure(ctx context.Context, more clickhouse.Settings) context.Context {
	all := clickhouse.Settings{}
	if s.replicated.Load() {
		for name, value := range replicated {
			all[name] = value
		}
	}
	maps.Copy(all, more)
	return clickhouse.Context(ctx, clickhouse.WithSettings(all))
}

// askSettings asks the server what it does, rather than believing what it was told.
// Every error wraps ErrSetting or is the server's own.
func (s *Store) askSettings(ctx context.Context) error {
	engines, err := s.engines(ctx)
	if err != nil {
		return err
	}
	inReplicas := strings.HasPrefix(engines["records"], "Replicated")
	s.replicated.Store(inReplicas)
	want := maps.Clone(relied)
	if inReplicas {
		maps.Copy(want, replicated)
	}
	got, err := s.pairs(s.sure(ctx, nil), `SELECT name, value FROM system.settings`)
	if err != nil {
		return err
	}
	var wrong []string
	for _, name := range slices.Sorted(maps.Keys(want)) {
		if is := got[name]; !same(is, want[name]) {
			wrong = append(wrong, fmt.Sprintf("%s is %q, want %q", name, is, want[name]))
		}
	}
	defaults, err := s.pairs(ctx, `SELECT name, value FROM system.merge_tree_settings`)
	if err != nil {
		return err
	}
	for _, table := range []string{"records", "by_patient", "hourly"} {
		wrong = append(wrong, tableIs(table, engines[table], defaults)...)
		if rule := deletesByItself(engines[table]); rule != "" {
			wrong = append(wrong, fmt.Sprintf("table %s deletes rows by itself (TTL %s), without a receipt, and legal holds or not: let mcr audit retain do it", table, rule))
		}
	}
	if len(wrong) > 0 {
		return fmt.Errorf("%w: %s", ErrSetting, strings.Join(wrong, "; "))
	}
	return nil
}

// engines gives how the tables were made, by name.
func (s *Store) engines(ctx context.Context) (map[string]string, error) {
	return s.pairs(ctx, `SELECT name, engine_full FROM system.tables WHERE database = currentDatabase()`)
}

// tableIs says what is otherwise of a table. What it was made without is as the server
// has it for all tables.
func tableIs(table, engine string, defaults map[string]string) (wrong []string) {
	if engine == "" {
		return []string{"table " + table + " cannot be seen"}
	}
	is := maps.Clone(defaults)
	for _, m := range tableSetting.FindAllStringSubmatch(engine, -1) {
		is[m[1]] = m[2]
	}
	for _, name := range slices.Sorted(maps.Keys(tableSettings)) {
		if !same(is[name], tableSettings[name]) {
			wrong = append(wrong, fmt.Sprintf("%s of table %s is %q, want %q", name, table, is[name], tableSettings[name]))
		}
	}
	window := windows[strings.HasPrefix(engine, "Replicated")]
	var n int
	if _, err := fmt.Sscan(is[window], &n); err != nil || n < leastWindow {
		wrong = append(wrong, fmt.Sprintf("%s of table %s is %q, want %d or more", window, table, is[window], leastWindow))
	}
	return wrong
}

// deletesByItself gives the rule by which a table deletes rows when their time is over; ""
// where there is none. Rules that move rows to another disk, or pack them anew, delete none.
func deletesByItself(engine string) string {
	_, rules, _ := strings.Cut(engine, " TTL ")
	rules, _, _ = strings.Cut(rules, " SETTINGS ")
	depth, from := 0, 0
	for i, c := range rules + "," {
		switch {
		case c == '(':
			depth++
		case c == ')':
			depth--
		case c == ',' && depth == 0:
			rule := strings.TrimSpace(rules[from:i])
			if rule != "" && !harmless.MatchString(rule) {
				return rule
			}
			from = i + 1
		}
	}
	return ""
}

// harmless is how a rule ends that deletes nothing.
var harmless = regexp.MustCompile(` (TO (DISK|VOLUME) '[^']*'|RECOMPRESS CODEC\(.*\))$`)

// tableSetting is a setting as a table's engine_full names it.
var tableSetting = regexp.MustCompile(`(\w+) = '?(\w+)'?`)

// same compares what a server says with what is wanted: it writes 1 and true alike.
func same(is, want string) bool {
	plain := func(v string) string {
		switch v {
		case "true":
			return "1"
		case "false":
			return "0"
		}
		return v
	}
	return plain(is) == plain(want)
}

// pairs gives what a query of two texts gives.
func (s *Store) pairs(ctx context.Context, query string) (map[string]string, error) {
	rows, err := s.conn.Query(ctx, query)
	if err != nil {
		return nil, fmt.Errorf("asking for settings: %w", err)
	}
	defer rows.Close()
	all := map[string]string{}
	for rows.Next() {
		var name, value string
		if err := rows.Scan(&name, &value); err != nil {
			return nil, fmt.Errorf("asking for settings: %w", err)
		}
		all[name] = value
	}
	return all, rows.Err()
}

// doubt makes the next delivery ask the server again: after a failure it may be another.
func (s *Store) doubt() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.asked = false
}
