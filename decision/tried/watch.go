package tried

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"io/fs"
	"strings"
	"time"

	"github.com/mycarerecord/mcr/decision/book"
	"github.com/mycarerecord/mcr/decision/check"
)

// LookEvery is how often a folder is looked at. A folder is tried once it was found the same
// twice: an editor that empties a file and then writes it is not told on in between.
const LookEvery = 120 * time.Millisecond

// Watched is a folder whose policies are tried again whenever a file of it changes.
type Watched struct {
	FS   fs.FS
	Name string // how somebody calls it
	Out  io.Writer
	// Wait waits until it is time to look again; its error ends the watching.
	Wait func(context.Context) error
	Now  func() time.Time

	before Outcome // the last in which tests and cases could be run
	rest   Outcome // and in which what takes longer could be
	tried  bool    // there is one before
}

// Watch watches until the context ends, which is no error. Of each state of the folder it tells
// the tests and cases first, beginning with what differs from the last; then what takes longer.
// What came of a folder that was written to meanwhile is not told: it is tried again.
func (w *Watched) Watch(ctx context.Context) error {
	fmt.Fprintf(w.Out, "Watching %s. Ctrl-C ends it.\n", w.Name)
	var at looked
	for first := true; ; first = false {
		now, err := w.settled(ctx, at)
		if err != nil {
			return w.ended(ctx, err)
		}
		what := "As the folder is now"
		if !first {
			what = "Changed: " + few(now.since(at))
		}
		at = now
		if err := w.one(ctx, at, what); err != nil {
			return w.ended(ctx, err)
		}
	}
}

// ended is the error of the end: none, when somebody ended it.
func (w *Watched) ended(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		fmt.Fprintln(w.Out)
		return nil
	}
	return err
}

// settled waits until the folder differs from what it was, and then until it is found the same
// twice. nil is a folder that nobody looked at yet.
func (w *Watched) settled(ctx context.Context, was looked) (looked, error) {
	now := look(w.FS)
	for was != nil && now.same(was) {
		if err := w.Wait(ctx); err != nil {
			return nil, err
		}
		now = look(w.FS)
	}
	for {
		if err := w.Wait(ctx); err != nil {
			return nil, err
		}
		again := look(w.FS)
		if again.same(now) {
			return now, nil
		}
		now = again
	}
}

// one tries one state of the folder. It ends early, without an error, when that is no more.
func (w *Watched) one(ctx context.Context, at looked, what string) error {
	if fault, gone := at[""]; gone {
		w.say("%s\nThe folder cannot be read, so nothing is tried: %s", what, fault)
		return nil
	}
	began := w.Now()
	var quick Outcome
	quick.Stopped = check.Quick(ctx, edited{w.FS}, func(f check.Finding) { quick.Findings = append(quick.Findings, f) })
	quick.Took = w.Now().Sub(began)
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case !look(w.FS).same(at):
		return nil // what was read may be half of one state and half of another
	}
	w.say("%s", what)
	if !w.tell(quick) {
		return nil
	}
	return w.longer(ctx, at)
}

// tell tells what came of tests and cases, and whether they could be run.
func (w *Watched) tell(o Outcome) bool {
	if faults := o.of(check.OfFault); len(faults) > 0 {
		Difference{New: faults}.Write(w.Out)
		fmt.Fprintln(w.Out, "mcr policy check says what to do. Nothing else is tried before it is put right.")
		return false
	}
	if o.Stopped != nil {
		fmt.Fprintf(w.Out, "Not all could be tried: %v\n", o.Stopped)
		return false
	}
	if w.tried {
		d := o.Since(w.before)
		if d.Write(w.Out); d.None() {
			fmt.Fprintln(w.Out, "Nothing comes out otherwise.")
		}
	} else {
		Difference{New: failing(o)}.Write(w.Out)
	}
	w.before, w.tried = o, true
	fmt.Fprintf(w.Out, "%s, %s (%.1f s).\n", o.passing(check.OfTest), o.passing(check.OfCase), o.Took.Seconds())
	return true
}

// longer does what takes longer, for as long as the folder stays as it is.
func (w *Watched) longer(ctx context.Context, at looked) error {
	fmt.Fprintln(w.Out, "Running: each case with something missing, coverage, invariants ...")
	within, stop := context.WithCancel(ctx)
	defer stop()
	done := make(chan Outcome, 1)
	go func() {
		o, _ := Run(within, edited{w.FS}, io.Discard) // what is wrong is among the findings
		done <- o
	}()
	for {
		select {
		case o := <-done:
			if ctx.Err() != nil {
				return ctx.Err()
			}
			if look(w.FS).same(at) {
				w.tellRest(o)
			}
			return nil
		default:
		}
		err := w.Wait(ctx)
		if changed := !look(w.FS).same(at); err != nil || changed {
			stop()
			<-done // one run at a time
			return err
		}
	}
}

func (w *Watched) tellRest(o Outcome) {
	if o.Stopped != nil {
		w.say("Not all could be tried: %v", o.Stopped)
		return
	}
	rest := o
	rest.Findings = append(append(o.of(check.OfDrops), o.of(check.OfCoverage)...), o.of(ofInvariant)...)
	w.say("What takes longer is done.")
	if w.rest.Findings == nil {
		Difference{New: failing(rest)}.Write(w.Out)
	} else {
		d := rest.Since(w.rest)
		d.Added = 0
		d.Write(w.Out)
	}
	w.rest = rest
	if n := o.Failed(); n > 0 {
		fmt.Fprintf(w.Out, "Of all, %s: mcr policy test tells each.\n", book.Count(n, "is not as it should be", "are not as they should be"))
		return
	}
	fmt.Fprintf(w.Out, "All is well: %s, %s, and every line of the rules is reached.\n", o.passing(check.OfDrops), o.passing(ofInvariant))
}

// say begins a paragraph with the time.
func (w *Watched) say(format string, args ...any) {
	fmt.Fprintf(w.Out, "\n%s "+format+"\n", append([]any{w.Now().Format(time.TimeOnly)}, args...)...)
}

func (o Outcome) of(kind check.Kind) (out []check.Finding) {
	for _, f := range o.Findings {
		if f.Kind == kind {
			out = append(out, f)
		}
	}
	return out
}

// passing says how many of a kind pass.
func (o Outcome) passing(kind check.Kind) string {
	all, passed := o.of(kind), 0
	for _, f := range all {
		if f.Passed() {
			passed++
		}
	}
	many := named[kind][1]
	if passed == len(all) {
		return fmt.Sprintf("%d %s pass", passed, many)
	}
	return fmt.Sprintf("%d of %d %s pass", passed, len(all), many)
}

func failing(o Outcome) (out []check.Finding) {
	for _, f := range o.Findings {
		if !f.Passed() {
			out = append(out, f)
		}
	}
	return out
}

// few names the first of some files.
func few(files []string) string {
	const most = 3
	more := ""
	if n := len(files); n > most {
		files, more = files[:most], fmt.Sprintf(" and %d more", n-most)
	}
	return cmp.Or(strings.Join(files, ", "), "the folder") + more
}
