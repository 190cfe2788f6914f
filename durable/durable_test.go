package durable_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"github.com/mycarerecord/mcr/durable"
)

func TestAFileIsReplacedWholeOrNotAtAll(t *testing.T) {
	path := filepath.Join(t.TempDir(), "state")
	for i, write := range []func(string, []byte) error{durable.Replace, durable.ReplaceSoon, durable.Replace} {
		want := []byte{byte('a' + i)}
		if err := write(path, want); err != nil {
			t.Fatal(err)
		}
		if got, err := os.ReadFile(path); err != nil || string(got) != string(want) {
			t.Errorf("%q, %v", got, err)
		}
	}
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
	// What cannot be written leaves what was there.
	if err := os.Mkdir(path+".new", 0o700); err != nil {
		t.Fatal(err)
	}
	if err := durable.Replace(path, []byte("never")); err == nil {
		t.Error("it was written over a folder")
	}
	if got, _ := os.ReadFile(path); string(got) != "c" {
		t.Errorf("%q", got)
	}
}

func TestAFileIsCreatedWholeOrNotAtAll(t *testing.T) {
	folder := t.TempDir()
	path := filepath.Join(folder, "copy")
	broken := errors.New("broken")
	err := durable.Create(path, func(f *os.File) error {
		_, err := f.WriteString("half")
		return errors.Join(err, broken)
	})
	if left, _ := os.ReadDir(folder); !errors.Is(err, broken) || len(left) > 0 {
		t.Errorf("%v, and %v is left", err, left)
	}
	for i, want := range []error{nil, fs.ErrExist} {
		err := durable.Create(path, func(f *os.File) error {
			_, err := f.WriteString([]string{"first", "second"}[i])
			return err
		})
		if got, _ := os.ReadFile(path); !errors.Is(err, want) || string(got) != "first" {
			t.Errorf("%v, %q", err, got)
		}
	}
	// Somebody else's file, made meanwhile, stays.
	other := filepath.Join(folder, "other")
	err = durable.Create(other, func(*os.File) error { return os.WriteFile(other, []byte("theirs"), 0o644) })
	if got, _ := os.ReadFile(other); !errors.Is(err, fs.ErrExist) || string(got) != "theirs" {
		t.Errorf("%v, %q", err, got)
	}
	if info, err := os.Stat(path); err != nil || info.Mode() != 0o600 {
		t.Errorf("%v, %v", info, err)
	}
}

func TestAFolderIsMadeWithinOneThatIsThere(t *testing.T) {
	top := filepath.Join(t.TempDir(), "data")
	for _, dir := range []string{top, filepath.Join(top, "proof", "log")} {
		if err := durable.MkdirWithin(top, dir); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%v, within a folder that is gone", err)
		}
	}
	if _, err := os.Lstat(top); !errors.Is(err, fs.ErrNotExist) {
		t.Fatalf("the folder that was gone is there: %v", err)
	}
	if err := os.Mkdir(top, 0o700); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := durable.MkdirWithin(top, filepath.Join(top, "proof", "log")); err != nil {
			t.Fatal(err)
		}
	}
	if info, err := os.Stat(filepath.Join(top, "proof", "log")); err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("%v, %v", info, err)
	}
	if err := durable.MkdirWithin(top, filepath.Dir(top)); err == nil {
		t.Error("a folder outside is made")
	}
}
