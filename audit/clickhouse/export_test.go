package clickhouse

import (
	"fmt"
	"io/fs"
	"testing"
)

// Exec runs a statement on the server.
func Exec(t testing.TB, s *Store, statement string) {
	t.Helper()
	if err := s.conn.Exec(t.Context(), statement); err != nil {
		t.Fatal(err)
	}
}

// Text gives the one text that a query gives.
func Text(t testing.TB, s *Store, query string) (text string) {
	t.Helper()
	if err := s.conn.QueryRow(t.Context(), query).Scan(&text); err != nil {
		t.Fatal(err)
	}
	return text
}

// ReadMigrations gives the names of migrations and how many statements they have.
func ReadMigrations(fsys fs.FS) (names []string, err error) {
	all, err := migrations(fsys)
	for _, m := range all {
		names = append(names, fmt.Sprintf("%s: %d", m.name, len(m.statements)))
	}
	return names, err
}

// Escaped gives a value as it travels beside a query.
func Escaped(value string) string { return with().text("v", value).all["v"] }

// Identifier gives a quoted name.
func Identifier(name string) string { return identifier(name) }
