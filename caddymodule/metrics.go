package caddymodule

import (
	"errors"

	"github.com/mycarerecord/mcr/broker"
	"github.com/mycarerecord/mcr/collect"
	"github.com/mycarerecord/mcr/console"
	"github.com/mycarerecord/mcr/room"
	"github.com/mycarerecord/mcr/wire"
	"github.com/prometheus/client_golang/prometheus"
)

// registerMetrics puts the collectors of every part into Caddy's registry. It is
// new at each load, while some collectors live as long as the process.
func registerMetrics(registry *prometheus.Registry, a *App) error {
	collectors := append(broker.Collectors(), collect.Collectors()...)
	collectors = append(collectors, console.Collectors()...)
	collectors = append(collectors, a.verifier.Collectors()...)
	collectors = append(collectors, a.shared.shipper, policyInfo(a), turned, held(a.shared.room))
	var faults []error
	for _, collector := range collectors {
		var already prometheus.AlreadyRegisteredError
		if err := registry.Register(collector); err != nil && !errors.As(err, &already) {
			faults = append(faults, err)
		}
	}
	return errors.Join(faults...)
}

// held is how much memory sources' answers take now.
func held(r *room.Room) prometheus.Collector {
	return prometheus.NewGaugeFunc(prometheus.GaugeOpts{
		Namespace: "mcr", Name: "held_bytes",
		Help: "Bytes of memory that the sources' answers under way take now, with what cutting them takes; at most max_held.",
	}, func() float64 { return float64(r.Held()) })
}

// policyInfo is 1, with the policy revision that decides now in its labels.
func policyInfo(a *App) prometheus.Collector {
	revision := a.engine.Revision()
	gauge := prometheus.NewGauge(prometheus.GaugeOpts{
		Namespace: "mcr", Name: "policy_info",
		Help:        "Always 1; its labels name the policy revision that decides now, and its digest.",
		ConstLabels: prometheus.Labels{"revision": revision.Name(), "digest": revision.Digest()},
	})
	gauge.Set(1)
	return gauge
}

// turned counts what reaches no site, and so stands in no record.
var turned = func() *prometheus.CounterVec {
	all := prometheus.NewCounterVec(prometheus.CounterOpts{
		Namespace: "mcr", Name: "turned_away_total",
		Help: "Requests that were refused before any site was asked, by reason.",
	}, []string{"reason"})
	for _, fault := range wire.Faults {
		all.WithLabelValues(string(fault))
	}
	for _, reason := range []string{otherHost, connect, nobody} {
		all.WithLabelValues(reason)
	}
	return all
}()

func turnedAway(reason string) { turned.WithLabelValues(reason).Inc() }
