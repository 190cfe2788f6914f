package broker

import (
	"log/slog"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/mycarerecord/mcr/vouch"
)

// The collectors live as long as the process: Caddy's registry is new at each
// load of a configuration, and they are registered again. No label names a
// person or a patient.
var (
	decisionsTotal = prometheus.NewCounterVec(prometheus.CounterOpts{
		Namespace: "mcr", Name: "decisions_total",
		Help: "Requests by source, effect (permit, deny, indeterminate, none), outcome and the reason why.",
	}, []string{"source", "effect", "outcome", "reason"})
	withheldTotal = prometheus.NewCounterVec(prometheus.CounterOpts{
		Namespace: "mcr", Name: "withheld_total",
		Help: "Entries of a source's answers that were withheld, by source and reason code.",
	}, []string{"source", "reason"})
	unshownTotal = prometheus.NewCounterVec(prometheus.CounterOpts{
		Namespace: "mcr", Name: "unshown_total",
		Help: "Entries that a source could mend, by source, resource type and reason: not-classified, not-understood, no-patient, other-patient, shown-in-part.",
	}, []string{"source", "type", "reason"})
	stepSeconds = prometheus.NewHistogramVec(prometheus.HistogramOpts{
		Namespace: "mcr", Name: "step_seconds",
		Help:    "Seconds that a request spent in each step: parse, token, gather, decide, fetch, filter, all up to its record; then append, until that is durable, and write.",
		Buckets: []float64{.000005, .00002, .0001, .0005, .002, .01, .05, .25, 1, 5},
	}, []string{"step"})
	busyTotal = prometheus.NewCounterVec(prometheus.CounterOpts{
		Namespace: "mcr", Name: "busy_total",
		Help: "Requests answered 503 busy because the sources' answers under way held as much memory as they may, by source.",
	}, []string{"source"})
	pagesMissingTotal = prometheus.NewCounterVec(prometheus.CounterOpts{
		Namespace: "mcr", Name: "pages_missing_total",
		Help: "Answers that lack a page of the source's, by source and why: link (its next link cannot be followed), circle, bound, source (it did not answer).",
	}, []string{"source", "why"})
	preflightsTotal = prometheus.NewCounterVec(prometheus.CounterOpts{
		Namespace: "mcr", Name: "preflights_total",
		Help: "Browsers' questions whether a page may ask (CORS), by source and answer: allowed, origin-not-allowed. They leave no record.",
	}, []string{"source", "answer"})
	vouchedTotal = prometheus.NewCounterVec(prometheus.CounterOpts{
		Namespace: "mcr", Name: "vouched_total",
		Help: "Requests whose sender said for whom it asks, by outcome: believed, or why not: malformed, unknown-key, stale, signature, trace, replayed, full.",
	}, []string{"outcome"})
	unrecordedTotal = prometheus.NewCounterVec(prometheus.CounterOpts{
		Namespace: "mcr", Name: "unrecorded_total",
		Help: "Requests refused because their audit record could not be made durable. Anything but zero needs somebody now.",
	}, []string{"source"})
)

var steps = struct{ parse, token, gather, decide, fetch, filter, all, append, write prometheus.Observer }{
	stepSeconds.WithLabelValues("parse"), stepSeconds.WithLabelValues("token"),
	stepSeconds.WithLabelValues("gather"), stepSeconds.WithLabelValues("decide"),
	stepSeconds.WithLabelValues("fetch"), stepSeconds.WithLabelValues("filter"),
	stepSeconds.WithLabelValues("all"), stepSeconds.WithLabelValues("append"), stepSeconds.WithLabelValues("write"),
}

// Every outcome is there from the start: an alert on the first that is not believed would
// not see it grow otherwise.
func init() {
	for _, why := range []error{vouch.ErrMalformed, vouch.ErrKey, vouch.ErrStale, vouch.ErrSignature, vouch.ErrTrace, vouch.ErrReplayed, vouch.ErrFull} {
		vouchedTotal.WithLabelValues(why.Error())
	}
	vouchedTotal.WithLabelValues("believed")
}

// Collectors gives the package's metrics, to be registered once a registry.
func Collectors() []prometheus.Collector {
	return []prometheus.Collector{decisionsTotal, withheldTotal, unshownTotal, pagesMissingTotal, stepSeconds, busyTotal, preflightsTotal, vouchedTotal, unrecordedTotal}
}

// vouched counts a statement of where a person asked from.
func vouched(by string, err error) {
	switch {
	case err != nil:
		vouchedTotal.WithLabelValues(err.Error()).Inc()
	case by != "":
		vouchedTotal.WithLabelValues("believed").Inc()
	}
}

// observe counts a finished request and writes its one log line.
func (b *Broker) observe(x *exchange) {
	rec := &x.record
	effect, reason := rec.Effect, "none"
	if effect == "" {
		effect = "none"
	}
	if len(rec.Reasons) > 0 {
		reason = rec.Reasons[0]
	}
	decisionsTotal.WithLabelValues(b.Source.ID, effect, string(rec.Outcome), reason).Inc()
	for reason, n := range rec.Withheld {
		withheldTotal.WithLabelValues(b.Source.ID, reason).Add(float64(n))
	}
	micro := func(o prometheus.Observer, n int64) { o.Observe(float64(n) / 1e6) }
	micro(steps.parse, rec.Spent.Parse)
	micro(steps.token, rec.Spent.Token)
	micro(steps.gather, rec.Spent.Gather)
	micro(steps.decide, rec.Spent.Decide)
	micro(steps.fetch, rec.Spent.Fetch)
	micro(steps.filter, rec.Spent.Filter)
	took := rec.TimeOut.Sub(rec.TimeIn)
	steps.all.Observe(took.Seconds())
	steps.append.Observe(x.durable.Sub(rec.TimeOut).Seconds())
	if !x.left.IsZero() {
		steps.write.Observe(x.left.Sub(x.durable).Seconds())
	}
	if b.Log.Enabled(x.request.Context(), slog.LevelInfo) {
		of := []slog.Attr{
			slog.String("record", rec.ID), slog.String("source", b.Source.ID), slog.Int("status", rec.Status),
			slog.String("outcome", string(rec.Outcome)), slog.String("reason", reason),
			slog.Duration("took", took.Round(time.Microsecond)),
		}
		if x.token != "" {
			of = append(of, slog.String("token", x.token))
		}
		b.Log.LogAttrs(x.request.Context(), slog.LevelInfo, "request", of...)
	}
}
