package gate

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
)

// A data folder that was moved away while something was still to be written is not there again,
// empty, for the next start (attack 161).
func TestAFolderThatWasMovedAwayIsNotMadeAgain(t *testing.T) {
	data := filepath.Join(t.TempDir(), "data")
	if err := replace(filepath.Join(data, "verdicts", "x"), []byte("x")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("written below what is gone: %v", err)
	}
	if _, err := os.Stat(data); err == nil {
		t.Error("the folder is there again")
	}
	if err := os.Mkdir(data, 0o700); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := replace(filepath.Join(data, "verdicts", "x"), []byte("x")); err != nil {
			t.Error(err)
		}
	}
}
