package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime/debug"
	"strings"
	"time"

	"github.com/dustin/go-humanize"
	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/mycarerecord/mcr/registry/intake"
)

// practicesIn reads the directory of practices in a file; nil where none is named.
func practicesIn(path string) (*intake.Practices, error) {
	if path == "" {
		return nil, nil
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close() //nolint:errcheck // it was only read
	return intake.ReadPractices(f)
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

// importBar shows on a terminal how far an import is; elsewhere it says so now and then.
type importBar struct {
	out     io.Writer
	width   int // of the terminal, 0 where it is none
	next    time.Time
	writing bool
	began   time.Time // the phase
	from    int64     // where it began
	drawn   bool
}

const (
	drawEvery = 200 * time.Millisecond
	tellEvery = 30 * time.Second
)

func newImportBar(out io.Writer) *importBar {
	b := &importBar{out: out, began: time.Now()}
	if f, ok := out.(*os.File); ok && term.IsTerminal(int(f.Fd())) {
		b.width, _, _ = term.GetSize(int(f.Fd()))
		b.next = time.Now().Add(drawEvery)
	} else {
		b.next = time.Now().Add(tellEvery)
	}
	return b
}

// clear takes the bar away.
func (b *importBar) clear() {
	if b.drawn {
		fmt.Fprint(b.out, "\r\x1b[K")
		b.drawn = false
	}
}

// line writes a line of its own.
func (b *importBar) line(text string) {
	b.clear()
	fmt.Fprintln(b.out, text)
}

func (b *importBar) progress(p intake.Progress) {
	now := time.Now()
	if p.Writing != b.writing {
		b.writing, b.began, b.from = p.Writing, now, p.Bytes
	}
	if now.Before(b.next) || p.Size == 0 {
		return
	}
	text := fmt.Sprintf("%s lines", humanize.Comma(int64(p.Lines)))
	if p.Faults > 0 {
		text += fmt.Sprintf(", %s to correct", humanize.Comma(int64(p.Faults)))
	}
	if done, rest := p.Bytes-b.from, p.Size-p.Bytes; done > 0 && rest > 0 {
		left := time.Duration(float64(now.Sub(b.began)) * float64(rest) / float64(done))
		text += ", " + left.Round(time.Second).String() + " left"
	}
	what, part := "checking", float64(p.Bytes)/float64(p.Size)
	if p.Writing {
		what = "taking"
	}
	if b.width == 0 {
		b.next = now.Add(tellEvery)
		fmt.Fprintf(b.out, "%s: %.0f %%, %s\n", what, 100*part, text)
		return
	}
	b.next = now.Add(drawEvery)
	b.drawn = true
	room := min(40, b.width-len(what)-len(text)-12)
	bar := ""
	if room >= 10 {
		full := int(part * float64(room))
		bar = "[" + strings.Repeat("#", full) + strings.Repeat(" ", room-full) + "] "
	}
	fmt.Fprintf(b.out, "\r\x1b[K%-8s %s%3.0f %% %s", what, bar, 100*part, text)
}
