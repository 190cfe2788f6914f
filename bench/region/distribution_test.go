package main

import (
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

func TestADistributionTellsItsQuantiles(t *testing.T) {
	var d distribution
	for i := 100; i > 0; i-- {
		d = append(d, time.Duration(i))
	}
	if d.at(0) != 1 || d.at(.5) != 50 || d.at(.99) != 99 || d.at(1) != 100 || d.over(90) != 10 {
		t.Error(d.at(0), d.at(.5), d.at(.99), d.at(1), d.over(90))
	}
	if none := distribution(nil); none.at(.5) != 0 || none.over(0) != 0 {
		t.Error("of nothing")
	}
}

func TestAHistogramIsReadAsItWasMeasured(t *testing.T) {
	measured := prometheus.NewHistogram(prometheus.HistogramOpts{Name: changeSeconds, Buckets: []float64{.01, .1, 1, 5}})
	for _, s := range []float64{.005, .05, .05, .5, .7, .9, 1, 2, 3, 70} {
		measured.Observe(s)
	}
	h := readHistogram(gatherers(measured), changeSeconds)
	if h.total() != 10 || h.within(time.Second) != 7 || h.at(.5) != time.Second || h.at(.1) != 10*time.Millisecond || h.at(1) != -1 {
		t.Errorf("%+v", h)
	}
	if none := readHistogram(gatherers(measured), "another"); none.total() != 0 {
		t.Errorf("%+v", none)
	}
}

func TestWhatAnImportSaysIsRead(t *testing.T) {
	n, err := added("there is no registry yet\n9 resources: 7 entries added, 12 changed, 0 unchanged\nwithout effect now:")
	if err != nil || n != 19 {
		t.Error(n, err)
	}
	if _, err := added("0 resources: the file holds none, and nothing was imported"); err == nil {
		t.Error("it says nothing")
	}
}

func TestTimesAreShort(t *testing.T) {
	for d, want := range map[time.Duration]string{0: "0s", 999: "999ns", 12_345: "12.3µs", 1_234_567: "1.23ms", 1_999_900_000: "2s", 61_234_000_000: "1m1.2s"} {
		if got := short(d); got != want {
			t.Errorf("%d: %s, want %s", d, got, want)
		}
	}
}
