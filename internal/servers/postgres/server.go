package postgres

import (
	"bytes"
	"fmt"
	"net"
	"net/url"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/mycarerecord/mcr/internal/servers"
)

// starts bounds a start. Alone on two cores it takes half a second.
const starts = time.Minute

// Server is one PostgreSQL: a primary or a replica.
type Server struct {
	Port int
	CA   string // path of the authority's certificate (PEM), for sslrootcert

	programs string // the folder of PostgreSQL's programs
	folder   string // all that is its own; of the user that it runs as
	settings []string
	owner    *syscall.Credential // nil when the tests do not run as root
	ended    chan struct{}       // of the run that is under way; nil before the first

	template  sync.Once
	databases struct {
		sync.Mutex
		made int
	}
}

// Start starts a server that ends with the test. A setting is as PostgreSQL's configuration
// has it, such as "fsync=on" or "max_connections=200"; it wins over those of this package.
func Start(t testing.TB, settings ...string) *Server {
	t.Helper()
	s := lay(t, settings)
	t.Cleanup(func() { s.end() })
	s.make(t)
	s.Start(t)
	return s
}

var shared struct {
	sync.Mutex
	server *Server
}

// Shared gives the server that all tests of a package share, and starts it for the first. It
// ends with the process. Who kills servers starts one of their own.
func Shared(t testing.TB) *Server {
	t.Helper()
	shared.Lock()
	defer shared.Unlock()
	if shared.server == nil {
		s := lay(t, nil)
		s.make(t)
		s.Start(t)
		shared.server = s
	}
	return shared.server
}

// lay makes an empty server: its folder, and the guard that takes it away.
func lay(t testing.TB, settings []string) *Server {
	t.Helper()
	s := &Server{programs: programs(t), settings: settings}
	var err error
	// Not the test's own folder: a socket's path has at most 107 bytes.
	if s.folder, err = os.MkdirTemp("", "mcr-pg-"); err != nil {
		t.Fatalf("starting PostgreSQL: %v", err)
	}
	if os.Geteuid() == 0 { // which PostgreSQL refuses to be
		s.owner = account(t)
		if err := os.Chown(s.folder, int(s.owner.Uid), int(s.owner.Gid)); err != nil {
			t.Fatalf("starting PostgreSQL: %v", err)
		}
	}
	guard(t, s.folder)
	return s
}

// programs gives the folder of the newest PostgreSQL that is installed.
func programs(t testing.TB) string {
	t.Helper()
	found, _ := filepath.Glob("/usr/lib/postgresql/*/bin/postgres")
	if len(found) == 0 {
		t.Fatal("PostgreSQL is not installed: run internal/servers/install")
	}
	version := func(path string) int {
		n, _ := strconv.Atoi(filepath.Base(filepath.Dir(filepath.Dir(path))))
		return n
	}
	return filepath.Dir(slices.MaxFunc(found, func(a, b string) int { return version(a) - version(b) }))
}

func account(t testing.TB) *syscall.Credential {
	t.Helper()
	who, err := user.Lookup("postgres")
	if err != nil {
		t.Fatalf("starting PostgreSQL: %v", err)
	}
	uid, _ := strconv.Atoi(who.Uid)
	gid, _ := strconv.Atoi(who.Gid)
	return &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}
}

// hba is who may come in, and how.
const hba = `local all,replication all                trust
host  all,replication postgres 127.0.0.1/32 trust
host  all             all      127.0.0.1/32 scram-sha-256
`

// make makes the cluster's files.
func (s *Server) make(t testing.TB) {
	t.Helper()
	s.run(t, "initdb", "-D", s.data(), "-U", "postgres", "--no-sync", "-E", "UTF8", "--locale=C",
		"--locale-provider=icu", "--icu-locale=en-GB", "--auth=trust")
	s.write(t, "pg_hba.conf", hba)
	s.certify(t)
}

// write makes one of the cluster's files.
func (s *Server) write(t testing.TB, name, text string) {
	t.Helper()
	path := filepath.Join(s.data(), name)
	err := os.WriteFile(path, []byte(text), 0o600)
	if err == nil && s.owner != nil {
		err = os.Chown(path, int(s.owner.Uid), int(s.owner.Gid))
	}
	if err != nil {
		t.Fatalf("configuring PostgreSQL: %v", err)
	}
}

