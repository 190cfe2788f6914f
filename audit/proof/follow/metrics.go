package follow

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// The metrics of the logs. Their labels are the chain's name, an organisation's ODS
// code, a witness's name in the policy; none names a person.
//
//	mcr_audit_log_leaves{organisation}           leaves that are signed; organisation "" is the broker's own log
//	mcr_audit_log_behind_records                 records in the spool that no signed checkpoint covers yet
//	mcr_audit_log_signed_age_seconds             since a checkpoint was signed
//	mcr_audit_log_published_behind{organisation} signed leaves that the published checkpoint does not cover yet
//	mcr_audit_log_following                      1, or 0 when nothing is signed: an operator must look
//	mcr_audit_log_lost_records                   records that are in no log, since nobody had them
//	mcr_audit_witness_asked_total{witness,result} cosigned, away, unknown (the log or its key), contradiction
//	mcr_audit_witness_quorum                     1, or 0 when the quorum has been missing too long, or a witness knows another past
var described = struct {
	leaves, behind, age, unpublished, following, lost, asked, quorum *prometheus.Desc
}{
	leaves:      desc("log_leaves", "Leaves of a Merkle log that are signed.", "organisation"),
	behind:      desc("log_behind_records", "Records in the spool that no signed checkpoint covers yet."),
	age:         desc("log_signed_age_seconds", "Seconds since a checkpoint was signed."),
	unpublished: desc("log_published_behind", "Signed leaves that the published checkpoint does not cover yet.", "organisation"),
	following:   desc("log_following", "1, or 0 when records are not followed and nothing is signed."),
	lost:        desc("log_lost_records", "Records that are in no log, since neither the spool nor the store had them."),
	asked:       desc("witness_asked_total", "Checkpoints that a witness was asked to cosign, by result.", "witness", "result"),
	quorum:      desc("witness_quorum", "1, or 0 when the quorum has been missing for too long or a witness knows another past."),
}

func desc(name, help string, labels ...string) *prometheus.Desc {
	return prometheus.NewDesc("mcr_audit_"+name, help, append([]string{"broker"}, labels...), nil)
}

// Describe implements prometheus.Collector.
func (f *Follower) Describe(ch chan<- *prometheus.Desc) {
	d := described
	for _, one := range []*prometheus.Desc{d.leaves, d.behind, d.age, d.unpublished, d.following, d.lost, d.asked, d.quorum} {
		ch <- one
	}
}

// Collect implements prometheus.Collector.
func (f *Follower) Collect(ch chan<- prometheus.Metric) {
	gauge := func(d *prometheus.Desc, v float64, labels ...string) {
		ch <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, v, append([]string{f.mark.Broker}, labels...)...)
	}
	last, _ := f.spool.Last()
	gauge(described.behind, float64(last-min(last, f.sealed.Load())))
	if at := f.lastSeal.Load(); at != 0 {
		gauge(described.age, max(0, f.opt.Clock().Sub(time.Unix(0, at)).Seconds()))
	}
	f.mu.RLock()
	following := 1.0
	if f.fault != nil {
		following = 0
	}
	gauge(described.following, following)
	gauge(described.lost, float64(f.lost))
	for organisation, t := range f.tracks {
		newest, published := t.newest.Load(), t.published.Load()
		if newest == nil {
			continue
		}
		gauge(described.leaves, float64(newest.says.Size), organisation)
		behind := newest.says.Size
		if published != nil {
			behind -= published.says.Size
		}
		gauge(described.unpublished, float64(behind), organisation)
	}
	f.mu.RUnlock()
	good := 1.0
	if f.witnesses.red() != nil {
		good = 0
	}
	gauge(described.quorum, good)
	for _, c := range f.witnesses.clients {
		c.mu.Lock()
		for _, result := range results {
			ch <- prometheus.MustNewConstMetric(described.asked, prometheus.CounterValue, float64(c.counts[result]), f.mark.Broker, c.Name(), result)
		}
		c.mu.Unlock()
	}
}

var _ prometheus.Collector = (*Follower)(nil)
