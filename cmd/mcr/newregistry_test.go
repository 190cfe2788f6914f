package main

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/spf13/cobra"

	"github.com/mycarerecord/mcr/registry/sqlite"
)

// A registry that was made for nothing goes away again; one that a broker has opened meanwhile, or
// another import, stays: what they wrote would be in a file that nobody finds.
func TestARegistryMadeForNothingIsTakenAwayUnlessSomebodyHasIt(t *testing.T) {
	for name, shared := range map[string]bool{"alone": false, "a broker started": true} {
		t.Run(name, func(t *testing.T) {
			s := settings{registry: filepath.Join(t.TempDir(), "data", "registry.db")}
			cmd := &cobra.Command{}
			cmd.SetErr(io.Discard)
			_, closed, err := newRegistry(t.Context(), cmd, &s)
			if err != nil {
				t.Fatal(err)
			}
			if shared {
				other, err := sqlite.Open(s.registry, sqlite.Options{})
				if err != nil {
					t.Fatal(err)
				}
				defer other.Close()
				if !empty(t.Context(), other) {
					t.Fatal("it is not empty")
				}
			}
			faulty := errors.New("the file is no good")
			if err := closed(faulty); !errors.Is(err, faulty) {
				t.Error(err)
			}
			if _, err := os.Stat(s.registry); (err == nil) != shared {
				t.Errorf("it is there: %v", err == nil)
			}
		})
	}
}
