package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"github.com/mycarerecord/mcr/decision/check"
	"github.com/mycarerecord/mcr/decision/mutants"
)

func policyTest() *cobra.Command {
	var tryMutants bool
	var only string
	var tested testedFor
	var s settings
	var own ownRules
	cmd := &cobra.Command{
		Use: "test [folder]", Short: "Runs the policies' tests and decision cases", Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			w := cmd.OutOrStdout()
			if o, is, err := own.read(&s, args); is {
				if err == nil {
					err = tested.forOwn(tryMutants)
				}
				if err != nil {
					return err
				}
				return o.Try(cmd.Context(), w, func(check.Finding) {})
			}
			folder, path, err := s.policySet(args)
			if err != nil {
				return err
			}
			if err := tested.refuse(tryMutants, path); err != nil {
				return err
			}
			if tested.watch {
				return watchPolicies(cmd, folder, path)
			}
			if err := tested.test(cmd, folder); err != nil || tested.json {
				return err
			}
			if !tryMutants {
				last, err := mutants.Last(folder)
				if err == nil {
					fmt.Fprintf(w, "%s.\n", last)
				}
				return err
			}
			fmt.Fprintln(w)
			report, err := mutants.Run(cmd.Context(), folder, mutants.Options{Only: only})
			if err != nil {
				return err
			}
			if only == "" {
				err = keepRecord(path, report)
			}
			return errors.Join(report.Write(w), err)
		},
	}
	cmd.Flags().BoolVar(&tryMutants, "mutants", false, "also put small faults into the rules and lists, and say which nothing would notice")
	cmd.Flags().StringVar(&only, "only", "", "with --mutants: only in files whose path begins so, such as rules/emergency/")
	tested.flags(cmd)
	own.flags(cmd)
	s.flags(cmd)
	return cmd
}

// keepRecord writes when mutants were tried into the folder; the policies that are
// built in have theirs built in.
func keepRecord(path string, report mutants.Report) error {
	if path == "" {
		return nil
	}
	err := os.WriteFile(filepath.Join(path, mutants.RecordFile), report.Record(time.Now()).JSON(), 0o644)
	if err != nil {
		return fmt.Errorf("keeping the record of mutants: %w", err)
	}
	return nil
}
