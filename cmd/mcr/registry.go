package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/user"
	"path/filepath"
	"strings"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/mycarerecord/mcr/caddymodule"
	"github.com/mycarerecord/mcr/registry"
	"github.com/mycarerecord/mcr/registry/intake"
)

func init() {
	register("registry", "import FILE|show NHSNUMBER|counts|export FILE|restore FILE|backup FILE|sweep|migrate|accept-loss", "What is known: takes it in, tells it, keeps it", `
What the policies decide on: permissions, opt-outs, care relationships, test orders.

  mcr registry import FILE     takes facts in, as below
  mcr registry show NHSNUMBER  what is known of a patient, and how it came to be known
  mcr registry counts          how much there is; nothing of anybody
  mcr registry export FILE     the whole of it, with its history, for another registry
  mcr registry restore FILE    takes what was exported into an empty one
  mcr registry backup FILE     copies the registry's file, beside a running broker
  mcr registry sweep           what a feed's full extract no longer mentions
  mcr registry migrate         makes a registry in PostgreSQL, or brings one up to date
  mcr registry accept-loss     an operator's word that brokers may go on with what is left

"mcr registry import FILE.ndjson" takes FHIR resources, one a line, into the
registry: registrations, care relationships, test orders, opt-outs and the like.
docs/registry-import.md says which resource becomes which fact. Every line is
checked before one is taken; while one is faulty, none is. Then they are taken in
batches, between which brokers write. Taking a file a second time changes nothing;
one whose import did not end goes on where that stopped. What opens nothing, such
as a plan or a draft, is counted with the reason. It may run before the broker's
first start, and beside a running one, as the broker's own user; "-" reads
standard input, so that this user need not be able to read the file.`, func(cmd *cobra.Command) {
		var s settings
		var by, practices, kinds string
		load := &cobra.Command{
			Use: "import FILE.ndjson", Short: "Takes a file of FHIR resources, one a line (- reads standard input)", Args: cobra.ExactArgs(1),
			RunE: func(cmd *cobra.Command, args []string) (err error) {
				ctx, stop := interruptible(cmd)
				defer stop()
				file, err := asGiven(cmd, args[0])
				if err != nil {
					return err
				}
				defer file.Close()
				if err := s.find(cmd, false); err != nil {
					return err
				}
				r, closed, err := newRegistry(ctx, cmd, &s)
				if err != nil {
					return err
				}
				defer func() { err = closed(err) }()
				directory, err := practicesIn(practices)
				if err != nil {
					return err
				}
				known, err := kindsIn(kinds)
				if err != nil {
					return err
				}
				return takeIn(ctx, cmd, r, file, intake.Options{By: by, Practices: directory, Kinds: known, Folder: beside(s.registry)})
			},
		}
		s.flags(load, "registry")
		load.Flags().StringVar(&by, "by", userName(), "who takes it in, for the history")
		load.Flags().StringVar(&practices, "practices", "", "directory of practices, for Patients without their practice's telephone:\nepraccur.csv of the NHS, or FHIR Organizations, one a line")
		load.Flags().StringVar(&kinds, "kinds", "", "kinds of care relationship, and what of FHIR is taken for each:\nthe file data/relationships.json of the policies in force (default: the one built in)")
		cmd.AddCommand(load, showRegistry(), countRegistry(), exportRegistry(), restoreRegistry(), backupRegistry(), sweepRegistry(),
			migrateRegistry(), acceptLoss())
	})
}

// beside is the folder of a registry that is a file; "" of one that is none.
func beside(registry string) string {
	if strings.Contains(registry, "://") {
		return ""
	}
	return filepath.Dir(registry)
}

// asGiven opens the file of a name, or gives standard input for -.
func asGiven(cmd *cobra.Command, name string) (io.ReadCloser, error) {
	if name == "-" {
		return io.NopCloser(cmd.InOrStdin()), nil
	}
	return os.Open(name)
}

// newRegistry opens a registry, and makes one in a file that is not there yet. closed closes it
// with what became of the command. One that was made, and into which nothing came before an error,
// is taken away again, unless somebody else uses it by now: a broker that has lost its registry refuses to start, and would start with
// an empty one, which knows of no opt-out.
func newRegistry(ctx context.Context, cmd *cobra.Command, s *settings) (_ registry.Store, closed func(error) error, err error) {
	made, err := prepare(cmd, s)
	if err != nil {
		return nil, nil, err
	}
	store, err := caddymodule.OpenRegistry(ctx, s.registry, logTo(cmd))
	if err != nil {
		if made {
			err = errors.Join(err, unmake(s.registry))
		}
		return nil, nil, err
	}
	return store, func(wrong error) error {
		// Whatever the command's own context: Ctrl-C is an error, too.
		nothing := wrong != nil && made && empty(context.WithoutCancel(ctx), store)
		wrong = errors.Join(wrong, store.Close())
		if nothing {
			wrong = errors.Join(wrong, unmake(s.registry))
		}
		return wrong
	}, nil
}

// unmake takes away the files of a registry that is closed here, unless somebody else has it open:
// the last one who closes it takes its -shm away (https://sqlite.org/walformat.html), and what a
// broker or another import writes must not be in a file that nobody finds.
func unmake(path string) (wrong error) {
	if _, err := os.Lstat(path + "-shm"); !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("the registry that was made is empty, and stays, since somebody else uses it: %s", path)
	}
	for _, end := range []string{"", ".import"} {
		if err := os.Remove(path + end); err != nil && !errors.Is(err, fs.ErrNotExist) {
			wrong = errors.Join(wrong, fmt.Errorf("the registry that was made is empty, and must be taken away: %w", err))
		}
	}
	return wrong
}

var errSome = errors.New("there is something")

// empty is whether it is known that nothing is in a registry.
func empty(ctx context.Context, store registry.Store) bool {
	return store.Everything(ctx, registry.AsRecorded, func(*registry.Entry) error { return errSome }) == nil
}

// prepare makes the folder of a registry that is not there yet, as the broker's
// first start does, and says so: it could be a slip in the path.
func prepare(cmd *cobra.Command, s *settings) (made bool, err error) {
	path := s.registry
	if strings.Contains(path, "://") { // one in PostgreSQL is made by mcr registry migrate
		return false, nil
	}
	if _, err := os.Stat(path); !errors.Is(err, fs.ErrNotExist) {
		return false, err
	}
	folder := filepath.Dir(path)
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return false, fmt.Errorf("making the registry's folder: %w", err)
	}
	info, err := os.Stat(folder)
	if err != nil {
		return false, fmt.Errorf("making the registry's folder: %w", err)
	}
	// A file that root makes there could not be opened by the broker.
	if owner, ok := info.Sys().(*syscall.Stat_t); ok && os.Geteuid() == 0 && owner.Uid != 0 {
		return false, fmt.Errorf("making the registry: %s belongs to user %d: import as that user, as the broker runs", folder, owner.Uid)
	}
	fmt.Fprintf(cmd.ErrOrStderr(), "there is no registry at %s yet (%s): making one, readable by %s alone, as whom the broker must run\n",
		path, s.whence(), userName())
	return true, nil
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
