package main_test

import (
	"context"
	"encoding/json"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/mycarerecord/mcr/audit"
	"github.com/mycarerecord/mcr/internal/demo/past"
	"github.com/mycarerecord/mcr/internal/heard"
)

// theRegion is a demo region that runs.
type theRegion struct {
	t       *testing.T
	dir     string
	command *exec.Cmd
	ended   chan error
	printed heard.Text
	d       struct {
		Sources   []struct{ ID, FHIR string }
		Trail     string
		Registry  string
		Past      struct{ Records int }
		Processes []struct {
			ID      string
			Process int
			Brokers string
			Sources []string
			Metrics string
		}
	}
}

// startDemo starts a region and waits until it describes itself.
func startDemo(t *testing.T, args ...string) *theRegion {
	t.Helper()
	r := &theRegion{t: t, dir: t.TempDir(), ended: make(chan error, 1)}
	path, err := binary()
	if err != nil {
		t.Fatal(err)
	}
	r.command = exec.Command(path, append([]string{"demo", "--listen", "127.0.0.1:0", "--past", "0"}, args...)...)
	r.command.Dir, r.command.Stdout, r.command.Stderr = r.dir, &r.printed, &r.printed
	if err := r.command.Start(); err != nil {
		t.Fatal(err)
	}
	go func() { r.ended <- r.command.Wait() }()
	t.Cleanup(func() { _ = r.command.Process.Kill() })
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for {
		describe := exec.Command(path, "demo", "--describe")
		describe.Dir = r.dir
		if out, err := describe.Output(); err == nil {
			if err := json.Unmarshal(out, &r.d); err != nil {
				t.Fatal(err)
			}
			return r
		}
		select {
		case err := <-r.ended:
			t.Fatalf("the region ended: %v\n%s", err, r.printed.String())
		case <-ctx.Done():
			t.Fatal("the region is not there after two minutes")
		case <-tick.C:
		}
	}
}

// end ends it with a signal and gives what it printed.
func (r *theRegion) end(signal syscall.Signal) (string, error) {
	_ = r.command.Process.Signal(signal)
	err := <-r.ended
	r.ended <- err
	return r.printed.String(), err
}

// gone waits until none of its processes is there.
func (r *theRegion) gone() {
	r.t.Helper()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for _, p := range r.d.Processes { // the test's own time limit is the limit
		for syscall.Kill(p.Process, 0) == nil {
			<-tick.C
		}
	}
}

// command finds the commands of the page that begin with a letter.
var command = regexp.MustCompile(`(?m)^[a-d]\. .*\n   (.*)$`)

// second does what the page says about the second, in a shell, and gives the statuses: of the first
// question, of the patient's no, and of the questions after it.
func (r *theRegion) second() []string {
	r.t.Helper()
	var script []string
	for _, m := range command.FindAllStringSubmatch(r.printed.String(), -1) {
		script = append(script, m[1])
	}
	if len(script) != 4 {
		r.t.Fatalf("the page has %d commands for the second:\n%s", len(script), r.printed.String())
	}
	out, err := exec.Command("sh", "-c", strings.Join(script, "\n")).CombinedOutput()
	if err != nil {
		r.t.Fatalf("%v\n%s", err, out)
	}
	said := strings.Fields(string(out))
	said = slices.DeleteFunc(said[min(1, len(said)):], func(s string) bool { return len(s) != len("200") }) // the permission's id, and times
	if len(said) < 3 || said[0] != "200" || said[1] != "201" {
		r.t.Fatalf("the second came out as %q:\n%s", said, out)
	}
	return said
}

// The brokers in processes of their own, with a registry in a file: the ten commands come out as they
// should, a no at one process is refused by another from the next request on, and no process stays
// when the first one is killed.
func TestTheDemoRunsInSeveralProcesses(t *testing.T) {
	r := startDemo(t, "--processes", "2", "--past", "2")
	divided := map[string]bool{}
	for _, p := range r.d.Processes {
		for _, source := range p.Sources {
			divided[source] = true
		}
	}
	if len(r.d.Processes) != 2 || len(divided) != 12 || r.d.Sources[0].FHIR != r.d.Processes[0].Brokers+"/"+r.d.Sources[0].ID+"/fhir" {
		t.Fatalf("%+v", r.d)
	}
	for i, status := range r.second()[2:] {
		if status != "403" {
			t.Errorf("after the patient's no, answer %d of the other process is %s", i+1, status)
		}
	}
	path, _ := binary()
	script := exec.Command(path, "demo", "--script")
	script.Dir = r.dir
	if out, err := script.CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
	// The records of all processes are in one trail, and it holds.
	verify := exec.Command(path, "audit", "verify", "--config", "data/demo-1/Caddyfile")
	verify.Dir = r.dir
	if out, err := verify.CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
	// Each has its part of the past that was made up, in its own chain.
	tail := exec.Command(path, "audit", "tail", "--json", "--limit", "100000", "--trail", "data/trail.db")
	tail.Dir = r.dir
	out, err := tail.Output()
	if err != nil {
		t.Fatal(err)
	}
	made := map[string]int{}
	for line := range strings.Lines(string(out)) {
		var record audit.Record
		if err := json.Unmarshal([]byte(line), &record); err != nil {
			t.Fatal(err)
		}
		if past.Made(&record) {
			made[record.Broker]++
		}
	}
	if made["demo-1"] == 0 || made["demo-2"] == 0 || made["demo-1"]+made["demo-2"]+made["demo-region"] != r.d.Past.Records {
		t.Errorf("of the %d that were made up there are %v", r.d.Past.Records, made)
	}
	_, _ = r.end(syscall.SIGKILL)
	r.gone()
}

// A process that ends is told, and the others go on; Ctrl-C ends them all.
func TestADemosProcessThatEndsIsTold(t *testing.T) {
	r := startDemo(t, "--processes", "2")
	if err := syscall.Kill(r.d.Processes[1].Process, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for !strings.Contains(r.printed.String(), "demo-2 has ended") {
		<-tick.C
	}
	out, err := r.end(syscall.SIGINT)
	if err == nil || !strings.Contains(out, "demo-2") || strings.Contains(out, "demo-1 has ended") {
		t.Errorf("%v\n%s", err, out)
	}
	r.gone()
}
