package main

import (
	"encoding/json"
	"fmt"
	"io"
	"math"
	"os"
	"runtime"
	"slices"
	"time"
)

// report prints the table and the two lines that it is read for, and writes all of
// it to a file.
func report(w io.Writer, path string, connections int, table []row, at time.Time) error {
	product, sizes := map[string]float64{"warm": 1, "cold": 1}, map[string]float64{}
	for _, r := range table {
		product[r.Session] *= r.ratio()
		sizes[r.Session]++
	}
	mean := func(session string) float64 { return math.Pow(product[session], 1/sizes[session]) }
	document, err := json.MarshalIndent(map[string]any{
		"at": at.UTC(), "go": runtime.Version(), "cores": runtime.NumCPU(), "connections": connections,
		"rows": table, "warm": mean("warm"), "cold": mean("cold"),
	}, "", "  ")
	if err != nil {
		return err
	}
	if err := os.WriteFile(path, append(document, '\n'), 0o644); err != nil {
		return err
	}
	tabulate(w, fmt.Sprintf("%d connections", connections), table)
	fmt.Fprintf(w, "\nThe geometric mean of the answer sizes:\n")
	fmt.Fprintf(w, "throughput against plain Caddy, warm: %.2f\n", mean("warm"))
	fmt.Fprintf(w, "throughput against plain Caddy, cold: %.2f\n", mean("cold"))
	return nil
}

// tabulate prints rows: what was asked a second, and what each request took.
func tabulate(w io.Writer, what string, table []row) {
	fmt.Fprintf(w, "%s\n\n", heading(what, table))
	fmt.Fprintf(w, "%-14s %-6s %14s %14s %8s   %16s %17s %16s\n", "", "", "plain Caddy/s", "broker/s", "ratio", "plain p50/p99 ms", "broker p50/p99 ms", "trail behind ms")
	for _, r := range table {
		fmt.Fprintf(w, "%-14s %-6s %14.0f %14.0f %8.2f   %7.1f /%7.1f %8.1f /%7.1f %16.0f\n", r.Answer, r.Session,
			median(r.Plain, throughput), median(r.Broker, throughput), r.ratio(),
			median(r.Plain, p50), median(r.Plain, p99), median(r.Broker, p50), median(r.Broker, p99),
			median(r.Broker, func(r round) float64 { return r.Behind }))
	}
	fmt.Fprintf(w, "\n%-14s %-6s %17s %17s %17s %17s %14s   (plain Caddy / broker, for each request)\n", "", "", "CPU us", "allocations", "KB allocated", "disk bytes", "RSS MB")
	for _, r := range table {
		both := func(of func(used) float64, scale float64) string {
			by := func(r round) float64 { return of(r.Used) / scale }
			return fmt.Sprintf("%.0f / %.0f", median(r.Plain, by), median(r.Broker, by))
		}
		fmt.Fprintf(w, "%-14s %-6s %17s %17s %17s %17s %14s\n", r.Answer, r.Session, both(func(u used) float64 { return u.CPU }, 1),
			both(func(u used) float64 { return u.Allocs }, 1), both(func(u used) float64 { return u.Bytes }, 1e3),
			both(func(u used) float64 { return u.Written }, 1), both(func(u used) float64 { return u.RSS }, 1e6))
	}
}

func throughput(r round) float64 { return r.Throughput }
func p50(r round) float64        { return r.P50 }
func p99(r round) float64        { return r.P99 }

func median(rounds []round, of func(round) float64) float64 {
	values := make([]float64, len(rounds))
	for i, r := range rounds {
		values[i] = of(r)
	}
	slices.Sort(values)
	return values[len(values)/2]
}
