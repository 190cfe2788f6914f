package decision_test

import (
	"context"
	"strings"
	"syscall"
	"testing"

	"github.com/mycarerecord/mcr/decision"
	"github.com/mycarerecord/mcr/decision/cases"
	"github.com/mycarerecord/mcr/decision/policytest"
	"github.com/mycarerecord/mcr/policies"
)

// measured are cases of each rule.
var measured = []string{
	"own_record/a nurse of the practice sees the practice's own record, sensitive items included",
	"permission/the patient said yes and the hospital is treating them",
	"permission/nobody has asked the patient",
	"relationship/the admission has ended",
	"routine_gp/the patient's GP sees appointments at the hospital",
	"specialist/an open order opens medications",
	"opt_out/an opt-out wins over a recorded permission",
	"emergency_on/and sees the record while it runs",
	"restricted/what tells where a protected patient lives is taken out",
	"statements/a consultant records that the patient said yes",
}

// No decision allocates more than seven times: its reasons, its rules and what the record
// keeps.
func TestADecisionAllocatesLittle(t *testing.T) {
	if policytest.Race {
		t.Skip("with the race detector the pool of machines forgets some at random: make test runs it without")
	}
	for _, name := range measured {
		c := caseNamed(t, name)
		n := testing.AllocsPerRun(200, func() { c.Engine.Decide(context.Background(), c.Question, c.Facts) })
		if n > 7 {
			t.Errorf("%s: %v allocations", name, n)
		}
	}
}

// BenchmarkDecide measures a whole decision: building the input, its JSON for
// the record, the rules, and reading their answer. cpu-ns/op is the processor's
// time, which a busy machine does not falsify.
func BenchmarkDecide(b *testing.B) {
	for _, name := range measured {
		c := caseNamed(b, name)
		e, q, f := c.Engine, c.Question, c.Facts
		rule, _, _ := strings.Cut(name, " ")
		b.Run(rule, func(b *testing.B) {
			b.ReportAllocs()
			before := processorTime()
			for b.Loop() {
				e.Decide(context.Background(), q, f)
			}
			b.ReportMetric(float64(processorTime()-before)/float64(b.N), "cpu-ns/op")
		})
	}
}

// BenchmarkSearch measures the same by OPA's evaluator, as Replay does.
func BenchmarkSearch(b *testing.B) {
	c := caseNamed(b, "permission/the patient said yes and the hospital is treating them")
	input := c.Engine.Decide(b.Context(), c.Question, c.Facts).Input
	b.ReportAllocs()
	for b.Loop() {
		if _, err := c.Engine.Replay(b.Context(), input); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkDecideAtOnce measures decisions on all processors.
func BenchmarkDecideAtOnce(b *testing.B) {
	c := caseNamed(b, "permission/the patient said yes and the hospital is treating them")
	e, q, f := c.Engine, c.Question, c.Facts
	b.ReportAllocs()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			e.Decide(context.Background(), q, f)
		}
	})
}

func BenchmarkLoad(b *testing.B) {
	for b.Loop() {
		if _, err := decision.Load(b.Context(), policies.FS, decision.Options{}); err != nil {
			b.Fatal(err)
		}
	}
}

func caseNamed(b testing.TB, name string) cases.Case {
	b.Helper()
	for _, c := range policytest.Cases(b) {
		if c.ShortFile()+"/"+c.Name == name {
			return c
		}
	}
	b.Fatalf("no case %q", name)
	return cases.Case{}
}

func processorTime() int64 {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return u.Utime.Nano() + u.Stime.Nano()
}

func BenchmarkExplain(b *testing.B) {
	e := policytest.Engine(b)
	d := e.Decide(b.Context(), policytest.Consultant(), policytest.Permitted())
	for b.Loop() {
		if _, err := decision.Explain(b.Context(), e.Revision(), d.Input); err != nil {
			b.Fatal(err)
		}
	}
}
