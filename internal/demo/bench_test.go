package demo_test

import (
	"testing"

	"github.com/mycarerecord/mcr/internal/demo"
)

func BenchmarkStart(b *testing.B) {
	for b.Loop() {
		r, err := demo.Start(b.Context(), demo.Options{})
		if err != nil {
			b.Fatal(err)
		}
		r.Close()
	}
}
