package main

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"

	"github.com/spf13/cobra"

	"github.com/mycarerecord/mcr/audit"
	"github.com/mycarerecord/mcr/audit/protect"
	"github.com/mycarerecord/mcr/audit/reconcile"
	"github.com/mycarerecord/mcr/audit/retention"
	"github.com/mycarerecord/mcr/audit/spool"
	"github.com/mycarerecord/mcr/nhs"
)

// eraseDetails erases what the law may order: who a patient was, or who asked, in records
// that are there. The proofs stay as they were.
func eraseDetails() *cobra.Command {
	a, of, finish := new(act), selection{}, false
	cmd := &cobra.Command{
		Use: "erase", Short: "Erases a person's details out of records", Args: cobra.NoArgs, SilenceUsage: true,
		Long: `Erases a person's details out of records that are in the store. The broker must be
stopped. With --patient goes who the patient is and whatever leads to them; with --user
who asked, from where and by which token; with --record both, of the one record. In every
case go the salt, the policies' input and words that somebody typed. What stays: number,
id, times, outcome, source and organisation, the chain's hash and the Merkle entry.

A receipt in the trail names each record, who erased and why. Nothing is erased on which
a legal hold lies. It cannot be undone; back-ups and copies of the keys are your own.
--finish erases what receipts name and is there still, such as after a crash.`,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if nhs.WithoutNumbers(a.reason) != a.reason {
				return errors.New("--reason holds an NHS number: the receipt would keep what is to be erased")
			}
			return a.with(cmd, func(ctx context.Context, s *standing) error {
				if finish {
					return s.finishErasing(ctx, cmd.OutOrStdout())
				}
				filter, whose, err := of.filter(s, cmd.InOrStdin())
				if err != nil {
					return err
				}
				return s.erase(ctx, cmd.OutOrStdout(), filter, whose)
			})
		},
	}
	a.flags(cmd)
	a.chainFlag(cmd)
	cmd.Flags().StringVar(&of.patient, "patient", "", "erase this patient, by NHS number (- reads it from standard input)")
	cmd.Flags().StringVar(&of.user, "user", "", "erase this user, by id")
	cmd.Flags().StringVar(&of.record, "record", "", "erase all details of this one record, by id")
	cmd.Flags().BoolVar(&finish, "finish", false, "erase what receipts name and is there still")
	cmd.MarkFlagsMutuallyExclusive("patient", "user", "record", "finish")
	cmd.MarkFlagsOneRequired("patient", "user", "record", "finish")
	return cmd
}

// selection is whose details are meant.
type selection struct{ patient, user, record string }

func (of selection) filter(s *standing, in io.Reader) (audit.Filter, audit.Whose, error) {
	switch {
	case of.user != "":
		return audit.Filter{UserID: of.user}, audit.OfUser, nil
	case of.record != "":
		return audit.Filter{ID: of.record}, audit.OfBoth, nil
	}
	number, err := patientAsked(of.patient, in)
	if err != nil {
		return audit.Filter{}, "", err
	}
	p, err := protect.NewProtector(s.keys, protect.Masked)
	if err != nil {
		return audit.Filter{}, "", err
	}
	return audit.Filter{Patient: p.Find(number)}, audit.OfPatient, nil
}

// target is a record that is to be erased, as it stands.
type target struct {
	chain string
	entry spool.Entry
}

// erase writes the receipts, brings them to the store, and only then erases: a crash in
// between leaves a receipt for what is there still, which --finish sees to.
func (s *standing) erase(ctx context.Context, out io.Writer, filter audit.Filter, whose audit.Whose) error {
	eraser, ok := s.store.(retention.Eraser)
	if !ok {
		return errors.New("this store cannot erase")
	}
	if err := s.drain(ctx); err != nil {
		return err
	}
	targets, elsewhere, err := s.targets(ctx, filter, whose)
	if err != nil {
		return err
	}
	for _, chain := range slices.Sorted(maps.Keys(elsewhere)) {
		fmt.Fprintf(out, "LEFT: %d records stand in %s, which another broker writes: erase them from there.\n", elsewhere[chain], chain)
	}
	if len(targets) == 0 {
		return errors.New("there is no such record, or its details are erased already")
	}
	var named []retention.Erasure
	for some := range slices.Chunk(targets, retention.MostErased) {
		e := retention.Erasure{Whose: whose}
		for _, t := range some {
			named, err := retention.Name(t.chain, t.entry, whose)
			if err != nil {
				return err
			}
			e.Records = append(e.Records, named)
		}
		rec, err := s.write(ctx, audit.EraseAction, "details-erased", retention.Receipt{Erasure: &e})
		if err != nil {
			return err
		}
		named = append(named, e)
		fmt.Fprintf(out, "Receipt %s names %d records.\n", rec.ID, len(some))
	}
	if err := s.drain(ctx); err != nil {
		return err
	}
	if err := s.checkpoint.NoteErased(named...); err != nil {
		return err
	}
	if err := s.replaced(ctx, eraser, targets, func(target) audit.Whose { return whose }); err != nil {
		return err
	}
	fmt.Fprintf(out, "Details of %d records are erased from the store.\n", len(targets))
	return s.stillSpooled(out, targets)
}

