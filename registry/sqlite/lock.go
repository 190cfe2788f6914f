package sqlite

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/mycarerecord/mcr/registry"
)

// askAgain is how often a lock that another process holds is asked for. SQLite itself sleeps up to
// 100 ms between: while somebody imports, in many short transactions, it would miss most of the
// moments in which nobody has the lock.
const askAgain = time.Millisecond

// lock begins a transaction that writes, as soon as no other process is in one. ErrBusy is given
// when the context ends, or the wait is over.
func (c *connection) lock(ctx context.Context, wait time.Duration) (err error) {
	// Not the caller's context in the statements: see Store.Versions.
	background := context.Background()
	if err := c.run(background, "PRAGMA busy_timeout = 0"); err != nil {
		return err
	}
	defer func() {
		_ = c.run(background, "PRAGMA busy_timeout = "+strconv.FormatInt(wait.Milliseconds(), 10))
	}()
	last := time.Now().Add(wait)
	var tick *time.Ticker
	for {
		if err := c.run(background, "BEGIN IMMEDIATE"); err == nil || !busy(err) {
			return err
		} else if time.Now().After(last) {
			return fmt.Errorf("%w: %w", registry.ErrBusy, err)
		}
		if tick == nil {
			tick = time.NewTicker(askAgain)
			defer tick.Stop()
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return fmt.Errorf("%w: %w", registry.ErrBusy, ctx.Err())
		}
	}
}
