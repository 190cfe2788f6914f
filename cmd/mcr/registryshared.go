package main

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/mycarerecord/mcr/caddymodule"
	"github.com/mycarerecord/mcr/legible"
	"github.com/mycarerecord/mcr/registry/postgres"
)

// sharedRegistry gives the address of a registry in PostgreSQL, as whoever owns it.
func sharedRegistry(cmd *cobra.Command, s *settings) (address string, opt postgres.Options, err error) {
	if err := s.find(cmd, false); err != nil {
		return "", opt, err
	}
	address, opt, shared, err := caddymodule.PostgresRegistry(s.registry, logTo(cmd))
	switch {
	case err != nil:
		err = fmt.Errorf("registry: %w", err)
	case !shared:
		err = fmt.Errorf("the registry is the file %s (%s): this is for one in PostgreSQL: --registry postgres://OWNER:{env.NAME}@HOST/DATABASE", s.registry, s.whence())
	}
	return address, opt, err
}

// migrateRegistry makes or changes the schema of a registry in PostgreSQL.
func migrateRegistry() *cobra.Command {
	var s settings
	var grant []string
	cmd := &cobra.Command{
		Use: "migrate", Short: "Makes a registry in PostgreSQL, or brings one up to date, as its owner", Args: cobra.NoArgs, SilenceUsage: true,
		RunE: func(cmd *cobra.Command, _ []string) error {
			ctx, stop := interruptible(cmd)
			defer stop()
			address, opt, err := sharedRegistry(cmd, &s)
			if err != nil {
				return err
			}
			from, to, err := postgres.Migrate(ctx, address, opt)
			if err != nil {
				return err
			}
			out := cmd.OutOrStdout()
			switch from {
			case to:
				fmt.Fprintf(out, "The registry's schema is at version %d, which is this mcr's: nothing to do.\n", to)
			case 0:
				fmt.Fprintf(out, "The registry is made, with a schema of version %d.\n", to)
			default:
				fmt.Fprintf(out, "The registry's schema was of version %d and is of %d now: brokers of an older mcr refuse to work with it.\n", from, to)
			}
			for _, role := range grant {
				if err := postgres.Grant(ctx, address, opt, role); err != nil {
					return err
				}
				fmt.Fprintf(out, "%s may read and add, as a broker does.\n", role)
			}
			return nil
		},
	}
	s.flags(cmd, "registry")
	cmd.Flags().StringArrayVar(&grant, "grant", nil, "let this role, which is there, work with it as a broker does: read and add, change nothing")
	return cmd
}

// acceptLoss lets brokers go on with a database that lacks what they have seen of it.
func acceptLoss() *cobra.Command {
	var s settings
	var by, reason string
	cmd := &cobra.Command{
		Use: "accept-loss", Short: "Lets brokers serve again whose registry in PostgreSQL lost changes that they had seen", Args: cobra.NoArgs, SilenceUsage: true,
		RunE: func(cmd *cobra.Command, _ []string) error {
			ctx, stop := interruptible(cmd)
			defer stop()
			if !legible.Name(by) || !legible.Words(reason) {
				return errors.New("say who does this (--by), and why, in words (--reason)")
			}
			address, opt, err := sharedRegistry(cmd, &s)
			if err != nil {
				return err
			}
			seq, err := postgres.AcceptLoss(ctx, address, opt, by+": "+reason)
			if err != nil {
				return err
			}
			fmt.Fprintf(cmd.OutOrStdout(), "Change %d says who accepted the loss and why. Each broker that missed something takes the database as it is from now on, and says so in its log.\n", seq)
			return nil
		},
	}
	s.flags(cmd, "registry")
	cmd.Flags().StringVar(&by, "by", "", "who accepts the loss")
	cmd.Flags().StringVar(&reason, "reason", "", "why it may be accepted")
	for _, name := range []string{"by", "reason"} {
		_ = cmd.MarkFlagRequired(name)
	}
	return cmd
}
