package postgres

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/mycarerecord/mcr/registry"
	"github.com/mycarerecord/mcr/token/ended"
)

const (
	usually   = 200 * time.Millisecond // how often is asked for changes of which nobody was notified
	pace      = 20 * time.Millisecond  // how often at most: in a storm several are asked for at once
	mostAsked = 500                    // changes in one question
	mostLate  = 20_000                 // changes that are gone through one by one; of more, everybody is forgotten
)

// ErrStale says that changes were not heard of lately enough.
var ErrStale = errors.New("the registry's database has not been heard for too long")

var errHole = errors.New("the registry's changes have a hole, which cannot be")

// follower hears of every change, on a connection of its own.
type follower struct {
	store *Store
	every time.Duration             // usually, but in a test
	heard atomic.Pointer[time.Time] // when the question was sent whose answer left nothing to be asked for
	fault atomic.Pointer[error]     // why nothing may be used, however lately was heard

	mu       sync.Mutex
	forgets  func(numbers []string) // nil until Watch
	told     []func(Change)
	context  context.Context
	cancel   context.CancelFunc
	working  sync.WaitGroup
	saving   chan struct{}
	applied  point // the follower's own: the last change that it told of
	notified int64 // the follower's own: the last one that it was notified of
	server   life  // the follower's own: of the server that was heard last
}

func newFollower(s *Store) *follower {
	f := &follower{store: s, every: usually, applied: nowhere, saving: make(chan struct{}, 1)}
	f.context, f.cancel = context.WithCancel(context.Background())
	f.working.Go(f.keep)
	return f
}

// Watch starts to follow the changes, and returns when the first answer is there or failed to come.
func (s *Store) Watch(forget func(numbers []string)) {
	f := s.follower
	f.mu.Lock()
	f.forgets = forget
	f.mu.Unlock()
	first := make(chan struct{})
	f.working.Go(func() { f.follow(sync.OnceFunc(func() { close(first) })) })
	<-first
}

// Current returns nil if changes were heard of as lately as Options.StaleAfter says.
func (s *Store) Current() error {
	if s.closed.Load() {
		return registry.ErrClosed
	}
	if fault := s.follower.fault.Load(); fault != nil {
		return *fault
	}
	heard := s.follower.heard.Load()
	if heard == nil || age(s.opt.Clock(), *heard) > s.opt.StaleAfter {
		return ErrStale
	}
	return nil
}

func (f *follower) following() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.forgets != nil
}

// background has something done that ends with the store.
func (f *follower) background(do func(context.Context)) { f.working.Go(func() { do(f.context) }) }

func (f *follower) close() error {
	f.cancel()
	f.working.Wait()
	return writeSeen(f.store.opt.Seen, f.store.surely())
}

// follow connects, follows until something fails, and connects again.
func (f *follower) follow(first func()) {
	defer first()
	log := f.store.opt.Logger
	failing := false
	for wait := newPause(50*time.Millisecond, time.Second); ; {
		err := f.connected(func() {
			wait.reset()
			if failing {
				log.Info("the registry's changes are heard again")
			}
			failing = false
			first()
		})
		if f.context.Err() != nil {
			return
		}
		if errors.Is(err, ErrBehind) || errors.Is(err, ErrSchema) {
			f.fault.Store(&err)
		}
		if !failing {
			log.Error("the registry's changes cannot be heard", "error", err)
		}
		failing = true
		first()
		if !wait.sleep(f.context) {
			return
		}
	}
}

// connected follows on one connection. It calls well each time that all is known.
func (f *follower) connected(well func()) error {
	c, err := f.store.dialer.dial(f.context, func(c *pgx.ConnConfig) {
		c.OnNotification = func(_ *pgconn.PgConn, n *pgconn.Notification) {
			if seq, err := strconv.ParseInt(n.Payload, 10, 64); err == nil {
				f.notified = max(f.notified, seq)
			}
		}
	})
	if err != nil {
		return err
	}
	defer func() {
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		_ = c.Close(ctx)
	}()
	server, err := lifeOf(f.context, c)
	if err != nil {
		return err
	}
	if err := f.begin(c); err != nil {
		return err
	}
	for {
		sent := f.store.opt.Clock()
		full, err := f.ask(c, sent)
		if err != nil {
			return err
		}
		f.fault.Store(nil)
		f.server = server
		if full { // what was missed is not all known yet
			continue
		}
		f.heard.Store(&sent)
		well()
		if err := f.wait(c, time.Now()); err != nil {
			return err
		}
	}
}

