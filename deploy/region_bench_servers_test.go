//go:build servers

package deploy_test

import (
	"context"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/mycarerecord/mcr/audit"
	"github.com/mycarerecord/mcr/audit/clickhouse"
)

// asGrafana is how a dashboard asks the region: with the settings of the readers' profile.
func asGrafana(t testing.TB) reader {
	who := generated(t)
	who.settings = map[string]string{
		"do_not_merge_across_partitions_select_final": "1", "optimize_move_to_prewhere_if_final": "1",
		"max_memory_usage": "4000000000", "max_execution_time": "120",
	}
	return who
}

// cost is what a question cost the server, by its own log.
type cost struct {
	took                     time.Duration // as the asker saw it
	rows, bytes, cpu, memory float64       // cpu in seconds
}

func (c cost) String() string {
	return fmt.Sprintf("%7.2f s %7.2f cpu-s %8.2f M rows %7.0f MB read %6.0f MB memory", c.took.Seconds(), c.cpu, c.rows/1e6, c.bytes/1e6, c.memory/1e6)
}

// costs is what the questions of a benchmark cost, by name.
type costs struct {
	mu  sync.Mutex
	all map[string]cost
	log map[string]string // which rows of the server's log are of it
}

// ask asks and takes the time.
func (c *costs) ask(t testing.TB, name string, ask func(id string) error) {
	id, began := uuid.NewString(), time.Now()
	err := ask(id)
	took := time.Since(began)
	c.mu.Lock()
	defer c.mu.Unlock()
	if err != nil {
		t.Errorf("%s: %v", name, err)
		return
	}
	if c.all == nil {
		c.all, c.log = map[string]cost{}, map[string]string{}
	}
	c.all[name], c.log[name] = cost{took: took}, "log_comment = '"+id+"'"
}

// read reads what the server wrote down of them.
func (c *costs) read(t testing.TB) {
	for name, which := range c.log {
		// A question is written down after its answer was sent.
		for range 20 {
			broker.must(t, `SYSTEM FLUSH LOGS query_log`, nil)
			if broker.must(t, `SELECT count() FROM system.query_log WHERE (`+which+`) AND type = 'QueryFinish'`, nil).rows[0][0] != "0" {
				break
			}
		}
		row := broker.must(t, `SELECT toString(sum(read_rows)), toString(sum(read_bytes)), toString(max(memory_usage)),
			toString(sum(ProfileEvents['UserTimeMicroseconds'] + ProfileEvents['SystemTimeMicroseconds']))
			FROM system.query_log WHERE (`+which+`) AND type = 'QueryFinish'`, nil).rows[0]
		one := c.all[name]
		for i, into := range []*float64{&one.rows, &one.bytes, &one.memory, &one.cpu} {
			*into, _ = strconv.ParseFloat(row[i], 64)
		}
		one.cpu /= 1e6
		c.all[name] = one
	}
}

// report gives them as a table, the dearest first, and their sum; the metrics of a
// benchmark are those of its last round.
func (c *costs) report(b *testing.B, wall time.Duration) {
	b.Helper()
	c.read(b)
	var sum cost
	text := ""
	for _, name := range slices.SortedFunc(maps.Keys(c.all), func(x, y string) int { return int(1000 * (c.all[y].cpu - c.all[x].cpu)) }) {
		one := c.all[name]
		text += fmt.Sprintf("\n%s  %s", one, name)
		sum.cpu += one.cpu
		sum.rows += one.rows
		sum.bytes += one.bytes
		sum.memory = max(sum.memory, one.memory)
		sum.took = max(sum.took, one.took)
	}
	// Not by b.Log, which shows ten lines.
	fmt.Printf("\n%s: %d questions: %.2f s, %.2f cpu-s, the slowest %.2f s%s\n", b.Name(), len(c.all), wall.Seconds(), sum.cpu, sum.took.Seconds(), text)
	b.ReportMetric(wall.Seconds(), "s/all")
	b.ReportMetric(sum.took.Seconds(), "s/slowest")
	b.ReportMetric(sum.cpu, "cpu-s")
	b.ReportMetric(0, "ns/op")
}

// panels are the questions of a dashboard to the trail, by title, over some days.
func (d dashboard) panels(t testing.TB, back time.Duration) map[string]string {
	all := map[string]string{}
	for _, p := range d.Panels {
		for _, q := range p.Targets {
			if q.RawSQL == "" {
				continue
			}
			v := view{from: regionEnd.Add(-back), to: regionEnd, interval: back / 500}
			sql, err := v.expand(q.RawSQL)
			if err != nil {
				t.Fatal(err)
			}
			all[p.Title] = sql
		}
	}
	return all
}

