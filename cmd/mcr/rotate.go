package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"github.com/mycarerecord/mcr/audit"
	"github.com/mycarerecord/mcr/audit/protect"
)

// rotateKeys makes a new epoch of the keys, or withdraws an old one.
func rotateKeys() *cobra.Command {
	a, forget, lose := new(act), "", false
	cmd := &cobra.Command{
		Use: "rotate-keys", Short: "Begins a new epoch of the keys by which patients stand in the trail", Args: cobra.NoArgs, SilenceUsage: true,
		Long: `Begins a new epoch of the keys by which patients stand in the trail. The broker must
be stopped. Old epochs are kept: what was recorded under them is found as before.

With --forget EPOCH the keys of an old epoch are withdrawn, since somebody may have
seen them: what was recorded under them can then no longer be found by patient, nor a
number in it be read. It says how many records that is, and does it only with
--lose-records. A copy of the keys file undoes it, for whoever has one.`,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return a.with(cmd, func(ctx context.Context, s *standing) error {
				if forget != "" {
					return s.forget(ctx, cmd.OutOrStdout(), forget, lose)
				}
				return s.rotate(ctx, cmd.OutOrStdout())
			})
		},
	}
	a.flags(cmd)
	cmd.Flags().StringVar(&forget, "forget", "", "withdraw this epoch instead, such as 1-9f3a1c07")
	cmd.Flags().BoolVar(&lose, "lose-records", false, "with --forget: yes, its records shall no longer be found by patient")
	return cmd
}

func (s *standing) rotate(ctx context.Context, out io.Writer) error {
	next := s.keys.Rotated(time.Now())
	all := next.Epochs()
	made := all[len(all)-1].ID
	rec, err := s.put(ctx, next, audit.RotateKeysAction, "keys-rotated", protect.Change{Made: made})
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "New records are of epoch %s (record %s).\n", made, rec.ID)
	fmt.Fprintf(out, "Put a new copy of %s in the safe, and the same file into the data folder of every broker\nthat shares this trail: until then they cannot find each other's patients, and say so.\n", s.keysPath())
	return printEpochs(out, next)
}

func (s *standing) forget(ctx context.Context, out io.Writer, id string, lose bool) error {
	next, err := s.keys.Without(id, time.Now())
	if err != nil {
		return err
	}
	if err := s.drain(ctx); err != nil { // what is counted must be there
		return err
	}
	n, err := lost(ctx, s.trail(), s.keys, next)
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "%d records of the store can be found by patient under epoch %s alone, and then no longer.\n", n, id)
	if !lose {
		return errors.New("nothing was done: say --lose-records as well when this is meant")
	}
	rec, err := s.put(ctx, next, audit.ForgetKeysAction, "keys-withdrawn", protect.Change{Withdrawn: id, Unfindable: n})
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "Epoch %s is withdrawn (record %s). Destroy the copies of the old file too.\n", id, rec.ID)
	return printEpochs(out, next)
}

// put makes the change durable: the new keys beside the old ones, the record that tells
// of them, and only then the new ones in place. A crash in between leaves a record of
// what did not come to be, never the other way round.
func (s *standing) put(ctx context.Context, next *protect.Keys, action, code string, change protect.Change) (*audit.Record, error) {
	for _, e := range next.Epochs() {
		if e.Withdrawn.IsZero() {
			change.InUse = append(change.InUse, e.ID)
		}
	}
	staged, err := next.Stage(s.keysPath())
	if err != nil {
		return nil, err
	}
	rec, err := s.write(ctx, action, code, map[string]protect.Change{"keys": change})
	if err != nil {
		return nil, errors.Join(err, staged.Drop())
	}
	return rec, staged.Put()
}

// lost counts the records that can be found with these keys and not with fewer.
func lost(ctx context.Context, trail audit.Trail, all, fewer *protect.Keys) (int, error) {
	n := [2]int{}
	for i, k := range []*protect.Keys{fewer, all} {
		p, err := protect.NewProtector(k, protect.Masked)
		if err != nil {
			return 0, err
		}
		counts, err := trail.Count(ctx, audit.Scope{}, audit.Filter{OtherEpochs: p.Epochs()}, audit.Overall)
		if err != nil {
			return 0, err
		}
		for _, c := range counts {
			n[i] += c.Total
		}
	}
	return n[0] - n[1], nil
}

func printEpochs(out io.Writer, k *protect.Keys) error {
	for _, e := range k.Epochs() {
		state := "in use, to find what was recorded under it"
		switch {
		case !e.Withdrawn.IsZero():
			state = "withdrawn " + e.Withdrawn.Format(time.DateOnly)
		case e.Current:
			state = "in use, for new records"
		}
		made := "before there were epochs"
		if !e.Made.IsZero() {
			made = "made " + e.Made.Format(time.DateOnly)
		}
		if _, err := fmt.Fprintf(out, "  %-12s %s, %s\n", e.ID, made, state); err != nil {
			return err
		}
	}
	return nil
}
