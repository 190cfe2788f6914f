package postgres

import (
	"cmp"
	"log/slog"
	"time"
)

// Options say how a registry in PostgreSQL is worked with. The zero Options are right where no
// password is asked for and nothing need be remembered.
type Options struct {
	// Password gives the password each time that a connection is made, so that it can be changed
	// while the broker runs; nil where none is needed (a certificate, a unix socket).
	Password func() (string, error)
	// Seen is the path of a file on the broker's own disk that keeps what was seen last of the
	// database. "" keeps nothing, which is right for a command and wrong for a broker: after a
	// restart it would believe a database that was restored from a backup.
	Seen string
	// StaleAfter is how long ago the database may have been heard for what is kept in memory to be
	// used, and so how late a change is at most when the database cannot be reached; 0 is 2 s.
	StaleAfter time.Duration
	// Pool is how many connections read at most; 0 is 8. As many as Writers are made besides, and
	// one that follows the changes.
	Pool int
	// Writers is how many transactions can be under way at once; 0 is 4. Who comes then waits.
	Writers int
	// Statement is how long a statement may take; 0 is 5 s. A read by a person is given up then.
	Statement time.Duration
	// Wait is how long a transaction waits for others about the same person; 0 is 5 s.
	Wait time.Duration
	// Idle is how long the database keeps a transaction that nobody works in, before it undoes it;
	// 0 is 60 s. It must be longer than registry.Options.ChangeTimeout.
	Idle time.Duration
	// Connect is how long a connection may take to come about, for each host; 0 is 2 s.
	Connect time.Duration
	// Clock is for tests; nil is time.Now.
	Clock func() time.Time
	// Logger is told of failures, never of patients; nil is slog.Default.
	Logger *slog.Logger
}

func (o Options) withDefaults() Options {
	o.StaleAfter = cmp.Or(o.StaleAfter, 2*time.Second)
	o.Statement = cmp.Or(o.Statement, 5*time.Second)
	o.Wait = cmp.Or(o.Wait, 5*time.Second)
	o.Idle = cmp.Or(o.Idle, time.Minute)
	o.Connect = cmp.Or(o.Connect, 2*time.Second)
	if o.Pool <= 0 {
		o.Pool = 8
	}
	if o.Writers <= 0 {
		o.Writers = 4
	}
	if o.Clock == nil {
		o.Clock = time.Now
	}
	if o.Logger == nil {
		o.Logger = slog.Default()
	}
	return o
}
