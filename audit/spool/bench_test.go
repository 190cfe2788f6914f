package spool_test

import (
	"context"
	"fmt"
	"sync/atomic"
	"testing"

	"github.com/mycarerecord/mcr/audit/spool"
)

// BenchmarkAppend writes 3 KiB entries with a real fsync, by one and by 32
// writers, without a reader. Segments are deleted as they fill, so that the disk
// of the machine is enough.
func BenchmarkAppend(b *testing.B) {
	for _, writers := range []int{1, 32} {
		b.Run(fmt.Sprintf("writers=%d", writers), func(b *testing.B) {
			s, err := spool.Open(b.TempDir(), spool.Options{})
			if err != nil {
				b.Fatal(err)
			}
			defer s.Close()
			payload := make([]byte, 3<<10)
			for i := range payload {
				payload[i] = byte('a' + i%26)
			}
			ctx, cancel := context.WithCancel(context.Background())
			defer cancel()
			var left atomic.Int64
			left.Store(int64(b.N))
			b.SetBytes(int64(len(payload)))
			b.ReportAllocs()
			b.ResetTimer()
			done := make(chan error, writers)
			for range writers {
				go func() {
					for left.Add(-1) >= 0 {
						e, err := s.Append(ctx, payload)
						if err == nil && e.Seq%4096 == 0 {
							err = s.Ack(e.Seq)
						}
						if err != nil {
							done <- err
							return
						}
					}
					done <- nil
				}()
			}
			for range writers {
				if err := <-done; err != nil {
					b.Fatal(err)
				}
			}
			b.StopTimer()
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "entries/s")
			b.ReportMetric(float64(b.N)/float64(s.Stats().Commits), "entries/commit")
		})
	}
}
