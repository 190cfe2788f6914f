package main

import (
	"errors"
	"fmt"
	"strings"

	"github.com/mycarerecord/mcr/audit/clickhouse"
	"github.com/mycarerecord/mcr/caddymodule"
	"github.com/spf13/cobra"
)

// migrate brings a trail in ClickHouse up to date, so that the broker's own user needs no
// right to make or change tables.
func migrate() *cobra.Command {
	var top clickhouse.Topology
	var kind, dsn string
	var dry bool
	cmd := &cobra.Command{
		Use: "migrate", Short: "Makes the tables of a trail in ClickHouse, or brings them up to date", Args: cobra.NoArgs, SilenceUsage: true,
		RunE: func(cmd *cobra.Command, _ []string) error {
			ctx, stop := interruptible(cmd)
			defer stop()
			if !strings.HasPrefix(dsn, clickhouse.Scheme) {
				return errors.New("name a trail in ClickHouse with --trail clickhouse://...; one in a file is brought up to date by the broker")
			}
			dsn, err := caddymodule.TrailAddress(dsn)
			if err != nil {
				return err
			}
			opt, err := clickhouse.ParseDSN(dsn)
			if err != nil {
				return err
			}
			top.Kind = clickhouse.Kind(kind)
			out := cmd.OutOrStdout()
			return clickhouse.Migrate(ctx, opt, top, dry, func(statement string) { fmt.Fprintf(out, "%s;\n\n", strings.TrimSpace(statement)) })
		},
	}
	trailFlag(cmd, &dsn)
	cmd.Flags().StringVar(&kind, "topology", string(clickhouse.Single), "single, distributed (each address of --trail is a server, its broker's shard), or replicated (a cluster with Keeper)")
	cmd.Flags().StringVar(&top.Cluster, "cluster", "", "the name of the cluster in the servers' remote_servers")
	cmd.Flags().BoolVar(&dry, "dry-run", false, "print the statements and run none")
	return cmd
}
