package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/dustin/go-humanize"
	"github.com/spf13/cobra"

	"github.com/mycarerecord/mcr/legible"
	"github.com/mycarerecord/mcr/registry"
	"github.com/mycarerecord/mcr/registry/intake"
	"github.com/mycarerecord/mcr/registry/plainly"
	"github.com/mycarerecord/mcr/registry/sweep"
)

// sweeping are the flags of a sweep.
type sweeping struct {
	settings
	source, seenIn, made, by string
	end, evenSo              bool
	share                    float64
	years                    int
}

// sweepRegistry finds what a feed no longer says, and ends it.
func sweepRegistry() *cobra.Command {
	w := new(sweeping)
	cmd := &cobra.Command{
		Use: "sweep", Short: "Finds what a feed's full extract no longer mentions, and ends it (--end)", Args: cobra.NoArgs, SilenceUsage: true,
		Long: `An import leaves what its file does not mention as it is. For a feed that sends full extracts
this finds what the latest one (--seen-in) no longer mentions: what opens a record (care
relationships, registrations, test orders, permissions that the feed said) is counted, and
with --end it is ended. What closes one (opt-outs, refusals, restrictions), and who a patient
is, is never ended, but listed for somebody to look at: a patient's no ends when the feed
says so.

What was recorded after the extract was made (--made; else when the file was last changed) is
left. If more than --share per cent of the feed's openings were to be ended, nothing is: an
extract that was cut off would end everybody's. --even-so ends them all the same.

Without --seen-in it only counts what has been open for longer than --years without an end.`,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return withRegistry(cmd, &w.settings, func(ctx context.Context, store registry.Store) error {
				return w.run(ctx, cmd, store)
			})
		},
	}
	w.settings.flags(cmd, "registry")
	f := cmd.Flags()
	f.StringVar(&w.source, "source", "", "the feed, by the meta.source of its resources (empty: those without one)")
	f.StringVar(&w.seenIn, "seen-in", "", "its latest full extract, one FHIR resource a line")
	f.StringVar(&w.made, "made", "", "when that extract was made (default: when the file was last changed)")
	f.BoolVar(&w.end, "end", false, "end what it does not mention; without this, nothing is changed")
	f.Float64Var(&w.share, "share", 5, "at most so many per cent of the feed's openings")
	f.BoolVar(&w.evenSo, "even-so", false, "end them even when they are more than --share")
	f.IntVar(&w.years, "years", 10, "what began longer ago and has no end is counted as old")
	f.StringVar(&w.by, "by", userName(), "who ends them, for the history")
	_ = cmd.MarkFlagRequired("source")
	return cmd
}

func (w *sweeping) run(ctx context.Context, cmd *cobra.Command, store registry.Store) error {
	switch {
	case !legible.Name(w.by):
		return errors.New("say who ends them, with --by")
	case w.share < 0 || w.share > 100:
		return errors.New("--share: give per cent, from 0 to 100")
	case w.years < 1:
		return errors.New("--years: at least 1")
	case w.end && w.seenIn == "":
		return errors.New("--end needs the extract: --seen-in FILE")
	}
	said := cmd.ErrOrStderr()
	if w.end { // what is imported meanwhile would be judged by an extract that is older
		release, err := store.Alone(ctx, func() { fmt.Fprintln(said, "an import is under way: waiting until it is over") })
		if err != nil {
			return err
		}
		defer release()
	}
	opt := sweep.Options{Old: time.Now().AddDate(-w.years, 0, 0), By: w.by}
	opt.Source = w.source
	if err := w.extract(ctx, store, &opt.Extract); err != nil {
		return err
	}
	var found sweep.Found
	err := waitingFor(said, "all entries to be compared", func() (err error) {
		found, err = sweep.Look(ctx, store, opt)
		return err
	})
	if err != nil {
		return err
	}
	out := cmd.OutOrStdout()
	w.print(out, found, opt.Mentions)
	n, open := found.ToEnd(), found.Openings()
	tooMany := float64(n) > w.share/100*float64(open)
	switch {
	case opt.Mentions == nil || n == 0:
		return nil
	case tooMany && !w.evenSo:
		return fmt.Errorf("nothing was ended: %s of %s openings is more than %v per cent; if the extract is whole, say --even-so",
			humanize.Comma(int64(n)), humanize.Comma(int64(open)), w.share)
	case !w.end:
		fmt.Fprintln(out, "Nothing was changed; --end ends them.")
		return nil
	}
	ended := 0
	err = waitingFor(said, "entries to be ended", func() (err error) {
		ended, err = sweep.End(ctx, store, opt)
		return err
	})
	fmt.Fprintf(out, "%s entries were ended.\n", humanize.Comma(int64(ended)))
	return err
}

// extract reads the extract, if there is one.
func (w *sweeping) extract(ctx context.Context, store registry.Store, x *sweep.Extract) error {
	if w.seenIn == "" {
		return nil
	}
	f, err := os.Open(w.seenIn)
	if err != nil {
		return err
	}
	defer f.Close() //nolint:errcheck // it was only read
	info, err := f.Stat()
	if err != nil {
		return err
	}
	if !info.Mode().IsRegular() {
		return fmt.Errorf("--seen-in %s: give a file, which says when it was made", w.seenIn)
	}
	if x.Made, err = momentOf("--made", w.made); err != nil {
		return err
	}
	if x.Made.IsZero() {
		x.Made = info.ModTime()
	}
	x.Mentions = sweep.NewMentions()
	return intake.Mentioned(ctx, store, f, func(key string) {
		if source, _ := registry.Feed(key); source == w.source {
			x.Mentions.Add(key)
		}
	})
}

func (w *sweeping) print(out io.Writer, f sweep.Found, m *sweep.Mentions) {
	counted := func(by map[registry.Kind]int) string {
		var parts []string
		for _, kind := range slices.Sorted(maps.Keys(by)) {
			parts = append(parts, fmt.Sprintf("%s %s", humanize.Comma(int64(by[kind])), kind))
		}
		if parts == nil {
			return "none"
		}
		return strings.Join(parts, ", ")
	}
	fmt.Fprintf(out, "Openings that are active: %s\n", counted(f.Open))
	fmt.Fprintf(out, "Open for more than %d years, without an end: %s\n", w.years, counted(f.Old))
	if m == nil {
		return
	}
	fmt.Fprintf(out, "The extract mentions %s resources of this feed.\n", humanize.Comma(int64(m.Len())))
	fmt.Fprintf(out, "Openings that it does not mention: %s\n", counted(f.Gone))
	if f.Later > 0 {
		fmt.Fprintf(out, "Recorded since it was made, and left: %s\n", humanize.Comma(int64(f.Later)))
	}
	if f.Others == 0 {
		return
	}
	fmt.Fprintf(out, "Not mentioned, and never ended by a sweep: %s. Look at these at their source:\n", humanize.Comma(int64(f.Others)))
	for _, l := range f.Left {
		fmt.Fprintf(out, "  %s  %s, since %s\n", l.Kind, legible.Line(l.ID), plainly.When(l.Since))
	}
	if more := f.Others - len(f.Left); more > 0 {
		fmt.Fprintf(out, "  and %s more\n", humanize.Comma(int64(more)))
	}
}
