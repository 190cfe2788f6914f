// Package clickhouse keeps the trail in ClickHouse: for a region, where many
// brokers write and many organisations ask. It speaks the native protocol.
//
// It guarantees what audit.Store asks, by the recipe of exactly once: batches
// with fixed bounds, a deduplication token for each, and after every sending,
// whatever came of it, the count and the hashes read back. It does not decide
// who may ask: that is for the users, grants and row policies of the server.
//
// Nothing but the broker may insert into its tables. A Store may be used by many
// goroutines at once, and many brokers may share a database.
package clickhouse

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"
	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"

	"github.com/mycarerecord/mcr/audit"
)

// Options say where the server is.
type Options struct {
	// Addresses are host:port of the native protocol (9000, with TLS 9440); the
	// first that answers is used. At least one.
	Addresses []string
	// Database is made when it is not there. Default "mcr".
	Database string
	// User and Password are the broker's own. Default user "default".
	User, Password string
	// TLS encrypts the connection. Nil means none: only for the same machine,
	// since records would cross the network readable.
	TLS *tls.Config
	// Timeout bounds connecting. Default 10 s.
	Timeout time.Duration
	// Asking is for those who only ask: the database and its tables are left as
	// they are, and Deliver fails. The user needs SELECT and nothing more.
	Asking bool
	// Clock says when a batch is delivered. Default time.Now.
	Clock func() time.Time
}

// Store is a trail in ClickHouse.
type Store struct {
	opt  Options
	conn driver.Conn

	mu         sync.Mutex
	ready      bool        // the schema is up to date
	asked      bool        // the server was seen to do what deliveries rest on
	sharded    atomic.Bool // it is one of several servers
	here       bool        // and is asked alone all the same
	replicated atomic.Bool // its tables are

	filling sync.Mutex // one batch at a time makes use of block
	block   block
}

// Open makes a store. It does not wait for the server: a broker starts although
// its store is away. The first call that reaches the server brings the schema up
// to date; until then every call fails.
func Open(opt Options) (*Store, error) {
	if len(opt.Addresses) == 0 {
		return nil, errors.New("opening trail: no address of ClickHouse: give host:port of its native protocol")
	}
	opt.Database = orMCR(opt.Database)
	if opt.User == "" {
		opt.User = "default"
	}
	if opt.Timeout <= 0 {
		opt.Timeout = 10 * time.Second
	}
	if opt.Clock == nil {
		opt.Clock = time.Now
	}
	conn, err := clickhouse.Open(options(opt, opt.Database))
	if err != nil {
		return nil, fmt.Errorf("opening trail: %w", err)
	}
	return &Store{opt: opt, conn: conn}, nil
}

func orMCR(database string) string {
	if database == "" {
		return "mcr"
	}
	return database
}

// Prepare brings the schema up to date, if that is not done yet. Every other
// call does it too: this one is for a health check and for tests.
func (s *Store) Prepare(ctx context.Context) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ready {
		return nil
	}
	if !s.opt.Asking {
		if err := s.migrate(ctx); err != nil {
			return fmt.Errorf("preparing trail: %w", err)
		}
	}
	if err := s.seeShards(ctx); err != nil {
		return fmt.Errorf("preparing trail: %w", err)
	}
	s.ready = true
	return nil
}

// sureOf asks once what deliveries rest on (ErrSetting), and again after a failure.
func (s *Store) sureOf(ctx context.Context) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.asked {
		return nil
	}
	if err := s.askSettings(ctx); err != nil {
		return err
	}
	s.asked = true
	return nil
}

func options(opt Options, database string) *clickhouse.Options {
	var set clickhouse.Settings
	if !opt.Asking { // who only asks may be kept from setting anything
		set = settings()
	}
	return &clickhouse.Options{
		Settings:    set,
		Addr:        opt.Addresses,
		Auth:        clickhouse.Auth{Database: database, Username: opt.User, Password: opt.Password},
		TLS:         opt.TLS,
		DialTimeout: opt.Timeout,
		// One delivery at a time, and a few people who ask.
		MaxOpenConns: 4, MaxIdleConns: 2,
		Compression: &clickhouse.Compression{Method: clickhouse.CompressionLZ4},
	}
}

// makeDatabase needs a connection of its own: one cannot be opened to a database
// that is not there.
func makeDatabase(ctx context.Context, opt Options, top Topology) error {
	conn, err := clickhouse.Open(options(opt, "default"))
	if err != nil {
		return err
	}
	err = conn.Exec(ctx, top.database(opt.Database))
	return errors.Join(err, conn.Close())
}

// Close lets go of the connections.
func (s *Store) Close() error { return s.conn.Close() }

var (
	_ audit.Store = (*Store)(nil)
	_ audit.Trail = (*Store)(nil)
)