// Start starts the server, again on the same files and port after Kill or Stop, and returns
// when it answers.
func (s *Server) Start(t testing.TB) {
	t.Helper()
	const attempts = 5
	for range attempts {
		if s.Port == 0 {
			port, err := servers.FreePort()
			if err != nil {
				t.Fatalf("starting PostgreSQL: %v", err)
			}
			s.Port = port
		}
		reason := s.try(t)
		if reason == "" {
			return
		}
		if s.ended != nil || !strings.Contains(reason, "could not bind") {
			t.Fatalf("PostgreSQL did not start; the end of its log:\n%s", reason)
		}
		s.Port = 0 // taken meanwhile
	}
	t.Fatalf("PostgreSQL found its port taken %d times", attempts)
}

// try starts the server and gives the end of its log if it does not answer.
func (s *Server) try(t testing.TB) (reason string) {
	t.Helper()
	args := []string{"-D", s.data()}
	for _, setting := range append([]string{
		"listen_addresses=127.0.0.1", "port=" + strconv.Itoa(s.Port), "unix_socket_directories=" + s.folder,
		"fsync=off", "shared_buffers=64MB", "max_connections=200", "max_wal_senders=10", "wal_keep_size=256MB",
		"timezone=UTC", "ssl=on", "ssl_cert_file=server.crt", "ssl_key_file=server.key", "shared_memory_type=mmap",
	}, s.settings...) {
		args = append(args, "-c", setting)
	}
	cmd := s.command("postgres", args...)
	log, err := os.OpenFile(s.log(), os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o644)
	if err != nil {
		t.Fatalf("starting PostgreSQL: %v", err)
	}
	defer func() { _ = log.Close() }() // the server has its own handle
	cmd.Stderr, cmd.Stdout = log, log
	if err := cmd.Start(); err != nil {
		t.Fatalf("starting PostgreSQL: %v", err)
	}
	ended := make(chan struct{})
	go func() {
		_ = cmd.Wait() // how it ended is in its log
		close(ended)
	}()
	timer := time.NewTimer(starts)
	defer timer.Stop()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case <-ended:
			return s.tail()
		case <-timer.C:
			s.signal(syscall.SIGKILL)
			<-ended
			return s.tail()
		case <-tick.C:
			if s.command("pg_isready", "-q", "-h", s.folder, "-p", strconv.Itoa(s.Port)).Run() == nil {
				s.ended = ended
				return ""
			}
		}
	}
}

// command is one of PostgreSQL's programs, run as its user, without the environment of the test.
func (s *Server) command(name string, args ...string) *exec.Cmd {
	cmd := exec.Command(filepath.Join(s.programs, name), args...)
	cmd.Dir = s.folder
	cmd.Env = []string{"PATH=/usr/bin:/bin", "LC_ALL=C", "TZ=UTC", "HOME=" + s.folder}
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: s.owner, Setsid: true} // Ctrl-C is for the test
	return cmd
}

// run runs one of PostgreSQL's programs and gives what it prints.
func (s *Server) run(t testing.TB, name string, args ...string) string {
	t.Helper()
	var out, complaint bytes.Buffer
	cmd := s.command(name, args...)
	cmd.Stdout, cmd.Stderr = &out, &complaint
	if err := cmd.Run(); err != nil {
		t.Fatalf("%s: %v\n%s", name, err, complaint.String())
	}
	return strings.TrimSpace(out.String())
}

func (s *Server) data() string { return filepath.Join(s.folder, "data") }
func (s *Server) log() string  { return filepath.Join(s.folder, "log") }

// tail gives the end of the log.
func (s *Server) tail() string {
	text, err := os.ReadFile(s.log())
	if err != nil {
		return err.Error()
	}
	const most = 4 << 10
	return string(text[max(0, len(text)-most):])
}

// TCP is the server's host:port.
func (s *Server) TCP() string { return net.JoinHostPort("127.0.0.1", strconv.Itoa(s.Port)) }

// Address is a database's address over TCP, for the superuser.
func (s *Server) Address(database string) string {
	return fmt.Sprintf("postgres://postgres@%s/%s", s.TCP(), database)
}

// SocketAddress is a database's address over the unix socket, for the superuser.
func (s *Server) SocketAddress(database string) string {
	return fmt.Sprintf("postgres://postgres@/%s?%s", database,
		url.Values{"host": {s.folder}, "port": {strconv.Itoa(s.Port)}}.Encode())
}
