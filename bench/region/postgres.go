package main

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	servers "github.com/mycarerecord/mcr/internal/servers/postgres"
	"github.com/mycarerecord/mcr/registry"
	"github.com/mycarerecord/mcr/registry/postgres"
)

// started is a registry in a PostgreSQL that is started for it.
func started(ctx context.Context, opt options) (p *place, err error) {
	var s stand
	defer func() {
		if failed, ok := recover().(failure); ok {
			err = failed
		}
		if err != nil {
			s.end()
		}
	}()
	// As for a registry that matters: it waits for the disk. The rest is what anybody sets who has more
	// than a test's worth in it.
	server := servers.Start(&s, "fsync=on", "synchronous_commit=on", "shared_buffers="+opt.buffers,
		"max_wal_size=4GB", "checkpoint_timeout=15min", "max_wal_senders=0", "wal_level=replica", "random_page_cost=1.1")
	server.SQL(&s, "postgres", "CREATE DATABASE region")
	address := server.Address("region") + "?sslmode=disable"
	if _, _, err := postgres.Migrate(ctx, address, postgres.Options{}); err != nil {
		return nil, err
	}
	p = inPostgres(opt, address)
	p.name += " (" + server.SQL(&s, "region", "SHOW server_version") + "; shared_buffers " + opt.buffers + ", fsync and synchronous_commit on)"
	p.close = s.end
	return p, nil
}

// inPostgres is a registry in the database of an address.
func inPostgres(opt options, address string) *place {
	return &place{
		name:      "PostgreSQL",
		arguments: []string{"--registry", address},
		open: func(ctx context.Context, broker string) (registry.Store, gatherer, error) {
			s, err := postgres.Open(ctx, address, postgres.Options{Logger: quiet, Seen: filepath.Join(opt.dir, broker+".seen")})
			if err != nil {
				return nil, nil, err
			}
			return s, gatherers(s), nil
		},
		size:  func(ctx context.Context) (size, error) { return askSize(ctx, address) },
		close: func() {},
	}
}

const sizes = `WITH relation AS (SELECT * FROM pg_class WHERE relnamespace = 'registry'::regnamespace)
SELECT 'all', sum(pg_total_relation_size(oid)) FROM relation WHERE relkind = 'r' UNION ALL
SELECT relname, CASE relkind WHEN 'r' THEN pg_table_size(oid) ELSE pg_relation_size(oid) END
FROM relation WHERE relkind IN ('r', 'i') AND pg_relation_size(oid) > 1e5`

// askSize has PostgreSQL's own client ask.
func askSize(ctx context.Context, address string) (s size, err error) {
	out, err := exec.CommandContext(ctx, "psql", "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-c", sizes, address).CombinedOutput()
	if err != nil {
		return s, fmt.Errorf("psql: %w: %s", err, out)
	}
	for line := range strings.Lines(string(out)) {
		name, bytes, _ := strings.Cut(strings.TrimSpace(line), "|")
		n, err := strconv.ParseInt(bytes, 10, 64)
		if err != nil {
			return s, fmt.Errorf("psql: %w", err)
		}
		if name == "all" {
			s.bytes = n
		} else {
			s.parts = append(s.parts, part{name, n})
		}
	}
	if s.bytes == 0 {
		return s, errors.New("psql gives no size")
	}
	return s, nil
}

// stand is what the starter of PostgreSQL, which is made for tests, wants of a test.
type stand struct {
	testing.TB
	cleanups []func()
}

type failure string

func (f failure) Error() string { return string(f) }

func (s *stand) Helper()                           {}
func (s *stand) Cleanup(f func())                  { s.cleanups = append(s.cleanups, f) }
func (s *stand) Fatal(args ...any)                 { panic(failure(fmt.Sprint(args...))) }
func (s *stand) Fatalf(format string, args ...any) { panic(failure(fmt.Sprintf(format, args...))) }

// end does what a test's end does.
func (s *stand) end() {
	for i := len(s.cleanups) - 1; i >= 0; i-- {
		s.cleanups[i]()
	}
	s.cleanups = nil
}
