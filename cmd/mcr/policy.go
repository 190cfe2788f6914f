package main

import (
	"cmp"
	"fmt"
	"io/fs"
	"os"

	"github.com/spf13/cobra"

	"github.com/mycarerecord/mcr/decision/check"
	"github.com/mycarerecord/mcr/policies"
)

func init() {
	register("policy", "check|test|diff|replay|explain|book|new|fmt|build|approve|sign|publish|rollback|status|key", "Checks, tests, tries, compares, tells and publishes policies", `
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

With --junit FILE it also writes what came of it for a CI server, with --json as one JSON
document; with --watch it runs again whenever a file of the folder changes, and says first
what comes out otherwise than before.

"mcr policy test --mutants" then puts small faults into the rules and lists, one at
a time, and says which of them nothing would notice, each with the case that is
missing. It takes a minute or two, and keeps the result in the folder; with --only
rules/emergency/ it tries one rule, in a few seconds.

"mcr policy diff" says what one set of policies decides otherwise than another, and
first of all what lets out more.

"mcr policy replay" decides last month's recorded requests again under a draft, and says
who would have been refused, let in, or shown more or less.

"mcr policy explain" tells one decision, of a record in the trail or of a case: what was
decided, each rule's part in it, whether it comes out the same today, and the smallest
change with which it would have been decided otherwise.

"mcr policy book" writes the policy book as one file: the rules, reasons, settings, lists
and cases in plain English, as Markdown or HTML, to print or to send.

"mcr policy new" asks what a new rule is for, and writes it with its tests, cases and reason.

"mcr policy fmt" lays out the rules of a folder as OPA's own formatter does; with
--check it only says which files would change.

A set of policies is made a release by "build", approved by two people ("approve", each by
a key that "key" makes), signed ("sign") and put where web servers find it ("publish");
"status" lists what was published, and "rollback" brings earlier policies back
(docs/releases.md).

Without a folder, they take that of the broker's configuration (--config; the Caddyfile
in this folder), and without one there, check, test, book and build take the policies built
into this program, and new and fmt the folder policies. All but diff and replay end with 0
when nothing is wrong, and with 1 when something is.`, policyCommands)
}

func policyCommands(cmd *cobra.Command) {
	cmd.AddCommand(policyCheck(), policyTest(), policyDiff(), policyReplay(), policyExplain(), policyBook(), policyNew(), formatCommand())
	cmd.AddCommand(releaseCommands()...)
}

func policyCheck() *cobra.Command {
	var s settings
	var own ownRules
	cmd := &cobra.Command{
		Use: "check [folder]", Short: "Compiles and checks the policies", Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if o, is, err := own.read(&s, args); is {
				if err != nil {
					return err
				}
				return o.Check(cmd.Context(), cmd.OutOrStdout())
			}
			fsys, _, err := s.policySet(args)
			if err != nil {
				return err
			}
			return check.Check(cmd.Context(), fsys, cmd.OutOrStdout())
		},
	}
	own.flags(cmd)
	s.flags(cmd)
	return cmd
}

func formatCommand() *cobra.Command {
	var s settings
	var only bool
	cmd := &cobra.Command{
		Use: "fmt [folder]", Short: "Lays out the rules", Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			_, folder, err := s.policySet(args)
			if err != nil {
				return err
			}
			return check.Format(cmp.Or(folder, "policies"), !only, cmd.OutOrStdout())
		},
	}
	cmd.Flags().BoolVar(&only, "check", false, "only say which files would change")
	s.flags(cmd)
	return cmd
}

// policySet gives the policies of a folder that is named, or those of the broker's
// configuration; or those in this program, whose folder is "".
func (s *settings) policySet(args []string) (fsys fs.FS, folder string, err error) {
	if len(args) == 1 {
		folder = args[0]
	} else {
		c, err := s.read()
		if err != nil {
			return nil, "", err
		}
		if c.Releases {
			return nil, "", fmt.Errorf("this broker goes by releases of policies (%s), and has no folder: name one, or a release", c.File)
		}
		folder, s.from = c.Policies, c.File
	}
	if folder == "" {
		return policies.FS, "", nil
	}
	if info, err := os.Stat(folder); err != nil || !info.IsDir() {
		if s.from != "" {
			return nil, "", fmt.Errorf("reading policies: there is no folder %q (%s)", folder, s.whence())
		}
		return nil, "", fmt.Errorf("reading policies: there is no folder %q", folder)
	}
	return os.DirFS(folder), folder, nil
}
