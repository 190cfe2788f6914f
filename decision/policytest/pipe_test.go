package policytest_test

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/mycarerecord/mcr/decision"
	"github.com/mycarerecord/mcr/decision/book"
	"github.com/mycarerecord/mcr/decision/check"
	"github.com/mycarerecord/mcr/decision/gate"
	"github.com/mycarerecord/mcr/decision/invariants"
	"github.com/mycarerecord/mcr/decision/mutants"
	"github.com/mycarerecord/mcr/policies"
)

// A pipe in a folder of policies would be waited for without end by whoever opens it, the
// console and the watching of the folder among them.
func TestAPipeInAFolderOfPoliciesIsRefusedByAllThatReadIt(t *testing.T) {
	for _, file := range []string{"data/pipe.json", "rules/opt_out/pipe.rego", "mutation.json", "mutants.yaml"} {
		dir := t.TempDir()
		if err := os.CopyFS(dir, policies.FS); err != nil {
			t.Fatal(err)
		}
		at := filepath.Join(dir, file)
		if err := os.Remove(at); err != nil && !os.IsNotExist(err) {
			t.Fatal(err)
		}
		if err := syscall.Mkfifo(at, 0o600); err != nil {
			t.Fatal(err)
		}
		fsys := os.DirFS(dir)
		aside := !strings.Contains(file, "/") // texts that decide nothing
		for who, read := range map[string]struct {
			do     func(fs.FS) error
			passes bool
		}{
			"load":        {func(f fs.FS) error { _, err := decision.Load(t.Context(), f, decision.Options{}); return err }, false},
			"fingerprint": {func(f fs.FS) error { _, err := decision.Fingerprint(f); return err }, false},
			"check": {func(f fs.FS) error {
				var out bytes.Buffer
				err := check.Check(t.Context(), f, &out)
				return errors.Join(err, errors.New(out.String()))
			}, false},
			"gate":       {func(f fs.FS) error { _, err := gate.Fingerprint(f); return err }, false},
			"comparison": {func(f fs.FS) error { _, err := book.Changes(t.Context(), policies.FS, f, nil); return err }, false},
			"invariants": {func(f fs.FS) error {
				if aside {
					return nil // they would be proved, which takes its time
				}
				_, err := invariants.Prove(t.Context(), f)
				return err
			}, aside},
			"mutants": {func(f fs.FS) error {
				_, err := mutants.Last(f)
				if file == "mutants.yaml" {
					_, err = mutants.Run(t.Context(), f, mutants.Options{Only: "none"})
				}
				return err
			}, false},
		} {
			err := read.do(fsys)
			if (err == nil) != read.passes || err != nil && !(strings.Contains(err.Error(), file) && strings.Contains(err.Error(), "this is no file")) {
				t.Errorf("%s, %s: %v", who, file, err)
			}
		}
	}
}
