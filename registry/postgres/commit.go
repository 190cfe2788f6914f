package postgres

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// ErrUnknown says that a transaction's connection was lost while it was committed, and that the
// database could not be asked in time whether it was: it may hold or not. It is asked on, and the
// log tells the end.
var ErrUnknown = errors.New("whether the change was made could not be found out: the registry's database is away")

const (
	tell = "SELECT seq, at FROM registry.tell($1, $2)"
	// askOutcome waits for the end of a transaction, whatever becomes of it, by the lock that it had.
	waitOutcome = "SELECT pg_advisory_xact_lock($1, $2)"
	askOutcome  = "SELECT seq, mark, at FROM registry.change WHERE mark = $1"
	// endOther ends the session in which a transaction was, so that nothing that is still on its
	// way to it is done. Its name is in no other session of any server.
	endOther = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = $1"
)

// flushed returns when all that was committed before is on the server's disk, and on its replicas'
// where the server is told so: a transaction of its own, with nothing in it but a message to nobody.
// What is told not to wait for any disk waits for its own, and its replicas'.
const flushed = "SELECT pg_logical_emit_message(true, 'mcr', ''), " +
	"set_config('synchronous_commit', replace(current_setting('synchronous_commit'), 'off', 'on'), true)"

// Commit adds the change that tells of the transaction and commits it, both in one message, since
// everybody else who commits waits between; and then waits for the disk, when nobody waits for
// that any more: many wait together. It returns nil when all of it is on disk.
func (t *tx) Commit() error {
	if t.conn == nil {
		return pgx.ErrTxClosed
	}
	if len(t.patients) == 0 && !t.ends && !t.noted {
		t.Rollback()
		return nil
	}
	patients := sorted(t.patients)
	if t.anybody || len(patients) > mostPatients {
		patients = nil
	}
	if patients == nil && len(t.patients) == 0 {
		patients = []int64{} // nobody, which is not anybody
	}
	p := point{mark: t.mark}
	made, err := t.send(&p, patients)
	switch {
	case err == nil:
		t.release()
	case !made && !t.conn.Conn().IsClosed(): // it told why, and is there
		t.Rollback()
		return t.plainly(context.Background(), err)
	default:
		name := t.conn.Conn().Config().RuntimeParams["application_name"]
		t.drop()
		if p, err = t.store.outcome(t.mark, name, err); err != nil {
			return err
		}
	}
	t.store.committed(p, patients)
	return nil
}

// send commits, and waits for the disk. made says that it is committed, whatever came after.
func (t *tx) send(p *point, patients []int64) (made bool, err error) {
	ctx, cancel := context.WithTimeout(context.Background(), 2*t.store.opt.Statement)
	defer cancel()
	both := &pgx.Batch{}
	both.Queue(tell, t.mark, patients).QueryRow(func(r pgx.Row) error { return r.Scan(&p.seq, &p.at) })
	both.Queue("COMMIT").Exec(func(tag pgconn.CommandTag) error {
		if tag.String() != "COMMIT" {
			return errRolledBack
		}
		made = true
		return nil
	})
	both.Queue(flushed)
	err = t.conn.SendBatch(ctx, both).Close()
	return made, err
}

var errRolledBack = errors.New("the database rolled the change back")

// outcome finds out what became of a transaction whose connection was lost while it was committed.
// It returns nil if it holds.
func (s *Store) outcome(mark int64, session string, cause error) (point, error) {
	ctx, cancel := context.WithTimeout(context.Background(), 2*s.opt.Statement)
	defer cancel()
	p, err := s.askOutcome(ctx, mark, session)
	switch {
	case err == nil:
		return p, nil
	case errors.Is(err, pgx.ErrNoRows):
		return p, fmt.Errorf("the connection to the registry's database was lost, and the change was not made: %w", cause)
	}
	s.counts.unknown.Inc()
	s.follower.background(func(ctx context.Context) {
		p, err := s.askOutcome(ctx, mark, session)
		switch {
		case err == nil:
			s.kept(p)
			s.opt.Logger.Error("a change of which it was not known whether it was made, and which was answered as not made, was made", "change", p.seq)
		case errors.Is(err, pgx.ErrNoRows):
			s.opt.Logger.Info("a change of which it was not known whether it was made, was not made")
		}
	})
	return p, fmt.Errorf("%w: %w", ErrUnknown, cause)
}

// askOutcome asks until it is answered or the context ends.
func (s *Store) askOutcome(ctx context.Context, mark int64, session string) (p point, err error) {
	for wait := newPause(50*time.Millisecond, time.Second); ; {
		if p, err = s.askOnce(ctx, mark, session); err == nil || errors.Is(err, pgx.ErrNoRows) {
			return p, err
		}
		if !wait.sleep(ctx) {
			return p, err
		}
	}
}

func (s *Store) askOnce(ctx context.Context, mark int64, session string) (p point, err error) {
	c, err := s.dialer.dial(ctx, nil)
	if err != nil {
		return p, err
	}
	defer func() { _ = c.Close(context.WithoutCancel(ctx)) }()
	// A database that lacks what was seen before tells nothing about what came after.
	if _, err := look(ctx, c, s.last()); err != nil {
		return p, err
	}
	if _, err := c.Exec(ctx, endOther, session); err != nil {
		return p, err
	}
	if _, err := c.Exec(ctx, waitOutcome, int32(lockClass), int32(mark)); err != nil {
		return p, err
	}
	if p, err = pointOf(ctx, c, askOutcome, mark); err == nil {
		_, err = c.Exec(ctx, flushed)
	}
	return p, err
}

// committed has a change of this store's hold here at once.
func (s *Store) committed(p point, patients []int64) {
	s.kept(p)
	s.follower.forget(patients)
	s.follower.save()
}
