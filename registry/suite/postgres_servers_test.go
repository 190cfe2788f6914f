//go:build servers

package suite_test

import (
	"context"
	"os"
	"os/exec"
	"sync"
	"testing"
	"time"

	server "github.com/mycarerecord/mcr/internal/servers/postgres"
	"github.com/mycarerecord/mcr/registry"
	"github.com/mycarerecord/mcr/registry/postgres"
)

// overPostgreSQL has this test program keep its registries in PostgreSQL.
const overPostgreSQL = "MCR_SUITE_POSTGRESQL"

// TestServersTheSuiteOverPostgreSQL runs the tests of this package once more: all but one, which has
// hundreds of registries and is about what an import reads.
func TestServersTheSuiteOverPostgreSQL(t *testing.T) {
	again := exec.Command(os.Args[0], "-test.run=^(Test|Fuzz)", "-test.skip=^(TestServers|TestAttack157)", "-test.timeout=15m")
	again.Env = append(os.Environ(), overPostgreSQL+"=yes")
	if said, err := again.CombinedOutput(); err != nil {
		t.Errorf("over PostgreSQL: %v\n%s", err, said)
	}
}

func init() {
	if os.Getenv(overPostgreSQL) == "" {
		return
	}
	var mu sync.Mutex
	databases := map[string]string{} // by path
	addressOf = func(t testing.TB, path string) string {
		mu.Lock()
		defer mu.Unlock()
		if databases[path] == "" {
			databases[path] = server.Shared(t).Database(t, func(address string) error {
				_, _, err := postgres.Migrate(context.Background(), address, postgres.Options{})
				return err
			})
		}
		return databases[path]
	}
	openStore = func(t testing.TB, path string, opt registry.Options) (registry.Store, error) {
		// A machine that stands still for some seconds is not what is tried here.
		s, err := postgres.Open(t.Context(), addressOf(t, path), postgres.Options{Logger: opt.Logger, StaleAfter: time.Minute})
		return clocked{s, opt.Clock}, err
	}
	openAt = func(address string) (registry.Store, error) {
		s, err := postgres.Open(context.Background(), address, postgres.Options{StaleAfter: time.Minute})
		return clocked{s, func() time.Time { return noon }}, err
	}
}

// clocked is a store whose clock is the test's.
type clocked struct {
	registry.Store
	clock func() time.Time
}

func (c clocked) Begin(ctx context.Context) (registry.Tx, error) {
	tx, err := c.Store.Begin(ctx)
	return clockedTx{tx, c.clock}, err
}

type clockedTx struct {
	registry.Tx
	clock func() time.Time
}

func (c clockedTx) Time() time.Time { return c.clock() }
