package clickhouse

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strings"

	"github.com/ClickHouse/clickhouse-go/v2"
)

// Codes of the server's by which a login fails (ErrorCodes.cpp of ClickHouse).
const (
	unknownUser          = 192
	wrongPassword        = 193
	requiredPassword     = 194
	authenticationFailed = 516
)

// Refuses says whether an error is the server's refusal of the user: waiting does not mend
// it, as it does where a server is away.
func Refuses(err error) bool {
	return isCode(err, unknownUser, wrongPassword, requiredPassword, authenticationFailed, accessDenied, readonly, unknownDatabase, unknownTable) ||
		errors.Is(err, ErrMigration) || errors.Is(err, ErrSetting)
}

// Try says what a broker would meet that delivers with these options: whether the server is
// there, takes the login, has the database and its tables in the version of this program, and
// lets the user write and read them. It changes nothing. No error holds the password.
func Try(ctx context.Context, opt Options) []error {
	s, err := Open(opt)
	if err != nil {
		return []error{err}
	}
	defer s.Close() //nolint:errcheck // it was only asked
	if err := s.conn.Ping(ctx); isCode(err, unknownDatabase) {
		return tryMaking(ctx, s.opt)
	} else if err != nil {
		return []error{s.toldBy(err)}
	}
	all, err := migrations(Migrations)
	if err != nil {
		return []error{err}
	}
	at, err := version(ctx, s.conn, all)
	if isCode(err, unknownTable) {
		err, at = nil, 0
	}
	if err != nil {
		return []error{s.toldBy(err)}
	}
	if newest := all[len(all)-1]; at != newest.version {
		return s.mayMigrate(ctx, fmt.Errorf("the tables of database %s are at version %d, and this program needs %s", s.opt.Database, at, newest.name))
	}
	faults := s.may(ctx, map[string][]string{
		"records": {"SELECT", "INSERT"}, "by_patient": {"SELECT", "INSERT"}, "hourly": {"SELECT", "INSERT"}, "retired": {"SELECT"},
	})
	if len(faults) == 0 {
		if err := s.askSettings(ctx); err != nil {
			faults = append(faults, s.toldBy(err))
		}
	}
	return faults
}

// tryMaking: a broker makes the database, where it may. One cannot log in to a database that is
// not there.
func tryMaking(ctx context.Context, opt Options) []error {
	conn, err := clickhouse.Open(options(opt, "default"))
	if err != nil {
		return []error{err}
	}
	s := &Store{opt: opt, conn: conn}
	defer s.Close() //nolint:errcheck // it was only asked
	why := fmt.Errorf("ClickHouse at %s has no database %s", strings.Join(opt.Addresses, ", "), opt.Database)
	if ok, err := s.granted(ctx, "CREATE DATABASE", opt.Database+".*"); err != nil || !ok {
		return []error{fmt.Errorf("%w, and the user %s may not make it: run mcr audit migrate as one who may, or name the one that is meant", why, opt.User)}
	}
	return s.mayMigrate(ctx, why)
}

// mayMigrate: a broker makes the tables of one server by itself, where it may.
func (s *Store) mayMigrate(ctx context.Context, why error) []error {
	for _, right := range []string{"CREATE TABLE", "CREATE VIEW", "ALTER TABLE"} {
		if ok, err := s.granted(ctx, right, s.opt.Database+".*"); err != nil || !ok {
			return []error{fmt.Errorf("%w, and the user %s may not make them: run mcr audit migrate as one who may (docs/clickhouse.md)", why, s.opt.User)}
		}
	}
	return nil
}

// may gives a fault for each right that the user lacks.
func (s *Store) may(ctx context.Context, rights map[string][]string) (faults []error) {
	for _, table := range []string{"records", "by_patient", "hourly", "retired"} {
		for _, right := range rights[table] {
			ok, err := s.granted(ctx, right, s.opt.Database+"."+table)
			if err != nil {
				return append(faults, s.toldBy(err))
			}
			if !ok {
				faults = append(faults, fmt.Errorf("the user %s has no right to %s in table %s of database %s: grant it, as mcr audit access writes it down (docs/clickhouse.md)",
					s.opt.User, right, table, s.opt.Database))
			}
		}
	}
	return faults
}

// granted asks the server whether this user has a right.
func (s *Store) granted(ctx context.Context, right, on string) (bool, error) {
	var has uint8
	err := s.conn.QueryRow(ctx, "CHECK GRANT "+right+" ON "+on).Scan(&has)
	return has == 1, err
}

// toldBy puts a failure into the words of whoever wrote the address.
func (s *Store) toldBy(err error) error {
	where := strings.Join(s.opt.Addresses, ", ")
	var dns *net.DNSError
	var refused *clickhouse.Exception
	switch {
	case isCode(err, unknownUser, wrongPassword, requiredPassword, authenticationFailed):
		return fmt.Errorf("ClickHouse at %s does not know user %s with this password: correct one of them, or make the user (mcr audit access)", where, s.opt.User)
	case isCode(err, unknownDatabase):
		return fmt.Errorf("ClickHouse at %s has no database %s: run mcr audit migrate, or name the one that is meant", where, s.opt.Database)
	case isCode(err, accessDenied):
		return fmt.Errorf("the user %s may not do in ClickHouse what a broker does: grant it what mcr audit access writes down: %w", s.opt.User, err)
	case errors.As(err, &dns):
		return fmt.Errorf("there is no host %s: correct the address", dns.Name)
	case errors.As(err, &refused), errors.Is(err, ErrSetting):
		return fmt.Errorf("ClickHouse at %s: %w", where, err)
	}
	return fmt.Errorf("ClickHouse cannot be reached at %s: %w; start it, or correct host, port and secure=true", where, err)
}
