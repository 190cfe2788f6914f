package apart

import (
	"context"
	"encoding/gob"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/mycarerecord/mcr/decision"
	"github.com/mycarerecord/mcr/decision/internal/folder"
)

// This program is started as a child, too: as the one that judges, or as one that does not do what
// it should.
func TestMain(m *testing.M) {
	Main()
	if does := misbehaves[os.Getenv("MCR_TEST_CHILD")]; does != nil {
		does()
		os.Exit(0)
	}
	os.Exit(m.Run())
}

var some = folder.Held{"decision.rego": []byte("package mcr.decision\n")}

// misbehaves are children that give no verdict.
var misbehaves = map[string]func(){
	"says nothing":         func() {},
	"ends with a fault":    func() { fmt.Fprintln(os.Stderr, "fatal error: out of memory\nmore"); os.Exit(2) },
	"is killed":            func() { received(); _ = syscall.Kill(os.Getpid(), syscall.SIGKILL) },
	"is killed half way":   func() { fmt.Print(verdictOn(some)[:20]); _ = syscall.Kill(os.Getpid(), syscall.SIGKILL) },
	"is killed behind it":  func() { received(); fmt.Print(verdictOn(some)); _ = syscall.Kill(os.Getpid(), syscall.SIGKILL) },
	"says half":            func() { fmt.Print(verdictOn(some)[:20]) },
	"says two things":      func() { fmt.Print(verdictOn(some), verdictOn(some)) },
	"speaks of another":    func() { fmt.Print(verdictOn(folder.Held{"x": nil})) },
	"tried nothing":        func() { fmt.Printf(`{"fingerprint":%q,"loads":true,"tests":0,"cases":9}`, some.Fingerprint()) },
	"says that none loads": func() { fmt.Printf(`{"fingerprint":%q,"loads":false,"tests":9,"cases":9}`, some.Fingerprint()) },
	"never ends to speak": func() {
		for err := error(nil); err == nil; {
			_, err = os.Stdout.WriteString(strings.Repeat("x", 1<<16))
		}
		select {}
	},
	"never ends to complain": func() {
		for range 1000 {
			fmt.Fprint(os.Stderr, strings.Repeat("x", 1<<16))
		}
		os.Exit(1)
	},
	"hangs": func() {
		lower(os.Getpid())
		received()
		_, _ = os.NewFile(3, "here").WriteString("!")
		select {}
	},
	"is a parent": func() { // of one that hangs, which tells the same pipe that it is there
		_, _ = judge(context.Background(), with(os.NewFile(3, "here")), some, decision.Options{})
	},
}

func received() { _ = gob.NewDecoder(os.Stdin).Decode(new(asked)) }

func verdictOn(f folder.Held) string {
	text, _ := json.Marshal(answer{Fingerprint: f.Fingerprint(), Loads: true, Tests: 1, Cases: 1})
	return string(text)
}

// as is this program as such a child.
func as(does string) func(context.Context) (*exec.Cmd, error) {
	return func(ctx context.Context) (*exec.Cmd, error) {
		cmd := exec.CommandContext(ctx, os.Args[0])
		cmd.Env = []string{"MCR_TEST_CHILD=" + does}
		return cmd, nil
	}
}

// with is one that hangs, and tells a pipe when it does.
func with(here *os.File) func(context.Context) (*exec.Cmd, error) {
	return func(ctx context.Context) (*exec.Cmd, error) {
		cmd, err := as("hangs")(ctx)
		cmd.ExtraFiles = []*os.File{here}
		return cmd, err
	}
}

// A child that does not do what it should gives no verdict, whatever it has said, and leaves nothing behind.
func TestNoVerdictIsAnError(t *testing.T) {
	for does, want := range map[string]string{
		"says nothing": "cannot be read", "ends with a fault": "fatal error: out of memory", "is killed": "killed", "is killed half way": "killed",
		"is killed behind it": "killed", "says half": "cannot be read", "says two things": "cannot be read", "speaks of another": "of another set",
		"tried nothing": "neither", "says that none loads": "neither", "never ends to speak": "more than 16 MiB", "never ends to complain": "exit status 1",
	} {
		t.Run(does, func(t *testing.T) {
			v, err := judge(t.Context(), as(does), some, decision.Options{})
			if err == nil || !strings.Contains(err.Error(), want) || len(err.Error()) > 1000 {
				t.Errorf("%.2000v", err)
			}
			if v.Loads || v.Revision != nil || v.Tests > 0 {
				t.Errorf("a verdict: %+v", v)
			}
			noneLeft(t)
		})
	}
	t.Run("is not there", func(t *testing.T) {
		_, err := judge(t.Context(), func(ctx context.Context) (*exec.Cmd, error) {
			return exec.CommandContext(ctx, filepath.Join(t.TempDir(), "nothing")), nil
		}, some, decision.Options{})
		if !errors.Is(err, os.ErrNotExist) {
			t.Error(err)
		}
		noneLeft(t)
	})
}

// noneLeft looks for a child that runs, or ended and was not waited for.
func noneLeft(t *testing.T) {
	t.Helper()
	if pid, err := syscall.Wait4(-1, nil, syscall.WNOHANG, nil); !errors.Is(err, syscall.ECHILD) {
		t.Errorf("a child is left: %d, %v", pid, err)
	}
}

// A child that hangs is of low priority, and ends with the context of who waits for it.
func TestAChildEndsWithTheContext(t *testing.T) {
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancelCause(t.Context())
	var child *exec.Cmd
	ended := make(chan error, 1)
	go func() {
		_, err := judge(ctx, func(ctx context.Context) (*exec.Cmd, error) {
			var err error
			child, err = with(w)(ctx)
			return child, err
		}, some, decision.Options{})
		ended <- err
	}()
	if _, err := r.Read(make([]byte, 1)); err != nil {
		t.Fatal(err)
	}
	tasks, _ := os.ReadDir("/proc/" + strconv.Itoa(child.Process.Pid) + "/task")
	for _, task := range tasks {
		id, _ := strconv.Atoi(task.Name())
		if p, err := syscall.Getpriority(syscall.PRIO_PROCESS, id); err != nil || p != 20-lowered { // as the kernel tells it
			t.Errorf("a thread of it has the priority %d: %v", 20-p, err)
		}
	}
	why := errors.New("nobody waits any longer")
	cancel(why)
	if err := <-ended; !errors.Is(err, why) {
		t.Error(err)
	}
	noneLeft(t)
}

// A child ends when its parent is killed: the pipe that both hold is then at its end.
func TestAChildEndsWithItsParent(t *testing.T) {
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	parent, err := as("is a parent")(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	parent.ExtraFiles = []*os.File{w}
	if err := errors.Join(parent.Start(), w.Close()); err != nil {
		t.Fatal(err)
	}
	if _, err := r.Read(make([]byte, 1)); err != nil {
		t.Fatal(err)
	}
	_ = parent.Process.Kill()
	_ = parent.Wait()
	if n, err := r.Read(make([]byte, 1)); n > 0 || err == nil {
		t.Errorf("%d bytes, %v", n, err)
	}
}

// What the environment holds is not for a child.
func TestAChildIsGivenNoSecrets(t *testing.T) {
	t.Setenv("MCR_PASSWORD", "secret")
	cmd, err := command(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range append(cmd.Env, cmd.Args[1:]...) {
		if !strings.HasPrefix(e, "GO") && e != "HOME=/" && e != argument {
			t.Errorf("it is given %s", e)
		}
	}
	if len(cmd.Env) == 0 {
		t.Error("an empty environment stands for all of this one's")
	}
}
