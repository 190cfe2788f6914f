package sqlite

import (
	"context"
	"errors"
	"fmt"
	"os"
	"syscall"
	"time"
)

// askTurn is how often it is asked whether an import of another process is over.
const askTurn = 50 * time.Millisecond

// Alone locks a file beside the registry's, of its name and ".import". (Not the registry's own:
// closing it would drop SQLite's locks.) The system lets the lock go when the process dies; the
// file stays.
func (s *Store) Alone(ctx context.Context, waiting func()) (release func(), err error) {
	f, err := os.OpenFile(s.path+".import", os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("waiting for other imports: %w", err)
	}
	var tick *time.Ticker
	for {
		err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
		switch {
		case err == nil:
			return func() { _ = f.Close() }, nil
		case errors.Is(err, syscall.EINTR):
			continue
		case !errors.Is(err, syscall.EWOULDBLOCK):
			_ = f.Close()
			return nil, fmt.Errorf("waiting for other imports: locking %s: %w", f.Name(), err)
		}
		if tick == nil {
			tick = time.NewTicker(askTurn)
			defer tick.Stop()
			if waiting != nil {
				waiting()
			}
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			_ = f.Close()
			return nil, fmt.Errorf("waiting for another import: %w", ctx.Err())
		}
	}
}
