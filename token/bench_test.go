package token_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/mycarerecord/mcr/token"
	"github.com/mycarerecord/mcr/token/tokentest"
)

// BenchmarkWarm is a token seen before, as in a session of requests.
func BenchmarkWarm(b *testing.B) {
	w := newWorld(b)
	bearer := w.token(nil)
	w.expect(b, "accepted", bearer)
	b.Logf("token of %d bytes", len(bearer))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := w.Verify(context.Background(), bearer); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkWarmParallel is the same on every core at once.
func BenchmarkWarmParallel(b *testing.B) {
	w := newWorld(b)
	bearer := w.token(nil)
	b.ReportAllocs()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			if _, err := w.Verify(context.Background(), bearer); err != nil {
				b.Error(err)
			}
		}
	})
}

// BenchmarkCold is a token never seen before, each time, for each usual algorithm.
func BenchmarkCold(b *testing.B) {
	for _, alg := range []string{"ES256", "RS256", "PS256", "EdDSA"} {
		b.Run(alg, func(b *testing.B) {
			keys := []*tokentest.Key{tokentest.NewKey(alg, "key-1")}
			w := newWorldOf(b, keys, func(c *token.Config) { c.CacheSize = 64 })
			bearers := make([]string, 1024) // never seen again before they were put out
			for i := range bearers {
				bearers[i] = w.token(map[string]any{"jti": fmt.Sprint("token-", i)})
			}
			w.expect(b, "accepted", bearers[0])
			n := 0
			b.ReportAllocs()
			for b.Loop() {
				n++
				if _, err := w.Verify(context.Background(), bearers[n%len(bearers)]); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkRead is all of a cold verification but the signature and the caches.
func BenchmarkRead(b *testing.B) {
	bearer := newWorld(b).token(nil)
	b.ReportAllocs()
	for b.Loop() {
		if err := token.ReadToken(bearer); err != nil {
			b.Fatal(err)
		}
	}
}