// begin listens, and finds where to go on from.
func (f *follower) begin(c *pgx.Conn) error {
	ctx, cancel := context.WithTimeout(f.context, f.store.opt.Statement)
	defer cancel()
	have, err := schemaOf(ctx, c)
	if err != nil {
		return err
	}
	if err := fits(have); err != nil {
		return err
	}
	f.notified = 0
	if _, err := c.Exec(ctx, "LISTEN mcr_registry"); err != nil {
		return err
	}
	end, err := pointOf(ctx, c, newest)
	if err != nil {
		return err
	}
	late := end.seq - f.applied.seq
	if f.applied != nowhere && late <= mostLate {
		return nil // the first question finds out whether it is there
	}
	if last := f.store.last(); last != nowhere {
		if _, err := look(ctx, c, last); errors.Is(err, ErrBehind) {
			return f.lost(ctx, c)
		} else if err != nil {
			return err
		}
	}
	reason := "far"
	if f.applied == nowhere {
		reason = "" // nothing is remembered yet
	}
	return f.resync(ctx, c, end, reason)
}

const askChanges = `SELECT c.seq, c.mark, c.at, c.patients, ` + endedWith + `, extract(epoch FROM clock_timestamp() - c.at)::float8, v.version
	FROM registry.change c CROSS JOIN (SELECT coalesce(max(version), 0) AS version FROM registry.schema_version) v
	WHERE c.seq >= $1 ORDER BY c.seq LIMIT $2`

// ask asks for what came after the last change, that one included: it must be there. full says
// that there may be more.
func (f *follower) ask(c *pgx.Conn, sent time.Time) (full bool, err error) {
	ctx, cancel := context.WithTimeout(f.context, f.store.opt.StaleAfter)
	defer cancel()
	owed := f.store.last()
	rows, err := c.Query(ctx, askChanges, f.applied.seq, mostAsked)
	if err != nil {
		return false, err
	}
	n, behind, hole := 0, false, false
	for ; rows.Next(); n++ {
		var p point
		var patients []int64
		var over []ended.Entry
		var late float64
		var schema int
		if err := rows.Scan(&p.seq, &p.mark, &p.at, &patients, &over, &late, &schema); err != nil {
			rows.Close()
			return false, err
		}
		if err := fits(schema); err != nil {
			rows.Close()
			return false, err
		}
		switch {
		case n == 0 && (p.seq != f.applied.seq || p.mark != f.applied.mark), p.seq == owed.seq && p.mark != owed.mark:
			behind = true
		case n > 0 && p.seq != f.applied.seq+1:
			hole = true
		}
		if behind || hole {
			rows.Close()
			break
		}
		if n > 0 {
			f.apply(p, patients, over)
			f.store.counts.lateness.Observe(max(late, 0) + age(f.store.opt.Clock(), sent).Seconds())
		}
	}
	if err := rows.Err(); err != nil {
		return false, err
	}
	full = n == mostAsked
	switch {
	case behind || n == 0 || !full && !hole && f.applied.seq < owed.seq:
		return false, f.lost(ctx, c)
	case hole:
		f.store.opt.Logger.Error(errHole.Error(), "after", f.applied.seq)
		end, err := pointOf(ctx, c, newest)
		if err != nil {
			return false, fmt.Errorf("%w: %w", errHole, err)
		}
		if err := f.resync(ctx, c, end, "hole"); err != nil {
			return false, err
		}
	}
	return full, nil
}

// apply makes one change hold here. What the database must have is noted before anybody is
// forgotten: who is read after that is read from one that has it.
func (f *follower) apply(p point, patients []int64, over []ended.Entry) {
	f.applied = p
	f.store.saw(p)
	f.tell(Change{Seq: p.seq, At: p.at, Patients: numbers(patients), Ended: over})
	f.save()
}

// wait waits until a change is notified that was not applied yet, or it is time to ask anyway.
func (f *follower) wait(c *pgx.Conn, asked time.Time) error {
	ctx, cancel := context.WithDeadline(f.context, asked.Add(f.every))
	defer cancel()
	for f.notified <= f.applied.seq {
		if err := c.PgConn().WaitForNotification(ctx); err != nil {
			if ctx.Err() != nil && f.context.Err() == nil && !c.IsClosed() {
				return nil
			}
			return err
		}
	}
	rest, done := context.WithDeadline(f.context, asked.Add(pace))
	defer done()
	<-rest.Done()
	return f.context.Err()
}
