package replay_test

import (
	"context"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/mycarerecord/mcr/decision/policytest"
)

// BenchmarkDecisionsBesideALiveDraft counts the decisions that all processors make in seconds in
// which a draft is tried beside them, and in seconds between in which none is. In each it decides
// the 500 records that it decides at most (2,500 in five seconds), of a trail that takes in more.
func BenchmarkDecisionsBesideALiveDraft(b *testing.B) {
	documents, by := recorded(b)
	var many [][]byte
	for len(many) < 600 {
		many = append(many, documents...)
	}
	l := live(b, by, 500)
	l.draft = emergencies(b)
	looks := func() {
		if err := l.Look(b.Context()); err != nil {
			b.Error(err)
		}
	}
	l.trail.put("a", many[0])
	looks() // which compiles the draft
	var without, with int
	var looking time.Duration
	for b.Loop() {
		without += decisions(b, func() {})
		l.trail.put("a", many...)
		with += decisions(b, func() {
			began := time.Now()
			looks()
			looking += time.Since(began)
		})
	}
	b.ReportMetric(float64(without)/float64(b.N), "decisions/s-without")
	b.ReportMetric(float64(with)/float64(b.N), "decisions/s-with")
	b.ReportMetric(float64(with)/float64(without), "ratio")
	b.ReportMetric(looking.Seconds()/float64(b.N), "s/look")
	if seen := l.Seen(""); seen.Fault != nil || seen.PassedOver == 0 {
		b.Errorf("%+v", seen)
	}
}

// decisions counts what is decided in a second in which something else is done.
func decisions(b *testing.B, do func()) int {
	engine, q, f := policytest.Engine(b), policytest.Consultant(), policytest.Permitted()
	ctx, cancel := context.WithTimeout(b.Context(), time.Second)
	defer cancel()
	var n atomic.Int64
	var wait sync.WaitGroup
	wait.Go(do)
	for range runtime.GOMAXPROCS(0) {
		wait.Go(func() {
			for ctx.Err() == nil {
				engine.Decide(ctx, q, f)
				n.Add(1)
			}
		})
	}
	wait.Wait()
	return int(n.Load())
}
