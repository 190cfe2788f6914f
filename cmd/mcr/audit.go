package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/mycarerecord/mcr/audit"
	"github.com/mycarerecord/mcr/legible"
	"github.com/mycarerecord/mcr/nhs"
)

// question are the flags of questions to the trail. Each command has those that it heeds.
type question struct {
	settings
	org   string
	json  bool
	limit int
	since time.Duration
}

func (q *question) whoseFlag(cmd *cobra.Command) {
	cmd.Flags().StringVar(&q.org, "source-org", "", "only records about the data of the organisation with this ODS code")
}

func (q *question) jsonFlag(cmd *cobra.Command) {
	cmd.Flags().BoolVar(&q.json, "json", false, "one JSON document a line, for machines")
}

func (q *question) listFlags(cmd *cobra.Command) {
	q.whoseFlag(cmd)
	q.jsonFlag(cmd)
	cmd.Flags().IntVar(&q.limit, "limit", audit.DefaultLimit, "at most so many records, the newest")
	cmd.Flags().DurationVar(&q.since, "since", 0, "only the last so long, such as 24h (default: from the beginning)")
}

func (q *question) scope() audit.Scope {
	scope := audit.Scope{SourceOrg: q.org, Limit: q.limit}
	if q.since > 0 {
		scope.Since = time.Now().Add(-q.since)
	}
	return scope
}

// bounds refuses what no list of records can be: nothing would be asked, or everything.
func (q *question) bounds(cmd *cobra.Command) error {
	if cmd.Flags().Changed("limit") && q.limit < 1 {
		return fmt.Errorf("--limit %d: at least one record", q.limit)
	}
	if cmd.Flags().Changed("since") && q.since <= 0 {
		return fmt.Errorf("--since %s: give how long ago, such as 24h", q.since)
	}
	return nil
}

func init() {
	register("audit", "tail|show ID|find ID|patient NHSNUMBER|refused|verify|prove ID|check-proof FILE|log-key|witness|redeliver|accept-gap|migrate|access|rotate-keys|erase|hold|retain", "Asks the trail", `
Every request to a broker leaves one record, whatever came of it.

  mcr audit tail               the newest records
  mcr audit show ID            one record, in full (the ID is in every answer)
  mcr audit find ID            the records of a request, by the id that its caller gave it
  mcr audit patient NHSNUMBER  who asked for this patient's record (- reads the number
                               from standard input, out of the shell's history)
  mcr audit refused            what was not released, and why
  mcr audit verify             that no record was changed, removed or put in between
  mcr audit prove ID           the proof that a record stands in the log: a file for
                               somebody else, who checks it with public keys alone
  mcr audit check-proof FILE   whether such a proof holds, and what it proves
  mcr audit log-key            the verifier keys of the logs
  mcr audit witness            cosigns the logs of others that only grow
  mcr audit redeliver          that the trail has what was delivered to it; what it lost is
                               delivered again from the spool (docs/operating.md)
  mcr audit accept-gap         an operator's word that a broker whose spool lost its
                               end may serve again (docs/operating.md)
  mcr audit migrate            brings a trail in ClickHouse up to this program's version,
                               on one server or many (docs/clickhouse.md)
  mcr audit access             prints who may use the servers of a trail in ClickHouse,
                               as SQL or XML (docs/clickhouse.md)
  mcr audit rotate-keys        a new epoch of the keys by which patients stand in the trail
  mcr audit erase              a person's details out of records, under a receipt
  mcr audit hold               legal holds: what must be neither erased nor retired
  mcr audit retain             records whose period is over out of the store, under a receipt`, func(cmd *cobra.Command) {
		q := new(question)
		cmd.AddCommand(
			q.list("tail", "The newest records", cobra.NoArgs, func(ctx context.Context, t *trail, _ []string) ([]*audit.Record, error) {
				return t.Tail(ctx, q.scope())
			}),
			q.list("refused", "What was not released, and why", cobra.NoArgs, func(ctx context.Context, t *trail, _ []string) ([]*audit.Record, error) {
				return t.Trail.Refused(ctx, q.scope())
			}),
			q.list("patient NHSNUMBER", "Who asked for this patient's record", cobra.ExactArgs(1), func(ctx context.Context, t *trail, args []string) ([]*audit.Record, error) {
				number, err := patientAsked(args[0], cmd.InOrStdin())
				if err != nil {
					return nil, err
				}
				if err := t.unfound(ctx, cmd.ErrOrStderr(), q.scope()); err != nil {
					return nil, err
				}
				return t.about(ctx, number, q.scope())
			}),
			q.show(),
			q.findByID(),
			q.verify(),
			q.prove(),
			checkProof(),
			logKey(),
			witnessing(),
			redeliverCommand(),
			acceptGap(),
			migrate(),
			clickHouseUsers(),
			rotateKeys(),
			eraseDetails(),
			hold(),
			retain(),
		)
	})
}

