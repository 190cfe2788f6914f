package main

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/user"
	"path/filepath"
	"strconv"
	"syscall"

	"github.com/mycarerecord/mcr/registry"
	"github.com/spf13/cobra"
)

func init() {
	register("registry", "import FILE.ndjson", "Takes facts into the registry", `
"mcr registry import FILE.ndjson" takes FHIR resources, one a line, into the
registry: registrations, care relationships, test orders, opt-outs and the like.
docs/registry-import.md says which resource becomes which fact. A file is taken
whole or not at all; taking it a second time changes nothing. What opens nothing,
such as a plan or a draft, is counted with the reason. It may run before the
broker's first start, and beside a running one, as the broker's own user.`, func(cmd *cobra.Command) {
		var path, by string
		load := &cobra.Command{
			Use: "import FILE.ndjson", Short: "Takes a file of FHIR resources, one a line", Args: cobra.ExactArgs(1),
			RunE: func(cmd *cobra.Command, args []string) error {
				file, err := os.Open(args[0])
				if err != nil {
					return err
				}
				defer file.Close()
				if err := prepare(cmd, path); err != nil {
					return err
				}
				r, err := registry.Open(path, registry.Options{})
				if err != nil {
					return err
				}
				defer r.Close()
				taken, err := r.Import(cmd.Context(), file, by)
				if err != nil {
					return err
				}
				fmt.Fprintln(cmd.OutOrStdout(), taken)
				return nil
			},
		}
		// As the default Caddyfile has it.
		data := cmp.Or(os.Getenv("MCR_DATA"), "data")
		load.Flags().StringVar(&path, "registry", filepath.Join(data, "registry.db"), "the registry's SQLite file")
		load.Flags().StringVar(&by, "by", userName(), "who takes it in, for the history")
		cmd.AddCommand(load)
	})
}

// prepare makes the folder of a registry that is not there yet, as the broker's
// first start does, and says so: it could be a slip in the path.
func prepare(cmd *cobra.Command, path string) error {
	if _, err := os.Stat(path); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	folder := filepath.Dir(path)
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return fmt.Errorf("making the registry's folder: %w", err)
	}
	info, err := os.Stat(folder)
	if err != nil {
		return fmt.Errorf("making the registry's folder: %w", err)
	}
	// A file that root makes there could not be opened by the broker.
	if owner, ok := info.Sys().(*syscall.Stat_t); ok && os.Geteuid() == 0 && owner.Uid != 0 {
		return fmt.Errorf("making the registry: %s belongs to user %d: import as that user, as the broker runs", folder, owner.Uid)
	}
	fmt.Fprintf(cmd.ErrOrStderr(), "there is no registry at %s yet: making one, readable by %s alone, as whom the broker must run\n", path, userName())
	return nil
}

func userName() string {
	if name := os.Getenv("USER"); name != "" {
		return name
	}
	if u, err := user.Current(); err == nil {
		return u.Username
	}
	return "user " + strconv.Itoa(os.Getuid()) // a container's, which nothing names
}
