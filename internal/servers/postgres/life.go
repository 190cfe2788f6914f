package postgres

import (
	"os"
	"path/filepath"
	"syscall"
	"testing"
)

// Kill ends all of the server's processes at once (SIGKILL), as a crash would.
func (s *Server) Kill(t testing.TB) {
	t.Helper()
	s.signal(syscall.SIGKILL)
	<-s.ended
}

// Stop ends the server in one of PostgreSQL's ways: "smart", "fast", or "immediate", which is a
// crash of the server that its clients are told of.
func (s *Server) Stop(t testing.TB, mode string) {
	t.Helper()
	s.run(t, "pg_ctl", "stop", "-D", s.data(), "-m", mode, "-w")
	<-s.ended
}

// Freeze stops all of the server's processes where they are: connections stay, nobody answers.
func (s *Server) Freeze(t testing.TB) { s.signal(syscall.SIGSTOP) }

// Thaw lets them go on.
func (s *Server) Thaw(t testing.TB) { s.signal(syscall.SIGCONT) }

// Replica makes and starts a server that streams from this one and ends with the test.
func (s *Server) Replica(t testing.TB, settings ...string) *Server {
	t.Helper()
	r := lay(t, append(append([]string{}, s.settings...), settings...))
	t.Cleanup(func() { r.end() })
	s.copyTo(t, r.data(), "-R")
	r.CA = s.CA
	r.Start(t)
	return r
}

// Promote makes a replica a primary, and returns when it takes writes.
func (s *Server) Promote(t testing.TB) {
	t.Helper()
	s.run(t, "pg_ctl", "promote", "-D", s.data(), "-w")
}

// Backup is a copy of all that a server holds.
type Backup struct{ folder string }

// Backup copies all that the server holds now.
func (s *Server) Backup(t testing.TB) Backup {
	t.Helper()
	// Not the test's own folder, in which the server's user may not write.
	folder, err := os.MkdirTemp(s.folder, "backup-")
	if err == nil && s.owner != nil {
		err = os.Chown(folder, int(s.owner.Uid), int(s.owner.Gid))
	}
	if err != nil {
		t.Fatalf("backing PostgreSQL up: %v", err)
	}
	s.copyTo(t, filepath.Join(folder, "data"))
	return Backup{folder}
}

// Restore puts a backup in the place of what a server holds, and starts it, on the same port.
// The backup is used up.
func (s *Server) Restore(t testing.TB, b Backup) {
	t.Helper()
	s.Kill(t)
	err := os.RemoveAll(s.data())
	if err == nil {
		err = os.Rename(filepath.Join(b.folder, "data"), s.data())
	}
	if err != nil {
		t.Fatalf("restoring PostgreSQL: %v", err)
	}
	s.Start(t)
}

func (s *Server) copyTo(t testing.TB, folder string, more ...string) {
	t.Helper()
	s.run(t, "pg_basebackup", append([]string{"-D", folder, "-d", s.SocketAddress("postgres"),
		"-X", "stream", "-c", "fast", "--no-sync"}, more...)...)
}

// end kills the server and takes its folder away.
func (s *Server) end() {
	s.signal(syscall.SIGKILL)
	if s.ended != nil {
		<-s.ended
	}
	_ = os.RemoveAll(s.folder) // the guard does it otherwise
}

// Runs is whether the server has not ended.
func (s *Server) Runs() bool {
	if s.ended == nil {
		return false
	}
	select {
	case <-s.ended:
		return false
	default:
		return true
	}
}
