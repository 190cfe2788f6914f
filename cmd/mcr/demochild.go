package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/caddyserver/caddy/v2"

	"github.com/mycarerecord/mcr/audit/protect"
	"github.com/mycarerecord/mcr/internal/demo"
	"github.com/mycarerecord/mcr/vouch"
)

// mostProcesses is as many as there are sources.
const mostProcesses = 12

// child is a process of the region's brokers. It ends when the pipe to its standard input does,
// however this process goes.
type child struct {
	id      string
	command *exec.Cmd
	pipe    io.Closer
	done    chan struct{} // closed when it has ended, for the reason in err
	err     error
}

// bear starts the processes among which the sources' brokers are divided, each with a data folder of
// its own, and leads the first process's collector and console there. What they share: the registry,
// the trail, and with it the keys.
func (r *runningRegion) bear(ctx context.Context, processes int, config *demo.CaddyfileOptions, complaints io.Writer) (err error) {
	defer func() {
		if err != nil {
			err = errors.Join(err, r.bury())
		}
	}()
	keys := filepath.Join(config.Data, "keys")
	if _, err := protect.LoadOrCreateKeys(keys); err != nil {
		return err
	}
	kept, err := os.ReadFile(keys)
	if err != nil {
		return err
	}
	// The collector's word for where a person asked from is taken.
	key, err := vouch.LoadOrCreateKey(filepath.Join(config.Data, "forwarding"))
	if err != nil {
		return err
	}
	global := append([]string{"trail sqlite " + demo.Word(r.description.Trail),
		"forwarded_by demo-region " + vouch.NewSigner(key, nil).PublicKey()}, config.Global...)
	lines := &lines{to: complaints}
	config.At = map[string]string{}
	var described []demo.DescribedProcess
	for i, sources := range r.region.Divide(processes) {
		id := fmt.Sprintf("demo-%d", i+1)
		data := filepath.Join(config.Data, id)
		if err := os.MkdirAll(data, 0o700); err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(data, "keys"), kept, 0o600); err != nil {
			return err
		}
		own := demo.CaddyfileOptions{ID: id, Admin: adminSocket(data), Data: data, Policies: config.Policies, Workshop: config.Workshop, Global: global, Only: sources}
		for _, address := range []*string{&own.Listen, &own.Metrics} {
			if *address, err = quietAddress(); err != nil {
				return err
			}
		}
		text, err := r.region.Caddyfile(own)
		if err != nil {
			return err
		}
		file := filepath.Join(data, "Caddyfile")
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			return err
		}
		if err := r.past.write(ctx, data, id, sources); err != nil {
			return err
		}
		c, err := bearOne(id, file, lines)
		if err != nil {
			return fmt.Errorf("starting the brokers of %s: %w", id, err)
		}
		r.children = append(r.children, c)
		for _, source := range sources {
			config.At[source] = own.Listen
		}
		described = append(described, demo.DescribedProcess{ID: id, Process: c.command.Process.Pid,
			Brokers: "http://" + own.Listen, Sources: sources, Metrics: "http://" + own.Metrics + "/metrics"})
	}
	r.description = r.description.Moved(described)
	for i, c := range r.children {
		if err := c.wait(ctx, described[i].Brokers+"/healthz"); err != nil {
			return fmt.Errorf("starting the brokers of %s: %w", described[i].ID, err)
		}
	}
	return nil
}

// quietAddress gives a port of the loopback that nobody listens on, below those that the kernel gives
// to connections by itself: it takes seconds until a process is there.
func quietAddress() (address string, err error) {
	for range 100 {
		if address, err = freeAddress(fmt.Sprintf("127.0.0.1:%d", 20_000+rand.IntN(12_000))); err == nil {
			return address, nil
		}
	}
	return "", err
}

func bearOne(id, file string, to *lines) (*child, error) {
	program, err := os.Executable()
	if err != nil {
		return nil, err
	}
	c := &child{id: id, command: exec.Command(program, "demo", "--child", file), done: make(chan struct{})}
	says := to.of(id)
	c.command.Stdout, c.command.Stderr = says, says
	if c.pipe, err = c.command.StdinPipe(); err != nil {
		return nil, err
	}
	if err := c.command.Start(); err != nil {
		return nil, err
	}
	go func() {
		c.err = c.command.Wait()
		says.end()
		close(c.done)
	}()
	return c, nil
}

// wait waits until a child answers.
func (c *child) wait(ctx context.Context, url string) error {
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for !answers(ctx, url) {
		select {
		case <-c.done:
			return errors.New("it ended, for the reason above")
		case <-ctx.Done():
			return ctx.Err()
		case <-tick.C:
		}
	}
	return nil
}

// bury ends all children, side by side, and waits for them: each delivers its records first.
func (r *runningRegion) bury() error {
	for _, c := range r.children {
		_ = c.pipe.Close()
	}
	var faults []error
	for _, c := range r.children {
		<-c.done
		if c.err != nil {
			faults = append(faults, fmt.Errorf("%s: %w", c.id, c.err))
		}
	}
	r.children = nil
	return errors.Join(faults...)
}

// tell says which children end before ctx does: their sources' brokers are away then, and the rest goes on.
func (r *runningRegion) tell(ctx context.Context, out io.Writer) {
	for _, c := range r.children {
		go func() {
			select {
			case <-c.done:
				fmt.Fprintf(out, "%s has ended (%v): its sources have no broker until the region is started again\n", c.id, c.err)
			case <-ctx.Done():
			}
		}()
	}
}

// runChild is one of the processes: it serves a Caddyfile until the pipe from its parent ends. Ctrl-C
// is for the parent, who says when.
func runChild(file string, pipe io.Reader) error {
	signal.Ignore(os.Interrupt)
	text, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	if err := serve(string(text)); err != nil {
		return err
	}
	_, _ = io.Copy(io.Discard, pipe)
	return caddy.Stop()
}

// lines writes what several processes say, whole lines at a time, each with who says it.
type lines struct {
	mu sync.Mutex
	to io.Writer
}

// of is where one of them writes.
func (l *lines) of(id string) *speaker {
	r, w := io.Pipe()
	s := &speaker{PipeWriter: w, ended: make(chan struct{})}
	go func() {
		defer close(s.ended)
		for in := bufio.NewReader(r); ; {
			line, err := in.ReadString('\n')
			if line != "" {
				l.mu.Lock()
				fmt.Fprintf(l.to, "%s: %s\n", id, strings.TrimSuffix(line, "\n"))
				l.mu.Unlock()
			}
			if err != nil {
				return
			}
		}
	}()
	return s
}

type speaker struct {
	*io.PipeWriter
	ended chan struct{}
}

// end waits until all that was said is written.
func (s *speaker) end() {
	_ = s.Close()
	<-s.ended
}
