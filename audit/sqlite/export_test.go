package sqlite

import (
	"strings"
	"testing"
)

// Exec runs a statement on the file.
func Exec(t testing.TB, s *Store, statement string) {
	t.Helper()
	if _, err := s.write.ExecContext(t.Context(), statement); err != nil {
		t.Fatal(err)
	}
}

// One gives the one text that a query gives.
func One(t testing.TB, s *Store, query string) (text string) {
	t.Helper()
	if err := s.read.QueryRowContext(t.Context(), query).Scan(&text); err != nil {
		t.Fatal(err)
	}
	return text
}

// Questions are the queries behind the trail's questions.
var Questions = []string{showQuery, stateQuery, boundQuery, "SELECT i.key" + briefsQuery + newestFirst, "SELECT i.key" + briefsOfIDQuery + newestFirst,
	runs + "SELECT i.key" + briefsOfPatientQuery + newestFirst, documentsQuery, refusedQuery, entriesQuery, highestQuery, brokersQuery}

// Plan gives the steps of a query.
func Plan(t *testing.T, s *Store, query string) (steps []string) {
	t.Helper()
	n := strings.Count(query, "?")
	if strings.Contains(query, "?3") {
		n = 3
	}
	args := make([]any, n)
	for i := range args {
		args[i] = int64(1)
	}
	rows, err := s.read.QueryContext(t.Context(), "EXPLAIN QUERY PLAN "+query, args...)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		var id, parent, unused int
		var detail string
		if err := rows.Scan(&id, &parent, &unused, &detail); err != nil {
			t.Fatal(err)
		}
		steps = append(steps, detail)
	}
	return steps
}
