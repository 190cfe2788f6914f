package main

import (
	"context"
	"fmt"
	"io"
	"text/tabwriter"
	"time"

	"github.com/dustin/go-humanize"
	"github.com/spf13/cobra"

	"github.com/mycarerecord/mcr/audit"
	"github.com/mycarerecord/mcr/caddymodule"
	"github.com/mycarerecord/mcr/fhirdate"
	"github.com/mycarerecord/mcr/nhs"
	"github.com/mycarerecord/mcr/registry"
	"github.com/mycarerecord/mcr/registry/plainly"
	"github.com/mycarerecord/mcr/registry/tally"
)

// showRegistry tells what is known of one patient.
func showRegistry() *cobra.Command {
	l, at := new(looking), ""
	cmd := &cobra.Command{
		Use: "show NHSNUMBER", Short: "What is known of a patient, and how it came to be known", Args: cobra.ExactArgs(1), SilenceUsage: true,
		Long: `What is known of one patient, under all of their NHS numbers, in plain English: what holds,
what does not, and the history: what was recorded by whom, when it ended, and by which
statement a permission was withdrawn. Given as "-" the number is read from standard input,
where neither the shell's history nor the list of processes keeps it.

--at says what was known at a time, by when it was recorded (the store's clock): such as
2026-03-02T14:30:00Z, or 2026-03-02T14:30 in England.

The look is in the trail, with who looked, before anything is shown: by the broker of this
machine when it runs, else in its place. If it cannot be recorded nothing is shown.`,
		RunE: func(cmd *cobra.Command, args []string) error {
			number, err := patientAsked(args[0], cmd.InOrStdin())
			if err != nil {
				return err
			}
			until, err := momentOf("--at", at)
			if err != nil {
				return err
			}
			return withRegistry(cmd, &l.settings, func(ctx context.Context, store registry.Store) error {
				return l.show(ctx, cmd.OutOrStdout(), store, number, until)
			})
		},
	}
	l.flags(cmd)
	cmd.Flags().StringVar(&at, "at", "", "what was known at this time (default: what is known now)")
	return cmd
}

// momentOf reads a flag that is a time of the past; "" is the zero time.
func momentOf(flag, text string) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	d, ok := fhirdate.ParseLenient(text)
	switch {
	case !ok || d.Precision < fhirdate.Minute:
		return time.Time{}, fmt.Errorf("%s %q: give a time, such as 2026-03-02T14:30:00Z, or 2026-03-02T14:30 in England", flag, text)
	case d.Time.After(time.Now()):
		return time.Time{}, fmt.Errorf("%s %s: that is still to come", flag, text)
	}
	return d.Time, nil
}

func (l *looking) show(ctx context.Context, out io.Writer, store registry.Store, number nhs.Number, until time.Time) error {
	query, at := "registry show", time.Now()
	if !until.IsZero() {
		query, at = "registry show --at "+until.UTC().Format(time.RFC3339), until
	}
	id, err := l.record(ctx, caddymodule.Look{Action: audit.LookAtRegistry, Query: query, Patient: number.Digits()})
	if err != nil {
		return err
	}
	known, err := registry.Know(ctx, store, number, until)
	if err != nil {
		return fmt.Errorf("reading the registry: %w", err)
	}
	then := "is known"
	if !until.IsZero() {
		then = "was known"
	}
	fmt.Fprintf(out, "What %s at %s. This look is record %s of the trail.\n\n", then, plainly.When(at), id)
	return plainly.Person(out, known, at)
}

// countRegistry tells how much there is, and nothing of anybody.
func countRegistry() *cobra.Command {
	s := new(settings)
	cmd := &cobra.Command{
		Use: "counts", Short: "How much is in the registry, by kind, status and feed; nothing of anybody", Args: cobra.NoArgs, SilenceUsage: true,
		Long: `How many entries, versions and patients there are, by kind and by the status of the newest
version; how many permissions are in force; and the feeds, by meta.source, with when each
last brought anything new: a file that says what was known already adds nothing. It reads
everything, once: some minutes for a region. It tells nothing of anybody.`,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return withRegistry(cmd, s, func(ctx context.Context, store registry.Store) error {
				var c tally.Counts
				err := waitingFor(cmd.ErrOrStderr(), "all entries to be counted", func() (err error) {
					c, err = tally.Count(ctx, store, time.Now())
					return err
				})
				if err != nil {
					return err
				}
				return printCounts(cmd.OutOrStdout(), c)
			})
		},
	}
	s.flags(cmd, "registry")
	return cmd
}

func printCounts(out io.Writer, c tally.Counts) error {
	n := func(i int) string { return humanize.Comma(int64(i)) }
	fmt.Fprintf(out, "%s entries in %s versions, about %s NHS numbers; %s versions were stated to a broker.\nPermissions in force: %s\n",
		n(c.Entries), n(c.Versions), n(c.Numbers), n(c.Stated), n(c.InForce))
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	if len(c.Lines) > 0 {
		fmt.Fprintln(table, "\nKIND\tSTATUS\tENTRIES\tVERSIONS\tPATIENTS")
	}
	for _, l := range c.Lines {
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%s\n", l.Kind, l.Status, n(l.Entries), n(l.Versions), n(l.Patients))
	}
	if err := table.Flush(); err != nil {
		return err
	}
	if len(c.Feeds) > 0 {
		fmt.Fprintln(table, "\nFEED (meta.source)\tACTIVE\tVERSIONS\tLAST BROUGHT ANYTHING NEW")
	}
	for _, f := range c.Feeds {
		name := f.Source
		if name == "" {
			name = "(without one)"
		}
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\n", name, n(f.Entries), n(f.Versions), plainly.When(f.Last))
	}
	return table.Flush()
}
