package postgres

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"
)

// Try says what a broker would meet that works with the registry at an address: whether the
// database is there, is the primary, proves who it is and takes the login, has the schema of this
// mcr and what Options.Seen says was seen, and lets the user read and add. It changes nothing. No
// error holds the password.
func Try(ctx context.Context, address string, opt Options) []error {
	d, err := newDialer(address, opt.withDefaults())
	if err != nil {
		return []error{err}
	}
	last, err := readSeen(opt.Seen)
	if err != nil {
		return []error{err}
	}
	c, err := d.dial(ctx, nil)
	if err != nil {
		return []error{d.told(err)}
	}
	defer func() { _ = c.Close(context.WithoutCancel(ctx)) }()
	have, err := schemaOf(ctx, c)
	if err == nil {
		err = fits(have)
	}
	if err != nil {
		return []error{d.told(err)}
	}
	rows, err := c.Query(ctx, `SELECT what FROM (VALUES
		('SELECT in registry.entry', has_table_privilege('registry.entry', 'SELECT')),
		('INSERT in registry.entry', has_table_privilege('registry.entry', 'INSERT')),
		('SELECT in registry.change', has_table_privilege('registry.change', 'SELECT')),
		('INSERT in registry.ended_session', has_table_privilege('registry.ended_session', 'INSERT')),
		('EXECUTE registry.tell', has_function_privilege('registry.tell(bigint, bigint[])', 'EXECUTE')),
		('`+emitMessage+`', has_function_privilege('pg_logical_emit_message(boolean, text, text)', 'EXECUTE'))) r (what, has) WHERE NOT has`)
	if err != nil {
		return []error{d.told(err)}
	}
	var faults []error
	for rows.Next() {
		var what string
		if err := rows.Scan(&what); err != nil {
			return append(faults, d.told(err))
		}
		remedy := "run mcr registry migrate --grant %[1]s as the registry's owner"
		if what == emitMessage {
			remedy = "say GRANT EXECUTE ON FUNCTION pg_logical_emit_message(boolean, text, text) TO %[1]s as a superuser"
		}
		faults = append(faults, fmt.Errorf("the user %[1]s has no right to %[2]s: "+remedy, d.config.User, what))
	}
	if err := rows.Err(); err != nil {
		return append(faults, d.told(err))
	}
	if len(faults) > 0 {
		return faults
	}
	var knows, owns bool
	err = c.QueryRow(ctx, "SELECT g.knows, has_table_privilege('registry.entry', 'UPDATE') FROM "+guard, last.seq, last.mark).Scan(&knows, &owns)
	if err != nil {
		return []error{d.told(err)}
	}
	if owns {
		return []error{fmt.Errorf("the user %s is the registry's owner, or a superuser, who could change what is recorded: "+
			"connect as a user of its own, with mcr registry migrate --grant (docs/registry.md)", d.config.User)}
	}
	if knows {
		return nil
	}
	if _, err := pointOf(ctx, c, accepted, last.at); err != nil {
		return []error{ErrBehind}
	}
	return nil
}

// emitMessage is everybody's right unless somebody took it away.
const emitMessage = "EXECUTE pg_logical_emit_message"

// told puts a failure into the words of whoever wrote the address, with what to do.
func (d *dialer) told(err error) error {
	if err == nil || errors.Is(err, ErrSchema) {
		return err
	}
	where := fmt.Sprintf("PostgreSQL at %s", d.where())
	var told *pgconn.PgError
	if errors.As(err, &told) {
		switch told.Code {
		case "28P01": // invalid_password
			return fmt.Errorf("%s does not take the password of the user %s: put it right here or there", where, d.config.User)
		case "28000": // invalid_authorization_specification
			return fmt.Errorf("%s does not let the user %s in: make the user, and a line hostssl for it in pg_hba.conf (docs/registry.md): %s", where, d.config.User, told.Message)
		case "3D000": // invalid_catalog_name
			return fmt.Errorf("%s has no database %s: make it (docs/registry.md), or name the one that is meant", where, d.config.Database)
		case "42501": // insufficient_privilege
			return fmt.Errorf("%s does not let the user %s work with the registry: run mcr registry migrate --grant %[2]s as its owner: %s", where, d.config.User, told.Message)
		case "53300": // too_many_connections
			return fmt.Errorf("%s has no connection left: raise max_connections, or lower pool at the brokers", where)
		case "57P03": // cannot_connect_now
			return fmt.Errorf("%s is starting, or stopping: try again: %s", where, told.Message)
		}
		return fmt.Errorf("%s says: %s (%s)", where, told.Message, told.Code)
	}
	var dns *net.DNSError
	var certificate *tls.CertificateVerificationError
	var unknown x509.UnknownAuthorityError
	switch {
	case errors.As(err, &unknown):
		return fmt.Errorf("%s has a certificate of an authority that is not trusted here: name the authority's with sslrootcert=/FILE in the address", where)
	case errors.As(err, &certificate):
		return fmt.Errorf("%s does not prove who it is, by its certificate: %w", where, certificate.Err)
	case errors.As(err, &dns):
		return fmt.Errorf("%s cannot be found: there is no such name: %s", where, dns.Name)
	case strings.Contains(err.Error(), "server refused TLS"): // the driver has no value for it
		return fmt.Errorf("%s speaks no TLS: turn ssl on there (docs/registry.md)", where)
	case strings.Contains(err.Error(), "read only connection"):
		return fmt.Errorf("%s is a replica, or read-only: name the primary, or all of them: postgres://USER@ONE,OTHER/DATABASE", where)
	}
	return fmt.Errorf("%s cannot be asked: %w", where, err)
}

// where is the address without anything but its hosts.
func (d *dialer) where() string {
	all := []string{host{d.config.Host, d.config.Port}.String()}
	for _, f := range d.config.Fallbacks {
		all = append(all, host{f.Host, f.Port}.String())
	}
	return strings.Join(all, ", ")
}

func (h host) String() string {
	if h.socket() {
		return fmt.Sprintf("%s/.s.PGSQL.%d", h.name, h.port)
	}
	return net.JoinHostPort(h.name, fmt.Sprint(h.port))
}
