package suite_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/mycarerecord/mcr/access"
	"github.com/mycarerecord/mcr/registry/intake"
)

// BenchmarkPermissionDuringImport measures how long a permission takes to record, from Prepare to
// the end of Commit, alone and while a file is imported, by this process or by another one. Run it
// with -benchtime 1000x: the metrics are what matters.
func BenchmarkPermissionDuringImport(b *testing.B) {
	// Two files that differ in every line, so that each import writes all of it.
	folder := b.TempDir()
	var files [2]string
	for i, code := range []string{"RXA01", "RXD01"} {
		files[i] = filepath.Join(folder, fmt.Sprint(i, ".ndjson"))
		if err := os.WriteFile(files[i], []byte(strings.ReplaceAll(region(3000), "RXA01", code)), 0o600); err != nil {
			b.Fatal(err)
		}
	}
	for _, how := range []string{"alone", "this process", "another process"} {
		b.Run(how, func(b *testing.B) {
			path := filepath.Join(b.TempDir(), "registry.db")
			r := open(b, path)
			ctx, cancel := context.WithCancel(context.Background())
			var importer sync.WaitGroup
			lines := 0
			began := time.Now()
			if how != "alone" {
				importer.Go(func() {
					for i := 0; ctx.Err() == nil; i++ {
						if how == "another process" {
							cmd := child(b, path, files[i%2])
							if err := cmd.Start(); err != nil {
								b.Error(err)
								return
							}
							stop := context.AfterFunc(ctx, func() { _ = cmd.Process.Kill() })
							_ = cmd.Wait()
							stop()
							lines += 30_000
							continue
						}
						f, err := os.Open(files[i%2])
						if err != nil {
							b.Error(err)
							return
						}
						opt := as("tester")
						done, err := intake.Import(ctx, r, f, opt)
						_ = f.Close()
						if lines += done.Resources; err != nil && ctx.Err() == nil {
							b.Error(err)
							return
						}
					}
				})
			}
			took := make([]time.Duration, 0, b.N)
			for i := range b.N {
				time.Sleep(5 * time.Millisecond) // somebody else's turn
				q := states(asks(number(i)), access.RecordPermission, access.Statement{})
				start := time.Now()
				c, err := r.Prepare(context.Background(), q, fmt.Sprint("q", i))
				if err == nil {
					err = c.Commit()
				}
				if err != nil {
					b.Fatal(err)
				}
				took = append(took, time.Since(start))
			}
			spent := time.Since(began)
			cancel()
			importer.Wait()
			slices.Sort(took)
			for name, part := range map[string]float64{"p50-ms": 0.5, "p99-ms": 0.99, "max-ms": 1} {
				at := min(int(part*float64(len(took))), len(took)-1)
				b.ReportMetric(float64(took[at].Microseconds())/1000, name)
			}
			b.ReportMetric(float64(lines)/spent.Seconds(), "lines/s")
		})
	}
}
