package postgres

import (
	"context"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"maps"
	"net"
	"os"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
)

// dialer makes connections to the database of one address.
type dialer struct {
	opt    Options
	config *pgx.ConnConfig // without the password
}

// blank is a connection string that says everything itself, so that the driver takes nothing from
// the environment, nor from password and service files. What it says is replaced by the address.
const blank = "host=127.0.0.1 port=5432 user=nobody password=none dbname=none passfile=/dev/null sslmode=disable " +
	"sslcert='' sslkey='' sslrootcert='' sslpassword='' sslcertmode=allow sslsni=1 sslnegotiation=postgres " +
	"target_session_attrs=any connect_timeout=1 min_protocol_version='' max_protocol_version='' " +
	"channel_binding=prefer require_auth='' krbsrvname='' krbspn='' servicefile=/dev/null"

var errService = errors.New("PGSERVICE is set in the environment, of which nothing is taken: unset it")

func newDialer(address string, opt Options) (*dialer, error) {
	a, err := ParseAddress(address)
	if err != nil {
		return nil, err
	}
	if os.Getenv("PGSERVICE") != "" { // the one thing of it that a connection string cannot say otherwise
		return nil, errService
	}
	c, err := pgx.ParseConfig(blank)
	if err != nil {
		return nil, errors.Join(errAddress, err)
	}
	secured, err := a.secured()
	if err != nil {
		return nil, err
	}
	c.User, c.Database, c.Password = a.user, a.database, ""
	c.Fallbacks = nil
	for i, h := range a.hosts {
		one := &pgconn.FallbackConfig{Host: h.name, Port: h.port}
		if secured != nil {
			one.TLSConfig = secured.Clone()
			one.TLSConfig.ServerName = h.name
		}
		if i == 0 {
			c.Host, c.Port, c.TLSConfig = one.Host, one.Port, one.TLSConfig
		} else {
			c.Fallbacks = append(c.Fallbacks, one)
		}
	}
	// A registry is read where it is written: a replica is behind by what nobody knows.
	c.ValidateConnect = pgconn.ValidateConnectTargetSessionAttrsReadWrite
	c.ConnectTimeout = opt.Connect
	c.DialFunc = (&net.Dialer{
		// Both ends are asked whether they are there, and what is not acknowledged in ten seconds
		// ends the connection: a partition that says nothing is noticed.
		KeepAliveConfig: net.KeepAliveConfig{Enable: true, Idle: 5 * time.Second, Interval: 2 * time.Second, Count: 3},
		Control:         unacknowledged(10 * time.Second),
	}).DialContext
	c.LookupFunc = lookup
	c.OnNotice = func(_ *pgconn.PgConn, n *pgconn.Notice) {
		if n.Severity == "WARNING" { // such as that a commit is on this server's disk, and on no replica's
			opt.Logger.Warn("the registry's database warns", "warning", n.Message, "code", n.Code)
		}
	}
	c.RuntimeParams = map[string]string{
		"statement_timeout":                   milliseconds(opt.Statement),
		"lock_timeout":                        milliseconds(opt.Wait),
		"idle_in_transaction_session_timeout": milliseconds(opt.Idle),
		"idle_session_timeout":                "0", // whoever imports has a lock on a connection that says nothing
		"tcp_keepalives_idle":                 "5",
		"tcp_keepalives_interval":             "2",
		"tcp_keepalives_count":                "3",
		"tcp_user_timeout":                    "10000",
		"timezone":                            "UTC",
		"default_transaction_isolation":       "read committed",
		// Each question is answered by looks at indexes, whatever the server believes of tables that
		// it has not counted yet, and takes less time than compiling it would.
		"enable_seqscan":  "off",
		"jit":             "off",
		"plan_cache_mode": "force_generic_plan",
	}
	return &dialer{opt, c}, nil
}

func milliseconds(d time.Duration) string { return strconv.FormatInt(d.Milliseconds(), 10) }

// secured gives what the address says of TLS; nil without.
func (a Address) secured() (*tls.Config, error) {
	if !a.tls {
		return nil, nil
	}
	c := &tls.Config{MinVersion: tls.VersionTLS12}
	if a.root != "" {
		text, err := os.ReadFile(a.root)
		if err != nil {
			return nil, fmt.Errorf("%w: reading sslrootcert: %w", errAddress, err)
		}
		c.RootCAs = x509.NewCertPool()
		if !c.RootCAs.AppendCertsFromPEM(text) {
			return nil, fmt.Errorf("%w: sslrootcert holds no certificate in PEM", errAddress)
		}
	}
	if a.cert != "" {
		pair, err := tls.LoadX509KeyPair(a.cert, a.key)
		if err != nil {
			return nil, fmt.Errorf("%w: reading sslcert and sslkey: %w", errAddress, err)
		}
		c.Certificates = []tls.Certificate{pair}
	}
	return c, nil
}

// lookup asks nobody where localhost is: what goes there is not encrypted.
func lookup(ctx context.Context, name string) ([]string, error) {
	if name == localhost {
		return []string{"127.0.0.1", "::1"}, nil
	}
	return net.DefaultResolver.LookupHost(ctx, name)
}

// ready completes a configuration for one connection: the password as it is now, and a name by
// which this connection is told from all others.
func (d *dialer) ready(_ context.Context, c *pgx.ConnConfig) error {
	if d.opt.Password != nil {
		password, err := d.opt.Password()
		if err != nil {
			return fmt.Errorf("reading the registry's password: %w", err)
		}
		c.Password = password
	}
	c.RuntimeParams = maps.Clone(c.RuntimeParams)
	c.RuntimeParams["application_name"] = "mcr " + rand.Text()
	return nil
}

// dial makes one connection; more adjusts its configuration.
func (d *dialer) dial(ctx context.Context, more func(*pgx.ConnConfig)) (*pgx.Conn, error) {
	c := d.config.Copy()
	if err := d.ready(ctx, c); err != nil {
		return nil, err
	}
	if more != nil {
		more(c)
	}
	return pgx.ConnectConfig(ctx, c)
}

// pool makes a pool, and no connection yet.
func (d *dialer) pool(most int) (*pgxpool.Pool, error) {
	c, err := pgxpool.ParseConfig(blank)
	if err != nil {
		return nil, err
	}
	c.ConnConfig = d.config.Copy()
	c.BeforeConnect = d.ready
	c.MaxConns, c.MinConns = int32(most), 0
	c.MaxConnLifetime, c.MaxConnLifetimeJitter = time.Hour, 10*time.Minute
	c.MaxConnIdleTime, c.HealthCheckPeriod = 10*time.Minute, time.Minute
	// It would cost a second question; a read that finds its connection gone is made again.
	c.ShouldPing = func(context.Context, pgxpool.ShouldPingParams) bool { return false }
	return pgxpool.NewWithConfig(context.Background(), c)
}
