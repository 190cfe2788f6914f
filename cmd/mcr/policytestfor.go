package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"time"

	"github.com/spf13/cobra"

	"github.com/mycarerecord/mcr/decision/tried"
	"github.com/mycarerecord/mcr/durable"
)

// testedFor is for whom the tests are run, besides the person who reads the account.
type testedFor struct {
	junit       string
	json, watch bool
}

func (f *testedFor) flags(cmd *cobra.Command) {
	cmd.Flags().StringVar(&f.junit, "junit", "", "also write what came of it to this file, as the JUnit XML that CI servers read")
	cmd.Flags().BoolVar(&f.json, "json", false, "write what came of it as one JSON document, in place of the account")
	cmd.Flags().BoolVar(&f.watch, "watch", false, "run again whenever a file of the folder changes, until Ctrl-C")
}

// refuse says what cannot be had together.
func (f *testedFor) refuse(mutants bool, path string) error {
	switch {
	case mutants && (f.json || f.junit != ""):
		return errors.New("--json and --junit tell of tests, cases and invariants, and not of mutants: run --mutants without them")
	case f.watch && (mutants || f.json || f.junit != ""):
		return errors.New("--watch is for a person at a terminal: run it without --mutants, --json and --junit")
	case f.watch && path == "":
		return errors.New("--watch needs a folder: the policies in this program do not change")
	}
	return nil
}

// forOwn says what cannot be had of an organisation's own rules.
func (f *testedFor) forOwn(mutants bool) error {
	if mutants || f.json || f.junit != "" || f.watch {
		return errors.New("--own-of: own rules are tested without --mutants, --json, --junit and --watch")
	}
	return nil
}

// test runs the tests and writes all that was asked for.
func (f *testedFor) test(cmd *cobra.Command, fsys fs.FS) error {
	w := cmd.OutOrStdout()
	if f.json {
		w = io.Discard
	}
	if f.junit != "" { // what is left of another run would be taken for this one's, if this one is killed
		if err := os.Remove(f.junit); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("writing what came of the tests: %w", err)
		}
	}
	outcome, err := tried.Run(cmd.Context(), fsys, w)
	if f.json {
		err = errors.Join(err, outcome.JSON(cmd.OutOrStdout()))
	}
	if f.junit != "" {
		var out bytes.Buffer
		fault := outcome.JUnit(&out)
		if fault == nil {
			fault = durable.Replace(f.junit, out.Bytes())
		}
		if fault != nil {
			err = errors.Join(err, fmt.Errorf("writing what came of the tests: %w", fault))
		}
	}
	return err
}

// watchPolicies tries a folder again and again.
func watchPolicies(cmd *cobra.Command, fsys fs.FS, path string) error {
	ctx, stop := interruptible(cmd)
	defer stop()
	w := tried.Watched{
		FS: fsys, Name: path, Out: cmd.OutOrStdout(), Now: time.Now,
		Wait: func(ctx context.Context) error {
			select {
			case <-ctx.Done():
				return ctx.Err()
			case <-time.After(tried.LookEvery):
				return nil
			}
		},
	}
	return w.Watch(ctx)
}
