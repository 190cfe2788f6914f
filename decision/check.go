package decision

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"strings"
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
	fmt.Fprintf(w, "The policies are in order (digest %s).\n", rev.digest[:12])
	if rev.program == nil {
		fmt.Fprintln(w, "Note: they use something that the fast machine does not know, so decisions take longer.")
	}
	return nil
}

func check(ctx context.Context, fsys fs.FS) ([]string, *Revision) {
	f, err := readFiles(fsys)
	faults := lines(err)
	l, err := readLists(f.data)
	faults = append(faults, lines(err)...)
	modules, err := parse(f.rules)
	faults = append(faults, lines(err)...)
	faults = append(faults, (&lint{files: f, lists: l}).run(modules)...)
	for _, name := range sorted(f.cases) {
		if _, err := readCases(name, f.cases[name]); err != nil {
			faults = append(faults, lines(err)...)
		}
	}
	rev, err := Load(ctx, fsys, Options{})
	for _, line := range append(lines(err), checkTests(f)...) {
		if !contains(faults, line) {
			faults = append(faults, line)
		}
	}
	return faults, rev
}

// checkTests compiles the tests with the rules.
func checkTests(f files) []string {
	texts := maps.Clone(f.rules)
	maps.Copy(texts, f.tests)
	modules, err := parse(texts)
	if err == nil {
		_, err = compile(modules, f.schema)
	}
	return lines(err)
}

// lines gives one line for each of joined errors.
func lines(err error) []string {
	if err == nil {
		return nil
	}
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		var out []string
		for _, e := range joined.Unwrap() {
			out = append(out, lines(e)...)
		}
		return out
	}
	var out []string
	for line := range strings.SplitSeq(err.Error(), "\n") {
		if line = strings.TrimSpace(line); line != "" {
			out = append(out, line)
		}
	}
	return out
}
