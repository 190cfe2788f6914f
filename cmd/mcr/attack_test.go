package main_test

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// The suite through the program: against the running region, and where it cannot run.
func TestAttackJudgesTheRunningRegion(t *testing.T) {
	path, err := binary()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	attack := func(args ...string) (string, int) {
		t.Helper()
		cmd := exec.Command(path, append([]string{"attack"}, args...)...)
		cmd.Dir = dir
		out, err := cmd.CombinedOutput()
		var exit *exec.ExitError
		if err != nil && !errors.As(err, &exit) {
			t.Fatal(err)
		}
		return string(out), cmd.ProcessState.ExitCode()
	}
	for want, args := range map[string][]string{
		"no region is running":  {"--demo"},
		"say what is attacked":  {},
		"reading the profile":   {"--profile", "none.yaml"},
		"unknown flag":          {"--bogus"},
		"give one of":           {"--demo", "--list"},
		"there is no case 999;": {"--demo", "--case", "999"},
	} {
		if out, code := attack(args...); code != 2 || !strings.Contains(out, want) {
			t.Errorf("%v: %d, want 2 and %q:\n%s", args, code, want, out)
		}
	}
	if out, code := attack("--list"); code != 0 || strings.Count(out, "\n") < 600 || !strings.Contains(out, "045-reverse-chain-condition") {
		t.Errorf("--list: %d, %d lines", code, strings.Count(out, "\n"))
	}
	if out, code := attack("--explain", "--case", "045"); code != 0 || !strings.Contains(out, "hapi-fhir issue 6065") {
		t.Errorf("--explain: %d:\n%s", code, out)
	}

	region := exec.Command(path, "demo", "--listen", "127.0.0.1:0", "--past", "0")
	region.Dir = dir
	if err := region.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- region.Wait() }()
	defer func() {
		_ = region.Process.Signal(syscall.SIGINT)
		<-ended
	}()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for describe := exec.Command(path, "demo", "--describe"); ; describe = exec.Command(path, "demo", "--describe") {
		describe.Dir = dir
		if describe.Run() == nil {
			break
		}
		select {
		case <-ctx.Done():
			t.Fatal("the region is not there after a minute")
		case <-tick.C:
		}
	}
	out, code := attack("--demo", "--case", "203", "--rate", "1000", "--json", "results.json", "--junit", "results.xml")
	if lines := strings.Split(strings.TrimSpace(out), "\n"); code != 0 || lines[len(lines)-1] != "8 attacks: 8 held, 0 got through, 0 not applicable" {
		t.Errorf("%d:\n%s", code, out)
	}
	var results struct{ Held int }
	text, err := os.ReadFile(filepath.Join(dir, "results.json"))
	if err != nil || json.Unmarshal(text, &results) != nil || results.Held != 8 {
		t.Errorf("results.json: %v: %s", err, text)
	}
	if text, err := os.ReadFile(filepath.Join(dir, "results.xml")); err != nil || !strings.Contains(string(text), `tests="8" failures="0"`) {
		t.Errorf("results.xml: %v: %s", err, text)
	}
	// A case that asks too much of the product shows what becomes of one that gets through.
	own := "cases:\n  - {id: 900-refused, title: t, reason: r, source: s, steps: [{send: 'GET Patient/{B.id}', want: {status: ['200']}}]}\n"
	if err := os.Mkdir(filepath.Join(dir, "own"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "own", "own.yaml"), []byte(own), 0o600); err != nil {
		t.Fatal(err)
	}
	if out, code := attack("--demo", "--cases", "own"); code != 1 || !strings.HasSuffix(strings.TrimSpace(out), "1 attacks: 0 held, 1 got through, 0 not applicable") {
		t.Errorf("a case that gets through: %d:\n%s", code, out)
	}
}
