package check

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"slices"

	"github.com/mycarerecord/mcr/decision"
	"github.com/mycarerecord/mcr/decision/cases"
	"github.com/mycarerecord/mcr/decision/internal/errlist"
	"github.com/mycarerecord/mcr/decision/internal/folder"
	"github.com/mycarerecord/mcr/decision/internal/lists"
	"github.com/mycarerecord/mcr/decision/internal/rego"
)

// ErrFaults says that a folder of policies is not fit to be published. What the
// faults are has been written out.
var ErrFaults = errors.New("the policies have faults")

// Check compiles a folder of policies strictly, checks every name against the
// schema and the data, and looks for what the rules of the house ask for:
// formatting, METADATA, reason codes with their texts, a test for every rule, a
// source for every list. It writes all faults to w, each with file, line and
// what to do, and then gives ErrFaults; without any it writes one line.
func Check(ctx context.Context, fsys fs.FS, w io.Writer) error {
	faults, rev := check(ctx, fsys)
	for _, f := range faults {
		fmt.Fprintln(w, f)
	}
	if len(faults) > 0 {
		fmt.Fprintf(w, "\n%d faults. Nothing may be published until they are put right.\n", len(faults))
		return fmt.Errorf("checking policies: %w", ErrFaults)
	}
	fmt.Fprintf(w, "The policies are in order (digest %s).\n", rev.Digest()[:12])
	if !rev.Planned() {
		fmt.Fprintln(w, "Note: they use something that the fast machine does not know, so decisions take longer.")
	}
	return nil
}

func check(ctx context.Context, fsys fs.FS) ([]string, *decision.Revision) {
	f, err := folder.Read(fsys)
	faults := errlist.Lines(err)
	l, err := lists.Read(f.Data)
	faults = append(faults, errlist.Lines(err)...)
	modules, err := rego.Parse(f.Rules)
	faults = append(faults, errlist.Lines(err)...)
	faults = append(faults, (&lint{files: f, lists: l}).run(modules)...)
	for _, name := range slices.Sorted(maps.Keys(f.Cases)) {
		if err := cases.CheckText(name, f.Cases[name]); err != nil {
			faults = append(faults, errlist.Lines(err)...)
		}
	}
	rev, err := decision.Load(ctx, fsys, decision.Options{})
	for _, line := range append(errlist.Lines(err), checkTests(f)...) {
		if !slices.Contains(faults, line) {
			faults = append(faults, line)
		}
	}
	return faults, rev
}

// checkTests compiles the tests with the rules.
func checkTests(f folder.Files) []string {
	texts := maps.Clone(f.Rules)
	maps.Copy(texts, f.Tests)
	modules, err := rego.Parse(texts)
	if err == nil {
		_, err = rego.Compile(modules, f.Schema)
	}
	return errlist.Lines(err)
}
