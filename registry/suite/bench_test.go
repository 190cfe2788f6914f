package suite_test

import (
	"context"
	"fmt"
	"path/filepath"
	"testing"

	"github.com/mycarerecord/mcr/access"
	"github.com/mycarerecord/mcr/registry"
)

// A patient of the benchmarks has ten entries, of which six bear on the asker.

func BenchmarkGatherWarm(b *testing.B) {
	r := fresh(b)
	load(b, r, region(100))
	q := asks(number(7))
	if r.Gather(context.Background(), q).Permissions.State != access.Known {
		b.Fatal("no permission")
	}
	b.ReportAllocs()
	for b.Loop() {
		r.Gather(context.Background(), q)
	}
}

// Every question is about a patient who is not in memory.
func BenchmarkGatherCold(b *testing.B) {
	r := openWith(b, filepath.Join(b.TempDir(), "registry.db"), registry.Options{Patients: 2})
	load(b, r, region(1000))
	questions := make([]access.Question, 1000)
	for i := range questions {
		questions[i] = asks(number(i))
	}
	b.ReportAllocs()
	i := 0
	for b.Loop() {
		if r.Gather(context.Background(), questions[i%len(questions)]).Permissions.State != access.Known {
			b.Fatal("no permission")
		}
		i++
	}
}

func BenchmarkGather32(b *testing.B) {
	questions := make([]access.Question, 200)
	for i := range questions {
		questions[i] = asks(number(i))
	}
	for _, c := range []struct {
		name string
		most int
	}{{"warm", 20_000}, {"cold", 2}} {
		b.Run(c.name, func(b *testing.B) {
			r := openWith(b, filepath.Join(b.TempDir(), "registry.db"), registry.Options{Patients: c.most})
			load(b, r, region(200))
			for _, q := range questions {
				r.Gather(context.Background(), q)
			}
			b.ReportAllocs()
			b.ResetTimer()
			b.SetParallelism(16) // times two cores
			b.RunParallel(func(pb *testing.PB) {
				for i := 0; pb.Next(); i++ {
					r.Gather(context.Background(), questions[i%200])
				}
			})
		})
	}
}

func BenchmarkPrepareCommit(b *testing.B) {
	r := fresh(b)
	i := 0
	for b.Loop() {
		i++
		record(b, r, states(asks(number(i)), access.RecordPermission, access.Statement{}), fmt.Sprint("p", i))
	}
}

func BenchmarkImport2000(b *testing.B) {
	file := region(200)
	for b.Loop() {
		r := fresh(b)
		load(b, r, file)
	}
}
