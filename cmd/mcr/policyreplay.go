package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/dustin/go-humanize"
	"github.com/spf13/cobra"

	"github.com/mycarerecord/mcr/audit"
	"github.com/mycarerecord/mcr/decision"
	"github.com/mycarerecord/mcr/fhirdate"
	"github.com/mycarerecord/mcr/nhs"
	"github.com/mycarerecord/mcr/replay"
)

// replaying is mcr policy replay.
type replaying struct {
	settings
	since, until    string
	org             string
	oneIn           int
	html, csv, json string // files; "-" is standard output
}

func policyReplay() *cobra.Command {
	r := &replaying{}
	cmd := &cobra.Command{
		Use: "replay DRAFT", Args: exactly("the draft"),
		Short: "Decides the recorded requests of a trail again, under a draft",
		Long: `Decides the requests that a trail has on record again, under a draft of the policies, and
says what would have been decided otherwise: who would have been refused, who let in, who
shown more or less; by rule, organisation, role, source and patient. Nothing is changed,
neither in the trail nor anywhere else.

DRAFT is a folder; the file of a release; the name, or a part of it that is no other's, of a
set that was in force (the data folder's revisions); or "shipped", the policies in this
program.

The trail is that of the broker's configuration, or --trail: a file, a clickhouse://
address, or a file of records, one JSON document a line, as "mcr audit tail --json" writes
them ("-" reads them from standard input).

What would be shown is known from the policies that decided, when they are kept in the data
folder's revisions or are those in this program. What cannot be compared is said, and counted apart.

--html writes a page in which each number opens its list, --csv every change as a line of a
table, --json everything for a program. They name people and patients' pseudonyms as the
trail does: keep them as you keep the trail.

It ends with 0 whatever it finds, and with 1 when it could not be done to its end.`,
		Example: `  mcr policy replay my-policies --since 30d
  mcr policy replay my-policies --since 2026-11-01 --until 2026-12-01 --html november.html
  mcr policy replay my-policies --trail clickhouse://replay@trail.example:9440/mcr --one-in 100`,
	}
	r.flags(cmd, "data", "trail")
	f := cmd.Flags()
	f.StringVar(&r.since, "since", "", "what came in since: a date (2026-11-01), a time (RFC 3339), or how long ago (30d, 12h)")
	f.StringVar(&r.until, "until", "", "what came in before: likewise")
	f.StringVar(&r.org, "source-org", "", "only records about the data of the organisation with this ODS code")
	f.IntVar(&r.oneIn, "one-in", 1, "take one record in so many; which ones is the same each time")
	f.StringVar(&r.html, "html", "", "write a page to this file")
	f.StringVar(&r.csv, "csv", "", "write every change to this file, as CSV")
	f.StringVar(&r.json, "json", "", "write the report to this file, as JSON (- for standard output, instead of the tables)")
	cmd.RunE = func(cmd *cobra.Command, args []string) error { return r.run(cmd, args[0]) }
	return cmd
}

func (r *replaying) run(cmd *cobra.Command, name string) (err error) {
	ctx, stop := interruptible(cmd)
	defer stop()
	scope, err := r.scope(time.Now())
	if err != nil {
		return err
	}
	if err := r.find(cmd, true); err != nil {
		return err
	}
	draft, err := namedSet(cmd, &r.settings, name)
	if err != nil {
		return err
	}
	opt := replay.Options{OneIn: r.oneIn, Before: func(ctx context.Context, by decision.DecidedBy) *decision.Revision {
		rev, _, err := r.decidedBy(ctx, by, decision.Options{})
		if err != nil {
			fmt.Fprintf(cmd.ErrOrStderr(), "%v\n", err)
		}
		return rev
	}}
	if opt.Draft, err = decision.Load(ctx, draft, decision.Options{Revision: name}); err != nil {
		return fmt.Errorf("the draft: %w", err)
	}
	if opt.Own, err = ownBeside(ctx, draft, r.own); err != nil {
		return err
	}
	from, err := openRecords(ctx, cmd, &r.settings, scope)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, from.Close()) }()
	show := newBar(cmd.ErrOrStderr())
	opt.Progress = func(n int) {
		done, all := from.far(int64(n))
		show.show("deciding", done, all, float64(done)/float64(max(1, all)), func() string { return humanize.Comma(int64(n)) + " records" })
	}
	list, err := r.changes(&opt)
	if err != nil {
		return err
	}
	report, err := replay.Run(ctx, from.source, opt)
	show.clear()
	if err = errors.Join(err, list()); err != nil {
		return fmt.Errorf("nothing is said of a part: %w", err)
	}
	return r.write(cmd.OutOrStdout(), report)
}

// scope is the part of the trail that is asked for.
func (r *replaying) scope(now time.Time) (s audit.Scope, err error) {
	if s.Since, err = moment(r.since, now); err != nil {
		return s, fmt.Errorf("--since %w", err)
	}
	if s.Until, err = moment(r.until, now); err != nil {
		return s, fmt.Errorf("--until %w", err)
	}
	if !s.Until.IsZero() && !s.Since.Before(s.Until) {
		return s, errors.New("--since is not before --until: there is nothing between them")
	}
	if r.oneIn < 1 {
		return s, fmt.Errorf("--one-in %d: give 1 for all, or more", r.oneIn)
	}
	if s.SourceOrg = r.org; r.org != "" {
		if _, err := nhs.ParseODSCode(r.org); err != nil {
			return s, fmt.Errorf("--source-org %q: %w", r.org, err)
		}
	}
	return s, nil
}

// moment reads a date, a time, or how long ago; the zero time for "".
func moment(text string, now time.Time) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	if t, err := time.Parse(time.RFC3339, text); err == nil {
		return t, nil
	}
	if t, err := time.ParseInLocation(time.DateOnly, text, fhirdate.London); err == nil {
		return t, nil
	}
	ago, err := time.ParseDuration(text)
	if days, is := strings.CutSuffix(text, "d"); is {
		var n int
		n, err = strconv.Atoi(days)
		ago = time.Duration(n) * 24 * time.Hour
	}
	if err != nil || ago <= 0 {
		return time.Time{}, fmt.Errorf("%q: give a date such as 2026-11-01, a time such as 2026-11-01T08:00:00Z, or how long ago, such as 30d or 12h", text)
	}
	return now.Add(-ago), nil
}

// changes begins the list of all changes, if one is asked for.
func (r *replaying) changes(opt *replay.Options) (end func() error, err error) {
	if r.csv == "" {
		return func() error { return nil }, nil
	}
	f, err := create(r.csv)
	if err != nil {
		return nil, err
	}
	list, err := replay.NewList(f)
	opt.Each = list.Add
	return func() error { return errors.Join(list.Close(), f.Close()) }, err
}

// create makes a file that holds what the trail holds: for its owner only.
func create(path string) (*os.File, error) {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	if err := errors.Join(f.Chmod(0o600), f.Truncate(0)); err != nil { // it may have been there, for all to read
		return nil, errors.Join(err, f.Close())
	}
	return f, nil
}

func (r *replaying) write(out io.Writer, report *replay.Report) error {
	if r.html != "" {
		f, err := create(r.html)
		if err != nil {
			return err
		}
		if err := errors.Join(report.HTML(f), f.Close()); err != nil {
			return err
		}
	}
	switch r.json {
	case "":
		return report.Text(out)
	case "-":
		return writeReport(out, report)
	}
	f, err := create(r.json)
	if err != nil {
		return err
	}
	return errors.Join(writeReport(f, report), f.Close(), report.Text(out))
}

func writeReport(w io.Writer, report *replay.Report) error {
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	return e.Encode(report)
}
