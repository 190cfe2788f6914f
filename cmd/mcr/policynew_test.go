package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/spf13/cobra"
)

// answering runs "mcr policy ARGS" with answers typed, one a line.
func answeringPolicy(t *testing.T, typed string, args ...string) (string, error) {
	t.Helper()
	var out bytes.Buffer
	cmd := &cobra.Command{Use: "policy", SilenceUsage: true, SilenceErrors: true}
	policyCommands(cmd)
	cmd.SetOut(&out)
	cmd.SetErr(&out)
	cmd.SetIn(strings.NewReader(typed))
	cmd.SetArgs(args)
	err := cmd.ExecuteContext(t.Context())
	return out.String(), err
}

func TestPolicyNewWritesARuleThatPasses(t *testing.T) {
	dir := ownPolicies(t)
	typed := "Students see no scans\nStudents see what they need.\ndeny\nR8004\n\nimaging\nStudents do not see scans.\nAsk a colleague.\n"
	out, err := answeringPolicy(t, typed, "new", "no_scans_by_students", dir)
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	for _, want := range []string{
		"What is the rule called?\n> ", "rules/no_scans_by_students/no_scans_by_students.rego\n", "rules/no_scans_by_students/no_scans_by_students_test.rego\n",
		"testdata/decisions/no_scans_by_students.yaml\n", "data/reasons.json\n", "The policies are in order", "All tests and cases come out as they should", "mcr policy test " + dir,
	} {
		if !strings.Contains(out, want) {
			t.Errorf("%q is not said:\n%s", want, out)
		}
	}
	if out, err := policy(t, "test", dir); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
	if out, err := answeringPolicy(t, typed, "new", "no_scans_by_students", dir); err == nil || !strings.Contains(err.Error(), "there already") {
		t.Errorf("%v\n%s", err, out)
	}
}

func TestPolicyNewTakesFlagsAndWritesNothingWithoutAnAnswer(t *testing.T) {
	dir := ownPolicies(t)
	flags := []string{"new", "no_notes", dir, "--title", "No notes", "--promise", "Notes stay where they were written.", "--does", "limit", "--take-out", "Condition.note"}
	out, err := answeringPolicy(t, "", flags...)
	if err == nil || !strings.Contains(err.Error(), "was not answered: For which job roles?") || !strings.Contains(err.Error(), "--roles") {
		t.Errorf("%v\n%s", err, out)
	}
	if _, err := os.Stat(filepath.Join(dir, "rules", "no_notes")); err == nil {
		t.Error("something was written")
	}
	out, err = answeringPolicy(t, "", append(flags, "--roles=", "--kinds=acute,community")...)
	if err != nil || strings.Contains(out, "> ") || strings.Contains(out, "reasons.json") {
		t.Errorf("%v\n%s", err, out)
	}
	// What others expect is what a rule changes, and is told.
	if !strings.Contains(out, "All tests and cases come out") && !strings.Contains(out, "These come out otherwise") {
		t.Errorf("it is not said what the cases do:\n%s", out)
	}
	for _, args := range [][]string{{"new", "../x", dir}, {"new", "x_test", dir}, {"new", "x", filepath.Join(dir, "nowhere")}} {
		if out, err := answeringPolicy(t, "", args...); err == nil || strings.Contains(out, "> ") {
			t.Errorf("%v: %v\n%s", args, err, out)
		}
	}
}