// patientAsked reads an NHS number from the command line, or, given as "-", from
// standard input, where neither the shell's history nor the list of processes
// keeps it.
func patientAsked(arg string, in io.Reader) (nhs.Number, error) {
	if arg == "-" {
		line, err := bufio.NewReader(io.LimitReader(in, 100)).ReadString('\n')
		if err != nil && err != io.EOF {
			return nhs.Number{}, err
		}
		arg = strings.TrimSpace(line)
	}
	number, err := nhs.ParseNumber(arg)
	if err != nil {
		return nhs.Number{}, fmt.Errorf("%w: give ten digits without spaces, the last of them the check digit", err)
	}
	return number, nil
}

// list is a question that a list of records answers.
func (q *question) list(use, short string, args cobra.PositionalArgs, ask func(context.Context, *trail, []string) ([]*audit.Record, error)) *cobra.Command {
	cmd := q.command(use, short, args, func(ctx context.Context, t *trail, args []string, out io.Writer) error {
		heads, err := t.heads() // first: they hold nothing that came after the question
		if err != nil {
			return err
		}
		records, err := ask(ctx, t, args)
		if err != nil {
			return err
		}
		if len(records) == 0 && !q.json {
			fmt.Fprintln(out, "No records.")
		}
		for _, rec := range records {
			if err := q.print(out, rec, audit.PrintLine); err != nil {
				return err
			}
		}
		return q.end(out, heads)
	})
	q.listFlags(cmd)
	return cmd
}

func (q *question) show() *cobra.Command {
	cmd := q.command("show ID", "One record, in full", cobra.ExactArgs(1), func(ctx context.Context, t *trail, args []string, out io.Writer) error {
		rec, err := t.Show(ctx, args[0], q.scope())
		if err != nil {
			return err
		}
		return q.print(out, rec, audit.PrintRecord)
	})
	q.whoseFlag(cmd)
	q.jsonFlag(cmd)
	return cmd
}

func (q *question) print(out io.Writer, rec *audit.Record, plainly func(io.Writer, *audit.Record) error) error {
	if q.json {
		return json.NewEncoder(legible.Writer(out)).Encode(rec)
	}
	return plainly(out, rec)
}

// command opens the trail, asks, and closes it.
func (q *question) command(use, short string, args cobra.PositionalArgs, ask func(context.Context, *trail, []string, io.Writer) error) *cobra.Command {
	cmd := &cobra.Command{Use: use, Short: short, Args: args, SilenceUsage: true, RunE: func(cmd *cobra.Command, args []string) (err error) {
		ctx, stop := interruptible(cmd)
		defer stop()
		if err := q.bounds(cmd); err != nil {
			return err
		}
		if q.org != "" { // a slip would be answered with "No records."
			if _, err := nhs.ParseODSCode(q.org); err != nil {
				return fmt.Errorf("--source-org %q: %w", q.org, err)
			}
		}
		if err := q.find(cmd, true); err != nil {
			return err
		}
		t, err := openTrail(ctx, &q.settings)
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, t.Close()) }()
		return ask(ctx, t, args, cmd.OutOrStdout())
	}}
	q.flags(cmd, "trail", "keys")
	return cmd
}
