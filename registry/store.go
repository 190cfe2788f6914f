package registry

import (
	"context"
	"time"

	"github.com/mycarerecord/mcr/nhs"
)

// Store keeps entries: registry/sqlite in a file, registry/postgres for many brokers. It may be
// used by many goroutines at once. After Close everything fails with ErrClosed.
type Store interface {
	Reader
	// History calls take with every version of one entry, the first one first.
	History(ctx context.Context, id string, take func(*Entry) error) error
	// Everything calls take with every version of every entry, all as one moment has them, in an
	// order. It may take minutes; its memory does not grow with the registry.
	Everything(ctx context.Context, in Order, take func(*Entry) error) error
	// Begin begins a transaction that writes. ctx bounds the wait for other writers alone: its
	// end does not undo what was begun. The error wraps ErrBusy when they wrote until it was over.
	Begin(ctx context.Context) (Tx, error)
	// Alone waits until nobody else imports, in any process, and keeps others out until release is
	// called or the process dies. waiting is called once if there is somebody to wait for.
	Alone(ctx context.Context, waiting func()) (release func(), err error)
	// Watch has forget called with the NHS numbers that something was committed about from now
	// on, nil for anybody. It is called once, before anything is read.
	Watch(forget func(numbers []string))
	// Current returns nil if all that was committed has been told to Watch's forget: up to the
	// call itself, or as lately as the store promises. What was read before may then be used.
	Current() error
	// Check returns nil if entries can be read now, for a readiness probe.
	Check(ctx context.Context) error
	// Close waits for what is under way.
	Close() error
}

// Order is an order of versions.
type Order int

// The orders. In both, the versions of an entry come one after the other.
const (
	AsRecorded Order = iota // in the order in which they were recorded
	ByPatient               // number by number, and then in the order in which they were recorded
)

// Reader reads what is on record.
type Reader interface {
	// Versions calls take with every version of every entry under an NHS number, in the order in
	// which they were recorded. The entry may be used during the call alone, what it refers to for
	// ever. One that cannot be understood is an error: it could be an opt-out.
	Versions(ctx context.Context, number nhs.Number, take func(*Entry) error) error
	// Newest calls take with the newest version of every entry of resources: those whose id is
	// one of the keys, or such a key, a '#' and a part.
	Newest(ctx context.Context, keys []string, take func(*Entry) error) error
}

// Tx is a transaction that writes. It is used by one goroutine at a time, and ends with Commit or
// Rollback; a process that dies in it leaves nothing.
type Tx interface {
	Reader // with what was added in it
	// Lock keeps others from writing about these numbers until the end.
	Lock(ctx context.Context, numbers ...nhs.Number) error
	// Time is when the transaction began by the store's clock, which all its users share.
	Time() time.Time
	// Add adds versions. That an entry's versions have no gaps and none is there twice is the
	// store's to hold, for everybody who writes.
	Add(ctx context.Context, entries ...Entry) error
	// Note keeps a value under a name, in place of the one before: how far an import got. It is no
	// entry, and holds from Commit on.
	Note(ctx context.Context, name, value string) error
	// Recall gives what was noted under a name, "" where nothing was.
	Recall(ctx context.Context, name string) (string, error)
	// Commit returns nil when all is on disk. After an error none of it holds.
	Commit() error
	// Rollback drops it all. It does nothing once the transaction is over, so that it can be
	// deferred.
	Rollback()
}
