// Package check has no code: its tests hold every PromQL expression of this
// repository against what the broker really measures.
//
// They build mcr, run the demo region and its script, run a broker that ails, and
// scrape both. Every expression of the rules, the alerts and the dashboards is
// parsed by Prometheus's own parser, every series that it selects must have been
// scraped with the labels that it names, and Prometheus's own engine evaluates it.
// Each alert is tried on made-up series: when it must fire, and when it must not
// (../tests, in promtool's format).
//
// It is a module of its own: the broker does not depend on Prometheus, nor on the
// libraries of three clouds that Prometheus brings along. Run it with
//
//	go test -C deploy/prometheus/check ./...
package check
