package check

import (
	"context"
	"errors"
	"runtime"
	"strings"
	"testing"
	"time"
)

func TestWhatTakesTooMuchMemoryIsEnded(t *testing.T) {
	ctx, done := bounded(t.Context(), 16<<20)
	defer done()
	held := make([]byte, 64<<20)
	for i := range held {
		held[i] = 1
	}
	select {
	case <-ctx.Done():
	case <-time.After(10 * time.Second):
		t.Fatal("nobody notices")
	}
	runtime.KeepAlive(held)
	if !errors.Is(context.Cause(ctx), errMemory) {
		t.Error(context.Cause(ctx))
	}
	if said := overLimit(ctx, ctx.Err(), time.Second); !strings.Contains(said, "MiB of memory") {
		t.Error(said)
	}
}

func TestWhatTakesLittleMemoryGoesOn(t *testing.T) {
	ctx, done := bounded(t.Context(), 1<<30)
	if err := ctx.Err(); err != nil {
		t.Error(err)
	}
	done()
	if said := overLimit(ctx, errors.New("another fault"), time.Second); said != "" {
		t.Error(said)
	}
}
