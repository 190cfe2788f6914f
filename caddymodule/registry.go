package caddymodule

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"github.com/caddyserver/caddy/v2"

	"github.com/mycarerecord/mcr/registry"
	"github.com/mycarerecord/mcr/registry/postgres"
	registrysqlite "github.com/mycarerecord/mcr/registry/sqlite"
)

// Registry says where permissions, opt-outs, relationships and test orders are.
type Registry struct {
	// DSN is a SQLite file (default registry.db in the data folder), or the address of a
	// PostgreSQL that the brokers of a region share: postgres://user:password@host/database, with
	// sslrootcert=FILE and the like as libpq has them. Write the password as {env.NAME} or
	// {file./path}: one in clear is refused. It is read for each connection.
	DSN RegistryAddress `json:"dsn,omitempty"`
	// StaleAfter is how long ago changes may have been heard of in PostgreSQL for anything of it to
	// be used. Default 2s, from 500ms to 1m. Until it is over, a broker that is cut off goes by
	// what it knows.
	StaleAfter caddy.Duration `json:"stale_after,omitempty"`
	// Pool is how many connections to PostgreSQL read at most, besides four that write and one
	// that hears changes. Default 8, at most 200.
	Pool int `json:"pool,omitempty"`
	// Patients is how many patients' entries are kept in memory, about 4 KB each. Default 20000.
	Patients int `json:"patients,omitempty"`
}

// Bounds of StaleAfter and Pool: changes are asked for every 200 ms, and a database has some
// hundred connections for all brokers.
const (
	leastStale = 500 * time.Millisecond
	mostStale  = time.Minute
	mostPool   = 200
)

// shared is whether it is in PostgreSQL.
func (r Registry) shared() bool { return isPostgres(string(r.DSN)) }

// file is where it is when it is a file; "" when it is none.
func (r Registry) file(data string) string {
	if r.shared() {
		return ""
	}
	return cmp.Or(string(r.DSN), filepath.Join(data, "registry.db"))
}

// check looks at the values themselves.
func (r Registry) check() (faults []error) {
	fault := func(field, format string, args ...any) {
		faults = append(faults, Fault{inBroker + ".registry." + field, fmt.Sprintf(format, args...)})
	}
	if err := r.checkAddress(); err != nil {
		fault("dsn", "registry: %v", err)
	}
	if stale := time.Duration(r.StaleAfter); stale != 0 && (stale < leastStale || stale > mostStale) {
		fault("stale_after", "stale_after: must be from 500ms to 1m")
	}
	if r.Pool < 0 || r.Pool > mostPool {
		fault("pool", "pool: must be from 1 to %d", mostPool)
	}
	if r.Patients < 0 {
		fault("patients", "patients: is negative; write it as in: patients 20000")
	}
	if r.shared() {
		return faults
	}
	if r.StaleAfter != 0 {
		fault("stale_after", "stale_after: is for a registry in PostgreSQL: a file is asked each time; take it away")
	}
	if r.Pool != 0 {
		fault("pool", "pool: is for a registry in PostgreSQL; take it away")
	}
	return faults
}

// checkAddress judges the address, and whether its password stands for something.
func (r Registry) checkAddress() error {
	address, password, err := registryAddress(string(r.DSN))
	if err != nil || !isPostgres(address) {
		return err
	}
	if password != nil {
		if _, err := password(); err != nil {
			return err
		}
	}
	parsed, err := postgres.ParseAddress(address)
	if err != nil {
		return err
	}
	return parsed.Check()
}

// try asks a registry in PostgreSQL what a broker with this data folder would meet.
func (r Registry) try(ctx context.Context, data string) (faults []error) {
	if !r.shared() || r.checkAddress() != nil { // which is told by itself
		return nil
	}
	address, opt, err := r.options(data, slog.New(slog.DiscardHandler))
	if err != nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, 20*time.Second)
	defer cancel()
	for _, err := range postgres.Try(ctx, address, opt) {
		faults = append(faults, Fault{inBroker + ".registry.dsn", "registry: " + err.Error()})
	}
	return faults
}

// kept are the files that no site may hand out.
func (r Registry) kept(data string) []string {
	if file := r.file(data); file != "" {
		return []string{file}
	}
	address, _, err := registryAddress(string(r.DSN))
	if err != nil {
		return nil
	}
	if parsed, err := postgres.ParseAddress(address); err == nil && parsed.Key() != "" {
		return []string{parsed.Key()}
	}
	return nil
}

