package check_test

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/mycarerecord/mcr/decision/check"
	"github.com/mycarerecord/mcr/decision/policytest"
)

// written gives the shipped policies as files.
func written(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	if err := os.CopyFS(dir, policytest.Copied(t)); err != nil {
		t.Fatal(err)
	}
	return dir
}

func TestFormatWritesWhatIsNotLaidOutAndKeepsItsMode(t *testing.T) {
	dir := written(t)
	file := filepath.Join(dir, "rules", "restricted", "restricted.rego")
	was, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	spoilt := strings.ReplaceAll(strings.Replace(string(was), "\tnot over\n", "         not   over\n", 1), "\n", "\r\n")
	if err := os.WriteFile(file, []byte(spoilt), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(file, 0o640); err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := check.Format(dir, false, &out); !errors.Is(err, check.ErrFaults) || out.String() != "rules/restricted/restricted.rego would change.\n" {
		t.Errorf("%v: %s", err, &out)
	}
	if now, _ := os.ReadFile(file); string(now) != spoilt {
		t.Error("it was written though it was only asked")
	}
	out.Reset()
	if err := check.Format(dir, true, &out); err != nil || out.String() != "rules/restricted/restricted.rego is laid out anew.\n" {
		t.Errorf("%v: %s", err, &out)
	}
	now, err := os.ReadFile(file)
	if err != nil || !bytes.Equal(now, was) {
		t.Errorf("it is not as it was: %v\n%s", err, now)
	}
	if info, err := os.Stat(file); err != nil || info.Mode().Perm() != 0o640 {
		t.Errorf("its mode is %v, %v", info.Mode(), err)
	}
	if left, _ := filepath.Glob(filepath.Join(dir, "rules", "restricted", ".*")); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
	out.Reset()
	if err := check.Format(dir, false, &out); err != nil {
		t.Errorf("%v: %s", err, &out)
	}
}

func TestFormatLeavesWhatItCannotReadAndSaysSo(t *testing.T) {
	dir := written(t)
	file := filepath.Join(dir, "rules", "restricted", "restricted.rego")
	if err := os.WriteFile(file, []byte("package mcr.rules.restricted\n\nimport rego.v2\n\nlooked if {\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	err := check.Format(dir, true, &out)
	if now, _ := os.ReadFile(file); !errors.Is(err, check.ErrFaults) || !strings.HasSuffix(string(now), "looked if {\n") || !strings.Contains(out.String(), "line 5") {
		t.Errorf("%v: %s", err, &out)
	}
	if err := check.Format(t.TempDir(), true, &out); err == nil {
		t.Error("a folder without rules is in order")
	}
}

func TestFormatFollowsALink(t *testing.T) {
	dir := written(t)
	file := filepath.Join(dir, "decision.rego")
	kept := filepath.Join(t.TempDir(), "kept.rego")
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(os.WriteFile(kept, append(text, "\n\n\n"...), 0o600), os.Remove(file), os.Symlink(kept, file)); err != nil {
		t.Fatal(err)
	}
	if err := check.Format(dir, true, new(bytes.Buffer)); err != nil {
		t.Fatal(err)
	}
	info, err := os.Lstat(file)
	if err != nil || info.Mode()&os.ModeSymlink == 0 {
		t.Errorf("the link is gone: %v, %v", info.Mode(), err)
	}
	if now, _ := os.ReadFile(kept); !bytes.Equal(now, text) {
		t.Error("what it leads to is not laid out")
	}
}
