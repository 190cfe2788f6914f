package main

import (
	"math"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// gatherer is where a broker's metrics are.
type gatherer = prometheus.Gatherer

// gatherers gathers the metrics of one part.
func gatherers(of prometheus.Collector) gatherer {
	all := prometheus.NewRegistry()
	all.MustRegister(of)
	return all
}

// histogram is what a broker's own metric says: how many took at most how long.
type histogram struct {
	upTo  []time.Duration // ascending, the last one without an end
	count []uint64        // of all up to there
}

// at gives the bound below which a quantile lies, -1 where it lies above the last one.
func (h histogram) at(q float64) time.Duration {
	for i, n := range h.count {
		if float64(n) >= q*float64(h.total()) {
			return h.upTo[i]
		}
	}
	return -1
}

func (h histogram) total() uint64 {
	if len(h.count) == 0 {
		return 0
	}
	return h.count[len(h.count)-1]
}

// within counts those that took at most so long, which is a bound of the metric.
func (h histogram) within(limit time.Duration) (n uint64) {
	for i, bound := range h.upTo {
		if bound >= 0 && bound <= limit {
			n = h.count[i]
		}
	}
	return n
}

const changeSeconds = "mcr_registry_change_seconds"

// readHistogram reads a metric as a scraper would; there is none of a registry in a file.
func readHistogram(from gatherer, name string) histogram {
	var h histogram
	if from == nil {
		return h
	}
	families, err := from.Gather()
	if err != nil {
		return h
	}
	for _, family := range families {
		if family.GetName() != name || len(family.GetMetric()) == 0 {
			continue
		}
		told := family.GetMetric()[0].GetHistogram()
		for _, b := range told.GetBucket() {
			if !math.IsInf(b.GetUpperBound(), 1) {
				h.upTo = append(h.upTo, time.Duration(b.GetUpperBound()*float64(time.Second)))
				h.count = append(h.count, b.GetCumulativeCount())
			}
		}
		h.upTo, h.count = append(h.upTo, -1), append(h.count, told.GetSampleCount())
	}
	return h
}
