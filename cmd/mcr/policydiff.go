package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	caddycmd "github.com/caddyserver/caddy/v2/cmd"
	"github.com/spf13/cobra"

	"github.com/mycarerecord/mcr/decision/book"
	"github.com/mycarerecord/mcr/decision/invariants"
	"github.com/mycarerecord/mcr/decision/states"
	"github.com/mycarerecord/mcr/policies"
)

// The exit codes of mcr policy diff. What may let out more counts as more: whoever goes by
// the code must not take for harmless what nothing could tell.
const (
	diffSame       = 0
	diffNotWider   = 1
	diffNoneToTell = 2
	diffWider      = 3
)

// shippedPolicies names the policies in this program.
const shippedPolicies = "shipped"

func policyDiff() *cobra.Command {
	var s settings
	cmd := &cobra.Command{
		Use: "diff [OLD] NEW", Args: cobra.RangeArgs(1, 2),
		Short: "Says what NEW decides otherwise than OLD, what lets out more first",
		Long: `Says what one set of policies decides otherwise than another: the cases and states that
come out otherwise, and the rules, lists, settings and words side by side. What lets out
more is told first.

OLD and NEW are folders; the files of releases; the name, or a part of it that is no
other's, of a set that was in force (the data folder's revisions); or "shipped", the
policies in this program, which OLD is when it is left out.

It ends with 0 when nothing differs, 1 when nothing that differs lets out more, 3 when
something does or may, and 2 when the two cannot be compared.`,
	}
	s.flags(cmd, "data")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		code, err := comparePolicies(cmd, &s, args)
		if err != nil {
			fmt.Fprintf(cmd.ErrOrStderr(), "Error: %v\n", err)
			code = diffNoneToTell
		}
		if code == diffSame {
			return nil
		}
		cmd.SilenceErrors = true
		if code == 1 {
			return fmt.Errorf("the policies differ")
		}
		return caddycmd.WrapCommandFuncForCobra(func(caddycmd.Flags) (int, error) { return code, nil })(cmd, nil)
	}
	return cmd
}

func comparePolicies(cmd *cobra.Command, s *settings, args []string) (int, error) {
	if len(args) == 1 {
		args = []string{shippedPolicies, args[0]}
	}
	ctx, stop := interruptible(cmd)
	defer stop()
	var folders [2]fs.FS
	for i, arg := range args {
		var err error
		if folders[i], err = namedSet(cmd, s, arg); err != nil {
			return 0, err
		}
	}
	list, err := book.Changes(ctx, folders[0], folders[1], states.All(invariants.Fast))
	if err != nil {
		return 0, err
	}
	w := cmd.OutOrStdout()
	fmt.Fprintf(w, "Before: %s (digest %.12s)\nNow:    %s (digest %.12s)\n\n", args[0], list.OldDigest, args[1], list.NewDigest)
	list.Write(w)
	switch {
	case list.None():
		return diffSame, nil
	case list.Reach() == book.NoWider:
		return diffNotWider, nil
	}
	return diffWider, nil
}

// namedSet finds a set of policies by what somebody calls it: a folder or a release first.
func namedSet(cmd *cobra.Command, s *settings, name string) (fs.FS, error) {
	if name == "" { // of a shell's variable that was never set: it is a part of every name
		return nil, errors.New("the policies have no name: give a folder, \"shipped\", or the name of a set that was in force")
	}
	switch info, err := os.Stat(name); {
	case err == nil && info.IsDir():
		return os.DirFS(name), nil
	case err == nil && info.Mode().IsRegular():
		rel, err := readRelease(cmd.Context(), name)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		return rel.FS, nil
	}
	if name == shippedPolicies {
		return policies.FS, nil
	}
	if err := s.find(cmd, false); err != nil {
		return nil, err
	}
	kept := filepath.Join(s.data, keptSets)
	switch found := keptSetsOf(s.data, name); len(found) {
	case 1:
		return os.DirFS(filepath.Join(kept, found[0])), nil
	case 0:
		return nil, fmt.Errorf("there is no folder %s, and no set of that name in %s: give a folder, the file of a release, \"shipped\", or the name of a set there (--data names another data folder)", name, kept)
	default:
		return nil, fmt.Errorf("%s is part of several names in %s: %s", name, kept, strings.Join(found, ", "))
	}
}

// keptSets is where, in a data folder, the sets of policies are kept that were in force.
const keptSets = "revisions"

// keptSetsOf are the names of the kept sets that hold a text, the oldest first.
func keptSetsOf(data, text string) (found []string) {
	entries, _ := os.ReadDir(filepath.Join(data, keptSets)) // without any there is none of that name
	for _, e := range entries {
		if e.IsDir() && !strings.HasPrefix(e.Name(), ".") && strings.Contains(e.Name(), text) {
			found = append(found, e.Name())
		}
	}
	return found
}
