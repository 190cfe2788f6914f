package check

import (
	"context"
	"errors"
	"fmt"
	"runtime/metrics"
	"strings"
	"time"
)

// mostMemory is what the tests of a folder may take on top of what the program
// takes anyway. The shipped ones take some 50 MiB.
const mostMemory = 512 << 20

var errMemory = errors.New("too much memory is taken")

// bounded gives a context that ends when too much memory is taken. OPA's evaluator
// looks at it at every step, as it does at the limit of time.
func bounded(ctx context.Context, memory uint64) (context.Context, func()) {
	ctx, cancel := context.WithCancelCause(ctx)
	most := heap() + memory
	done := make(chan struct{})
	go func() {
		tick := time.NewTicker(5 * time.Millisecond)
		defer tick.Stop()
		for {
			select {
			case <-done:
				return
			case <-tick.C:
				if heap() > most {
					cancel(errMemory)
					return
				}
			}
		}
	}()
	return ctx, func() { close(done); cancel(nil) }
}

func heap() uint64 {
	sample := []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}}
	metrics.Read(sample)
	return sample[0].Value.Uint64()
}

// overLimit says in words why an evaluation was ended; "" when it was not.
func overLimit(ctx context.Context, err error, limit time.Duration) string {
	switch {
	case err == nil:
		return ""
	case errors.Is(context.Cause(ctx), errMemory):
		return fmt.Sprintf("takes more than %d MiB of memory and was ended: %s", mostMemory>>20, lookFor)
	case strings.Contains(err.Error(), "eval_cancel_error"), strings.Contains(err.Error(), "took too long"):
		return fmt.Sprintf("takes longer than %v and was ended: %s", limit, lookFor)
	}
	return ""
}

const lookFor = "look for a list that is built up (numbers.range) or for lists that are gone through within lists, and name the values instead"
