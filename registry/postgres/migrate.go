package postgres

import (
	"context"
	"errors"
	"fmt"
	"path"
	"strings"

	"github.com/jackc/pgx/v5"
)

// Migrate makes a registry in an empty database, or brings an older one's schema to this version,
// each step in a transaction of its own, and gives the versions before and after. It connects as
// the owner of the registry, which no broker should be. Who migrates at the same time waits.
//
// A schema that a newer mcr has made is an ErrSchema. Roles that work with the registry as brokers
// do (Grant) may work with what is new, too. Brokers of the older version refuse to work
// from the moment at which a step is committed.
func Migrate(ctx context.Context, address string, opt Options) (from, to int, err error) {
	d, err := newDialer(address, opt.withDefaults())
	if err == nil {
		from, to, err = d.migrate(ctx)
		err = d.told(err)
	}
	if err != nil {
		return from, to, fmt.Errorf("migrating registry: %w", err)
	}
	return from, to, nil
}

func (d *dialer) migrate(ctx context.Context) (from, to int, err error) {
	c, err := d.dial(ctx, func(c *pgx.ConnConfig) { c.RuntimeParams["statement_timeout"] = "0" })
	if err != nil {
		return 0, 0, err
	}
	defer func() { err = errors.Join(err, c.Close(context.WithoutCancel(ctx))) }()
	if _, err := c.Exec(ctx, "SELECT pg_advisory_lock(-2)"); err != nil { // goes with the connection
		return 0, 0, err
	}
	if from, err = schemaOf(ctx, c); err != nil {
		return 0, 0, err
	}
	if to = from; from > version {
		return from, to, fits(from)
	}
	for _, file := range steps()[from:] {
		script, err := migrations.ReadFile(file)
		if err != nil {
			return from, to, err
		}
		err = pgx.BeginFunc(ctx, c, func(tx pgx.Tx) error {
			if _, err := tx.Exec(ctx, string(script)); err != nil {
				return err
			}
			_, err := tx.Exec(ctx, "INSERT INTO registry.schema_version (version, name) VALUES ($1, $2)", to+1, path.Base(file))
			return err
		})
		if err != nil {
			return from, to, fmt.Errorf("applying %s: %w", path.Base(file), err)
		}
		to++
	}
	return from, to, regrant(ctx, c)
}

// brokers are the roles that may tell of changes.
const brokers = `SELECT DISTINCT r.rolname::text FROM pg_proc p CROSS JOIN LATERAL aclexplode(p.proacl) a JOIN pg_roles r ON r.oid = a.grantee
	WHERE p.oid = 'registry.tell(bigint, bigint[])'::regprocedure AND a.grantee <> p.proowner`

// regrant allows brokers to work with what steps have added.
func regrant(ctx context.Context, c *pgx.Conn) error {
	rows, err := c.Query(ctx, brokers)
	if err != nil {
		return err
	}
	roles, err := pgx.CollectRows(rows, pgx.RowTo[string])
	for _, role := range roles {
		if err == nil {
			_, err = c.Exec(ctx, Grants(role))
		}
	}
	return err
}

// Grant allows a role to work with the registry as a broker does: to read, to add entries, and to
// tell of it; to change or take away nothing. It connects as the owner. The role must be there.
func Grant(ctx context.Context, address string, opt Options, role string) error {
	if strings.EqualFold(role, "public") { // PostgreSQL takes it for everybody, in quotes too
		return errors.New("granting: public is everybody with a login: name the brokers' role")
	}
	d, err := newDialer(address, opt.withDefaults())
	if err != nil {
		return fmt.Errorf("granting: %w", err)
	}
	c, err := d.dial(ctx, nil)
	if err != nil {
		return fmt.Errorf("granting: %w", err)
	}
	_, err = c.Exec(ctx, Grants(role))
	if err = errors.Join(err, c.Close(context.WithoutCancel(ctx))); err != nil {
		return fmt.Errorf("granting: %w", err)
	}
	return nil
}

// Grants gives the statements of Grant, for who keeps roles otherwise.
func Grants(role string) string {
	to := pgx.Identifier{role}.Sanitize() //nolint:misspell // its name
	return "GRANT USAGE ON SCHEMA registry TO " + to + ";\n" +
		"GRANT SELECT ON ALL TABLES IN SCHEMA registry TO " + to + ";\n" +
		"GRANT INSERT ON registry.entry TO " + to + ";\n" +
		"GRANT INSERT, UPDATE ON registry.note TO " + to + ";\n" +
		"GRANT INSERT ON registry.ended_session TO " + to + ";\n" +
		"GRANT EXECUTE ON FUNCTION registry.forget_ended() TO " + to + ";\n" +
		"GRANT INSERT, UPDATE, DELETE ON registry.walked TO " + to + ";\n" +
		"GRANT EXECUTE ON FUNCTION registry.tell(bigint, bigint[]) TO " + to + ";\n"
}
