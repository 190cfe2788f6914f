package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/spf13/cobra"

	"github.com/mycarerecord/mcr/policies"
)

// policy runs "mcr policy ARGS" and gives what it wrote.
func policy(t *testing.T, args ...string) (string, error) {
	t.Helper()
	var out bytes.Buffer
	cmd := &cobra.Command{Use: "policy", SilenceUsage: true, SilenceErrors: true}
	policyCommands(cmd)
	cmd.SetOut(&out)
	cmd.SetErr(&out)
	cmd.SetArgs(args)
	err := cmd.ExecuteContext(t.Context())
	return out.String(), err
}

func TestPolicyCommandsTellWhatIsWrongAndEndWithAnError(t *testing.T) {
	dir := t.TempDir()
	if err := os.CopyFS(dir, policies.FS); err != nil {
		t.Fatal(err)
	}
	if out, err := policy(t, "check", dir); err != nil || !strings.HasPrefix(out, "The policies are in order") {
		t.Fatalf("%v: %s", err, out)
	}
	file := filepath.Join(dir, "rules", "own_record", "own_record.rego")
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	spoilt := strings.Replace(string(text), `input.request.action == "view"`, `input.request.action  ==  "veiw"`, 1)
	if err := os.WriteFile(file, []byte(spoilt), 0o600); err != nil {
		t.Fatal(err)
	}
	out, err := policy(t, "check", dir)
	want := "rules/own_record/own_record.rego\n" +
		"  line 28: input.request.action is never \"veiw\".\n" +
		"      What to do: write one of: view, record-permission, record-refusal, withdraw, declare-emergency; did you mean \"view\"?\n" +
		"\n1 fault. Nothing may be published until this is put right.\n"
	if err == nil || out != want {
		t.Errorf("%v: %s", err, out)
	}
	if out, err := policy(t, "fmt", "--check", dir); err == nil || out != "rules/own_record/own_record.rego would change.\n" {
		t.Errorf("%v: %s", err, out)
	}
	if out, err := policy(t, "fmt", dir); err != nil {
		t.Errorf("%v: %s", err, out)
	}
	if out, err := policy(t, "fmt", "--check", dir); err != nil {
		t.Errorf("%v: %s", err, out)
	}
	if _, err := policy(t, "check", filepath.Join(dir, "nowhere")); err == nil || !strings.Contains(err.Error(), "there is no folder") {
		t.Error(err)
	}
}
