package postgres

import (
	"sync/atomic"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/prometheus/client_golang/prometheus"
)

// counts are the store's metrics. No label names a person, a session or the database.
//
//	mcr_registry_change_seconds            from the commit of a change to its being effective here: by the database's clock up to its answer, by this machine's since it was asked
//	mcr_registry_heard_seconds             since the database was last heard; facts are unavailable beyond stale_after; absent before the first time
//	mcr_registry_current                   1 while what is known may be used, 0 while everything is unavailable
//	mcr_registry_seen_change               number of the last change that is known of
//	mcr_registry_seen_kept                 0 while that cannot be written to the disk
//	mcr_registry_resyncs_total{reason}     times that everybody was forgotten: far (too many changes behind), hole (cannot be: an operator must look), loss (an operator accepted one), undone (a crash undid what nobody was told of as made)
//	mcr_registry_unknown_outcomes_total    changes of which it could not be found out whether they were made: an operator must look
//	mcr_registry_connections{pool,state}   connections to the database: pool is readers or writers, state busy or idle
//	mcr_registry_connections_most{pool}    as many as there may be
//	mcr_registry_waits_total{pool}         times that somebody waited for one
//	mcr_walking_shared                     1 while refusals are counted together with the other brokers, 0 while each counts alone; absent with walking off
//	mcr_walking_shared_refusals            refusals of all brokers that are kept in memory
//	mcr_walking_shared_lost_total          refusals for which there was no room
type counts struct {
	store    *Store
	lateness prometheus.Histogram
	resyncs  *prometheus.CounterVec
	unknown  prometheus.Counter
	kept     atomic.Bool
}

func newCounts(s *Store) *counts {
	c := &counts{
		store: s,
		lateness: prometheus.NewHistogram(prometheus.HistogramOpts{Name: "mcr_registry_change_seconds",
			Help:    "From the commit of a change of the registry to its being effective at this broker.",
			Buckets: []float64{.001, .0025, .005, .01, .025, .05, .1, .2, .3, .5, .75, 1, 2, 5, 10, 60}}),
		resyncs: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "mcr_registry_resyncs_total",
			Help: "Times that everybody was forgotten, by reason."}, []string{"reason"}),
		unknown: prometheus.NewCounter(prometheus.CounterOpts{Name: "mcr_registry_unknown_outcomes_total",
			Help: "Changes of which it could not be found out whether they were made."}),
	}
	for _, reason := range []string{"far", "hole", "loss", "undone"} {
		c.resyncs.WithLabelValues(reason)
	}
	c.kept.Store(true)
	return c
}

var (
	heardSeconds = describe("heard_seconds", "Since the registry's database was last heard.")
	current      = describe("current", "1 while what is known of the registry may be used.")
	seenChange   = describe("seen_change", "Number of the last change of the registry that is known of.")
	seenKept     = describe("seen_kept", "0 while what was seen of the registry cannot be written to the disk.")
	connections  = describe("connections", "Connections to the registry's database.", "pool", "state")
	most         = describe("connections_most", "Connections to the registry's database that there may be.", "pool")
	waits        = describe("waits_total", "Times that somebody waited for a connection to the registry's database.", "pool")
)

var (
	walkingShared   = prometheus.NewDesc("mcr_walking_shared", "1 while refusals are counted together with the other brokers.", nil, nil)
	walkingRefusals = prometheus.NewDesc("mcr_walking_shared_refusals", "Refusals of all brokers that are kept in memory.", nil, nil)
	walkingLost     = prometheus.NewDesc("mcr_walking_shared_lost_total", "Refusals that were not counted together, for want of room.", nil, nil)
)

func describe(name, help string, labels ...string) *prometheus.Desc {
	return prometheus.NewDesc("mcr_registry_"+name, help, labels, nil)
}

// Describe describes the store's metrics.
func (s *Store) Describe(to chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{heardSeconds, current, seenChange, seenKept, connections, most, waits, walkingShared, walkingRefusals, walkingLost} {
		to <- d
	}
	s.counts.lateness.Describe(to)
	s.counts.resyncs.Describe(to)
	s.counts.unknown.Describe(to)
}

// Collect collects them.
func (s *Store) Collect(to chan<- prometheus.Metric) {
	gauge := func(d *prometheus.Desc, value float64, labels ...string) {
		to <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, value, labels...)
	}
	if heard := s.follower.heard.Load(); heard != nil {
		gauge(heardSeconds, age(s.opt.Clock(), *heard).Seconds())
	}
	gauge(current, number(s.Current() == nil))
	gauge(seenChange, float64(s.last().seq))
	gauge(seenKept, number(s.counts.kept.Load()))
	for name, pool := range map[string]*pgxpool.Pool{"readers": s.readers, "writers": s.writers} {
		stat := pool.Stat()
		gauge(connections, float64(stat.AcquiredConns()), name, "busy")
		gauge(connections, float64(stat.IdleConns()), name, "idle")
		gauge(most, float64(stat.MaxConns()), name)
		to <- prometheus.MustNewConstMetric(waits, prometheus.CounterValue, float64(stat.EmptyAcquireCount()), name)
	}
	if w := s.walked.Load(); w != nil {
		together, held, over := w.state()
		gauge(walkingShared, number(together))
		gauge(walkingRefusals, float64(held))
		to <- prometheus.MustNewConstMetric(walkingLost, prometheus.CounterValue, float64(over))
	}
	s.counts.lateness.Collect(to)
	s.counts.resyncs.Collect(to)
	s.counts.unknown.Collect(to)
}

func number(is bool) float64 {
	if is {
		return 1
	}
	return 0
}

var _ prometheus.Collector = (*Store)(nil)
