package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"github.com/mycarerecord/mcr/decision"
	"github.com/mycarerecord/mcr/decision/check"
	"github.com/mycarerecord/mcr/decision/invariants"
	"github.com/mycarerecord/mcr/decision/mutants"
)

func policyTest() *cobra.Command {
	var tryMutants bool
	var only string
	var s settings
	cmd := &cobra.Command{
		Use: "test [folder]", Short: "Runs the policies' tests and decision cases", Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			w := cmd.OutOrStdout()
			folder, path, err := s.policySet(args)
			if err != nil {
				return err
			}
			if err := testPolicies(cmd, folder); err != nil {
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
	s.flags(cmd)
	return cmd
}

// testPolicies runs the tests and cases, and proves the invariants. What does not
// compile has no states.
func testPolicies(cmd *cobra.Command, fsys fs.FS) error {
	out := cmd.OutOrStdout()
	tests := check.Test(cmd.Context(), fsys, out)
	if _, err := decision.Load(cmd.Context(), fsys, decision.Options{}); err != nil && tests != nil {
		return tests
	}
	fmt.Fprintln(out)
	return errors.Join(tests, invariants.Test(cmd.Context(), fsys, out))
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
