package servers

import (
	"bytes"
	"context"
	_ "embed"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"sync"
	"syscall"
	"time"
)

// ClickHouseVersion is the server that the tests run against. Its Python wheel
// is ClickHouse, listeners included; no other package of a current server can
// be had everywhere.
const ClickHouseVersion = "26.9.0"

//go:embed clickhouse.py
var clickHouseScript []byte

// ClickHouse is a running server.
type ClickHouse struct {
	HTTP, Native string // addresses

	python, dir, users string
	httpPort, tcpPort  int
	cmd                *exec.Cmd
	complaint          *output
	ended              chan struct{}
}

// StartClickHouse installs ClickHouse if need be (889 MB, half a minute) and
// starts it on dir, which keeps its data from one start to the next. users is
// the path of a users.xml, or "" for one user "default" without a password.
func StartClickHouse(ctx context.Context, dir, users string) (*ClickHouse, error) {
	python, err := installClickHouse(ctx)
	if err != nil {
		return nil, fmt.Errorf("installing ClickHouse: %w", err)
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, fmt.Errorf("starting ClickHouse: %w", err)
	}
	c := &ClickHouse{python: python, dir: dir, users: users}
	for range 5 {
		if c.httpPort, err = FreePort(); err != nil {
			break
		}
		if c.tcpPort, err = FreePort(); err != nil || c.tcpPort == c.httpPort {
			continue
		}
		if err = c.Start(ctx); err == nil {
			return c, nil
		}
	}
	return nil, err
}

// installClickHouse gives the Python that has ClickHouse: the one that
// internal/servers/install made, or else one of its own.
func installClickHouse(ctx context.Context) (python string, err error) {
	root, err := cache()
	if err != nil {
		return "", err
	}
	if _, err := os.Stat(filepath.Join(root, "servers", "clickhouse.stamp")); err == nil {
		return filepath.Join(root, "servers", "python", "bin", "python"), nil
	}
	dir := filepath.Join(root, "clickhouse-"+ClickHouseVersion)
	python = filepath.Join(dir, "bin", "python")
	return python, once(dir, func() error {
		for _, args := range [][]string{
			{"python3", "-m", "venv", dir},
			{python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--only-binary=:all:", "chdb-core==" + ClickHouseVersion},
		} {
			if out, err := exec.CommandContext(ctx, args[0], args[1:]...).CombinedOutput(); err != nil {
				return fmt.Errorf("%s: %w\n%s", args[0], err, out)
			}
		}
		return nil
	})
}

// Start starts the server again on the same folder and ports, after Kill or
// Stop, and returns when it answers.
func (c *ClickHouse) Start(ctx context.Context) error {
	script := filepath.Join(c.dir, "clickhouse.py")
	if err := os.WriteFile(script, clickHouseScript, 0o644); err != nil {
		return fmt.Errorf("starting ClickHouse: %w", err)
	}
	args := []string{script, c.dir, strconv.Itoa(c.httpPort), strconv.Itoa(c.tcpPort)}
	if c.users != "" {
		args = append(args, c.users)
	}
	c.HTTP, c.Native = fmt.Sprintf("127.0.0.1:%d", c.httpPort), fmt.Sprintf("127.0.0.1:%d", c.tcpPort)
	c.cmd, c.complaint, c.ended = exec.Command(c.python, args...), new(output), make(chan struct{})
	c.cmd.Stdout, c.cmd.Stderr = c.complaint, c.complaint
	if err := c.cmd.Start(); err != nil {
		return fmt.Errorf("starting ClickHouse: %w", err)
	}
	go func(cmd *exec.Cmd, ended chan struct{}) {
		_ = cmd.Wait() // how it ended is of no interest, that it did is
		close(ended)
	}(c.cmd, c.ended)
	ctx, cancel := context.WithTimeout(ctx, 3*time.Minute)
	defer cancel()
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for {
		if ping(ctx, c.HTTP) {
			return nil
		}
		select {
		case <-tick.C:
		case <-c.ended:
			return fmt.Errorf("starting ClickHouse: it ended: %s", c.complaint)
		case <-ctx.Done():
			return errors.Join(fmt.Errorf("starting ClickHouse: %w: %s", ctx.Err(), c.complaint), c.Kill())
		}
	}
}

func ping(ctx context.Context, address string) bool {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+address+"/ping", nil)
	if err != nil {
		return false
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return false
	}
	return res.Body.Close() == nil && res.StatusCode == http.StatusOK
}

// Configure gives the server more of a configuration, as elements of its XML. It holds
// from the next Start on.
func (c *ClickHouse) Configure(elements string) error {
	if err := os.WriteFile(filepath.Join(c.dir, "more.xml"), []byte(elements), 0o644); err != nil {
		return fmt.Errorf("configuring ClickHouse: %w", err)
	}
	return nil
}

// Kill ends the server as a crash would (SIGKILL) and waits for its end.
func (c *ClickHouse) Kill() error { return c.end(syscall.SIGKILL) }

// Stop ends the server in good order.
func (c *ClickHouse) Stop() error { return c.end(syscall.SIGTERM) }

func (c *ClickHouse) end(sig syscall.Signal) error {
	select {
	case <-c.ended:
		return nil
	default:
	}
	if err := c.cmd.Process.Signal(sig); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return fmt.Errorf("ending ClickHouse: %w", err)
	}
	timer := time.NewTimer(time.Minute)
	defer timer.Stop()
	select {
	case <-c.ended:
		return nil
	case <-timer.C:
		return errors.Join(errors.New("ending ClickHouse: it did not end in a minute"), c.cmd.Process.Kill())
	}
}

// output keeps what a server writes, for an error.
type output struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.buf.Len() > 64<<10 {
		return len(p), nil
	}
	return o.buf.Write(p)
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.buf.String()
}
