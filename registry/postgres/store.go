package postgres

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/mycarerecord/mcr/registry"
)

// Store is a registry in PostgreSQL.
type Store struct {
	opt      Options
	dialer   *dialer
	readers  *pgxpool.Pool
	writers  *pgxpool.Pool
	follower *follower
	counts   *counts
	closed   atomic.Bool
	walked   atomic.Pointer[Walked] // nil where refusals are not counted together
	dropped  atomic.Int64           // when what is over was taken away last: seconds since 1970

	mu   sync.Mutex
	seen point // the newest that was heard of or read, or committed here
	sure point // the newest of these that is on the database's disk
}

// Open opens the registry at an address, as [ParseAddress] has it. A database that cannot be
// reached now is no error: nothing can be read until it can. One whose schema is not the one that
// this mcr knows is an ErrSchema; so is an Options.Seen that cannot be read an error.
func Open(ctx context.Context, address string, opt Options) (*Store, error) {
	s, err := open(ctx, address, opt.withDefaults())
	if err != nil {
		return nil, fmt.Errorf("opening registry: %w", err)
	}
	return s, nil
}

func open(ctx context.Context, address string, opt Options) (*Store, error) {
	d, err := newDialer(address, opt)
	if err != nil {
		return nil, err
	}
	s := &Store{opt: opt, dialer: d}
	if s.sure, err = readSeen(opt.Seen); err != nil {
		return nil, err
	}
	s.seen = s.sure
	if err := beginSeen(opt.Seen); err != nil {
		return nil, err
	}
	if s.readers, err = d.pool(opt.Pool); err != nil {
		return nil, err
	}
	if s.writers, err = d.pool(opt.Writers); err != nil {
		s.readers.Close()
		return nil, err
	}
	s.counts = newCounts(s)
	s.follower = newFollower(s)
	err = s.look(ctx)
	switch {
	case err == nil:
		return s, nil
	case errors.Is(err, ErrSchema), refused(err), ctx.Err() != nil:
		return nil, errors.Join(err, s.Close())
	}
	opt.Logger.Error("the registry's database cannot be asked: nothing is known of anybody until it can", "error", err)
	return s, nil
}

// refused says that the server lets nobody in by this address: for whoever wrote it to correct.
func refused(err error) bool {
	var told *pgconn.PgError
	return errors.As(err, &told) && (told.Code == "28P01" || told.Code == "28000" || told.Code == "3D000" || told.Code == "42501")
}

// look says whether the database can be asked and is the one that it must be.
func (s *Store) look(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, s.opt.Statement)
	defer cancel()
	newest, err := look(ctx, s.readers, s.last())
	if err != nil {
		return s.plainly(err)
	}
	s.saw(newest)
	return nil
}

// Check returns nil if entries can be read now and changes are heard.
func (s *Store) Check(ctx context.Context) error {
	if s.closed.Load() {
		return registry.ErrClosed
	}
	if err := s.look(ctx); err != nil {
		return err
	}
	if s.follower.following() {
		return s.Current()
	}
	return nil
}

// last is the newest point that the database must have in its history.
func (s *Store) last() point {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.seen
}

// surely is the newest point that is known to be on the database's disk, and its replicas'.
func (s *Store) surely() point {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.sure
}

// kept notes that a point is on the database's disk.
func (s *Store) kept(p point) {
	s.saw(p)
	s.mu.Lock()
	defer s.mu.Unlock()
	if p.seq > s.sure.seq {
		s.sure = p
	}
}

// saw notes that a point is in the database's history. It may not be on its disk yet.
func (s *Store) saw(p point) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if p.seq > s.seen.seq {
		s.seen = p
	}
}

// Close waits for the transactions and reads that are under way.
func (s *Store) Close() error {
	if s.closed.Swap(true) {
		return nil
	}
	err := s.follower.close()
	s.readers.Close()
	s.writers.Close()
	return err
}

var (
	_ registry.Store = (*Store)(nil)
	_ registry.Tx    = (*tx)(nil)
)

// age is how long ago a moment was: by the monotonic clock, or by the wall clock where more has
// passed by that, since the monotonic one stands still while a machine sleeps.
func age(now, then time.Time) time.Duration {
	return max(now.Sub(then), now.Round(0).Sub(then.Round(0)))
}
