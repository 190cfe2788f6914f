package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime/debug"

	"github.com/dustin/go-humanize"
	"github.com/spf13/cobra"

	"github.com/mycarerecord/mcr/registry/intake"
)

// practicesIn reads the directory of practices in a file; nil where none is named.
func practicesIn(path string) (*intake.Practices, error) {
	return readNamed(path, intake.ReadPractices)
}

// kindsIn reads the kinds of care relationship in a file; nil, those built in, where none is named.
func kindsIn(path string) (*intake.Kinds, error) { return readNamed(path, intake.ReadKinds) }

func readNamed[T any](path string, read func(io.Reader) (*T, error)) (*T, error) {
	if path == "" {
		return nil, nil
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close() //nolint:errcheck // it was only read
	return read(f)
}

// importMemory is what Go is to make do with while a file is imported; the program itself and
// SQLite take some 80 MB besides.
const importMemory = 64 << 20

// takeIn imports a file, and shows how far it is and what is faulty on the way.
func takeIn(ctx context.Context, cmd *cobra.Command, into intake.Registry, file io.Reader, opt intake.Options) error {
	// What an import takes is garbage soon: it is collected rather than let grow.
	defer debug.SetMemoryLimit(debug.SetMemoryLimit(importMemory))
	show := newImportBar(cmd.ErrOrStderr())
	opt.Told = func(f intake.Fault) { show.line(f.String()) }
	opt.Waiting = func() { show.line("another import is under way: waiting until it is over") }
	opt.Progress = show.progress
	taken, err := intake.Import(ctx, into, file, opt)
	show.clear()
	var faulty *intake.ImportError
	switch {
	case errors.As(err, &faulty): // told already, line by line
		if faulty.Rest {
			fmt.Fprintln(cmd.OutOrStdout(), taken)
		}
		return errors.New(faulty.Summary())
	case err != nil:
		if taken.Resources > 0 {
			fmt.Fprintf(cmd.ErrOrStderr(), "%d resources were taken; import the same file again, and it goes on from there\n", taken.Resources)
		}
		return err
	}
	fmt.Fprintln(cmd.OutOrStdout(), taken)
	return nil
}

// importBar shows how far an import is, which has two phases.
type importBar struct {
	*bar
	writing bool
	from    int64 // where the phase began
}

func newImportBar(out io.Writer) *importBar { return &importBar{bar: newBar(out)} }

func (b *importBar) progress(p intake.Progress) {
	if p.Writing != b.writing {
		b.writing, b.from = p.Writing, p.Bytes
		b.begin()
	}
	what := "checking"
	if p.Writing {
		what = "taking"
	}
	b.show(what, p.Bytes-b.from, p.Size-b.from, float64(p.Bytes)/float64(max(1, p.Size)), func() string {
		text := humanize.Comma(int64(p.Lines)) + " lines"
		if p.Faults > 0 {
			text += ", " + humanize.Comma(int64(p.Faults)) + " to correct"
		}
		return text
	})
}