// targets finds the records, and refuses all when a hold lies on one. elsewhere counts those
// that stand in chains of other brokers.
func (s *standing) targets(ctx context.Context, filter audit.Filter, whose audit.Whose) (all []target, elsewhere map[string]int, err error) {
	elsewhere = map[string]int{}
	holds, err := s.holds(ctx)
	if err != nil {
		return nil, elsewhere, err
	}
	take := func(r *audit.Record) error {
		if h, held := retention.HeldBy(holds, r); held {
			return fmt.Errorf("record %s: %w: hold %s, laid by %s: %s", r.ID, retention.ErrHeld, h.ID, h.By, h.Words)
		}
		if !retention.Erasable(r) || r.Erased != nil && (r.Erased.Whose == whose || r.Erased.Whose == audit.OfBoth) {
			return nil
		}
		if !s.covers(r.Broker) {
			elsewhere[r.Broker]++
			return nil
		}
		t, err := s.target(ctx, r.Broker, r.Sequence)
		all = append(all, t)
		return err
	}
	if err := audit.Each(ctx, s.trail(), filter, take); err != nil {
		return nil, elsewhere, err
	}
	if len(filter.Patient) == 0 {
		return all, elsewhere, nil
	}
	// Holds that were lifted name their patient too.
	return all, elsewhere, audit.Each(ctx, s.trail(), audit.Filter{Action: audit.HoldAction}, func(r *audit.Record) error {
		if retention.HoldOf(r).Names(filter.Patient) {
			return take(r)
		}
		return nil
	})
}

func (s *standing) target(ctx context.Context, chain string, number uint64) (target, error) {
	found, err := s.trail().Entries(ctx, chain, number-1, 1)
	if err != nil || len(found) == 0 || found[0].Seq != number {
		return target{}, errors.Join(fmt.Errorf("record %d of %s is not in the store", number, chain), err)
	}
	return target{chain, found[0]}, nil
}

// replaced puts the documents without details into the store, chain by chain.
func (s *standing) replaced(ctx context.Context, eraser retention.Eraser, targets []target, whose func(target) audit.Whose) error {
	chains := map[string][]retention.Replacement{}
	for _, t := range targets {
		document, err := retention.EraseDetails(t.entry.Payload, whose(t))
		if err != nil {
			return fmt.Errorf("record %d of %s: %w", t.entry.Seq, t.chain, err)
		}
		chains[t.chain] = append(chains[t.chain], retention.Replacement{Seq: t.entry.Seq, Hash: t.entry.Hash, Document: document})
	}
	for chain, all := range chains {
		err := waitingFor(s.said, partsAnew, func() error { return eraser.Erase(ctx, chain, all) })
		if err != nil {
			return err
		}
	}
	return nil
}

// stillSpooled says what the spool still holds of what was erased: it lets go of whole
// segments, when their holding time is over.
func (s *standing) stillSpooled(out io.Writer, targets []target) error {
	n := 0
	for _, t := range targets {
		held, err := s.spool.Read(t.entry.Seq-1, 1)
		if err == nil && len(held) > 0 && held[0].Hash == t.entry.Hash {
			n++
		}
	}
	if n == 0 {
		fmt.Fprintln(out, "The spool holds none of them any more.")
		return nil
	}
	fmt.Fprintf(out, "The spool holds %d of them still, with their details. A store that loses them gets them\nwithout. They go from the spool with their segment once the broker runs: when its hold (spool hold,\n24 h unless the Caddyfile says otherwise) is over for the newest record of the segment, and a later\nsegment was begun.\n", n)
	return nil
}

// finishErasing erases what receipts name and is there still.
func (s *standing) finishErasing(ctx context.Context, out io.Writer) error {
	eraser, ok := s.store.(retention.Eraser)
	if !ok {
		return errors.New("this store cannot erase")
	}
	if err := s.drain(ctx); err != nil {
		return err
	}
	named, err := reconcile.Erasures(ctx, s.trail())
	if err == nil {
		err = s.checkpoint.NoteErased(named...)
	}
	if err != nil {
		return err
	}
	// A record that several receipts name is erased by all of them.
	type place struct {
		chain  string
		number uint64
	}
	there, whose, chains := map[place]target{}, map[place]audit.Whose{}, map[string]bool{}
	err = audit.Each(ctx, s.trail(), audit.Filter{Action: audit.EraseAction}, func(r *audit.Record) error {
		receipt, ok := retention.ReceiptOf(r)
		if !ok {
			return fmt.Errorf("record %s is not a receipt", r.ID)
		}
		if !s.covers(r.Broker) {
			return s.passOver(out, r, receipt)
		}
		for _, e := range receipt.Erasure.Records {
			if !s.covers(e.Chain) {
				continue
			}
			chains[e.Chain] = true
			t, err := s.target(ctx, e.Chain, e.Number)
			if err != nil {
				continue // retired since, or lost: verify tells
			}
			if entry := audit.EntryOf(t.entry.Payload); hex.EncodeToString(entry[:]) != e.Entry {
				return fmt.Errorf("record %d of %s is not the one that receipt %s names: verify the trail", e.Number, e.Chain, r.ID)
			}
			at := place{e.Chain, e.Number}
			there[at], whose[at] = t, whose[at].And(receipt.Erasure.Whose)
		}
		return nil
	})
	if err != nil {
		return err
	}
	var left []target
	for at, t := range there {
		if _, gone, erased := audit.ErasedIn(t.entry.Payload); !erased || gone.And(whose[at]) != gone {
			left = append(left, t)
		}
	}
	if err := s.replaced(ctx, eraser, left, func(t target) audit.Whose { return whose[place{t.chain, t.entry.Seq}] }); err != nil {
		return err
	}
	// Nothing more is erased here: what an erasure that was cut off left behind goes.
	for chain := range chains {
		if err := eraser.Erase(ctx, chain, nil); err != nil {
			return err
		}
	}
	fmt.Fprintf(out, "Details of %d records that receipts name were there still, and are erased.\n", len(left))
	return nil
}
