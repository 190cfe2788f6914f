package ship

import (
	"github.com/prometheus/client_golang/prometheus"

	"github.com/mycarerecord/mcr/audit"
)

// The metrics of a spool and its shipper. The one label of all is the broker's
// configured name; none names a person, a patient or a source.
//
//	mcr_audit_spool_pending_records        records that the store has not yet
//	mcr_audit_spool_bytes                  bytes of disk that the spool takes
//	mcr_audit_spool_max_bytes              bytes that it may take: beyond them requests are refused
//	mcr_audit_spool_oldest_seconds         age of the oldest record that the store has not
//	mcr_audit_spool_writable               1, or 0 when the last write failed or there is no room
//	mcr_audit_spool_damaged_segments       files set aside as damaged: an operator must look
//	mcr_audit_spool_lost_records           records that the spool had, and neither it nor the store has: an operator must look
//	mcr_audit_spool_hold_seconds           how long delivered records are to stay in the spool, as set
//	mcr_audit_spool_held_seconds           every record younger than this is in the spool
//	mcr_audit_spool_hold_short             1 when records were let go before their time, for want of room
//	mcr_audit_spool_pending_bytes          bytes that cannot be given up: of records that the store has not
//	mcr_audit_spool_bytes_per_record       bytes of disk of a record, in segments that are full
//	mcr_audit_spool_packed_segments        segments that are packed
//	mcr_audit_spool_packs                  1, or 0 when the last full segment could not be packed
//	mcr_audit_delivery_lag_seconds         age of the first record of the last batch when the store had it
//	mcr_audit_deliveries_total{result}     batches sent: delivered, failed (sent again), conflict (an operator must look)
//	mcr_audit_delivered_records_total      records that the store was seen to have
//	mcr_audit_delivery_busy_seconds_total  time spent in the store
type descriptions struct {
	pending, bytes, maxBytes, oldest, writable, damaged, lost *prometheus.Desc
	hold, held, short, unyielding, each, packed, packs        *prometheus.Desc
	lag, deliveries, delivered, busy                          *prometheus.Desc
}

var described = descriptions{
	pending:    desc("spool_pending_records", "Records in the spool that the store does not have yet."),
	bytes:      desc("spool_bytes", "Bytes of disk that the spool takes."),
	maxBytes:   desc("spool_max_bytes", "Bytes of disk that the spool may take; beyond them requests are refused."),
	oldest:     desc("spool_oldest_seconds", "Age of the oldest record that the store does not have yet."),
	writable:   desc("spool_writable", "1, or 0 when the last write failed or there is no room."),
	damaged:    desc("spool_damaged_segments", "Files of the spool set aside as damaged."),
	lost:       desc("spool_lost_records", "Records that the spool had and lost before the store had them."),
	hold:       desc("spool_hold_seconds", "How long delivered records are to stay in the spool, as set."),
	held:       desc("spool_held_seconds", "Every record younger than this is in the spool."),
	short:      desc("spool_hold_short", "1 when delivered records were let go before their time, for want of room."),
	unyielding: desc("spool_pending_bytes", "Bytes of the spool that cannot be given up: of records that the store does not have yet."),
	each:       desc("spool_bytes_per_record", "Bytes of disk of a record, in segments that are full; 0 when there is none."),
	packed:     desc("spool_packed_segments", "Segments of the spool that are packed."),
	packs:      desc("spool_packs", "1, or 0 when the last full segment could not be packed."),
	lag:        desc("delivery_lag_seconds", "Age of the first record of the last batch when the store had it."),
	deliveries: desc("deliveries_total", "Batches sent to the store, by result: delivered, failed, conflict.", "result"),
	delivered:  desc("delivered_records_total", "Records that the store was seen to have."),
	busy:       desc("delivery_busy_seconds_total", "Time spent in the store."),
}

func desc(name, help string, labels ...string) *prometheus.Desc {
	return prometheus.NewDesc("mcr_audit_"+name, help, append([]string{"broker"}, labels...), nil)
}

// Describe implements prometheus.Collector.
func (s *Shipper) Describe(ch chan<- *prometheus.Desc) {
	d := described
	for _, one := range []*prometheus.Desc{
		d.pending, d.bytes, d.maxBytes, d.oldest, d.writable, d.damaged, d.lost,
		d.hold, d.held, d.short, d.unyielding, d.each, d.packed, d.packs, d.lag, d.deliveries, d.delivered, d.busy,
	} {
		ch <- one
	}
}

// Collect implements prometheus.Collector. A shipper outlives a reload of the
// configuration: register it again with each new registry.
func (s *Shipper) Collect(ch chan<- prometheus.Metric) {
	broker := audit.BrokerOf(s.checkpoint.Mark().Broker)
	gauge := func(d *prometheus.Desc, v float64) {
		ch <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, v, broker)
	}
	counter := func(d *prometheus.Desc, v float64, labels ...string) {
		ch <- prometheus.MustNewConstMetric(d, prometheus.CounterValue, v, append([]string{broker}, labels...)...)
	}
	p, st := s.Progress(), s.spool.Stats()
	gauge(described.pending, float64(p.Pending))
	gauge(described.bytes, float64(p.Bytes))
	gauge(described.maxBytes, float64(p.MaxBytes))
	gauge(described.oldest, p.OldestAge.Seconds())
	gauge(described.writable, one(st.Fault == nil))
	gauge(described.damaged, float64(len(st.Report.Aside)))
	gauge(described.lost, float64(st.Report.LostRecords()))
	gauge(described.hold, st.Hold.Seconds())
	gauge(described.held, st.Held.Seconds())
	gauge(described.short, one(st.Short))
	gauge(described.unyielding, float64(st.PendingBytes))
	gauge(described.each, st.BytesPerEntry)
	gauge(described.packed, float64(st.Packed))
	gauge(described.packs, one(st.PackFault == nil))
	gauge(described.lag, p.Lag.Seconds())
	counter(described.delivered, float64(p.Delivered))
	s.mu.Lock()
	batches, busy := s.batches, s.busy
	s.mu.Unlock()
	counter(described.busy, busy.Seconds())
	for i, result := range [outcomes]string{"delivered", "failed", "conflict"} {
		counter(described.deliveries, float64(batches[i]), result)
	}
}

// one is 1 for yes and 0 for no.
func one(yes bool) float64 {
	if yes {
		return 1
	}
	return 0
}

var _ prometheus.Collector = (*Shipper)(nil)
