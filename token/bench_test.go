package token_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/mycarerecord/mcr/token"
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

// BenchmarkCold is a token never seen before, each time.
func BenchmarkCold(b *testing.B) {
	w := newWorld(b)
	bearers := make([]string, 256)
	for i := range bearers {
		bearers[i] = w.token(map[string]any{"jti": fmt.Sprint("token-", i)})
	}
	w.expect(b, "accepted", bearers[0])
	v := newWorld(b, func(c *token.Config) {
		c.CacheSize = -1
		c.Issuers[0].JWKSURL = w.issuer.URL
	})
	n := 0
	b.ReportAllocs()
	for b.Loop() {
		if _, err := v.Verify(context.Background(), bearers[n%len(bearers)]); err != nil {
			b.Fatal(err)
		}
		n++
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