// opens is how far back a dashboard goes when it is opened.
func (d dashboard) opens(t testing.TB) time.Duration {
	amount, unit := d.Time.From[len("now-"):len(d.Time.From)-1], d.Time.From[len(d.Time.From)-1:]
	n, err := strconv.Atoi(amount)
	if err != nil || unit != "d" && unit != "h" {
		t.Fatalf("%s opens from %s", d.file, d.Time.From)
	}
	if unit == "h" {
		return time.Duration(n) * time.Hour
	}
	return time.Duration(n) * 24 * time.Hour
}

// Grafana's browser has six requests under way at once.
const atOnce = 6

// What dashboards, questions and the console's own questions cost over a region's trail.
// A dashboard is asked as it is opened: its panels side by side.
//
//	go test -tags servers -run '^$' -bench Region -benchtime 1x -timeout 2h ./deploy -args -records 30000000 -data DIR
func BenchmarkRegion(b *testing.B) {
	who := asGrafana(b)
	for _, d := range dashboards(b) {
		for _, back := range slices.Compact([]time.Duration{d.opens(b), 30 * 24 * time.Hour}) {
			b.Run(fmt.Sprintf("%s/%dd", d.file, int(back.Hours()/24)), func(b *testing.B) {
				for b.Loop() {
					var c costs
					began := time.Now()
					c.askAll(b, who, d.panels(b, back))
					c.report(b, time.Since(began))
				}
			})
		}
	}
	b.Run("questions", func(b *testing.B) {
		for b.Loop() {
			var c costs
			began := time.Now()
			for name, sql := range regionQuestions(b) {
				c.ask(b, name, func(id string) error {
					_, err := who.with(id).ask(b.Context(), sql, regionAsks(b, who))
					return err
				})
			}
			c.report(b, time.Since(began))
		}
	})
	b.Run("store", func(b *testing.B) {
		for b.Loop() {
			var c costs
			began := time.Now()
			askStore(b, who, &c)
			c.report(b, time.Since(began))
		}
	})
}

func (c *costs) askAll(t testing.TB, who reader, all map[string]string) {
	var asking sync.WaitGroup
	places := make(chan struct{}, atOnce)
	for name, sql := range all {
		asking.Go(func() {
			places <- struct{}{}
			defer func() { <-places }()
			c.ask(t, name, func(id string) error {
				_, err := who.with(id).ask(t.Context(), sql, nil)
				return err
			})
		})
	}
	asking.Wait()
}

// with gives a reader whose next question has an id.
func (r reader) with(id string) reader {
	r.settings = maps.Clone(r.settings)
	r.settings["log_comment"] = id
	return r
}

func regionQuestions(t testing.TB) map[string]string {
	files, err := filepath.Glob("clickhouse/questions/*.sql")
	if err != nil || len(files) == 0 {
		t.Fatal(err)
	}
	all := map[string]string{}
	for _, file := range files {
		sql, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		all[strings.TrimSuffix(filepath.Base(file), ".sql")] = string(sql)
	}
	return all
}

// regionAsks is what is asked about: thirty days, and who occurs most of the newest.
func regionAsks(t testing.TB, who reader) map[string]string {
	row := who.must(t, `SELECT topKIf(1)(patient_hmac, patient_hmac != '')[1], topKIf(1)(user_id, user_id != '')[1], topKIf(1)(permission_id, permission_id != '')[1],
		topKIf(1)(trace_id, trace_id != '')[1], topK(1)(policy)[1], max(id) FROM records WHERE time_in > toDateTime(`+strconv.FormatInt(regionEnd.Add(-time.Hour).Unix(), 10)+`)`, nil).rows[0]
	return map[string]string{
		"since": regionEnd.Add(-30 * 24 * time.Hour).Format(time.DateTime), "until": regionEnd.Format(time.DateTime),
		"patient": row[0], "user": row[1], "permission": row[2], "trace": row[3], "revision": row[4], "record": row[5], "rule": "permission",
	}
}

