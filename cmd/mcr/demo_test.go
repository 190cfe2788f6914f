package main_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"
)

// The ten commands come out as they should, through the program as its users
// start it; and again on a second start, which keeps the trail.
func TestTheDemosScriptComesOutRightTwice(t *testing.T) {
	path, err := binary()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	records := 0
	for start := range 2 {
		cmd := exec.Command(path, "demo", "--script", "--data", "data", "--listen", "127.0.0.1:0")
		cmd.Dir = dir
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Fatalf("start %d: %v\n%s", start+1, err, out)
		}
		for _, promise := range []string{"1. ", "10. ", "permission-needed", "opted-out", "read-only", "01632 96"} {
			if !strings.Contains(string(out), promise) {
				t.Errorf("the account does not hold %q:\n%s", promise, out)
			}
		}
		tail := exec.Command(path, "audit", "tail", "--json", "--limit", "10000", "--trail", "data/trail.db")
		tail.Dir = dir
		kept, err := tail.Output()
		if err != nil {
			t.Fatal(err)
		}
		if n := strings.Count(string(kept), "\n"); n <= records {
			t.Errorf("start %d: %d records in the trail, %d before", start+1, n, records)
		} else {
			records = n
		}
	}
}

// Outside programs find a running region by --describe, and none by an error.
func TestTheDemoDescribesItselfToPrograms(t *testing.T) {
	path, err := binary()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	describe := func() (map[string]any, error) {
		cmd := exec.Command(path, "demo", "--describe")
		cmd.Dir = dir
		out, err := cmd.Output()
		if err != nil {
			return nil, err
		}
		var d map[string]any
		return d, json.Unmarshal(out, &d)
	}
	if _, err := describe(); err == nil {
		t.Error("a region that does not run describes itself")
	}
	region := exec.Command(path, "demo", "--listen", "127.0.0.1:0", "--past", "2")
	region.Dir = dir
	if err := region.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- region.Wait() }()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	var d map[string]any
	for d == nil {
		select {
		case err := <-ended:
			t.Fatalf("the region ended: %v", err)
		case <-ctx.Done():
			t.Fatal("the region is not there after a minute")
		case <-tick.C:
			d, _ = describe()
		}
	}
	for _, key := range []string{"sources", "issuer", "token_endpoint", "cast", "patients", "trail", "metrics", "past"} {
		if d[key] == nil {
			t.Errorf("the description has no %s", key)
		}
	}
	if n := len(d["sources"].([]any)); n != 12 {
		t.Errorf("%d sources, want 12", n)
	}
	if n := len(d["patients"].([]any)); n != 200 {
		t.Errorf("%d patients, want 200", n)
	}
	// Metrics name every source's address: strangers who ask the brokers do not see them
	// (attack 153), Prometheus does.
	console, _ := d["console"].(string)
	for address, want := range map[string]int{strings.TrimSuffix(console, "/console/") + "/metrics": http.StatusNotFound, fmt.Sprint(d["metrics"]): http.StatusOK} {
		answer, err := http.Get(address)
		if err != nil {
			t.Fatal(err)
		}
		answer.Body.Close()
		if answer.StatusCode != want {
			t.Errorf("%s: %d, want %d", address, answer.StatusCode, want)
		}
	}
	_ = region.Process.Signal(syscall.SIGINT)
	if err := <-ended; err != nil {
		t.Errorf("Ctrl-C did not stop it cleanly: %v", err)
	}
	if _, err := describe(); err == nil {
		t.Error("a region that was stopped describes itself")
	}
}
