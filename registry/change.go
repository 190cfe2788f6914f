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
	// ErrBusy says that others were writing until the wait was over.
	ErrBusy = errors.New("registry is busy")
	// ErrChangeOver says that a change was rolled back before its Commit: by
	// Rollback, or because Options.ChangeTimeout was over.
	ErrChangeOver = errors.New("change was rolled back")
)

// Change is a change that is prepared and not yet made. Exactly one change can be
// under way; all others wait in Prepare. It ends with Commit or Rollback.
type Change struct {
	id       string
	registry *Registry
	timeout  *time.Timer

	mu   sync.Mutex
	conn *connection // nil once it is over
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
// that the file cannot be written. ctx bounds the wait for other writers alone:
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
	c, err := r.begin(ctx)
	if err != nil {
		return nil, err
	}
	if err := r.write(c, q, id); err != nil {
		r.end(c, "ROLLBACK")
		return nil, err
	}
	change := &Change{id: id, registry: r, conn: c}
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
	if c.conn == nil {
		return fmt.Errorf("committing change: %w", ErrChangeOver)
	}
	c.timeout.Stop()
	conn := c.conn
	c.conn = nil
	if err := c.registry.end(conn, "COMMIT"); err != nil {
		return fmt.Errorf("committing change: %w", err)
	}
	return nil
}

// Rollback drops the change. It does nothing once the change is over, so that it
// can be deferred.
func (c *Change) Rollback() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.conn == nil {
		return
	}
	c.timeout.Stop()
	conn := c.conn
	c.conn = nil
	_ = c.registry.end(conn, "ROLLBACK")
}

// begin takes the writing connection and the file's write lock.
func (r *Registry) begin(ctx context.Context) (*connection, error) {
	if err := r.inPlace(); err != nil {
		return nil, err
	}
	var c *connection
	var open bool
	select {
	case c, open = <-r.writer:
		if !open {
			return nil, ErrClosed
		}
	case <-ctx.Done():
		return nil, fmt.Errorf("%w: %w", ErrBusy, ctx.Err())
	}
	if err := c.run(ctx, "BEGIN IMMEDIATE"); err != nil {
		r.writer <- c
		if busy(err) || ctx.Err() != nil {
			return nil, fmt.Errorf("%w: %w", ErrBusy, err)
		}
		return nil, err
	}
	return c, nil
}

// end ends the transaction and hands the writing connection on. A connection that
// cannot even roll back is replaced: SQLite rolls back what it leaves behind.
func (r *Registry) end(c *connection, how string) error {
	ctx := context.Background()
	err := c.run(ctx, how)
	if err != nil && (how == "ROLLBACK" || c.run(ctx, "ROLLBACK") != nil) {
		if fresh, failed := dial(r.path, r.opt.Wait, false); failed == nil {
			_ = c.close()
			c = fresh
		}
	}
	r.writer <- c
	return err
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
