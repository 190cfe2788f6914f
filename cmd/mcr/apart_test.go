package main_test

import (
	"errors"
	"os/exec"
	"strings"
	"testing"
)

// Policies are judged by this program, started once more (decision/gate/apart): it then waits for
// them, and says nothing without.
func TestTheProgramJudgesApart(t *testing.T) {
	path, err := binary()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), path, "judge-policies-apart")
	cmd.Env, cmd.Stdin = []string{"HOME=/"}, strings.NewReader("no policies")
	out, err := cmd.CombinedOutput()
	var ended *exec.ExitError
	if !errors.As(err, &ended) || ended.ExitCode() != 2 || len(out) > 0 {
		t.Errorf("%v: %s", err, out)
	}
}