// seenFile is where a broker keeps what it has seen of a registry in PostgreSQL.
func seenFile(data string) string { return filepath.Join(data, "registry.seen") }

// options are those of a broker with this data folder; of a command, when data is "".
func (r Registry) options(data string, log *slog.Logger) (address string, opt postgres.Options, err error) {
	opt = postgres.Options{StaleAfter: time.Duration(r.StaleAfter), Pool: r.Pool, Logger: log}
	if data != "" {
		opt.Seen = seenFile(data)
	}
	address, opt.Password, err = registryAddress(string(r.DSN))
	return address, opt, err
}

// PostgresRegistry gives the address, and the options, with which a command works at a registry in
// PostgreSQL; ok is false when the text names a file.
func PostgresRegistry(text string, log *slog.Logger) (address string, opt postgres.Options, ok bool, err error) {
	address, opt, err = Registry{DSN: RegistryAddress(text)}.options("", log)
	return address, opt, isPostgres(text), err
}

// OpenRegistry opens a registry for a command: a file, or an address whose password is a placeholder.
func OpenRegistry(ctx context.Context, text string, log *slog.Logger) (registry.Store, error) {
	address, opt, shared, err := PostgresRegistry(text, log)
	if err != nil {
		return nil, fmt.Errorf("registry: %w", err)
	}
	if shared {
		return postgres.Open(ctx, address, opt)
	}
	return registrysqlite.Open(text, registrysqlite.Options{Logger: log})
}

// openRegistry opens the registry, which is there or may be made. sign tells that a broker has run
// on the folder (ranOn). A database that is away is no reason not to start: nothing is known of
// anybody until it is there, and everything that must be known is refused.
func (p *shared) openRegistry(data, sign string, log *slog.Logger) error {
	r := p.settings.registry
	opt := registry.Options{Patients: r.Patients, Logger: log}
	if file := r.file(data); file != "" {
		if err := stillThere(data, file); err != nil {
			return err
		}
		store, err := registrysqlite.Open(file, registrysqlite.Options{Logger: log})
		if err != nil {
			return fmt.Errorf("registry: %w", err)
		}
		p.registry = registry.New(store, opt)
		return nil
	}
	address, options, err := r.options(data, log)
	if err != nil {
		return fmt.Errorf("registry: %w", err)
	}
	if _, err := os.Lstat(options.Seen); sign != "" && errors.Is(err, fs.ErrNotExist) {
		if err := filled(address, options); err != nil {
			return fmt.Errorf("registry: a broker has run on %s (%s tells of it), and has never worked with this database: %w", data, sign, err)
		}
	}
	if p.postgres, err = postgres.Open(context.Background(), address, options); err != nil {
		return fmt.Errorf("registry: %w", err)
	}
	p.share(p.postgres)
	p.registry = registry.New(p.postgres, opt)
	return nil
}

// filled says why a database cannot be what a broker goes on with that has worked with another
// registry until now.
func filled(address string, opt postgres.Options) (err error) {
	opt.Seen = ""
	store, err := postgres.Open(context.Background(), address, opt)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, store.Close()) }()
	store.Watch(func([]string) {})
	switch seq := store.Seen(); {
	case seq < 0:
		return errors.New("it cannot be asked now, and it must be known once that something is in it")
	case seq == 0:
		return errors.New("it is empty, and would know of no opt-out: take in what the registry had (mcr registry export, and restore into this one), or, when nobody had anything in it, say so (mcr registry accept-loss)")
	}
	return nil
}

// knows says what keeps the registry from being used, by the part's name.
func (p *shared) knows(ctx context.Context) (part string, err error) {
	err = p.registry.Check(ctx)
	switch {
	case errors.Is(err, postgres.ErrBehind):
		return "registry-behind", err
	case errors.Is(err, postgres.ErrSchema):
		return "registry-schema", err
	case errors.Is(err, postgres.ErrStale):
		return "registry-unheard", errors.Join(err, p.postgres.Check(ctx)) // why
	}
	return "registry", err
}

// stillThere refuses a file where the broker has worked with PostgreSQL since.
func stillThere(data, file string) error {
	seq, err := postgres.ReadSeen(seenFile(data))
	if err != nil || seq <= 0 {
		return err
	}
	return fmt.Errorf("registry: this broker has worked with a registry in PostgreSQL (%s tells of it), and %s knows nothing of what was recorded there: "+
		"name that address again, or take what it had into a new file (mcr registry export, and restore) and then take %[1]s away", seenFile(data), file)
}
