package postgres

import (
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"syscall"
	"testing"
)

// sweep waits until the test process is gone, however it went, and then ends what works in the
// folder, frozen or not, and takes the folder away.
const sweep = `cat >/dev/null
for again in 1 2 3; do
	for process in /proc/[0-9]*; do
		case $(readlink "$process/cwd") in "$1"|"$1"/*) kill -KILL "${process#/proc/}" ;; esac
	done
done
rm -rf "$1"`

// guard starts the process that sweeps. It knows of the test process's end by a pipe of which
// that has the other end, which nobody ever closes.
func guard(t testing.TB, folder string) {
	t.Helper()
	cmd := exec.Command("/bin/sh", "-c", sweep, "sh", folder)
	cmd.Dir = "/"
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true} // Ctrl-C is for the test
	pipe, err := cmd.StdinPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		t.Fatalf("guarding PostgreSQL: %v", err)
	}
	go func() {
		_ = cmd.Wait()
		_ = pipe.Close() // until then it must stay open
	}()
}

// processes gives the server's processes, the first one first: PostgreSQL's work in its folder.
func (s *Server) processes() []int {
	var found []int
	all, _ := filepath.Glob("/proc/[0-9]*/cwd")
	for _, cwd := range all {
		if where, err := os.Readlink(cwd); err == nil && where == s.data() {
			if pid, err := strconv.Atoi(filepath.Base(filepath.Dir(cwd))); err == nil {
				found = append(found, pid)
			}
		}
	}
	return found
}

// signal sends a signal to all of the server's processes, and to those that came meanwhile.
func (s *Server) signal(sig syscall.Signal) {
	had := map[int]bool{}
	for again := true; again; {
		again = false
		for _, pid := range s.processes() {
			if !had[pid] {
				had[pid], again = true, true
				_ = syscall.Kill(pid, sig) // gone is as good
			}
		}
	}
}
