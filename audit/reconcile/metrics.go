package reconcile

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/mycarerecord/mcr/audit"
)

// The metrics of a reconciler. The one label is the broker's configured name.
//
//	mcr_audit_missing_records            records that the store lost, the spool no longer holds, and nobody accepted
//	mcr_audit_altered_records            numbers under, or among, which the store has something else, which nobody accepted
//	mcr_audit_redelivered_records_total  records that the store had lost and was given again
//	mcr_audit_compared_seconds_ago       since all that the spool holds was last compared to the end
var (
	missingDesc     = desc("missing_records", "Records that the store lost and the spool no longer holds, and that nobody has accepted as lost.")
	alteredDesc     = desc("altered_records", "Numbers under, or among, which the store has another record than was delivered, and that nobody has accepted.")
	redeliveredDesc = desc("redelivered_records_total", "Records that the store had lost and that were delivered to it again.")
	agoDesc         = desc("compared_seconds_ago", "Seconds since the store was last compared with all that the spool holds.")
)

func desc(name, help string) *prometheus.Desc {
	return prometheus.NewDesc("mcr_audit_"+name, help, []string{"broker"}, nil)
}

// Describe implements prometheus.Collector.
func (r *Reconciler) Describe(ch chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{missingDesc, alteredDesc, redeliveredDesc, agoDesc} {
		ch <- d
	}
}

// Collect implements prometheus.Collector. A reconciler outlives a reload of the configuration:
// register it again with each new registry.
func (r *Reconciler) Collect(ch chan<- prometheus.Metric) {
	broker := audit.BrokerOf(r.checkpoint.Mark().Broker)
	var missing, altered uint64
	for _, one := range r.alarms.open() {
		missing, altered = missing+one.Missing.records(), altered+one.Altered.records()
	}
	r.mu.Lock()
	redelivered, ago := r.redelivered, r.ago()
	r.mu.Unlock()
	ch <- prometheus.MustNewConstMetric(missingDesc, prometheus.GaugeValue, float64(missing), broker)
	ch <- prometheus.MustNewConstMetric(alteredDesc, prometheus.GaugeValue, float64(altered), broker)
	ch <- prometheus.MustNewConstMetric(redeliveredDesc, prometheus.CounterValue, float64(redelivered), broker)
	ch <- prometheus.MustNewConstMetric(agoDesc, prometheus.GaugeValue, ago.Seconds(), broker)
}

// ago is how long ago the last comparison ended, or the reconciler was made; under its lock.
func (r *Reconciler) ago() time.Duration {
	if r.done.IsZero() {
		return r.opt.Clock().Sub(r.made)
	}
	return r.opt.Clock().Sub(r.done)
}

var _ prometheus.Collector = (*Reconciler)(nil)
