package main

import (
	"bufio"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/mycarerecord/mcr/decision/check"
	"github.com/mycarerecord/mcr/decision/newrule"
)

func policyNew() *cobra.Command {
	var s settings
	var a newrule.Answers
	cmd := &cobra.Command{
		Use: "new NAME [folder]", Args: cobra.RangeArgs(1, 2),
		Short: "Writes the beginnings of a new rule, from a few answers",
		Long: `Asks a few things in plain English and writes a rule from the answers: its folder under
rules/ with the rule and its tests, a file of cases under testdata/decisions, and its reason
in data/reasons.json. What a flag says is not asked. Nothing that is there is written over:
all of it is written, or nothing.

A rule can deny (whatever other rules permit), permit (without asking the patient, while
the professional's organisation is treating them), withhold (keep categories back whichever
rule releases them), or limit (take elements out of what others permit). What it says of roles, kinds of organisations and categories may be left
empty: all are meant then.

Then it says what mcr policy check and the tests find. Cases that come out otherwise than
they did are what the rule changes: look at each.

Without a folder it is that of the broker's configuration, or policies. NAME is of small
letters, digits and _, such as no_scans_by_students.`,
	}
	s.flags(cmd)
	cmd.Flags().StringVar(&a.Title, "title", "", "what the rule is called")
	cmd.Flags().StringVar(&a.Promise, "promise", "", "which promise to patients it keeps")
	cmd.Flags().StringVar(&a.Does, "does", "", "permit, deny, withhold or limit")
	cmd.Flags().StringSliceVar(&a.Roles, "roles", nil, "job role codes, such as R8004 (none: all)")
	cmd.Flags().StringSliceVar(&a.Kinds, "kinds", nil, "kinds of organisations that hold the record, such as acute (none: all)")
	cmd.Flags().StringSliceVar(&a.Categories, "categories", nil, "record categories, such as imaging (none: all)")
	cmd.Flags().StringSliceVar(&a.TakeOut, "take-out", nil, "for limit: what is taken out, such as Condition.note")
	cmd.Flags().StringVar(&a.Text, "text", "", "what people are told when it decides")
	cmd.Flags().StringVar(&a.Remedy, "remedy", "", "what they can do")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		a.Name = args[0]
		if err := newrule.Name(a.Name); err != nil {
			return err
		}
		_, dir, err := s.policySet(args[1:])
		if err != nil {
			return err
		}
		dir = cmp.Or(dir, "policies")
		if info, err := os.Stat(dir); err != nil || !info.IsDir() {
			return fmt.Errorf("there is no folder %s to write into: name one (mcr carries policies, but cannot change itself)", dir)
		}
		ctx, stop := interruptible(cmd)
		defer stop()
		if err := askAll(cmd, &a); err != nil {
			return err
		}
		return writeRule(ctx, cmd.OutOrStdout(), dir, a)
	}
	return cmd
}

// askAll asks for what no flag said.
func askAll(cmd *cobra.Command, a *newrule.Answers) error {
	in := bufio.NewReader(cmd.InOrStdin())
	ask := func(flag, question string, take func(string)) error {
		if cmd.Flags().Changed(flag) {
			return nil
		}
		fmt.Fprintf(cmd.ErrOrStderr(), "%s\n> ", question)
		line, err := in.ReadString('\n')
		if line = strings.TrimSpace(line); err != nil && line == "" {
			return fmt.Errorf("this was not answered: %s Nothing was written; --%s says it", question, flag)
		}
		take(line)
		return nil
	}
	text := func(into *string) func(string) { return func(s string) { *into = s } }
	list := func(into *[]string) func(string) {
		return func(s string) {
			*into = strings.FieldsFunc(s, func(r rune) bool { return r == ',' || r == ' ' })
		}
	}
	err := errors.Join(
		ask("title", "What is the rule called?", text(&a.Title)),
		ask("promise", "Which promise to patients does it keep? Write it as patients would read it.", text(&a.Promise)),
		ask("does", "Does it permit, deny, withhold or limit? (One of these words.)", text(&a.Does)),
		ask("roles", "For which job roles? (Codes, such as R8004 R8005; nothing for all.)", list(&a.Roles)),
		ask("kinds", "For records held by which kinds of organisations? ("+strings.Join(newrule.Kinds, ", ")+"; nothing for all.)", list(&a.Kinds)),
	)
	if err != nil {
		return err
	}
	if a.Does == newrule.Limit {
		return ask("take-out", "What does it take out? (Elements, such as Condition.note.)", list(&a.TakeOut))
	}
	return errors.Join(
		ask("categories", "For which record categories? (Such as imaging medications; nothing for all.)", list(&a.Categories)),
		ask("text", "What are people told when it decides?", text(&a.Text)),
		ask("remedy", "And what can they do?", text(&a.Remedy)),
	)
}

// writeRule writes the rule, and says what there is to do still.
func writeRule(ctx context.Context, w io.Writer, dir string, a newrule.Answers) error {
	fsys := os.DirFS(dir)
	d, err := newrule.Write(ctx, fsys, a)
	if err != nil {
		return fmt.Errorf("nothing was written:\n%w", err)
	}
	if err := d.Put(dir); err != nil {
		return err
	}
	fmt.Fprintf(w, "Written in %s:\n", dir)
	for _, file := range d.Files() {
		fmt.Fprintf(w, "  %s\n", file)
	}
	fmt.Fprintln(w)
	if err := check.Check(ctx, fsys, w); err != nil {
		return err
	}
	var otherwise []check.Finding
	err = check.Quick(ctx, fsys, func(f check.Finding) {
		if !f.Passed() {
			otherwise = append(otherwise, f)
		}
	})
	if err != nil {
		return err
	}
	if len(otherwise) == 0 {
		fmt.Fprintln(w, "All tests and cases come out as they should, those of the new rule among them.")
	} else {
		fmt.Fprintln(w, "These come out otherwise than they say. If that is what the rule is for, write into each what is right now; if not, change the rule:")
		for _, f := range otherwise {
			fmt.Fprintf(w, "  %s, line %d: %s\n", f.File, f.Line, f.Name)
			for _, line := range f.Wrong {
				fmt.Fprintf(w, "      %s\n", line)
			}
		}
	}
	fmt.Fprintf(w, "\nWhat to do next: read %s and its cases, and write cases of your own beside them. Then run\n  mcr policy test %s\n  mcr policy diff shipped %s\n", d.Files()[0], dir, dir)
	return nil
}
