package main

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/user"
	"path/filepath"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/mycarerecord/mcr/registry"
)

func init() {
	register("registry", "import FILE.ndjson", "Takes facts into the registry", `
"mcr registry import FILE.ndjson" takes FHIR resources, one a line, into the
registry: registrations, care relationships, test orders, opt-outs and the like.
docs/registry-import.md says which resource becomes which fact. A file is taken
whole or not at all; taking it a second time changes nothing. What opens nothing,
such as a plan or a draft, is counted with the reason. It may run before the
broker's first start, and beside a running one, as the broker's own user; "-"
reads standard input, so that this user need not be able to read the file.`, func(cmd *cobra.Command) {
		var s settings
		var by string
		load := &cobra.Command{
			Use: "import FILE.ndjson", Short: "Takes a file of FHIR resources, one a line (- reads standard input)", Args: cobra.ExactArgs(1),
			RunE: func(cmd *cobra.Command, args []string) error {
				file := cmd.InOrStdin()
				if args[0] != "-" {
					f, err := os.Open(args[0])
					if err != nil {
						return err
					}
					defer f.Close()
					file = f
				}
				if err := s.find(cmd, false); err != nil {
					return err
				}
				if err := prepare(cmd, &s); err != nil {
					return err
				}
				r, err := registry.Open(s.registry, registry.Options{Logger: logTo(cmd)})
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
		s.flags(load, "registry")
		load.Flags().StringVar(&by, "by", userName(), "who takes it in, for the history")
		cmd.AddCommand(load)
	})
}

// prepare makes the folder of a registry that is not there yet, as the broker's
// first start does, and says so: it could be a slip in the path.
func prepare(cmd *cobra.Command, s *settings) error {
	path := s.registry
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
	fmt.Fprintf(cmd.ErrOrStderr(), "there is no registry at %s yet (%s): making one, readable by %s alone, as whom the broker must run\n",
		path, s.whence(), userName())
	return nil
}

// userName names the person at this terminal, as the machine does: whom sudo was called by,
// the user of this process, who the environment says, or, as in a container whose user has no
// name, the user's number.
func userName() string {
	if name := os.Getenv("SUDO_USER"); name != "" {
		return name
	}
	if u, err := user.Current(); err == nil && u.Username != "" {
		return u.Username
	}
	return cmp.Or(os.Getenv("USER"), fmt.Sprintf("user %d", os.Getuid()))
}
