package gate_test

import (
	"context"
	"fmt"
	"slices"
	"sync/atomic"
	"testing"
	"testing/fstest"
	"time"

	"github.com/mycarerecord/mcr/decision/gate"
	"github.com/mycarerecord/mcr/decision/gate/apart"
	"github.com/mycarerecord/mcr/decision/policytest"
)

// region is the shipped policies as a large region may have them: 200 modules and more than 500 tests.
func region(t testing.TB) fstest.MapFS {
	t.Helper()
	fsys := policytest.Copied(t)
	modules := 0
	for name := range fsys {
		if len(name) > 5 && name[len(name)-5:] == ".rego" {
			modules++
		}
	}
	for n := 0; modules < 200; n, modules = n+1, modules+2 {
		dir := fmt.Sprintf("rules/closed_%03d/closed_%03d", n, n)
		fsys[dir+".rego"] = &fstest.MapFile{Data: fmt.Appendf(nil, closedRule, n)}
		fsys[dir+"_test.rego"] = &fstest.MapFile{Data: fmt.Appendf(nil, closedTests, n)}
	}
	return fsys
}

const closedRule = `# METADATA
# title: An agreement that ended, %[1]d
# description: Staff of an organisation whose agreement ended see nothing.
# custom:
#   promise: Every request is judged by the same rules.
#   reasons: [opted-out]
package mcr.rules.closed_%03[1]d

import rego.v2

# METADATA
# title: Refused because the agreement ended, %[1]d
# description: From a day on nobody from there sees anything.
# custom:
#   reasons: [opted-out]
deny contains {"reason": "opted-out"} if {
	input.request.action == "view"
	input.subject.organisation == "ZZ%03[1]d"
	input.time >= 1700000000
}
`

const closedTests = `package mcr.rules.closed_%03[1]d_test

import data.mcr.rules.closed_%03[1]d

import rego.v2

asked := {"request": {"action": "view"}, "subject": {"organisation": "ZZ%03[1]d"}, "time": 1700000000}

test_refused if closed_%03[1]d.deny == {{"reason": "opted-out"}} with input as asked

test_others_are_not if closed_%03[1]d.deny == set() with input as object.union(asked, {"subject": {"organisation": "RXA01"}})

test_nor_before if closed_%03[1]d.deny == set() with input as object.union(asked, {"time": 1699999999})

test_nor_what_is_no_view if closed_%03[1]d.deny == set() with input as object.union(asked, {"request": {"action": "withdraw"}})
`

// A large set is judged, beside decisions by the set in force: how long it takes, and what the
// slowest hundredth of the decisions took meanwhile, as a ratio of what it takes alone.
func BenchmarkALargeSetIsJudgedBesideDecisions(b *testing.B) {
	for name, judge := range map[string]apart.Judge{"here": nil, "apart": apart.Judging()} {
		b.Run(name, func(b *testing.B) { benchmarkJudging(b, judge) })
	}
}

func benchmarkJudging(b *testing.B, judge apart.Judge) {
	large, g := region(b), gate.New(gate.Options{Data: b.TempDir(), Judge: judge}) // without a key it is judged each time
	engine := policytest.Engine(b)
	q, f := policytest.Consultant(), policytest.Permitted()
	for b.Loop() {
		alone := decide(b.Context(), time.Second, func() {}, func() { engine.Decide(b.Context(), q, f) })
		var took time.Duration
		var set *gate.Set
		beside := decide(b.Context(), 0, func() {
			began := time.Now()
			var err error
			if set, err = g.Admit(b.Context(), large); err != nil {
				b.Error(err)
			}
			took = time.Since(began)
		}, func() { engine.Decide(b.Context(), q, f) })
		if set == nil {
			return
		}
		b.ReportMetric(took.Seconds(), "s/judged")
		b.ReportMetric(float64(set.Tests), "tests")
		b.ReportMetric(float64(beside)/float64(alone), "p99-ratio")
		b.ReportMetric(float64(alone.Microseconds()), "µs-p99-alone")
	}
}

// decide decides a thousand times a second while something is done, at least for so long, and gives the
// 99th of a hundred times that it took, waiting included.
func decide(ctx context.Context, least time.Duration, do, one func()) time.Duration {
	var done atomic.Bool
	go func() {
		do()
		<-time.After(least)
		done.Store(true)
	}()
	var all []time.Duration
	next := time.Now()
	for !done.Load() && ctx.Err() == nil {
		<-time.After(time.Until(next))
		one()
		all = append(all, time.Since(next))
		next = next.Add(time.Millisecond)
	}
	slices.Sort(all)
	return all[len(all)*99/100]
}
