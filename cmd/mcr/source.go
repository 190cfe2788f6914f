package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	caddycmd "github.com/caddyserver/caddy/v2/cmd"
	"github.com/spf13/cobra"
)

func init() {
	register("source", "check [URL|FILE.ndjson] --source ID", "Says what of a source's data would be shown", `
"mcr source check" reads one patient's entries from a source, or from a file of FHIR
resources, one a line, and says by type how many of them a professional with the
patient's permission would be shown, and which element or code is why the others
are not. It prints counts, codes and the source's own ids, and no content; it ends
with lines to add to categories.json. docs/source-check.md explains each column.

A source is asked by GET alone. What it wants to be told of who asks stands in a
file (--token-file) or in MCR_SOURCE_TOKEN, and never on the command line.

It ends with 0 when all could be judged, with 1 when something could not be read or
fewer than --min-shown are shown, and with 2 when it was called wrongly.`, func(cmd *cobra.Command) {
		cmd.AddCommand(sourceCheck())
	})
}

func sourceCheck() *cobra.Command {
	var opt sourceOptions
	cmd := &cobra.Command{
		Use: "check [URL|FILE.ndjson] --source ID", Short: "Says what of a source's data would be shown, and why not the rest",
		Args: cobra.ArbitraryArgs, SilenceUsage: true,
		RunE: func(cmd *cobra.Command, args []string) error {
			return asUsage(cmd, opt.run(cmd, args))
		},
	}
	cmd.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error { return asUsage(cmd, usageError{err}) })
	f := cmd.Flags()
	f.StringVar(&opt.sourceID, "source", "", "the source's id, as its file in the sources folder is named")
	opt.flags(cmd, "sources", "policies")
	f.StringVar(&opt.patient, "patient", "Patient/p1", "the patient, by the source's own id")
	f.StringVar(&opt.number, "nhs-number", "", "the patient's NHS number (default: as the source's Patient says; in a file, 9000000009)")
	f.StringVar(&opt.tokenFile, "token-file", "", `a file with the token, or with "Basic …" or "Header: value", for the source (default: MCR_SOURCE_TOKEN)`)
	f.IntVar(&opt.limits.Count, "count", 100, "entries a page that the source is asked for")
	f.IntVar(&opt.limits.Pages, "pages", 50, "pages of each type, at most")
	f.IntVar(&opt.limits.Entries, "max", 20000, "entries in all that the source is asked for, at most")
	f.Float64Var(&opt.minShown, "min-shown", 0, "end with 1 when fewer than this PERCENT of the entries that count are shown")
	f.BoolVar(&opt.json, "json", false, "print the counts and causes as JSON")
	return cmd
}

// usageError is a fault in how the command was called: exit code 2.
type usageError struct{ error }

func misused(format string, args ...any) error { return usageError{fmt.Errorf(format, args...)} }

// asUsage gives a fault in usage the exit code 2, by Caddy's own error.
func asUsage(cmd *cobra.Command, err error) error {
	var misuse usageError
	if !errors.As(err, &misuse) {
		return err
	}
	fmt.Fprintf(cmd.ErrOrStderr(), "Error: %v\nmcr source check --help says how it is called.\n", misuse)
	cmd.SilenceErrors = true
	return caddycmd.WrapCommandFuncForCobra(func(caddycmd.Flags) (int, error) { return 2, nil })(cmd, nil)
}

// folder is what a flag names, or what is in the program.
func folder(path string, builtIn fs.FS) (fs.FS, error) {
	if path == "" {
		return builtIn, nil
	}
	if info, err := os.Stat(path); err != nil || !info.IsDir() {
		return nil, misused("%s is no folder that can be read", path)
	}
	return os.DirFS(path), nil
}

// isAddress tells an address from a file's name.
func isAddress(arg string) bool {
	return strings.HasPrefix(arg, "http://") || strings.HasPrefix(arg, "https://")
}

// isFile says what is wrong with a file that is to be read.
func isFile(path string) error {
	info, err := os.Stat(path)
	switch {
	case err != nil:
		return misused("%s cannot be read: give a file of resources, one a line, or an address that begins with https://", filepath.Base(path))
	case info.IsDir():
		return misused("%s is a folder: give a file of resources, one a line", path)
	}
	return nil
}
