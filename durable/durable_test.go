package durable_test

import (
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
