package spool_test

import (
	"context"
	"crypto/sha256"
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/mycarerecord/mcr/audit/spool"
)

// BenchmarkAppend writes 3 KiB entries with a real fsync, by one and by 32
// writers, into segments of two sizes, without a reader. Segments are deleted as they fill, so that the disk
// of the machine is enough.
func BenchmarkAppend(b *testing.B) {
	for i := range 4 {
		writers, size := []int{1, 32}[i/2], []int64{4 << 20, 16 << 20}[i%2]
		b.Run(fmt.Sprintf("writers=%d/segment=%dMiB", writers, size>>20), func(b *testing.B) {
			s, err := spool.Open(b.TempDir(), spool.Options{SegmentBytes: size})
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

// BenchmarkAppendAmongWork is the broker's case: 32 requests under way, each
// with some 200 µs of work on the processor besides its record. What it costs is
// the share of the machine that the log takes away from that work.
func BenchmarkAppendAmongWork(b *testing.B) {
	for _, with := range []bool{false, true} {
		b.Run(fmt.Sprintf("append=%v", with), func(b *testing.B) {
			s, err := spool.Open(b.TempDir(), spool.Options{})
			if err != nil {
				b.Fatal(err)
			}
			defer s.Close()
			payload := make([]byte, 2<<10)
			payload[0] = 1
			work := make([]byte, 350<<10)
			var left atomic.Int64
			left.Store(int64(b.N))
			b.ReportAllocs()
			b.ResetTimer()
			done := make(chan error, 32)
			for range 32 {
				go func() {
					var err error
					for left.Add(-1) >= 0 && err == nil {
						sha256.Sum256(work)
						if with {
							_, err = s.Append(context.Background(), payload)
						} else {
							runtime.Gosched()
						}
					}
					done <- err
				}()
			}
			for range 32 {
				if err := <-done; err != nil {
					b.Fatal(err)
				}
			}
			b.StopTimer()
			b.ReportMetric(float64(b.N)/float64(max(s.Stats().Commits, 1)), "entries/commit")
		})
	}
}

// BenchmarkRead reads 3 KiB entries in thousands, verified, as the shipper does.
func BenchmarkRead(b *testing.B) {
	s, err := spool.Open(b.TempDir(), spool.Options{})
	if err != nil {
		b.Fatal(err)
	}
	defer s.Close()
	const n = 8000
	var group errgroup
	for range 32 {
		group.Go(func() error {
			for range n / 32 {
				if _, err := s.Append(context.Background(), make([]byte, 3<<10)); err != nil {
					return err
				}
			}
			return nil
		})
	}
	if err := group.Wait(); err != nil {
		b.Fatal(err)
	}
	b.SetBytes(3 << 10)
	b.ReportAllocs()
	b.ResetTimer()
	for read := 0; read < b.N; {
		for after := uint64(0); after < n && read < b.N; {
			es, err := s.Read(after, min(1000, b.N-read))
			if err != nil || len(es) == 0 {
				b.Fatal(len(es), err)
			}
			after = es[len(es)-1].Seq
			read += len(es)
		}
	}
}

// errgroup waits for several functions.
type errgroup struct {
	wg   sync.WaitGroup
	once sync.Once
	err  error
}

func (g *errgroup) Go(f func() error) {
	g.wg.Go(func() {
		if err := f(); err != nil {
			g.once.Do(func() { g.err = err })
		}
	})
}

func (g *errgroup) Wait() error { g.wg.Wait(); return g.err }
