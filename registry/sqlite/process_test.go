package sqlite_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/mycarerecord/mcr/access"
	"github.com/mycarerecord/mcr/registry"
	"github.com/mycarerecord/mcr/registry/sqlite"
)

// The test binary is also the other process: MCR_REGISTRY_CHILD says what it does
// with the file in MCR_REGISTRY_FILE, for each line that it reads.
func TestMain(m *testing.M) {
	if what := os.Getenv("MCR_REGISTRY_CHILD"); what != "" {
		if err := child(what, os.Getenv("MCR_REGISTRY_FILE")); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

func child(what, path string) error {
	s, err := sqlite.Open(path, sqlite.Options{})
	if err != nil {
		return err
	}
	r := registry.New(s, registry.Options{})
	defer r.Close()
	version := 0
	lines := bufio.NewScanner(os.Stdin)
	for lines.Scan() {
		switch what {
		case "object":
			version++
			err = add(r, objects(version, registry.Status(lines.Text())))
		case "prepare", "record":
			var c *registry.Change
			c, err = r.Prepare(context.Background(), agrees(asks(alice)), lines.Text())
			if err == nil && what == "record" {
				err = c.Commit()
			}
		}
		if err != nil {
			return err
		}
		fmt.Println("done")
	}
	return lines.Err()
}

// process is another process on the same file.
type process struct {
	t     testing.TB
	cmd   *exec.Cmd
	in    *os.File
	lines *bufio.Scanner
}

func start(t testing.TB, what, path string) *process {
	t.Helper()
	p := &process{t: t, cmd: exec.Command(os.Args[0])}
	p.cmd.Env = append(os.Environ(), "MCR_REGISTRY_CHILD="+what, "MCR_REGISTRY_FILE="+path)
	p.cmd.Stderr = os.Stderr
	out, err := p.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	in, err := p.cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	p.in = in.(*os.File)
	p.lines = bufio.NewScanner(out)
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = p.in.Close()
		_ = p.cmd.Wait()
	})
	return p
}

// do has one thing done and waits until it is.
func (p *process) do(line string) {
	p.t.Helper()
	if _, err := fmt.Fprintln(p.in, line); err != nil {
		p.t.Fatal(err)
	}
	if !p.lines.Scan() || p.lines.Text() != "done" {
		p.t.Fatalf("the other process answered %q", p.lines.Text())
	}
}

// ways are the two in which a registry learns of a change.
var ways = map[string]func(*sqlite.Store){
	"by the WAL index": func(*sqlite.Store) {},
	"by SQLite alone":  (*sqlite.Store).AskAlways,
}

func TestAChangeOfAnotherProcessHoldsFromTheNextGather(t *testing.T) {
	for name, way := range ways {
		t.Run(name, func(t *testing.T) { testAChangeOfAnotherProcess(t, way) })
	}
}

func testAChangeOfAnotherProcess(t *testing.T, way func(*sqlite.Store)) {
	path := fresh(t)
	s := store(t, path, sqlite.Options{})
	way(s)
	r := over(s)
	other := start(t, "object", path)
	for i := range 50 {
		status, want := registry.Active, access.Known
		if i%2 == 1 {
			status, want = registry.Ended, access.Absent
		}
		gather(r, alice)
		other.do(string(status))
		if got := gather(r, alice).OptOut.State; got != want {
			t.Fatalf("change %d: opt-out is %v", i, got)
		}
	}
}

func TestAProcessKilledBetweenPrepareAndCommitLeavesNothing(t *testing.T) {
	path := fresh(t)
	r := open(t, path)
	for i := range 5 {
		other := start(t, "prepare", path)
		other.do(fmt.Sprint("p", i))
		if err := other.cmd.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		_ = other.cmd.Wait()
		if got := gather(r, alice).Permissions.State; got != access.Absent {
			t.Errorf("permissions are %v", got)
		}
		if _, err := r.History(context.Background(), fmt.Sprint("p", i)); !errors.Is(err, registry.ErrNoEntry) {
			t.Errorf("history: %v", err)
		}
	}
	record(t, r, agrees(asks(alice)), "p0") // its lock is gone too
}

// What was committed before a Gather began is in what it gives: with 32 askers,
// this process's writer, another handle's and another process's.
func TestNobodyEverGathersAnOlderState(t *testing.T) {
	for name, way := range ways {
		t.Run(name, func(t *testing.T) { testNobodyGathersAnOlderState(t, way) })
	}
}

func testNobodyGathersAnOlderState(t *testing.T, way func(*sqlite.Store)) {
	path := fresh(t)
	s, handle := store(t, path, sqlite.Options{}), open(t, path)
	way(s)
	r := over(s)
	other := start(t, "record", path)
	var committed atomic.Int64
	ended := make(chan struct{})
	var askers, writers sync.WaitGroup
	for range 32 {
		askers.Go(func() {
			for {
				least := committed.Load()
				if got := gather(r, alice).Permissions; int64(len(got.Value)) < least {
					t.Errorf("%d permissions are gathered after %d were committed", len(got.Value), least)
					return
				}
				gather(r, bob) // somebody who is not in memory
				select {
				case <-ended:
					return
				default:
				}
			}
		})
	}
	const each = 15
	writers.Go(func() {
		for i := range each {
			other.do(fmt.Sprint("other-", i))
			committed.Add(1)
		}
	})
	for name, r := range map[string]*registry.Registry{"own": r, "handle": handle} {
		writers.Go(func() {
			for i := range each {
				c, err := r.Prepare(context.Background(), agrees(asks(alice)), fmt.Sprint(name, "-", i))
				if err == nil {
					err = c.Commit()
				}
				if err != nil {
					t.Errorf("%s: %v", name, err)
					return
				}
				committed.Add(1)
			}
		})
	}
	writers.Wait()
	close(ended)
	askers.Wait()
	if got := len(gather(r, alice).Permissions.Value); got != 3*each {
		t.Errorf("there are %d permissions in the end", got)
	}
}
