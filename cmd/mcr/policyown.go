package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"

	"github.com/spf13/cobra"

	"github.com/mycarerecord/mcr/decision"
	"github.com/mycarerecord/mcr/decision/check"
	"github.com/mycarerecord/mcr/decision/own"
	"github.com/mycarerecord/mcr/nhs"
)

// ownRules are the options by which a folder is taken for an organisation's own rules.
type ownRules struct{ of, beside string }

func (o *ownRules) flags(cmd *cobra.Command) {
	cmd.Flags().StringVar(&o.of, "own-of", "", "the folder holds the own rules of the organisation with this ODS code, which restrict the region's")
	cmd.Flags().StringVar(&o.beside, "beside", "", "with --own-of: the region's policies (a folder; default: those of the configuration, or in this program)")
}

// read gives them; false when the folder is a region's.
func (o *ownRules) read(s *settings, args []string) (own check.Own, is bool, err error) {
	switch {
	case o.of == "" && o.beside == "":
		return own, false, nil
	case o.of == "":
		return own, true, errors.New("--beside is for an organisation's own rules: say whose they are, with --own-of")
	case len(args) == 0:
		return own, true, errors.New("--own-of: name the folder of the own rules")
	}
	if _, err := nhs.ParseODSCode(o.of); err != nil {
		return own, true, fmt.Errorf("--own-of: %w", err)
	}
	var beside []string
	if o.beside != "" {
		beside = []string{o.beside}
	}
	var region fs.FS
	if region, _, err = s.policySet(beside); err != nil {
		return own, true, err
	}
	if info, err := os.Stat(args[0]); err != nil || !info.IsDir() {
		return own, true, fmt.Errorf("reading an organisation's own rules: there is no folder %q", args[0])
	}
	return check.Own{Region: region, Folder: os.DirFS(args[0]), Of: o.of}, true, nil
}

// ownBeside loads the own rules that the configuration names over a set of policies.
func ownBeside(ctx context.Context, set fs.FS, folders map[string]string) (map[string]*decision.Revision, error) {
	all := map[string]*decision.Revision{}
	for of, path := range folders {
		composed, err := own.Compose(set, os.DirFS(path))
		if err == nil {
			all[of], err = decision.Load(ctx, composed, decision.Options{})
		}
		if err != nil {
			return nil, fmt.Errorf("the own rules of %s (%s), as the configuration names them: %w", of, path, err)
		}
	}
	return all, nil
}
