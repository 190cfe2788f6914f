package replay

import "github.com/prometheus/client_golang/prometheus"

var (
	liveRecords = prometheus.NewDesc("mcr_policies_draft_records",
		"Records that were decided again under the draft of the policies as it is now, as they came.", nil, nil)
	liveOtherwise = prometheus.NewDesc("mcr_policies_draft_otherwise",
		"Decisions that would have come out otherwise under the draft of the policies as it is now, by how.", []string{"how"}, nil)
	livePassedOver = prometheus.NewDesc("mcr_policies_draft_passed_over",
		"Records for which there was no time: the draft was not tried on them as they came.", nil, nil)
)

// Describe implements prometheus.Collector.
func (l *Live) Describe(to chan<- *prometheus.Desc) {
	to <- liveRecords
	to <- liveOtherwise
	to <- livePassedOver
}

// Collect implements prometheus.Collector. Without a draft there is nothing to tell.
func (l *Live) Collect(to chan<- prometheus.Metric) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.seen.Report == nil {
		return
	}
	gauge := func(of *prometheus.Desc, n int, labels ...string) {
		to <- prometheus.MustNewConstMetric(of, prometheus.GaugeValue, float64(n), labels...)
	}
	gauge(liveRecords, l.seen.Report.Decisions)
	gauge(livePassedOver, l.seen.PassedOver)
	for _, k := range Kinds() {
		gauge(liveOtherwise, l.seen.Report.Kinds[k], string(k))
	}
}
