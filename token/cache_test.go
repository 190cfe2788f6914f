package token_test

import (
	"context"
	"fmt"
	"sync"
	"testing"

	"github.com/mycarerecord/mcr/token"
)

func TestCacheIsBounded(t *testing.T) {
	w := newWorld(t, func(c *token.Config) { c.CacheSize = 32 })
	bearers := make([]string, 300)
	for i := range bearers {
		bearers[i] = w.token(map[string]any{"jti": fmt.Sprint(i)})
		w.expect(t, "accepted", bearers[i])
		w.expect(t, "accepted", bearers[i])
	}
	if got := w.Cached(); got < 16 || got > 32 {
		t.Errorf("%d tokens are held, want at most 32", got)
	}
	for _, bearer := range bearers { // put out, and verified anew
		w.expect(t, "accepted", bearer)
	}
}

func TestNoCache(t *testing.T) {
	w := newWorld(t, func(c *token.Config) { c.CacheSize = -1 })
	bearer := w.token(nil)
	w.expect(t, "accepted", bearer)
	w.expect(t, "accepted", bearer)
	if got := w.Cached(); got != 0 {
		t.Errorf("%d tokens are held, want none", got)
	}
}

func TestRefusedTokensAreNotHeld(t *testing.T) {
	w := newWorld(t)
	w.expect(t, "audience-wrong", w.token(map[string]any{"aud": "other"}))
	w.expect(t, "identity-incomplete", w.token(map[string]any{"uid": nil}))
	if got := w.Cached(); got != 0 {
		t.Errorf("%d tokens are held, want none", got)
	}
}

// Many goroutines, few places, keys that change: for the race detector.
func TestUseByManyAtOnce(t *testing.T) {
	w := newWorld(t, func(c *token.Config) { c.CacheSize = 20 })
	bearers := make([]string, 40)
	for i := range bearers {
		bearers[i] = w.token(map[string]any{"jti": fmt.Sprint(i), "uid": fmt.Sprint("user-", i)})
	}
	var wg sync.WaitGroup
	for g := range 8 {
		wg.Go(func() {
			for i := range 120 {
				n := (i*7 + g) % len(bearers)
				who, err := w.Verify(context.Background(), bearers[n])
				if err != nil || who.UserID != fmt.Sprint("user-", n) {
					t.Errorf("token %d: %v, %v", n, who.UserID, err)
				}
			}
			_ = w.Ready()
		})
	}
	wg.Wait()
}
