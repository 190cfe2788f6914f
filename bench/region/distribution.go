package main

import (
	"slices"
	"time"
)

// distribution is many measured times.
type distribution []time.Duration

// at gives a quantile: that of the time at the rank, no interpolation. 0 where there are none.
func (d distribution) at(q float64) time.Duration {
	if len(d) == 0 {
		return 0
	}
	slices.Sort(d)
	return d[int(q*float64(len(d)-1))]
}

// over counts those that are longer.
func (d distribution) over(limit time.Duration) (n int) {
	for _, t := range d {
		if t > limit {
			n++
		}
	}
	return n
}
