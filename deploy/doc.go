// Package deploy has no code: it is the folder of what stands around a broker,
// and the tests that hold it to the truth.
//
//	grafana/      a provisioned data source and the dashboards of the trail
//	prometheus/   rules and alerts over the metrics of docs/metrics.md
//	clickhouse/   questions to ask the trail, and who may ask them
//
// No panel, rule or question is believed: each is run. The tests fill a real
// ClickHouse with records whose figures they know, run the SQL of every panel and
// every question as Grafana would, and compare each answer with a figure that was
// worked out in Go from the records themselves; a panel without such a figure
// fails. prometheus/check, a module of its own so that the broker does not depend
// on Prometheus, does the same for every PromQL expression against the metrics of
// a region that ran.
package deploy
