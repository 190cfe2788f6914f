package apart

import (
	"context"
	"encoding/gob"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"runtime"
	"strings"
	"time"

	"github.com/mycarerecord/mcr/decision"
	"github.com/mycarerecord/mcr/decision/check"
	"github.com/mycarerecord/mcr/decision/internal/folder"
)

const (
	// mostTime is when a verdict is not waited for any longer: of low priority, a child gets
	// little of a machine whose processors are all busy.
	mostTime = 2 * time.Minute
	// mostAnswer bounds what is read of a verdict, in bytes.
	mostAnswer = 16 << 20
	// mostSaid bounds what an error quotes of what a child complained of.
	mostSaid = 400
	// lowered is the priority: it gives way to requests, and has a tenth of a processor still where
	// these keep all of them busy.
	lowered = 10
)

// Judge judges a set of policies.
type Judge = func(ctx context.Context, all folder.Held, opt decision.Options) (check.Verdict, error)

// Judging gives what judges in a process of its own; nil for a program that does not begin with Main.
func Judging() Judge {
	if !able.Load() {
		return nil
	}
	return func(ctx context.Context, all folder.Held, opt decision.Options) (check.Verdict, error) {
		return judge(ctx, command, all, opt)
	}
}

// command is this very program, started to judge. It is given what bounds it, and nothing of the
// environment, in which secrets may be.
func command(ctx context.Context) (*exec.Cmd, error) {
	path, err := program()
	if err != nil {
		return nil, err
	}
	cmd := exec.CommandContext(ctx, path, argument)
	cmd.Env = []string{"HOME=/", "GOMAXPROCS=1", "GOGC=200", "GOMEMLIMIT=1GiB", "GOTRACEBACK=none"}
	cmd.Dir = "/"
	return cmd, nil
}

// judge gives the verdict of a child. Its Revision is nil: whoever goes by it loads the set.
func judge(ctx context.Context, command func(context.Context) (*exec.Cmd, error), all folder.Held, opt decision.Options) (check.Verdict, error) {
	limited, cancel := context.WithTimeoutCause(ctx, mostTime, fmt.Errorf("it took longer than %v", mostTime))
	defer cancel()
	v, err := ask(limited, command, all, opt)
	if err != nil {
		if cause := context.Cause(limited); cause != nil {
			err = cause
		}
		return check.Verdict{}, fmt.Errorf("judging policies in a process of its own: %w", err)
	}
	return v, nil
}

func ask(ctx context.Context, command func(context.Context) (*exec.Cmd, error), all folder.Held, opt decision.Options) (check.Verdict, error) {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	cmd, err := command(ctx)
	if err != nil {
		return check.Verdict{}, err
	}
	said := &complaint{}
	cmd.Stderr, cmd.WaitDelay = said, 5*time.Second
	in, err := cmd.StdinPipe()
	if err != nil {
		return check.Verdict{}, err
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return check.Verdict{}, err
	}
	free, err := start(cmd)
	if err != nil {
		return check.Verdict{}, err
	}
	defer free()
	// The input stays open: its end tells the child that nobody waits any longer.
	asking := gob.NewEncoder(in).Encode(asked{Revision: opt.Revision, Limit: opt.Limit, Files: all})
	text, reading := io.ReadAll(io.LimitReader(out, mostAnswer+1))
	if asking != nil || reading != nil || len(text) > mostAnswer {
		stop()
	}
	_ = in.Close()
	ended := cmd.Wait()
	switch {
	case len(text) > mostAnswer:
		return check.Verdict{}, fmt.Errorf("it says more than %d MiB", mostAnswer>>20)
	case ended != nil:
		return check.Verdict{}, fmt.Errorf("it ended without a verdict: %w%s", ended, said)
	case asking != nil || reading != nil:
		return check.Verdict{}, errors.Join(asking, reading)
	}
	return read(text, all)
}

// start starts a child, which the kernel ends with the thread that started it. So that thread is
// kept until free is called.
func start(cmd *exec.Cmd) (free func(), err error) {
	started, done := make(chan error), make(chan struct{})
	go func() {
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		endWithParent(cmd)
		started <- cmd.Start()
		<-done
	}()
	if err = <-started; err != nil {
		close(done)
		return nil, err
	}
	lower(cmd.Process.Pid)
	return func() { close(done) }, nil
}

// read reads a verdict on a set. One that says less than a judgement does is none.
func read(text []byte, all folder.Held) (check.Verdict, error) {
	var a answer
	if err := json.Unmarshal(text, &a); err != nil {
		return check.Verdict{}, fmt.Errorf("its verdict cannot be read: %w", err)
	}
	switch {
	case a.Fingerprint != all.Fingerprint():
		return check.Verdict{}, errors.New("its verdict is of another set")
	case len(a.Faults) == 0 && (!a.Loads || a.Tests == 0 || a.Cases == 0):
		return check.Verdict{}, errors.New("its verdict says neither what is wrong nor what was tried")
	}
	return check.Verdict{Faults: a.Faults, Loads: a.Loads, Tests: a.Tests, Cases: a.Cases}, nil
}

// complaint is the beginning of what a child wrote to its standard error.
type complaint struct{ text []byte }

// Write takes in what there is room for.
func (c *complaint) Write(p []byte) (int, error) {
	c.text = append(c.text, p[:min(len(p), mostSaid-len(c.text))]...)
	return len(p), nil
}

// String is its first line, behind a colon.
func (c *complaint) String() string {
	line, _, _ := strings.Cut(strings.TrimSpace(string(c.text)), "\n")
	if line == "" {
		return ""
	}
	return ": " + line
}
