package decision_test

import (
	"context"
	"testing"

	"github.com/mycarerecord/mcr/access"
)

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
			for b.Loop() {
				e.Decide(context.Background(), c.q, c.f)
			}
		})
	}
}
