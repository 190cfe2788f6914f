package suite_test

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/mycarerecord/mcr/decision/policytest"
	"github.com/mycarerecord/mcr/internal/strace"
	"github.com/mycarerecord/mcr/registry"
	"github.com/mycarerecord/mcr/registry/intake"
	"github.com/mycarerecord/mcr/registry/sqlite"
)

// The test binary is also the process that is killed: MCR_IMPORT_INTO says where it imports
// MCR_IMPORT_FILE. It writes a line for each batch, and at the end what it did.
func TestMain(m *testing.M) {
	if into := os.Getenv("MCR_IMPORT_INTO"); into != "" {
		if err := importChild(into, os.Getenv("MCR_IMPORT_FILE")); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

func importChild(into, file string) error {
	f, err := os.Open(file)
	if err != nil {
		return err
	}
	defer f.Close()
	store, err := openAt(into)
	if err != nil {
		return err
	}
	opt := as("tester")
	opt.Progress = func(p intake.Progress) {
		if p.Writing {
			fmt.Println("batch")
		}
	}
	done, err := intake.Import(context.Background(), store, f, opt)
	fmt.Println(done)
	return errors.Join(err, store.Close())
}

// addressOf says where a child process finds what is kept at a path, and openAt opens that.
var (
	addressOf = func(_ testing.TB, path string) string { return path }
	openAt    = func(path string) (registry.Store, error) {
		return sqlite.Open(path, sqlite.Options{Clock: func() time.Time { return noon }})
	}
)

// killable is a file of 1,300 resources, with links among them, and the patients in it.
func killable(t *testing.T) (path string, patients int) {
	t.Helper()
	lines := []string{region(120)}
	for i := range 40 {
		lines = append(lines, patient(fmt.Sprint("r", i), number(200+2*i), `,"meta":{"security":[{"system":"http://terminology.hl7.org/CodeSystem/v3-Confidentiality","code":"R"}]}`+registeredWith("Z91001", "01632 960001")))
		lines = append(lines, patient(fmt.Sprint("l", i), number(201+2*i), linked("replaced-by", number(200+2*i))))
	}
	lines = append(lines, episode("last", number(1), "RXZ01", "active", `{"start":"2026-11-01"}`))
	path = filepath.Join(t.TempDir(), "facts.ndjson")
	if err := os.WriteFile(path, []byte(strings.Join(lines, "\n")), 0o600); err != nil {
		t.Fatal(err)
	}
	return path, 300
}

// contents are all versions of all entries of a file, and how many there are.
func contents(t *testing.T, path string, patients int) (all []registry.Entry) {
	t.Helper()
	r := open(t, path)
	for i := range patients {
		err := r.Versions(context.Background(), number(i), func(e *registry.Entry) error {
			all = append(all, *e)
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	slices.SortStableFunc(all, func(a, b registry.Entry) int { return strings.Compare(a.ID, b.ID) })
	return all
}

// wholeResources fails where a resource is there in part: those with two entries have both, or none.
func wholeResources(t *testing.T, all []registry.Entry) {
	t.Helper()
	parts := map[string]int{}
	for _, e := range all {
		if strings.Contains(e.ID, "Patient/r") || strings.Contains(e.ID, "Patient/l") {
			parts[strings.Split(e.ID, "#")[0]]++
		}
	}
	for key, n := range parts {
		if n != 2 {
			t.Errorf("of %s there are %d entries", key, n)
		}
	}
}

// child is a process that imports a file.
func child(t testing.TB, into, file string) *exec.Cmd {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), "MCR_IMPORT_INTO="+addressOf(t, into), "MCR_IMPORT_FILE="+file)
	cmd.Stderr = os.Stderr
	return cmd
}

// An import that is killed after each of its batches, and run again each time, leaves what one
// leaves that nobody disturbed.
func TestAnImportThatIsKilledAgainAndAgainIsFinishedInTheEnd(t *testing.T) {
	if policytest.Race {
		t.Skip("the detector has nothing to find in processes that are killed")
	}
	file, patients := killable(t)
	undisturbed, killed := filepath.Join(t.TempDir(), "u.db"), filepath.Join(t.TempDir(), "k.db")
	said, err := child(t, undisturbed, file).Output()
	if err != nil {
		t.Fatal(err)
	}
	want := contents(t, undisturbed, patients)
	kills := 0
	for {
		cmd := child(t, killed, file)
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		lines := bufio.NewScanner(out)
		var end []string
		for batches := 0; lines.Scan(); {
			if lines.Text() != "batch" {
				end = append(end, lines.Text())
			} else if batches++; batches == 2 && kills < 8 {
				_ = cmd.Process.Kill()
			}
		}
		if err := cmd.Wait(); err == nil {
			t.Logf("killed %d times, and then: %s", kills, end[0])
			// What links' lines were taken before is found unchanged by the run that ends.
			if !strings.Contains(string(said), end[0]) && !strings.Contains(end[0], "1281 resources: ") {
				t.Errorf("in the end it says %s, undisturbed %s", end, said)
			}
			break
		}
		kills++
		wholeResources(t, contents(t, killed, patients))
	}
	if kills < 3 {
		t.Errorf("it was killed %d times", kills)
	}
	if diff := cmp.Diff(want, contents(t, killed, patients), compared); diff != "" {
		t.Errorf("what is on record (-undisturbed +killed):\n%s", diff)
	}
}

// The judge is the kernel, by strace: the process is killed in a call that writes, at each of many
// points, or the call fails; run again it leaves the same.
func TestAnImportKilledInASystemCallIsFinishedByTheNextRun(t *testing.T) {
	if policytest.Race {
		t.Skip("the detector has nothing to find in processes that are killed")
	}
	if addressOf(t, "") != "" {
		t.Skip("the database is another process: it is not the one that writes")
	}
	tool := strace.Find(t)
	file, patients := killable(t)
	undisturbed := filepath.Join(t.TempDir(), "u.db")
	if _, err := child(t, undisturbed, file).Output(); err != nil {
		t.Fatal(err)
	}
	want := contents(t, undisturbed, patients)
	happened := 0
	for call, points := range map[string][]int{"pwrite64": {20, 150, 400}, "fsync": {2, 4}, "fdatasync": {3, 5}} {
		for i, at := range points {
			what := []string{"signal=KILL", "error=ENOSPC"}[i%2]
			into, log := filepath.Join(t.TempDir(), "k.db"), filepath.Join(t.TempDir(), "strace")
			cmd := exec.Command(tool, "-f", "-o", log, "-e", "trace="+call, "-e", fmt.Sprintf("inject=%s:%s:when=%d", call, what, at), os.Args[0])
			cmd.Env = append(os.Environ(), "MCR_IMPORT_INTO="+addressOf(t, into), "MCR_IMPORT_FILE="+file, "GOMAXPROCS=1")
			_ = cmd.Run()
			if text, err := os.ReadFile(log); err == nil && (bytes.Contains(text, []byte("INJECTED")) || bytes.Contains(text, []byte("killed by SIGKILL"))) {
				happened++
			}
			wholeResources(t, contents(t, into, patients))
			if out, err := child(t, into, file).Output(); err != nil {
				t.Errorf("%s %s %d: run again: %v %s", call, what, at, err, out)
			}
			if diff := cmp.Diff(want, contents(t, into, patients), compared); diff != "" {
				t.Errorf("%s %s %d: what is on record (-undisturbed +interrupted):\n%s", call, what, at, diff)
			}
		}
	}
	if happened < 4 {
		t.Errorf("only %d interruptions took place: this tests little", happened)
	}
}
