package main

import (
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/mycarerecord/mcr/audit/clickhouse"
	"github.com/mycarerecord/mcr/caddymodule"
)

// migrate brings a trail in ClickHouse up to date, so that the broker's own user needs no
// right to make or change tables.
func migrate() *cobra.Command {
	var top clickhouse.Topology
	var s settings
	var kind string
	var dry bool
	cmd := &cobra.Command{
		Use: "migrate", Short: "Makes the tables of a trail in ClickHouse, or brings them up to date", Args: cobra.NoArgs, SilenceUsage: true,
		RunE: func(cmd *cobra.Command, _ []string) error {
			ctx, stop := interruptible(cmd)
			defer stop()
			if err := s.find(cmd, false); err != nil {
				return err
			}
			dsn, err := caddymodule.TrailAddress(s.dsn)
			if err != nil {
				return fmt.Errorf("the trail: %w", err)
			}
			if !strings.HasPrefix(dsn, clickhouse.Scheme) {
				return errors.New("name a trail in ClickHouse with --trail clickhouse://...; one in a file is brought up to date by the broker")
			}
			opt, err := clickhouse.ParseDSN(dsn)
			if err != nil {
				return err
			}
			top.Kind = clickhouse.Kind(kind)
			out := cmd.OutOrStdout()
			err = clickhouse.Migrate(ctx, opt, top, dry, func(statement string) { fmt.Fprintf(out, "%s;\n\n", strings.TrimSpace(statement)) })
			if err != nil || dry {
				return err
			}
			for _, address := range opt.Addresses {
				one := opt
				one.Addresses = []string{address}
				fmt.Fprint(cmd.ErrOrStderr(), unlisted(address, func() (bool, error) { return clickhouse.OpenToUnlisted(ctx, one) }))
			}
			return nil
		},
	}
	s.flags(cmd, "trail")
	cmd.Flags().StringVar(&kind, "topology", string(clickhouse.Single), "single, distributed (each address of --trail is a server, its broker's shard), or replicated (a cluster with Keeper)")
	cmd.Flags().StringVar(&top.Cluster, "cluster", "", "the name of the cluster in the servers' remote_servers")
	cmd.Flags().BoolVar(&dry, "dry-run", false, "print the statements and run none")
	return cmd
}

// unlisted tells what a server shows to users whom no row policy names; "" when nothing.
func unlisted(address string, ask func() (bool, error)) string {
	switch open, err := ask(); {
	case err != nil:
		return fmt.Sprintf("NOT KNOWN whether %s shows records to users whom no row policy names: %v\n", address, err)
	case open:
		return fmt.Sprintf("TAKE CARE: a ClickHouse user whom no row policy names, and who is granted the trail's tables, sees every\n"+
			"organisation's records at %s. Where users are kept in XML it is always so: grant them to nobody but the users of\n"+
			"mcr audit access. Where they are kept in SQL, run what mcr audit access --sql prints (docs/clickhouse.md).\n", address)
	}
	return ""
}
