package registry

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/mycarerecord/mcr/access"
)

// What Prepare refuses.
var (
	// ErrStatement says that the statement is incomplete, or not the asker's own.
	ErrStatement = errors.New("statement cannot be recorded")
	// ErrNothingToWithdraw says that the asker holds no such permission of the
	// patient now.
	ErrNothingToWithdraw = fmt.Errorf("registry: %w", access.ErrNoSuchPermission)
	// ErrChangeOver says that a change was rolled back before its Commit: by
	// Rollback, or because Options.ChangeTimeout was over.
	ErrChangeOver = errors.New("change was rolled back")
)

// Change is a change that is prepared and not yet made. While it is under way, others about the
// same person wait in Prepare (in SQLite, all others). It ends with Commit or Rollback.
type Change struct {
	id      string
	timeout *time.Timer
	wrote   func(error) error

	mu sync.Mutex
	tx Tx // nil once it is over
}

// Prepare writes what the question's Statement says, without making it hold: it
// holds for no one until Commit, and is gone if the process dies before. The
// caller makes its audit record durable in between.
//
// id becomes the id of the new entry: unique, opaque, at most 64 characters, no
// slash. For record-permission and record-refusal the entry is the permission; for
// declare-emergency the emergency; for withdraw it is the withdrawal, and each
// permission withdrawn gets a new version that names it.
//
// Errors wrap ErrStatement, ErrNothingToWithdraw, ErrBusy or ErrClosed, or tell
// that the store cannot be written. ctx bounds the wait for other writers alone:
// its end does not undo a prepared change.
func (r *Registry) Prepare(ctx context.Context, q access.Question, id string) (_ *Change, err error) {
	defer func() {
		if err != nil {
			err = fmt.Errorf("preparing %s: %w", q.Action, err)
		}
	}()
	if q.Time.IsZero() {
		q.Time = r.opt.Clock()
	}
	if err := checkID(q, id); err != nil {
		return nil, err
	}
	if err := checkStatement(q); err != nil {
		return nil, err
	}
	tx, err := r.store.Begin(ctx)
	if err != nil {
		return nil, r.wrote(err)
	}
	if err := r.write(tx, q, id); err != nil {
		tx.Rollback()
		return nil, r.wrote(err)
	}
	change := &Change{id: id, tx: tx, wrote: r.wrote}
	change.mu.Lock() // Rollback waits until the timer that calls it is known
	change.timeout = time.AfterFunc(r.opt.ChangeTimeout, change.Rollback)
	change.mu.Unlock()
	return change, nil
}

// ID is the id of the entry that the change adds.
func (c *Change) ID() string { return c.id }

// Commit makes the change hold, for every Gather that begins after it returns. It
// returns when the change is on disk. After an error the change does not hold.
func (c *Change) Commit() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	tx := c.end()
	if tx == nil {
		return fmt.Errorf("committing change: %w", ErrChangeOver)
	}
	if err := c.wrote(tx.Commit()); err != nil {
		return fmt.Errorf("committing change: %w", err)
	}
	return nil
}

// wrote notes whether the store could write, and gives the error back. What is refused, waited for
// others in vain, or is amiss with one patient's links says nothing of that.
func (r *Registry) wrote(err error) error {
	switch {
	case err == nil:
		r.unwritten.Store(nil)
	case errors.Is(err, ErrStatement), errors.Is(err, ErrNothingToWithdraw), errors.Is(err, ErrBusy), errors.Is(err, ErrClosed),
		errors.Is(err, ErrManyNumbers):
	default:
		r.unwritten.Store(&err)
	}
	return err
}

// Unwritten says why the last statement could not be written; nil when it was.
func (r *Registry) Unwritten() error {
	if err := r.unwritten.Load(); err != nil {
		return *err
	}
	return nil
}

// Rollback drops the change. It does nothing once the change is over, so that it
// can be deferred.
func (c *Change) Rollback() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if tx := c.end(); tx != nil {
		tx.Rollback()
	}
}

// end takes the transaction from the change; nil when it is over already.
func (c *Change) end() Tx {
	tx := c.tx
	if tx != nil {
		c.timeout.Stop()
		c.tx = nil
	}
	return tx
}

func checkID(q access.Question, id string) error {
	switch {
	case id == "" || len(id) > 64 || strings.ContainsAny(id, "/|# \t\r\n"):
		return fmt.Errorf("%w: its id is empty, too long or has a character that ids do not have", ErrStatement)
	case strings.Contains(id, q.Patient.Digits()) && !q.Patient.IsZero():
		return fmt.Errorf("%w: its id names the patient", ErrStatement)
	}
	return nil
}
