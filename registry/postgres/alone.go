package postgres

import (
	"context"
	"fmt"
	"time"
)

// askTurn is how often it is asked whether another import is over.
const askTurn = 100 * time.Millisecond

// askAlone asks for the lock that an import has.
const askAlone = "SELECT pg_try_advisory_lock(-3)"

// Alone takes a lock of the database on a connection of its own, with which it goes. Where that is
// lost, another import may begin; the first one finds its note, and gives up.
func (s *Store) Alone(ctx context.Context, waiting func()) (release func(), err error) {
	c, err := s.dialer.dial(ctx, nil)
	if err != nil {
		return nil, s.plainly(err)
	}
	release = func() { _ = c.Close(context.Background()) }
	tick := time.NewTicker(askTurn)
	defer tick.Stop()
	for told := false; ; told = true {
		var alone bool
		if err := c.QueryRow(ctx, askAlone).Scan(&alone); err != nil {
			release()
			return nil, s.plainly(err)
		}
		if alone {
			return release, nil
		}
		if !told && waiting != nil {
			waiting()
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			release()
			return nil, fmt.Errorf("waiting for another import: %w", ctx.Err())
		}
	}
}
