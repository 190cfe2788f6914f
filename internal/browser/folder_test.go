//go:build servers

package browser_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/mycarerecord/mcr/policies"
)

// governBy goes on by a folder of policies, the shipped ones but for some edits, until the
// test ends.
func (w *world) governBy(t *testing.T, edits func(folder string)) (folder string) {
	t.Helper()
	folder = filepath.Join(t.TempDir(), "policies")
	if err := os.CopyFS(folder, policies.FS); err != nil {
		t.Fatal(err)
	}
	if edits != nil {
		edits(folder)
	}
	if err := w.load(nil, "policies "+folder); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := w.load(nil); err != nil {
			t.Error(err)
		}
	})
	return folder
}

// edit writes something else in a file of a folder.
func edit(t *testing.T, folder, file, was, is string) {
	t.Helper()
	path := filepath.Join(folder, file)
	text, err := os.ReadFile(path)
	if err != nil || !strings.Contains(string(text), was) {
		t.Fatalf("%s does not hold %q: %v", file, was, err)
	}
	if err := os.Chmod(path, 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(strings.Replace(string(text), was, is, 1)), 0o644); err != nil {
		t.Fatal(err)
	}
}
