package gate_test

import (
	"context"
	"fmt"
	"runtime/debug"
	"slices"
	"sync/atomic"
	"testing"
	"testing/fstest"
	"time"

	"github.com/mycarerecord/mcr/decision"
	"github.com/mycarerecord/mcr/decision/check"
	"github.com/mycarerecord/mcr/decision/gate"
	"github.com/mycarerecord/mcr/decision/gate/apart"
	"github.com/mycarerecord/mcr/decision/internal/folder"
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

// A large set is judged, beside decisions by the set in force, in this process and in one of its
// own: how long it takes, and what the slowest hundredth of the decisions took meanwhile, as a ratio
// of what it takes alone: of all the time, and of that in which it is judged. What passed apart is
// then loaded here, in the rest.
func BenchmarkALargeSetIsJudgedBesideDecisions(b *testing.B) {
	defer debug.SetGCPercent(debug.SetGCPercent(200)) // as the program has it
	for _, way := range []struct {
		name  string
		judge apart.Judge
	}{{"here", here}, {"apart", apart.Judging()}} {
		b.Run(way.name, func(b *testing.B) { benchmarkJudging(b, way.judge) })
	}
}

func here(ctx context.Context, all folder.Held, opt decision.Options) (check.Verdict, error) {
	return check.Judge(ctx, all, opt), nil
}

func benchmarkJudging(b *testing.B, judge apart.Judge) {
	var judging atomic.Bool
	var judged time.Duration
	g := gate.New(gate.Options{ // without a key it is judged each time
		Data: b.TempDir(),
		Judge: func(ctx context.Context, all folder.Held, opt decision.Options) (check.Verdict, error) {
			began := time.Now()
			judging.Store(true)
			defer func() { judging.Store(false); judged += time.Since(began) }()
			return judge(ctx, all, opt)
		},
	})
	large, engine := region(b), policytest.Engine(b)
	q, f := policytest.Consultant(), policytest.Permitted()
	decides := func() { engine.Decide(b.Context(), q, f) }
	var all, inJudging, alone []time.Duration
	var took time.Duration
	tests := 0
	for b.Loop() {
		quiet, _ := decide(b.Context(), time.Second, &judging, func() {}, decides)
		beside, during := decide(b.Context(), 0, &judging, func() {
			began := time.Now()
			set, err := g.Admit(b.Context(), large)
			if err != nil {
				b.Error(err)
				return
			}
			took += time.Since(began)
			tests = set.Tests
			<-time.After(200 * time.Millisecond) // what follows of it, such as a collection
		}, decides)
		alone, all, inJudging = append(alone, quiet...), append(all, beside...), append(inJudging, during...)
	}
	b.ReportMetric(took.Seconds()/float64(b.N), "s/admitted")
	b.ReportMetric(judged.Seconds()/float64(b.N), "s/judged")
	b.ReportMetric(float64(tests), "tests")
	b.ReportMetric(float64(p99(all))/float64(p99(alone)), "p99-ratio")
	b.ReportMetric(float64(p99(inJudging))/float64(p99(alone)), "p99-ratio-judging")
	b.ReportMetric(float64(p99(alone).Microseconds()), "µs-p99-alone")
}

// decide decides a thousand times a second while something is done, at least for so long, and gives
// the times that it took, waiting included: all, and those while something was judged.
func decide(ctx context.Context, least time.Duration, judging *atomic.Bool, do, one func()) (all, during []time.Duration) {
	var done atomic.Bool
	go func() {
		do()
		<-time.After(least)
		done.Store(true)
	}()
	next := time.Now()
	for !done.Load() && ctx.Err() == nil {
		<-time.After(time.Until(next))
		was := judging.Load()
		one()
		took := time.Since(next)
		if all = append(all, took); was {
			during = append(during, took)
		}
		next = next.Add(time.Millisecond)
	}
	return all, during
}

func p99(all []time.Duration) time.Duration {
	if len(all) == 0 {
		return 0
	}
	slices.Sort(all)
	return all[len(all)*99/100]
}
