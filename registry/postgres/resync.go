package postgres

import (
	"context"
	"errors"

	"github.com/jackc/pgx/v5"
)

// lost goes on where what is lacking was never on the disk, and so confirmed to nobody: the server
// crashed, or its replica was promoted, between; and where an operator has accepted that changes
// were lost. Otherwise the database is not what it was.
func (f *follower) lost(ctx context.Context, c *pgx.Conn) error {
	last := f.store.surely()
	end, err := look(ctx, c, last)
	if err != nil && !errors.Is(err, ErrBehind) {
		return err
	}
	if err == nil {
		last = f.store.last() // that is what it lacks
		now, err := lifeOf(ctx, c)
		if err != nil {
			return err
		}
		if now.after(f.server, last) {
			f.store.opt.Logger.Info("changes of the registry that had been heard of, and confirmed to nobody, were undone", "from", end.seq)
			f.again(end)
			return f.resync(ctx, c, end, "undone")
		}
	}
	end, err = pointOf(ctx, c, accepted, last.at)
	if errors.Is(err, pgx.ErrNoRows) {
		return ErrBehind
	}
	if err != nil {
		return err
	}
	f.store.opt.Logger.Error("an operator has accepted that changes of the registry are lost", "seen", last.seq, "from", end.seq)
	f.again(end)
	return f.resync(ctx, c, end, "loss")
}

// again has the store go on from a point, whatever it has seen.
func (f *follower) again(p point) {
	f.store.mu.Lock()
	defer f.store.mu.Unlock()
	f.store.seen = p
	if f.store.sure.seq > p.seq {
		f.store.sure = nowhere
	}
}

// resync forgets everybody, asks for all that has ended, and goes on from a point.
func (f *follower) resync(ctx context.Context, c *pgx.Conn, p point, reason string) error {
	all, err := allEnded(ctx, c)
	if err != nil {
		return err
	}
	if reason != "" {
		f.store.counts.resyncs.WithLabelValues(reason).Inc()
	}
	f.applied = p
	f.store.saw(p)
	f.tell(Change{Seq: p.seq, At: p.at, Resync: true, Ended: all})
	f.save()
	return nil
}
