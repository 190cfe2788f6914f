//go:build servers

package main_test

import (
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/mycarerecord/mcr/internal/servers/postgres"
)

// The region on PostgreSQL, its brokers in two processes: an empty database is made into a registry,
// the facts are taken in once, a no at one process is refused at the other, and a database with
// anybody else's facts is left alone.
func TestServersTheDemoRunsOnPostgreSQL(t *testing.T) {
	server := postgres.Start(t)
	server.SQL(t, "postgres", "CREATE DATABASE demo", "CREATE DATABASE wend")
	r := startDemo(t, "--processes", "2", "--registry", server.Address("demo"))
	if !strings.Contains(r.printed.String(), "The registry in PostgreSQL is made") || r.d.Registry != server.Address("demo") {
		t.Errorf("it says:\n%s", r.printed.String())
	}
	for no := false; !no; { // a machine may be slow: the test's own time limit is the limit
		for i, status := range r.second()[2:] {
			if no = no || status == "403"; no && status != "403" {
				t.Errorf("answer %d after the patient's no is %s, after one that was refused", i+1, status)
			}
		}
	}
	run := func(args ...string) (string, error) {
		path, err := binary()
		if err != nil {
			t.Fatal(err)
		}
		cmd := exec.Command(path, args...)
		cmd.Dir = r.dir
		out, err := cmd.CombinedOutput()
		return string(out), err
	}
	if out, err := run("demo", "--script"); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
	if out, err := r.end(syscall.SIGINT); err != nil {
		t.Errorf("Ctrl-C did not stop it cleanly: %v\n%s", err, out)
	}
	r.gone()

	const facts = "SELECT count(*) FROM registry.entry WHERE recorded_by = 'mcr demo'"
	had := server.SQL(t, "demo", facts)
	if out, err := run("demo", "--script", "--processes", "2", "--registry", server.Address("demo"), "--listen", "127.0.0.1:0"); err != nil || had == "0" {
		t.Errorf("a second start: %v\n%s", err, out)
	}
	if has := server.SQL(t, "demo", facts); has != had {
		t.Errorf("a second start has taken facts in: %s entries, %s before", has, had)
	}

	write(t, filepath.Join(r.dir, "facts.ndjson"), testOrder)
	for _, args := range [][]string{{"migrate"}, {"import", "facts.ndjson"}} {
		if out, err := run(append([]string{"registry"}, append(args, "--registry", server.Address("wend"))...)...); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
	}
	entries := server.SQL(t, "wend", "SELECT count(*) FROM registry.entry")
	out, err := run("demo", "--registry", server.Address("wend"), "--data", "other")
	if err == nil || !strings.Contains(out, "facts in it that are not this demo's") || server.SQL(t, "wend", "SELECT count(*) FROM registry.entry") != entries {
		t.Errorf("a demo on somebody's registry: %v\n%s", err, out)
	}
}
