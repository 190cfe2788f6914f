package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"github.com/mycarerecord/mcr/audit"
	"github.com/mycarerecord/mcr/audit/proof/follow"
	"github.com/mycarerecord/mcr/audit/retention"
	"github.com/mycarerecord/mcr/caddymodule"
)

// retain takes out of the store what is over its period.
func retain() *cobra.Command {
	a, file, dry, finish := new(act), "", false, false
	cmd := &cobra.Command{
		Use: "retain", Short: "Retires records whose period is over", Args: cobra.NoArgs, SilenceUsage: true,
		Long: `Takes whole runs of records out of the store whose period is over, by what they are
(access, consent, emergency, refusal, look, operation). The broker must be stopped.
The periods are those of the Caddyfile (broker, retention) that the broker had in force
last. Where it sets none they follow the Records Management Code of Practice (NHS
England, 2021, Appendix II): eight years as adult health records, ten for consent and
emergencies. The deployment decides. --periods names a file with others, in days, such
as {"access": 2928, "look": 1098}; a class that is not named is kept for ever.

Nothing goes on which a legal hold lies, nor a receipt. A receipt in the trail names each
run, and holds what the chain needs to go on over it. --dry-run says what would go.`,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return a.with(cmd, func(ctx context.Context, s *standing) error {
				if finish {
					return s.finishRetiring(ctx, cmd.OutOrStdout())
				}
				periods, err := periodsOf(file, a.data)
				if err != nil {
					return err
				}
				return s.retain(ctx, cmd.OutOrStdout(), periods, dry)
			})
		},
	}
	a.flags(cmd)
	a.chainFlag(cmd)
	cmd.Flags().StringVar(&file, "periods", "", "a file of days by class (default: as the broker had them in force last)")
	cmd.Flags().BoolVar(&dry, "dry-run", false, "say what would go, and do nothing")
	cmd.Flags().BoolVar(&finish, "finish", false, "take out what receipts name and is there still")
	return cmd
}

// periodsOf reads the periods of a file, or with "" those that the broker had in force last.
func periodsOf(file, data string) (retention.Periods, error) {
	if file == "" {
		return caddymodule.Periods(data)
	}
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	return retention.ParsePeriods(text)
}

func (s *standing) retain(ctx context.Context, out io.Writer, periods retention.Periods, dry bool) error {
	retirer, ok := s.store.(retention.Retirer)
	if !ok {
		return errors.New("this store cannot retire records")
	}
	if err := s.drain(ctx); err != nil {
		return err
	}
	holds, err := s.holds(ctx)
	if err != nil {
		return err
	}
	chains, err := s.trail().Brokers(ctx)
	if err != nil {
		return err
	}
	for _, chain := range chains {
		if !s.covers(chain) {
			fmt.Fprintf(out, "%s: another broker writes it: retire its records from there\n", chain)
			continue
		}
		plan, err := retention.PlanRetirement(ctx, s.trail(), chain, periods, holds, time.Now())
		if err != nil {
			return err
		}
		n := 0
		for _, class := range retention.Classes {
			if plan.Classes[class] > 0 {
				fmt.Fprintf(out, "%s: %d of class %s, kept %d days\n", chain, plan.Classes[class], class, periods[class])
				n += plan.Classes[class]
			}
		}
		fmt.Fprintf(out, "%s: %d records in %d runs are over their period; %d more are, and a hold lies on them\n", chain, n, len(plan.Runs), plan.Held)
		if dry || n == 0 {
			continue
		}
		if err := s.retire(ctx, out, retirer, plan, periods); err != nil {
			return err
		}
	}
	return nil
}

// retire writes the receipts, brings them to the store, and only then takes the runs out.
func (s *standing) retire(ctx context.Context, out io.Writer, retirer retention.Retirer, plan retention.Plan, periods retention.Periods) error {
	tree, err := s.head(plan.Chain)
	if err != nil {
		return err
	}
	first := true
	for runs := range slices.Chunk(plan.Runs, retention.MostRetired) {
		r := retention.Retirement{Runs: runs, Periods: periods, Tree: tree}
		if first { // the classes are counted over all of them
			r.Classes, first = plan.Classes, false
		}
		rec, err := s.write(ctx, audit.RetireAction, "records-retired", retention.Receipt{Retirement: &r})
		if err != nil {
			return err
		}
		fmt.Fprintf(out, "Receipt %s names %d runs.\n", rec.ID, len(runs))
	}
	if err := s.drain(ctx); err != nil {
		return err
	}
	return waitingFor(s.said, partsAnew, func() error { return retirer.Retire(ctx, plan.Chain, plan.Runs) })
}

// head gives what the log of a chain was when it was published last; nil where there is none.
func (s *standing) head(chain string) (*retention.TreeHead, error) {
	logs, err := follow.Logs(s.data)
	if errors.Is(err, follow.ErrNoLog) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	kept, err := follow.Find(logs, chain, "")
	switch {
	case errors.Is(err, follow.ErrNoLog), err == nil && kept.Raw == nil: // elsewhere, or not published yet
		return nil, nil
	case err != nil:
		return nil, err
	}
	h := headOf(kept)
	return &h, nil
}

// finishRetiring takes out what receipts name and is there still.
func (s *standing) finishRetiring(ctx context.Context, out io.Writer) error {
	retirer, ok := s.store.(retention.Retirer)
	if !ok {
		return errors.New("this store cannot retire records")
	}
	if err := s.drain(ctx); err != nil {
		return err
	}
	chains := map[string][]retention.RetiredRun{}
	err := audit.Each(ctx, s.trail(), audit.Filter{Action: audit.RetireAction}, func(r *audit.Record) error {
		receipt, ok := retention.ReceiptOf(r)
		if !ok {
			return fmt.Errorf("record %s is not a receipt", r.ID)
		}
		if !s.covers(r.Broker) {
			return s.passOver(out, r, receipt)
		}
		for _, run := range receipt.Retirement.Runs {
			if !s.covers(run.Chain) {
				continue
			}
			chains[run.Chain] = append(chains[run.Chain], run)
		}
		return nil
	})
	if err != nil {
		return err
	}
	for chain, runs := range chains {
		err := waitingFor(s.said, partsAnew, func() error { return retirer.Retire(ctx, chain, runs) })
		if err != nil {
			return err
		}
		fmt.Fprintf(out, "%s: nothing is there any more of %d runs that receipts name\n", chain, len(runs))
	}
	return nil
}
