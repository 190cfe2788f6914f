package main

import (
	"fmt"
	"io/fs"
	"os"

	"github.com/mycarerecord/mcr/decision/check"
	"github.com/mycarerecord/mcr/policies"
	"github.com/spf13/cobra"
)

func init() {
	register("policy", "check|test|diff|fmt", "Checks, tests, compares and lays out the policies", `
"mcr policy check" reads every file of the policies and says all that is wrong at
once, file by file, each thing once: the line, what is wrong, and what to do. It
finds what the tests cannot see: a value that never occurs, seconds compared with
milliseconds, a list that nothing reads, a promise that is gone.

"mcr policy test" runs the Rego tests beside each rule and every decision case,
measures that no line is untested, and drops each fact of each case to prove that
nothing is permitted for want of knowledge. What takes longer than the broker would
wait is ended, and told. Then it goes through all states of question and facts that
the rules can tell apart, and proves each invariant of policies/invariants; one that
does not hold is shown with its smallest case.

"mcr policy test --mutants" then puts small faults into the rules and lists, one at
a time, and says which of them nothing would notice, each with the case that is
missing. It takes a minute or two, and keeps the result in the folder; with --only
rules/emergency/ it tries one rule, in a few seconds.

"mcr policy diff" says what one set of policies decides otherwise than another, and
first of all what lets out more.

"mcr policy fmt" lays out the rules of a folder as OPA's own formatter does; with
--check it only says which files would change.

Without a folder, check and test take the policies built into this program, and fmt
takes the folder policies. All but diff end with 0 when nothing is wrong, and with 1
when something is.`, policyCommands)
}

func policyCommands(cmd *cobra.Command) {
	cmd.AddCommand(
		&cobra.Command{
			Use: "check [folder]", Short: "Compiles and checks the policies", Args: cobra.MaximumNArgs(1),
			RunE: func(cmd *cobra.Command, args []string) error {
				fsys, err := policyFolder(args)
				if err != nil {
					return err
				}
				return check.Check(cmd.Context(), fsys, cmd.OutOrStdout())
			},
		},
		policyTest(),
		policyDiff(),
		formatCommand(),
	)
}

func formatCommand() *cobra.Command {
	var only bool
	cmd := &cobra.Command{
		Use: "fmt [folder]", Short: "Lays out the rules", Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			folder := "policies"
			if len(args) == 1 {
				folder = args[0]
			}
			return check.Format(folder, !only, cmd.OutOrStdout())
		},
	}
	cmd.Flags().BoolVar(&only, "check", false, "only say which files would change")
	return cmd
}

func policyFolder(args []string) (fs.FS, error) {
	if len(args) == 0 {
		return policies.FS, nil
	}
	if info, err := os.Stat(args[0]); err != nil || !info.IsDir() {
		return nil, fmt.Errorf("reading policies: there is no folder %q", args[0])
	}
	return os.DirFS(args[0]), nil
}
