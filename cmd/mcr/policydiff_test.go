package main_test

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/mycarerecord/mcr/policies"
)

// The exit code says whether a set of policies lets out more, and what cannot be compared is
// never taken for what does not.
func TestTheExitCodeOfPolicyDiffSaysWhatLetsOutMore(t *testing.T) {
	path, err := binary()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	folder := func(name, file, old, next string) string {
		t.Helper()
		at := filepath.Join(dir, name)
		if err := os.CopyFS(at, policies.FS); err != nil {
			t.Fatal(err)
		}
		text, err := os.ReadFile(filepath.Join(at, file))
		if err != nil || !strings.Contains(string(text), old) {
			t.Fatalf("%s does not hold %q: %v", file, old, err)
		}
		text = []byte(strings.Replace(string(text), old, next, 1))
		if err := os.WriteFile(filepath.Join(at, file), text, 0o600); err != nil {
			t.Fatal(err)
		}
		return name
	}
	const settings = "data/settings.json"
	same := folder("same", settings, "60", "60")
	shorter := folder("shorter", settings, `"minutes": 60`, `"minutes": 30`)
	longer := folder("data/revisions/20260302T100000Z-0123456789ab", settings, `"minutes": 60`, `"minutes": 90`)
	broken := folder("broken", "rules/opt_out/opt_out.rego", "import rego.v2", "import rego.v2\n\nx if input.pateint\n")
	for _, c := range []struct {
		name string
		args []string
		code int
		says string
	}{
		{"the shipped ones", []string{"shipped"}, 0, "Nothing differs."},
		{"a copy of them", []string{same}, 0, "Nothing differs."},
		{"a shorter emergency", []string{same, shorter}, 1, "Nothing that differs lets out more."},
		{"a longer one, by the name of a kept set", []string{same, "0123456789ab"}, 3, "Setting: Longest emergency, in minutes: 60 → 90."},
		{"back again", []string{longer, same}, 1, "Longest emergency, in minutes: 90 → 60"},
		{"one that does not compile", []string{broken}, 2, "pateint"},
		{"none of that name", []string{"nosuch"}, 2, "there is no folder nosuch"},
	} {
		t.Run(c.name, func(t *testing.T) {
			cmd := exec.Command(path, append([]string{"policy", "diff"}, c.args...)...)
			cmd.Dir = dir
			out, err := cmd.CombinedOutput()
			var exit *exec.ExitError
			if err != nil && !errors.As(err, &exit) {
				t.Fatal(err)
			}
			if code := cmd.ProcessState.ExitCode(); code != c.code || !strings.Contains(string(out), c.says) {
				t.Errorf("%d, want %d and %q:\n%s", code, c.code, c.says, out)
			}
		})
	}
}
