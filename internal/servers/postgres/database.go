package postgres

import (
	"fmt"
	"testing"
)

// template is the database of which the others are copies.
const template = "template_of_tests"

// Database makes a database for one test and gives its address. The first call has prepare fill
// one (with a schema, say), of which that and every later one is a copy: prepare is the same for
// all tests of a server. It must leave no connection open. nil leaves the databases empty.
func (s *Server) Database(t testing.TB, prepare func(address string) error) string {
	t.Helper()
	var err error
	s.template.Do(func() {
		s.SQL(t, "postgres", "CREATE DATABASE "+template)
		if prepare != nil {
			err = prepare(s.Address(template))
		}
	})
	if err != nil {
		t.Fatalf("preparing a database: %v", err)
	}
	s.databases.Lock()
	s.databases.made++
	name := fmt.Sprintf("test_%d", s.databases.made)
	s.databases.Unlock()
	s.SQL(t, "postgres", "CREATE DATABASE "+name+" TEMPLATE "+template)
	t.Cleanup(func() {
		// One that cannot be dropped goes with the server.
		_ = s.command("psql", s.asking("postgres", "DROP DATABASE IF EXISTS "+name+" WITH (FORCE)")...).Run()
	})
	return s.Address(name)
}

// SQL has PostgreSQL's own client run statements as the superuser, each in a transaction of its
// own, and gives what it prints: a row a line, columns parted by '|'.
func (s *Server) SQL(t testing.TB, database string, statements ...string) string {
	t.Helper()
	return s.run(t, "psql", s.asking(database, statements...)...)
}

// Run runs one of PostgreSQL's own programs, such as pg_dump, and gives what it prints.
func (s *Server) Run(t testing.TB, name string, args ...string) string {
	t.Helper()
	return s.run(t, name, args...)
}

func (s *Server) asking(database string, statements ...string) []string {
	args := []string{"-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-d", s.SocketAddress(database)}
	for _, one := range statements {
		args = append(args, "-c", one)
	}
	return args
}
