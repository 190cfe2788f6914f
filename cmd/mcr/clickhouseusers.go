package main

import (
	"errors"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/mycarerecord/mcr/audit/clickhouse"
	"github.com/mycarerecord/mcr/audit/clickhouse/users"
	"github.com/mycarerecord/mcr/nhs"
)

// clickHouseUsers prints who may use the servers of a trail in ClickHouse.
func clickHouseUsers() *cobra.Command {
	var plan users.Plan
	var organisations []string
	var sql, xml bool
	var kind string
	cmd := &cobra.Command{
		Use: "access --sql|--xml", Short: "Prints the users of a trail in ClickHouse, with their rights", Args: cobra.NoArgs, SilenceUsage: true,
		Long: `Prints the users that a trail in ClickHouse has, with what each may do and which rows it
sees: the brokers' own (mcr_writer), mcr audit migrate's (mcr_migrator), mcr_eraser, the
region's auditors (mcr_auditor), planners (mcr_analyst), and a reader for each organisation
(mcr_reader_<code>). It changes nothing: an administrator runs the SQL, or puts the XML in
users.d of every server (docs/clickhouse.md).`,
		RunE: func(cmd *cobra.Command, _ []string) error {
			for _, text := range organisations {
				code, err := nhs.ParseODSCode(text)
				if err != nil {
					return fmt.Errorf("organisation %q: %w", text, err)
				}
				plan.Organisations = append(plan.Organisations, code)
			}
			if (clickhouse.Kind(kind) == clickhouse.Replicated) != (plan.Cluster != "") {
				return errors.New("--cluster names the cluster of --topology replicated; with any other, the users are made on each server")
			}
			write := plan.SQL
			if xml {
				write = plan.XML
			}
			text, err := write()
			if err != nil {
				return err
			}
			_, err = io.WriteString(cmd.OutOrStdout(), text)
			return err
		},
	}
	cmd.Flags().BoolVar(&sql, "sql", false, "as statements, for servers that keep their users in SQL")
	cmd.Flags().BoolVar(&xml, "xml", false, "as a file for users.d")
	cmd.MarkFlagsOneRequired("sql", "xml")
	cmd.MarkFlagsMutuallyExclusive("sql", "xml")
	cmd.Flags().StringArrayVar(&organisations, "organisation", nil, "the ODS code of an organisation that gets a reader (repeat it)")
	cmd.Flags().BoolVar(&plan.OwnStaff, "own-staff", false, "let organisations see what their own staff did elsewhere too")
	cmd.Flags().StringArrayVar(&plan.Networks, "from", nil, "an address or prefix from which these users may log in (repeat it; default 127.0.0.1)")
	cmd.Flags().StringVar(&plan.Database, "database", "mcr", "the trail's database")
	cmd.Flags().StringVar(&kind, "topology", string(clickhouse.Single), "single, distributed or replicated: as in mcr audit migrate")
	cmd.Flags().StringVar(&plan.Cluster, "cluster", "", "the cluster's name, of --topology replicated: the SQL is run ON CLUSTER")
	return cmd
}
