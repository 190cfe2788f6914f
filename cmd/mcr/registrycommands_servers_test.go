//go:build servers

package main_test

import (
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/mycarerecord/mcr/internal/servers/postgres"
)

// A registry in a file moves to PostgreSQL and back without loss; PostgreSQL's own programs back it
// up by the very command that mcr says, and read it.
func TestServersARegistryMovesToPostgreSQLAndBack(t *testing.T) {
	server := postgres.Shared(t)
	server.SQL(t, "postgres", "CREATE DATABASE moved", "CREATE DATABASE copied")
	moved, copied := server.Address("moved"), server.Address("copied")
	s := newSite(t, answering("x"), "")
	write(t, filepath.Join(s.dir, "facts.ndjson"), fullExtract("e1", "e2")+testOrder)
	run := func(args ...string) string { t.Helper(); return s.ran(append([]string{"registry"}, args...)...) }
	run("import", "--by", "nightly", "facts.ndjson")
	write(t, filepath.Join(s.dir, "facts.ndjson"), strings.ReplaceAll(fullExtract("e1"), `"active"`, `"finished"`))
	run("import", "--by", "nightly", "facts.ndjson")
	s.start()
	s.stop() // there is a trail now
	run("export", "all.ndjson")
	run("migrate", "--registry", moved)
	run("restore", "all.ndjson", "--registry", moved)
	// Of the look itself everything is said but which record it is, and when.
	said := func(registry string) string {
		out := run("show", "9990000018", "--registry", registry)
		_, rest, _ := strings.Cut(out, "\n")
		return run("counts", "--registry", registry) + rest
	}
	file := said("data/registry.db")
	if there := said(moved); there != file || !strings.Contains(file, "ended: in the care of RZ2") {
		t.Errorf("in PostgreSQL:\n%s\nin the file:\n%s", there, file)
	}
	run("export", "back.ndjson", "--registry", moved)
	run("restore", "back.ndjson", "--registry", "back.db")
	if back := said("back.db"); back != file {
		t.Errorf("back again:\n%s\nin the file:\n%s", back, file)
	}
	// A sweep in PostgreSQL ends the same.
	write(t, filepath.Join(s.dir, "none.ndjson"), fullExtract("other"))
	if out := run("sweep", "--registry", moved, "--source", "pas", "--seen-in", "none.ndjson", "--end", "--even-so"); !strings.Contains(out, "1 entries were ended.") {
		t.Errorf("swept:\n%s", out)
	}
	if versions := server.SQL(t, "moved", "SELECT count(*), count(*) FILTER (WHERE status = 'ended') FROM registry.entry"); strings.TrimSpace(versions) != "5|2" {
		t.Errorf("psql reads %s", versions)
	}
	out, err := s.run("registry", "backup", "it's.dump", "--registry", moved)
	dump := regexp.MustCompile(`(?m)^  (pg_dump .*)$`).FindStringSubmatch(out)
	if err == nil || dump == nil {
		t.Fatalf("%v\n%s", err, out)
	}
	for _, script := range []string{dump[1], `pg_restore --exit-on-error --no-owner --dbname='` + copied + `' "it's.dump"`} {
		cmd := exec.Command("sh", "-c", script)
		cmd.Dir = s.dir
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%s: %v\n%s", script, err, out)
		}
	}
	if a, b := said(copied), said(moved); a != b {
		t.Errorf("restored:\n%s\nbefore:\n%s", a, b)
	}
}
