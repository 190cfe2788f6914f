package main

import (
	"errors"
	"fmt"
	"os"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"github.com/mycarerecord/mcr/decision/release"
)

func policyPublish() *cobra.Command {
	r := &releasing{}
	cmd := &cobra.Command{
		Use: "publish RELEASE", Args: exactly("the file of the release"), Short: "Puts a release where brokers find it",
		Long: `Puts a release into a folder that any web server may serve, as current.mcr and under its
serial. It must be one that brokers would go by: signed, approved by two people, in its time, its
serial the highest, and its policies pass. Anything else is refused, and nothing is published.`,
		RunE: func(cmd *cobra.Command, args []string) error {
			ctx, stop := interruptible(cmd)
			defer stop()
			trust, err := readTrust(r.trust)
			if err != nil {
				return err
			}
			if r.place == "" {
				return errors.New("--to: name the folder in which releases are published")
			}
			packed, err := os.ReadFile(args[0])
			if err != nil {
				return err
			}
			rel, err := release.Place(r.place).Publish(ctx, packed, trust, time.Now(), judged)
			if err != nil {
				return err
			}
			tellRelease(cmd, rel)
			return nil
		},
	}
	cmd.Flags().StringVar(&r.trust, "trust", "", "the key set of who may sign and approve")
	cmd.Flags().StringVar(&r.place, "to", "", "the folder in which releases are published")
	return cmd
}

func policyRollback() *cobra.Command {
	r := &releasing{}
	cmd := &cobra.Command{
		Use: "rollback SERIAL", Args: exactly("the serial that is to come back, as mcr policy status lists them"), Short: "Makes a release that brings earlier policies back",
		Long: `Makes a release of the policies that were published under a serial, with a new serial: brokers
never go back. It is approved, signed and published as any other.`,
		RunE: func(cmd *cobra.Command, args []string) error {
			ctx, stop := interruptible(cmd)
			defer stop()
			serial, err := strconv.ParseUint(args[0], 10, 64)
			if err != nil || serial == 0 {
				return fmt.Errorf("%q is no serial: mcr policy status lists them", args[0])
			}
			if r.place == "" || r.out == "" {
				return errors.New("give --to, the folder in which releases are published, and --out, the file to write")
			}
			place := release.Place(r.place)
			last, err := place.Last()
			if err != nil {
				return err
			}
			now := time.Now()
			s, err := r.statement(last+1, now)
			if err != nil {
				return err
			}
			rel, err := place.Again(ctx, serial, s, now)
			if err != nil {
				return err
			}
			tellRelease(cmd, rel)
			return r.write(rel, r.out)
		},
	}
	r.statementFlags(cmd)
	return cmd
}

func policyStatus() *cobra.Command {
	r := &releasing{}
	cmd := &cobra.Command{
		Use: "status", Args: cobra.NoArgs, Short: "Says which policies are in force here, or which releases were published",
		Long: `Without --to the broker that runs says which policies are in force, by which release, when it last
heard of the place of publication, and why what is published there is refused. With --to: all
releases in that folder, by whom and why.`,
		RunE: func(cmd *cobra.Command, _ []string) error {
			ctx, stop := interruptible(cmd)
			defer stop()
			if r.place == "" {
				if err := r.find(cmd, false); err != nil {
					return err
				}
				return r.askStanding(cmd.OutOrStdout())
			}
			place := release.Place(r.place)
			all, err := place.Serials()
			if err != nil {
				return err
			}
			if len(all) == 0 {
				fmt.Fprintln(cmd.OutOrStdout(), "Nothing was published here.")
			}
			for _, serial := range all {
				rel, err := place.Published(ctx, serial)
				if err != nil {
					fmt.Fprintf(cmd.OutOrStdout(), "%d  CANNOT BE READ: %v\n", serial, err)
					continue
				}
				tellRelease(cmd, rel)
			}
			return nil
		},
	}
	cmd.Flags().StringVar(&r.place, "to", "", "the folder in which releases are published")
	r.settings.flags(cmd, "address")
	return cmd
}
