//go:build servers

package postgres_test

import (
	"bufio"
	"errors"
	"io/fs"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/mycarerecord/mcr/internal/servers/postgres"
)

func TestServersPostgresKeepsWhatItConfirmedThroughACrash(t *testing.T) {
	s := postgres.Start(t)
	s.SQL(t, "postgres", "CREATE TABLE said (what text)")
	for _, end := range []func(){func() { s.Kill(t) }, func() { s.Stop(t, "immediate") }, func() { s.Stop(t, "fast") }} {
		s.SQL(t, "postgres", "INSERT INTO said VALUES ('no')")
		end()
		s.Start(t)
	}
	if got := s.SQL(t, "postgres", "SELECT count(*), version() ~ 'PostgreSQL 1[5-9]' FROM said"); got != "3|t" {
		t.Errorf("there is %q", got)
	}
}

func TestServersPostgresReplicaFollowsAndIsPromoted(t *testing.T) {
	s := postgres.Start(t)
	replica := s.Replica(t)
	s.SQL(t, "postgres", "CREATE TABLE said (what text)", "ALTER SYSTEM SET synchronous_standby_names='*'", "SELECT pg_reload_conf()")
	s.SQL(t, "postgres", "SET synchronous_commit=remote_apply; INSERT INTO said VALUES ('no')")
	if got := replica.SQL(t, "postgres", "SELECT what, pg_is_in_recovery() FROM said"); got != "no|t" {
		t.Errorf("the replica has %q", got)
	}
	s.Kill(t)
	replica.Promote(t)
	replica.SQL(t, "postgres", "SET synchronous_commit=local; INSERT INTO said VALUES ('yes')")
}

func TestServersPostgresIsRestoredFromABackup(t *testing.T) {
	s := postgres.Start(t)
	s.SQL(t, "postgres", "CREATE TABLE said (what text)")
	backup := s.Backup(t)
	s.SQL(t, "postgres", "INSERT INTO said VALUES ('no')")
	s.Restore(t, backup)
	if got := s.SQL(t, "postgres", "SELECT count(*) FROM said"); got != "0" {
		t.Errorf("there is %q", got)
	}
}

func TestServersPostgresGivesEachTestADatabaseOfItsOwn(t *testing.T) {
	s := postgres.Shared(t)
	prepared := 0
	prepare := func(string) error { prepared++; return nil }
	if a, b := s.Database(t, prepare), s.Database(t, prepare); a == b || prepared != 1 {
		t.Errorf("%s and %s, prepared %d times", a, b, prepared)
	}
	if postgres.Shared(t) != s {
		t.Error("there are two")
	}
}

func TestServersPostgresFreezes(t *testing.T) {
	s := postgres.Start(t)
	s.Freeze(t)
	c, err := net.Dial("tcp", s.TCP()) // the kernel takes it
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if _, err := c.Write([]byte{0, 0, 0, 8, 4, 210, 22, 47}); err != nil { // SSLRequest
		t.Fatal(err)
	}
	s.Thaw(t)
	if answer, err := bufio.NewReader(c).ReadByte(); err != nil || answer != 'S' {
		t.Errorf("it answers %q, %v", answer, err)
	}
}

func TestServersPostgresLink(t *testing.T) {
	server, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer server.Close()
	go func() { // sends every line back
		for {
			c, err := server.Accept()
			if err != nil {
				return
			}
			go func() {
				for lines := bufio.NewReader(c); ; {
					line, err := lines.ReadString('\n')
					if err != nil {
						return
					}
					_, _ = c.Write([]byte(line))
				}
			}()
		}
	}()
	link := postgres.NewLink(t, server.Addr().String())
	dial := func() (net.Conn, *bufio.Reader) {
		c, err := net.Dial("tcp", link.Addr())
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = c.Close() })
		_, _ = c.Write([]byte("a\n"))
		return c, bufio.NewReader(c)
	}
	c, lines := dial()
	if line, err := lines.ReadString('\n'); line != "a\n" {
		t.Fatalf("whole: %q %v", line, err)
	}
	link.Silence()
	_, _ = c.Write([]byte("b\n"))
	_ = c.SetReadDeadline(time.Now().Add(20 * time.Millisecond))
	if line, err := lines.ReadString('\n'); !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Fatalf("silent: %q %v", line, err)
	}
	_ = c.SetReadDeadline(time.Time{})
	link.Mend()
	if line, err := lines.ReadString('\n'); line != "b\n" {
		t.Fatalf("mended: %q %v", line, err)
	}
	link.Cut()
	if line, err := lines.ReadString('\n'); err == nil {
		t.Fatalf("cut: %q", line)
	}
	_, lines = dial()
	if line, err := lines.ReadString('\n'); err == nil {
		t.Fatalf("cut: %q", line)
	}
	link.Mend()
	if line, err := second(dial()).ReadString('\n'); line != "a\n" {
		t.Fatalf("mended: %q %v", line, err)
	}
}

func second(_ net.Conn, r *bufio.Reader) *bufio.Reader { return r }

// A test process that is killed leaves no server behind, not even a frozen one.
func TestServersPostgresEndsWithItsTests(t *testing.T) {
	if os.Getenv("MCR_POSTGRES_CHILD") != "" {
		s := postgres.Start(t)
		s.Freeze(t)
		_, _ = os.Stdout.WriteString("at " + filepath.Dir(filepath.Dir(s.CA)) + "\n")
		select {}
	}
	cmd := exec.Command(os.Args[0], "-test.run=^TestServersPostgresEndsWithItsTests$")
	cmd.Env = append(os.Environ(), "MCR_POSTGRES_CHILD=1")
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	var folder string
	for lines := bufio.NewScanner(out); folder == "" && lines.Scan(); {
		_, folder, _ = strings.Cut(lines.Text(), "at ")
	}
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait()
	if folder == "" {
		t.Fatal("it said nothing")
	}
	for { // the test's own time limit is the limit
		if _, err := os.Stat(folder); errors.Is(err, fs.ErrNotExist) && !anybodyIn(folder) {
			return
		}
		time.Sleep(20 * time.Millisecond)
	}
}

func anybodyIn(folder string) bool {
	all, _ := filepath.Glob("/proc/[0-9]*/cwd")
	for _, cwd := range all {
		if where, err := os.Readlink(cwd); err == nil && strings.HasPrefix(where, folder) {
			return true
		}
	}
	return false
}
