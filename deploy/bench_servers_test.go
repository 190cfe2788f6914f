//go:build servers

package deploy_test

import (
	"fmt"
	"testing"
	"time"
)

// What a dashboard costs the server: all of its panels, one after the other, over
// thirty days with 350,000 records, half of them within the time that is shown.
// go test -tags servers -run '^$' -bench Dashboards -benchtime 3x ./deploy
func BenchmarkDashboards(b *testing.B) {
	knownRegion(b)
	const database = "mcr_bench"
	admin := reader{user: "default", database: database}
	broker.must(b, `CREATE DATABASE IF NOT EXISTS `+database, nil)
	broker.must(b, `CREATE TABLE IF NOT EXISTS `+database+`.records AS mcr.records`, nil)
	if admin.must(b, `SELECT count() FROM records`, nil).rows[0][0] == "0" {
		for part := range 10 {
			admin.must(b, fmt.Sprintf(`INSERT INTO records
				SELECT records.* REPLACE (seq + 10000 * n AS seq, concat(id, '-', toString(n)) AS id, time_in - INTERVAL (n * 7) HOUR AS time_in,
					if(patient_hmac = '', '', hex(cityHash64(patient_hmac, n))) AS patient_hmac, delivered_at - INTERVAL (n * 7) HOUR AS delivered_at)
				FROM mcr.records FINAL CROSS JOIN (SELECT number + %d AS n FROM numbers(10)) AS times`, part*10), nil)
		}
	}
	admin.must(b, `OPTIMIZE TABLE records FINAL`, nil)
	v := view{from: begin.Add(-15 * 24 * time.Hour), to: end, interval: 6 * time.Hour}
	for _, d := range dashboards(b) {
		b.Run(d.file, func(b *testing.B) {
			slowest := time.Duration(0)
			for b.Loop() {
				for _, p := range d.Panels {
					for _, q := range p.Targets {
						if q.RawSQL == "" {
							continue
						}
						sql, err := v.expand(q.RawSQL)
						if err != nil {
							b.Fatal(err)
						}
						began := time.Now()
						admin.must(b, sql+"\nSETTINGS do_not_merge_across_partitions_select_final = 1", nil) // as the readers' profile says
						slowest = max(slowest, time.Since(began))
					}
				}
			}
			b.ReportMetric(float64(slowest.Milliseconds()), "ms/slowest-panel")
		})
	}
}
