package collect

import (
	"context"
	"log/slog"

	"github.com/prometheus/client_golang/prometheus"
)

// The metrics live as long as the process: Caddy's registry is new at each load
// of a configuration, and they are registered again. No label names a person or
// a patient.
var (
	collectionsTotal = prometheus.NewCounterVec(prometheus.CounterOpts{
		Namespace: "mcr", Subsystem: "collect", Name: "collections_total",
		Help: "Collections by outcome: whole (every source answered), partial (some source failed or was late), gone (the client left), refused (nobody was asked), unrecorded (refused, and the record of it could not be written).",
	}, []string{"outcome"})
	preflightsTotal = prometheus.NewCounter(prometheus.CounterOpts{
		Namespace: "mcr", Subsystem: "collect", Name: "preflights_total",
		Help: "Browsers' questions whether a page may ask (CORS), all of them turned away. They leave no record.",
	})
	partsTotal = prometheus.NewCounterVec(prometheus.CounterOpts{
		Namespace: "mcr", Subsystem: "collect", Name: "parts_total",
		Help: "Sources' parts of collections, by source and status.",
	}, []string{"source", "status"})
	seconds = prometheus.NewHistogramVec(prometheus.HistogramOpts{
		Namespace: "mcr", Subsystem: "collect", Name: "seconds",
		Help:    "Seconds that a collection took: source (each source's part), and all.",
		Buckets: []float64{.005, .02, .05, .1, .2, .5, 1, 2, 5, 10},
	}, []string{"of"})
	secondsOfSource, secondsOfAll = seconds.WithLabelValues("source"), seconds.WithLabelValues("all")
)

// Collectors gives the package's metrics, to be registered once a registry.
func Collectors() []prometheus.Collector {
	return []prometheus.Collector{collectionsTotal, preflightsTotal, partsTotal, seconds}
}

func (c *Collector) observePart(p Part) {
	partsTotal.WithLabelValues(p.Source.ID, string(p.Status)).Inc()
	secondsOfSource.Observe(p.Took.Seconds())
}

// observe counts a collection and writes its one log line.
func (c *Collector) observe(ctx context.Context, r Result) {
	outcome := "whole"
	attrs := make([]slog.Attr, 0, len(statuses)+3)
	for _, status := range statuses {
		n := 0
		for _, part := range r.Parts {
			if part.Status == status {
				n++
			}
		}
		if n == 0 {
			continue
		}
		attrs = append(attrs, slog.Int(string(status), n))
		if status == Failed || status == TimedOut {
			outcome = "partial"
		}
	}
	if ctx.Err() != nil {
		outcome = "gone"
	}
	collectionsTotal.WithLabelValues(outcome).Inc()
	secondsOfAll.Observe(r.Took.Seconds())
	attrs = append(attrs, slog.String("outcome", outcome), slog.String("trace", r.Trace), slog.Duration("took", r.Took))
	c.cfg.Log.LogAttrs(context.WithoutCancel(ctx), slog.LevelInfo, "collected", attrs...)
}
