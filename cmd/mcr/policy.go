package main

import (
	"io/fs"
	"os"

	"github.com/mycarerecord/mcr/decision/check"
	"github.com/mycarerecord/mcr/policies"
	"github.com/spf13/cobra"
)

func init() {
	register("policy", "check|test [folder]", "Checks and tests the policies", `
"mcr policy check" compiles the policies strictly, checks every rule against the
schema of its input, and says all that is wrong at once, with file and line.

"mcr policy test" runs the Rego tests beside each rule and every decision case,
measures that no line is untested, and drops each fact of each case to prove that
nothing is permitted for want of knowledge.

Without a folder both take the policies built into this program.`, func(cmd *cobra.Command) {
		cmd.AddCommand(
			&cobra.Command{
				Use: "check [folder]", Short: "Compiles and checks the policies", Args: cobra.MaximumNArgs(1),
				RunE: func(cmd *cobra.Command, args []string) error {
					return check.Check(cmd.Context(), policyFolder(args), cmd.OutOrStdout())
				},
			},
			&cobra.Command{
				Use: "test [folder]", Short: "Runs the policies' tests and decision cases", Args: cobra.MaximumNArgs(1),
				RunE: func(cmd *cobra.Command, args []string) error {
					return check.Test(cmd.Context(), policyFolder(args), cmd.OutOrStdout())
				},
			},
		)
	})
}

func policyFolder(args []string) fs.FS {
	if len(args) == 1 {
		return os.DirFS(args[0])
	}
	return policies.FS
}