// askStore asks what the console and the broker ask.
func askStore(t testing.TB, who reader, c *costs) {
	s, err := clickhouse.Open(clickhouse.Options{Addresses: []string{server.Native}, Database: regionDatabase, Timeout: 5 * time.Minute})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if err := s.Prepare(t.Context()); err != nil {
		t.Fatal(err)
	}
	asks := regionAsks(t, who)
	month := audit.Scope{Since: regionEnd.Add(-30 * 24 * time.Hour), Until: regionEnd, Limit: 100}
	id := who.must(t, `SELECT id FROM records WHERE time_in > toDateTime(`+strconv.FormatInt(regionEnd.Add(-time.Hour).Unix(), 10)+`) LIMIT 1`, nil).rows[0][0]
	last, err := strconv.ParseUint(who.must(t, `SELECT max(seq) FROM records WHERE broker = 'region-1'`, nil).rows[0][0], 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	count := func(by audit.Dimension) func(context.Context) error {
		return func(ctx context.Context) error {
			_, err := s.Count(ctx, month, audit.Filter{}, by)
			return err
		}
	}
	search := func(f audit.Filter) func(context.Context) error {
		return func(ctx context.Context) error {
			_, err := s.Search(ctx, month, f, "")
			return err
		}
	}
	for name, ask := range map[string]func(context.Context) error{
		"highest number of a broker": func(ctx context.Context) error { _, _, err := s.Highest(ctx, "region-1"); return err },
		"show a record":              func(ctx context.Context) error { _, err := s.Show(ctx, id, audit.Scope{}); return err },
		"the newest records":         func(ctx context.Context) error { _, err := s.Tail(ctx, month); return err },
		"the newest refusals":        func(ctx context.Context) error { _, err := s.Refused(ctx, month); return err },
		"a patient's report": func(ctx context.Context) error {
			_, err := s.Patient(ctx, []string{asks["patient"]}, audit.Scope{Limit: 1000})
			return err
		},
		"visits: all": func(ctx context.Context) error {
			_, err := s.Visits(ctx, month, audit.Filter{}, "")
			return err
		},
		"visits: a person": func(ctx context.Context) error {
			_, err := s.Visits(ctx, month, audit.Filter{UserID: asks["user"]}, "")
			return err
		},
		"visits: with an alert": func(ctx context.Context) error {
			_, err := s.Visits(ctx, month, audit.Filter{Measure: audit.Alerts}, "")
			return err
		},
		"brokers":                     func(ctx context.Context) error { _, err := s.Brokers(ctx); return err },
		"search: all":                 search(audit.Filter{}),
		"search: a person":            search(audit.Filter{UserID: asks["user"]}),
		"search: a person's refusals": search(audit.Filter{UserID: asks["user"], Measure: audit.Refusals}),
		"search: a trace":             search(audit.Filter{Trace: asks["trace"]}),
		"search: alerts":              search(audit.Filter{Measure: audit.Alerts}),
		"search: emergency views":     search(audit.Filter{Measure: audit.EmergencyViews}),
		"count by day":                count(audit.ByDay),
		"count by source":             count(audit.BySource),
		"count by rule":               count(audit.ByRule),
		"count by user":               count(audit.ByUser),
		"count overall":               count(audit.Overall),
		"count rows of 30 days":       func(ctx context.Context) error { _, err := s.CountRows(ctx, month.Since, month.Until); return err },
		"count rows of a day": func(ctx context.Context) error {
			_, err := s.CountRows(ctx, regionEnd.Add(-24*time.Hour), regionEnd)
			return err
		},
		"digests of 100,000": func(ctx context.Context) error {
			_, err := s.Digests(ctx, "region-1", max(last, 100_000)-99_999, last, 10_000)
			return err
		},
		"entries: 5,000": func(ctx context.Context) error {
			_, err := s.Entries(ctx, "region-1", max(last, 5000)-5000, 5000)
			return err
		},
	} {
		// The store's questions are those of the native protocol between two times.
		began := time.Now()
		c.ask(t, name, func(string) error { return ask(t.Context()) })
		c.log[name] = fmt.Sprintf("interface = 1 AND query_start_time_microseconds BETWEEN fromUnixTimestamp64Micro(%d) AND fromUnixTimestamp64Micro(%d)",
			began.UnixMicro(), time.Now().UnixMicro())
	}
}

// Every question of the benchmark is answered over a small region; what it costs is
// measured by the benchmark.
func TestServersRegionIsAnswered(t *testing.T) {
	who := asGrafana(t)
	var c costs
	for _, d := range dashboards(t) {
		c.askAll(t, who, d.panels(t, d.opens(t)))
	}
	asks := regionAsks(t, who)
	for name, sql := range regionQuestions(t) {
		c.ask(t, name, func(id string) error {
			_, err := who.with(id).ask(t.Context(), sql, asks)
			return err
		})
	}
	askStore(t, who, &c)
	c.read(t)
	for name, one := range c.all {
		if one.cpu == 0 {
			t.Errorf("the server's log has nothing of %s", name)
		}
	}
}
