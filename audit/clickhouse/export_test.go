package clickhouse

import "testing"

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
