package completeness

import "github.com/prometheus/client_golang/prometheus"

var (
	differenceDesc = prometheus.NewDesc("mcr_audit_completeness_difference",
		"By how much requests, records, rows and leaves of yesterday and today differ, by kind: unrecorded, uncounted, missing, added, leaves. Anything but zero needs somebody.",
		[]string{"broker", "kind"}, nil)
	checkedDesc = prometheus.NewDesc("mcr_audit_completeness_checked_timestamp_seconds",
		"When they were compared last; 0: never since the start.", []string{"broker"}, nil)
)

// Describe implements prometheus.Collector.
func (w *Watch) Describe(ch chan<- *prometheus.Desc) { ch <- differenceDesc; ch <- checkedDesc }

// Collect implements prometheus.Collector.
func (w *Watch) Collect(ch chan<- prometheus.Metric) {
	for _, k := range Kinds {
		ch <- prometheus.MustNewConstMetric(differenceDesc, prometheus.GaugeValue, float64(w.difference(k)), w.sources.Broker, string(k))
	}
	w.mu.Lock()
	checked := w.checked
	w.mu.Unlock()
	at := 0.0
	if !checked.IsZero() {
		at = float64(checked.Unix())
	}
	ch <- prometheus.MustNewConstMetric(checkedDesc, prometheus.GaugeValue, at, w.sources.Broker)
}

var _ prometheus.Collector = (*Watch)(nil)
