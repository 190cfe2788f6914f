package postgres

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/mycarerecord/mcr/nhs"
	"github.com/mycarerecord/mcr/registry"
)

// tx is a transaction that writes, on a connection of its own.
type tx struct {
	store    *Store
	conn     *pgxpool.Conn // nil once it is over
	mark     int64
	time     time.Time
	patients []int64 // whom it is about
	anybody  bool    // it is about more people than a change names
	ends     bool    // sessions
	noted    bool    // it keeps a note
}

// mostPatients is how many people a change names; of more than these it is about anybody.
const mostPatients = 4096

// newMark gives a random number above 0.
func newMark() int64 {
	var b [8]byte
	_, _ = rand.Read(b[:]) // never fails
	return int64(binary.BigEndian.Uint64(b[:])>>1 | 1)
}

// begin begins a transaction: judges the database, takes its time, and takes a lock that is let go
// with it, by which its end can be waited for (commit.go).
const begin = "SELECT " + guarded + ", clock_timestamp(), pg_advisory_xact_lock($3, $4) FROM " + guard

// lockClass is the first half of the lock that every transaction has of its own.
const lockClass = 0x6d6372

// Begin waits for a connection that no other transaction has.
func (s *Store) Begin(ctx context.Context) (registry.Tx, error) {
	for again := false; ; again = true {
		c, err := s.writers.Acquire(ctx)
		if err != nil {
			if ctx.Err() != nil && !s.closed.Load() {
				return nil, fmt.Errorf("%w: %w", registry.ErrBusy, err)
			}
			return nil, s.plainly(err)
		}
		t := &tx{store: s, conn: c, mark: newMark()}
		if err = t.begin(context.WithoutCancel(ctx)); err == nil {
			return t, nil
		}
		gone := c.Conn().IsClosed()
		t.drop()
		if again || !gone && !errors.Is(err, ErrBehind) {
			return nil, s.plainly(err)
		}
		s.writers.Reset()
	}
}

func (t *tx) begin(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, t.store.opt.Statement)
	defer cancel()
	last := t.store.last()
	var f found
	both := &pgx.Batch{}
	both.Queue("BEGIN")
	both.Queue("SET LOCAL synchronous_commit = off") // Commit waits for the disk by itself
	both.Queue(begin, last.seq, last.mark, int32(lockClass), int32(t.mark)).QueryRow(func(r pgx.Row) error {
		return r.Scan(append(f.columns(), &t.time, nil)...)
	})
	if err := t.conn.SendBatch(ctx, both).Close(); err != nil {
		return err
	}
	return f.judge()
}

// lockPeople takes locks by digests with a key of the database's: who sees the server's locks, or
// its log of those that waited for each other, must not see NHS numbers.
const lockPeople = `SELECT clock_timestamp() FROM (SELECT count(pg_advisory_xact_lock(('x' || left(encode(sha256(k.key || int8send(n)), 'hex'), 16))::bit(64)::bigint))
	FROM unnest($1::bigint[]) n, (SELECT coalesce((SELECT key FROM registry.walking_key), '') AS key) k) locked`

// Lock waits for those who write about the same people, in the order of their numbers, so that no
// two wait for each other. It may be called again, for others: where two did that crosswise, one
// of them gets an ErrBusy. Some hundreds of numbers at once are meant, not tens of thousands: each
// takes room in the server's table of locks.
func (t *tx) Lock(ctx context.Context, numbers ...nhs.Number) error {
	all := make([]int64, len(numbers))
	for i, n := range numbers {
		var err error
		if all[i], err = bare(n); err != nil {
			return err
		}
	}
	// The time is taken when all is locked: what comes later about somebody is seen as later.
	err := t.conn.QueryRow(ctx, lockPeople, sorted(all)).Scan(&t.time)
	return t.plainly(ctx, err)
}

// Time is the database's, when the transaction began or when it last got a lock.
func (t *tx) Time() time.Time { return t.time.UTC() }

// Versions reads with what was added in it.
func (t *tx) Versions(ctx context.Context, number nhs.Number, take func(*registry.Entry) error) error {
	n, err := bare(number)
	if err != nil {
		return err
	}
	_, err = ask(ctx, t.conn.Conn(), nowhere, askPatient, n, take)
	return t.plainly(ctx, err)
}

// Newest asks for all resources at once.
func (t *tx) Newest(ctx context.Context, keys []string, take func(*registry.Entry) error) error {
	_, err := ask(ctx, t.conn.Conn(), nowhere, askResources, keys, take)
	return t.plainly(ctx, err)
}

// Add adds all entries at once.
func (t *tx) Add(ctx context.Context, entries ...registry.Entry) error {
	if len(entries) == 0 {
		return nil
	}
	columns, err := arrays(entries)
	if err != nil {
		return err
	}
	if _, err := t.conn.Exec(ctx, add, append([]any{t.mark}, columns...)...); err != nil {
		return t.plainly(ctx, err)
	}
	t.concerns(columns[4].([]int64))
	return nil
}

// concerns notes whom the transaction is about, in memory that does not grow with what it adds.
func (t *tx) concerns(patients []int64) {
	if t.anybody {
		return
	}
	if t.patients = append(t.patients, patients...); len(t.patients) > 2*mostPatients {
		t.patients = sorted(t.patients)
		t.anybody = len(t.patients) > mostPatients
	}
}

// Rollback drops it.
func (t *tx) Rollback() {
	if t.conn == nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), t.store.opt.Statement)
	defer cancel()
	if _, err := t.conn.Exec(ctx, "ROLLBACK"); err != nil {
		t.drop()
		return
	}
	t.release()
}

// release hands the connection on.
func (t *tx) release() {
	t.conn.Release()
	t.conn = nil
}

// drop ends the connection, and with it the transaction.
func (t *tx) drop() {
	ctx, cancel := context.WithCancel(context.Background())
	cancel() // nobody says goodbye
	_ = t.conn.Conn().Close(ctx)
	t.release()
}

// plainly gives an error as the registry's users know it.
func (t *tx) plainly(ctx context.Context, err error) error {
	if err == nil {
		return nil
	}
	var told *pgconn.PgError
	if errors.As(err, &told) {
		switch told.Code {
		case "40P01", "40001", "55P03", "57014": // deadlock, serialisation, lock and statement time over
			return fmt.Errorf("%w: %w", registry.ErrBusy, err)
		}
	} else if ctx.Err() != nil {
		return fmt.Errorf("%w: %w", registry.ErrBusy, err)
	}
	return t.store.plainly(err)
}
