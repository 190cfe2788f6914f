package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"time"

	"github.com/mycarerecord/mcr/audit/protect"
	"github.com/mycarerecord/mcr/audit/ship"

	"github.com/spf13/cobra"

	"github.com/mycarerecord/mcr/audit"
	"github.com/mycarerecord/mcr/audit/clickhouse"
	"github.com/mycarerecord/mcr/audit/sqlite"
	"github.com/mycarerecord/mcr/caddymodule"
)

// acceptGap is the one command that writes to a trail: the broker must not run.
func acceptGap() *cobra.Command {
	var s settings
	var by, reason string
	cmd := &cobra.Command{
		Use: "accept-gap", Short: "Lets a broker whose spool lost its end serve again", Args: cobra.NoArgs, SilenceUsage: true,
		RunE: func(cmd *cobra.Command, _ []string) (err error) {
			ctx, stop := interruptible(cmd)
			defer stop()
			if err := s.place(cmd); err != nil {
				return err
			}
			rec, err := accepted(ctx, s.data, s.dsn, s.id, by, reason)
			if err != nil {
				return err
			}
			fmt.Fprintf(cmd.OutOrStdout(), "A new chain of records begins: %s. Its first record, %s, says who accepted the gap and why.\n", rec.Broker, rec.ID)
			return nil
		},
	}
	s.flags(cmd, "data", "trail", "id")
	cmd.Flags().StringVar(&by, "by", "", "who accepts the gap")
	cmd.Flags().StringVar(&reason, "reason", "", "why it may be accepted")
	for _, name := range []string{"by", "reason"} {
		_ = cmd.MarkFlagRequired(name)
	}
	return cmd
}

func accepted(ctx context.Context, data, dsn, id, by, reason string) (_ *audit.Record, err error) {
	keys, err := protect.LoadKeys(filepath.Join(data, "keys"))
	if err != nil {
		return nil, err
	}
	sp, err := openSpool(data)
	if err != nil {
		return nil, fmt.Errorf("%w (stop the broker first)", err)
	}
	defer func() { err = errors.Join(err, sp.Close()) }()
	store, err := openStore(ctx, dsn)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, store.Close()) }()
	// As a start does, which need not have been tried.
	if data, err = filepath.Abs(data); err != nil {
		return nil, err
	}
	if err := ship.TakeWord(ship.WordAt(data), filepath.Join(data, "checkpoint"), sp, keys, id); err != nil {
		return nil, err
	}
	checkpoint, err := ship.OpenCheckpoint(filepath.Join(data, "checkpoint"), keys, id)
	if err != nil {
		return nil, err
	}
	return ship.AcceptGap(ctx, sp, store, checkpoint, by, reason, time.Now())
}

// openStore opens the store of the trail for writing.
func openStore(ctx context.Context, dsn string) (audit.Store, error) {
	dsn, err := caddymodule.TrailAddress(dsn)
	if err != nil {
		return nil, err
	}
	if strings.HasPrefix(dsn, clickhouse.Scheme) {
		opt, err := clickhouse.ParseDSN(dsn)
		if err != nil {
			return nil, err
		}
		return clickhouse.Open(opt)
	}
	return sqlite.Open(ctx, dsn)
}
