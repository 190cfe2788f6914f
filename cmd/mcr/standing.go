package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"path/filepath"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"github.com/mycarerecord/mcr/audit"
	"github.com/mycarerecord/mcr/audit/clickhouse"
	"github.com/mycarerecord/mcr/audit/protect"
	"github.com/mycarerecord/mcr/audit/retention"
	"github.com/mycarerecord/mcr/audit/ship"
	"github.com/mycarerecord/mcr/audit/spool"
	"github.com/mycarerecord/mcr/audit/zstd"
	"github.com/mycarerecord/mcr/legible"
)

// act are the flags of everything that an operator does to a trail while its broker
// stands still. There is one way: the record of the act is in the spool first, under
// the lock that a running broker holds.
type act struct {
	settings
	by, reason string
	chains     []string
}

func (a *act) flags(cmd *cobra.Command) {
	a.settings.flags(cmd, "data", "trail", "id")
	cmd.Flags().StringVar(&a.by, "by", "", "who does this")
	cmd.Flags().StringVar(&a.reason, "reason", "", "why, in words")
	for _, name := range []string{"by", "reason"} {
		_ = cmd.MarkFlagRequired(name)
	}
}

// chainFlag is of the acts that take something out of a chain.
func (a *act) chainFlag(cmd *cobra.Command) {
	cmd.Flags().StringArrayVar(&a.chains, "chain", nil, "act on this chain too, of a broker that writes no more into the same ClickHouse")
}

// standing is a trail whose broker stands still.
type standing struct {
	act
	keys       *protect.Keys
	spool      *spool.Spool
	store      audit.Store
	checkpoint *ship.Checkpoint
	start      ship.Start
	journal    *audit.Journal
	said       io.Writer // for what is waited for
	log        *slog.Logger
}

func (a *act) keysPath() string { return filepath.Join(a.data, "keys") }

// with does something in the place of the broker, and gives the place back.
func (a *act) with(cmd *cobra.Command, do func(context.Context, *standing) error) (err error) {
	ctx, stop := interruptible(cmd)
	defer stop()
	s, err := a.open(ctx, cmd)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	return do(ctx, s)
}

// open takes the place of the broker. It fails while the broker runs, and for a spool
// that has lost its end.
func (a *act) open(ctx context.Context, cmd *cobra.Command) (_ *standing, err error) {
	if !legible.Name(a.by) || !legible.Words(a.reason) {
		return nil, errors.New("say who does this (--by), and why, in words (--reason)")
	}
	if err := a.place(cmd); err != nil {
		return nil, err
	}
	s := &standing{act: *a, said: cmd.ErrOrStderr(), log: logTo(cmd)}
	defer func() {
		if err != nil {
			err = errors.Join(err, s.Close())
		}
	}()
	if s.keys, err = protect.LoadKeys(a.keysPath()); err != nil {
		return nil, err
	}
	if s.spool, err = openSpool(a.data); err != nil {
		return nil, fmt.Errorf("%w (stop the broker first)", err)
	}
	if s.store, err = openStore(ctx, a.dsn); err != nil {
		return nil, err
	}
	if s.checkpoint, err = ship.OpenCheckpoint(filepath.Join(a.data, "checkpoint"), s.keys, a.id); err != nil {
		return nil, err
	}
	if s.start, err = ship.StartCheck(ctx, s.spool, s.store, s.checkpoint); err != nil {
		return nil, err
	}
	s.journal = audit.NewJournal(s.spool, s.start.Broker)
	return s, nil
}

// place finds where the broker stands, and says so where nobody has: what is done cannot be
// undone.
func (s *settings) place(cmd *cobra.Command) error {
	if err := s.find(cmd, false); err != nil {
		return err
	}
	if s.id == "" {
		return fmt.Errorf("say which broker, by its id, with --id (%s)", s.whence())
	}
	if s.from != "" {
		fmt.Fprintf(cmd.ErrOrStderr(), "Broker %s, with its data in %s, as %s says.\n", s.id, s.data, s.from)
	}
	return nil
}

// Close gives the place back to the broker.
func (s *standing) Close() error {
	var faults []error
	if s.store != nil {
		faults = append(faults, s.store.Close())
	}
	if s.spool != nil {
		faults = append(faults, s.spool.Close())
	}
	return errors.Join(faults...)
}

// partsAnew is what an act waits for in ClickHouse, which takes nothing out of a part of its
// files: it writes each one anew, in its own time.
const partsAnew = "the store to write the parts anew that held them"

// covers says whether a chain is this broker's to act on. A file is; in a ClickHouse that
// brokers share it is what stands under its own name, with what followed an accepted gap:
// the others may be running, and know nothing of what is done here. --chain names more.
func (s *standing) covers(chain string) bool {
	if _, shared := s.store.(*clickhouse.Store); !shared || slices.Contains(s.chains, chain) {
		return true
	}
	return audit.BrokerOf(chain) == s.id
}

// passOver says that a receipt in a chain of another broker is not acted on, where it names
// records that are to be acted on here: who can write to the store could have written it.
func (s *standing) passOver(out io.Writer, r *audit.Record, receipt retention.Receipt) error {
	if slices.ContainsFunc(receipt.Chains(), s.covers) {
		fmt.Fprintf(out, "LEFT: receipt %s stands in %s, the chain of another broker: finish it from there, or, if that broker is no more, with --chain %s.\n", r.ID, r.Broker, r.Broker)
	}
	return nil
}

// write makes the record of an act durable.
func (s *standing) write(ctx context.Context, action, code string, input any) (*audit.Record, error) {
	rec := audit.Act{Action: action, Reason: code, By: s.by, Words: s.reason, Input: input}.Record(time.Now())
	return rec, s.journal.Append(ctx, rec)
}

// openSpool opens the spool of a broker that is stopped, as every command does: with the
// codec that the broker packs with, and holding all, so that no command lets the spool
// forget what its broker would hold.
func openSpool(data string) (*spool.Spool, error) {
	return spool.Open(filepath.Join(data, "spool"), spool.Options{Hold: keepAll, Codec: zstd.Codec{}})
}

// keepAll is longer than any broker holds what was delivered.
const keepAll = 100 * 365 * 24 * time.Hour

// drainWithin bounds how long an act waits for the store to have all that is written.
const drainWithin = 10 * time.Minute

// drain brings everything that is in the spool to the store.
func (s *standing) drain(ctx context.Context) error {
	return waitingFor(s.said, "the store to have all that the spool holds", func() error {
		return ship.Begin(s.spool, s.store, s.checkpoint, s.start, ship.Options{Drain: drainWithin, Log: s.log}).Close(ctx)
	})
}

// trail asks the store.
func (s *standing) trail() audit.Trail { return s.store.(audit.Trail) } // both stores are
