package main

import (
	"bytes"
	"cmp"
	"fmt"
	"io/fs"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/mycarerecord/mcr/decision/book"
	"github.com/mycarerecord/mcr/decision/book/telling"
	"github.com/mycarerecord/mcr/decision/invariants"
	"github.com/mycarerecord/mcr/decision/states"
	"github.com/mycarerecord/mcr/durable"
)

func policyBook() *cobra.Command {
	var s settings
	var asHTML bool
	var file, against string
	cmd := &cobra.Command{
		Use: "book [set]", Args: cobra.MaximumNArgs(1),
		Short: "Writes the policy book as one file, to print, send or keep",
		Long: `Writes the policy book: every rule with its promise, description, conditions and reasons,
what this region has chosen, the lists, and the cases with what is decided now. With
--against OLD it begins with what changed since, what lets out more first.

The set, and OLD, are named as in mcr policy diff: a folder; the file of a release; the
name, or a part of it that is no other's, of a set that was in force; or "shipped", the
policies in this program.
Without a set it is that of the broker's configuration, or "shipped".

The book is Markdown, or with --html (or -o FILE.html) one page that needs nothing else: it
can be opened from a disk, printed and sent. The same policies give the same file.`,
	}
	s.flags(cmd, "data")
	cmd.Flags().BoolVar(&asHTML, "html", false, "as HTML")
	cmd.Flags().StringVarP(&file, "output", "o", "", "write to this file (without it: standard output)")
	cmd.Flags().StringVar(&against, "against", "", "begin with what changed since this set")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		ending := strings.ToLower(filepath.Ext(file))
		asHTML = asHTML || ending == ".html" || ending == ".htm"
		told, err := readBook(cmd, &s, args, against)
		if err != nil {
			return err
		}
		var out bytes.Buffer
		tell := told.Markdown
		if asHTML {
			tell = told.HTML
		}
		if err := tell(&out); err != nil {
			return fmt.Errorf("writing the policy book: %w", err)
		}
		if file == "" {
			_, err := cmd.OutOrStdout().Write(out.Bytes())
			return err
		}
		if err := durable.Replace(file, out.Bytes()); err != nil {
			return fmt.Errorf("writing the policy book: %w", err)
		}
		fmt.Fprintf(cmd.ErrOrStderr(), "The policy book of %s is in %s.\n", told.Name, file)
		return nil
	}
	return cmd
}

// readBook reads the set that is asked for, and compares it with another where one is named.
func readBook(cmd *cobra.Command, s *settings, args []string, against string) (telling.Told, error) {
	ctx, stop := interruptible(cmd)
	defer stop()
	var told telling.Told
	var folder, old fs.FS
	var err error
	if len(args) == 1 {
		told.Name = args[0]
		folder, err = namedSet(cmd, s, args[0])
	} else {
		folder, told.Name, err = s.policySet(args)
		told.Name = cmp.Or(told.Name, shippedPolicies)
	}
	if err != nil {
		return told, err
	}
	if against != "" {
		if old, err = namedSet(cmd, s, against); err != nil {
			return told, err
		}
	}
	if told.Book, err = book.Read(ctx, folder); err != nil {
		return told, fmt.Errorf("the policies %s have faults (mcr policy check says what to do):\n%w", told.Name, err)
	}
	if old == nil {
		return told, nil
	}
	list, err := book.Changes(ctx, old, folder, states.All(invariants.Fast))
	if err != nil {
		return told, err
	}
	if told.Book.Digest != list.NewDigest {
		return told, fmt.Errorf("the policies %s were changed while they were read: start again", told.Name)
	}
	told.Changes, told.Before = &list, against
	return told, nil
}
