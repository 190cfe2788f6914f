package sqlite

import (
	"context"
	"database/sql/driver"
	"errors"
	"io"
	"net/url"
	"strconv"
	"time"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// connection is one SQLite connection, used by one goroutine at a time. The
// driver is used directly: database/sql adds 3 µs and 8 allocations to a call,
// and rolls a transaction back when the context of its beginning ends, which
// would undo a change while its audit record is being written.
type connection struct {
	raw   driver.Conn
	known map[string]driver.Stmt
}

// dial opens a connection. A reader cannot write, whatever it is asked.
func dial(path string, wait time.Duration, reader bool) (*connection, error) {
	pragmas := url.Values{"_pragma": {
		"busy_timeout(" + strconv.FormatInt(wait.Milliseconds(), 10) + ")",
		"journal_mode(WAL)",
		// A commit that was answered must survive a loss of power: WAL's default
		// of NORMAL may lose the last ones.
		"synchronous(FULL)",
	}, "_defensive": {"1"}, "_error_rc": {"1"},
		// The file was made before. A connection that makes one in place of one that was
		// deleted would leave a registry that knows of no opt-out for the next start.
		"mode": {"rw"}}
	if reader {
		pragmas.Set("_query_only", "1")
	}
	name := url.URL{Scheme: "file", Path: path, RawQuery: pragmas.Encode()}
	raw, err := (&sqlite.Driver{}).Open(name.String())
	if err != nil {
		return nil, err
	}
	return &connection{raw: raw, known: map[string]driver.Stmt{}}, nil
}

// run executes a statement that gives no rows, or a script of several.
func (c *connection) run(ctx context.Context, query string, args ...any) error {
	if len(args) == 0 {
		_, err := c.raw.(driver.ExecerContext).ExecContext(ctx, query, nil)
		return err
	}
	s, err := c.prepared(query)
	if err != nil {
		return err
	}
	_, err = s.(driver.StmtExecContext).ExecContext(ctx, named(args))
	return err
}

// each calls f with every row of a query. The row is used again for the next one.
func (c *connection) each(ctx context.Context, query string, f func(row) error, args ...any) (err error) {
	s, err := c.prepared(query)
	if err != nil {
		return err
	}
	rows, err := s.(driver.StmtQueryContext).QueryContext(ctx, named(args))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	values := make(row, len(rows.Columns()))
	for {
		if err := rows.Next(values); err != nil {
			if errors.Is(err, io.EOF) {
				return nil
			}
			return err
		}
		if err := f(values); err != nil {
			return err
		}
	}
}

// prepared keeps each statement for the life of the connection.
func (c *connection) prepared(query string) (driver.Stmt, error) {
	if s, ok := c.known[query]; ok {
		return s, nil
	}
	s, err := c.raw.Prepare(query)
	if err != nil {
		return nil, err
	}
	c.known[query] = s
	return s, nil
}

func (c *connection) close() error {
	var errs []error
	for _, s := range c.known {
		errs = append(errs, s.Close())
	}
	return errors.Join(append(errs, c.raw.Close())...)
}

func named(args []any) []driver.NamedValue {
	values := make([]driver.NamedValue, len(args))
	for i, a := range args {
		if n, ok := a.(int); ok {
			a = int64(n)
		}
		values[i] = driver.NamedValue{Ordinal: i + 1, Value: a}
	}
	return values
}

// row is one row as the driver gives it: int64, string, []byte or nil.
type row []driver.Value

func (r row) text(i int) string {
	s, _ := r[i].(string)
	return s
}

func (r row) integer(i int) int64 {
	n, _ := r[i].(int64)
	return n
}

// busy says that SQLite gave up waiting for another writer.
func busy(err error) bool {
	var e *sqlite.Error
	return errors.As(err, &e) && e.Code()&0xff == sqlite3.SQLITE_BUSY
}

// stored turns a time into the column's form; the zero time is NULL.
func stored(t time.Time) any {
	if t.IsZero() {
		return nil
	}
	return t.UnixMicro()
}
