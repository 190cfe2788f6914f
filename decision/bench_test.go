package decision_test

import (
	"context"
	"syscall"
	"testing"

	"github.com/mycarerecord/mcr/access"
)

// BenchmarkDecide measures a whole decision: building the input, its JSON for
// the record, the rules, and reading their answer. cpu-ns/op is the processor's
// time, which a busy machine does not falsify.
func BenchmarkDecide(b *testing.B) {
	e := load(b)
	own := consultant()
	own.Subject.Organisation = own.Source.Organisation
	for _, c := range []struct {
		name string
		q    access.Question
		f    access.Facts
	}{
		{"own_record", own, nothing()},
		{"permission", consultant(), permitted()},
		{"refused", consultant(), nothing()},
	} {
		b.Run(c.name, func(b *testing.B) {
			b.ReportAllocs()
			before := processorTime()
			for b.Loop() {
				e.Decide(context.Background(), c.q, c.f)
			}
			b.ReportMetric(float64(processorTime()-before)/float64(b.N), "cpu-ns/op")
		})
	}
}

func processorTime() int64 {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return u.Utime.Nano() + u.Stime.Nano()
}
