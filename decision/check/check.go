package check

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"

	"github.com/mycarerecord/mcr/decision"
	"github.com/mycarerecord/mcr/decision/internal/fault"
)

// ErrFaults says that a folder of policies is not fit to be published. What the
// faults are has been written out.
var ErrFaults = errors.New("the policies have faults")

// Fault is one thing that is wrong with a folder: where, what, and what to do.
type Fault = fault.Fault

// WriteFaults tells faults to people, file by file, each once.
func WriteFaults(w io.Writer, faults []Fault) { fault.Write(w, faults) }

// Check finds all that is wrong with a folder of policies and can be found without
// running its tests, and writes it to w for somebody who is no programmer: file by
// file, with the line, what is wrong and what to do. Then it gives ErrFaults;
// without any fault it writes one line.
func Check(ctx context.Context, fsys fs.FS, w io.Writer) error {
	faults, rev, err := Faults(ctx, fsys)
	if err := told(w, faults, err); err != nil {
		return err
	}
	fmt.Fprintf(w, "The policies are in order (digest %s).\n", rev.Digest()[:12])
	if !rev.Planned() {
		fmt.Fprintln(w, "Note: they use something that the fast machine does not know, so decisions take longer.")
	}
	return nil
}

func told(w io.Writer, faults []Fault, err error) error {
	if err != nil {
		return fmt.Errorf("checking policies: %w", err)
	}
	if len(faults) > 0 {
		WriteFaults(w, faults)
		fmt.Fprintf(w, "\n%s. Nothing may be published until this is put right.\n", fault.Count(len(faults)))
		return fmt.Errorf("checking policies: %w", ErrFaults)
	}
	return nil
}

// Faults finds all that is wrong with a folder of policies, each thing once, in the
// order of files and lines. Without any it gives the revision too.
func Faults(ctx context.Context, fsys fs.FS) ([]Fault, *decision.Revision, error) {
	c, rev, err := checked(ctx, fsys, "")
	return c.faults, rev, err
}

// checked looks at a folder; own is whose own rules it holds, "" of a region's. Without faults there is the
// revision, and the checker holds what was compiled.
func checked(ctx context.Context, fsys fs.FS, own string) (*checker, *decision.Revision, error) {
	c, err := newChecker(fsys)
	if found := (Fault{}); errors.As(err, &found) {
		c.add(found)
		return c, nil, nil
	}
	if err != nil {
		return c, nil, err
	}
	c.own = own
	rev := c.run(ctx)
	c.faults = c.faults.InOrder()
	return c, rev, nil
}
