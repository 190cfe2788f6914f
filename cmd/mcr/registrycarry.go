package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"strings"
	"time"

	"github.com/dustin/go-humanize"
	"github.com/spf13/cobra"

	"github.com/mycarerecord/mcr/audit"
	"github.com/mycarerecord/mcr/caddymodule"
	"github.com/mycarerecord/mcr/durable"
	"github.com/mycarerecord/mcr/registry"
	"github.com/mycarerecord/mcr/registry/carry"
	"github.com/mycarerecord/mcr/registry/intake"
)

// exportRegistry writes everything into a file that another registry can take.
func exportRegistry() *cobra.Command {
	l := new(looking)
	cmd := &cobra.Command{
		Use: "export FILE", Short: "Writes the whole registry, with its history, for another one to take (restore)", Args: cobra.ExactArgs(1), SilenceUsage: true,
		Long: `Writes every version of every entry, as one moment has them, into a new file that its owner
alone can read: JSON, one version a line, with a digest at the end. mcr registry restore
takes it into an empty registry without loss: so a registry in a file moves to PostgreSQL,
or back. It runs beside brokers. It is in the trail, as an alert, before anything is written:
the file is about everybody.`,
		RunE: func(cmd *cobra.Command, args []string) error {
			return withRegistry(cmd, &l.settings, func(ctx context.Context, store registry.Store) error {
				if err := notThere(args[0]); err != nil {
					return err
				}
				id, err := l.record(ctx, caddymodule.Look{Action: audit.CopyOfRegistry, Query: "registry export", Alert: true})
				if err != nil {
					return err
				}
				versions := 0
				err = durable.Create(args[0], func(f *os.File) (err error) {
					opt := carry.Options{By: l.by, Notes: intake.Notes, Progress: saying(cmd.ErrOrStderr(), "written")}
					versions, err = carry.Export(ctx, store, f, opt)
					return err
				})
				if err != nil {
					return err
				}
				fmt.Fprintf(cmd.OutOrStdout(), "%s: %s versions. It is record %s of the trail.\n", args[0], humanize.Comma(int64(versions)), id)
				return nil
			})
		},
	}
	l.flags(cmd)
	return cmd
}

// notThere refuses a file that is there, before the trail tells of a copy that there never was.
func notThere(path string) error {
	if _, err := os.Lstat(path); err == nil {
		return fmt.Errorf("%s is there already: name a new file", path)
	}
	return nil
}

// saying says now and then how many versions were carried.
func saying(out io.Writer, done string) func(int) {
	next := time.Now().Add(sayEvery)
	return func(n int) {
		if now := time.Now(); now.After(next) {
			next = now.Add(sayEvery)
			fmt.Fprintf(out, "%s versions %s\n", humanize.Comma(int64(n)), done)
		}
	}
}

// restoreRegistry takes what was exported.
func restoreRegistry() *cobra.Command {
	s := new(settings)
	cmd := &cobra.Command{
		Use: "restore FILE", Short: "Takes what export wrote into an empty registry (- reads standard input)", Args: cobra.ExactArgs(1), SilenceUsage: true,
		Long: `Takes what mcr registry export wrote, with its history, into a registry that has nothing in
it: all of it, or nothing if the file is cut off, damaged or not understood. Who recorded
what, and when, stays as it was. A registry in PostgreSQL is made first (mcr registry migrate).`,
		RunE: func(cmd *cobra.Command, args []string) (err error) {
			ctx, stop := interruptible(cmd)
			defer stop()
			file, err := asGiven(cmd, args[0])
			if err != nil {
				return err
			}
			defer file.Close()
			if err := s.find(cmd, false); err != nil {
				return err
			}
			store, closed, err := newRegistry(ctx, cmd, s)
			if err != nil {
				return err
			}
			defer func() { err = closed(err) }()
			versions, err := carry.Restore(ctx, store, file, carry.Options{Notes: intake.Notes, Progress: saying(cmd.ErrOrStderr(), "read")})
			if err != nil {
				return err
			}
			fmt.Fprintf(cmd.OutOrStdout(), "%s versions were taken.\n", humanize.Comma(int64(versions)))
			return nil
		},
	}
	s.flags(cmd, "registry")
	return cmd
}

// backupRegistry copies a registry in a file, and says how one in PostgreSQL is.
func backupRegistry() *cobra.Command {
	l := new(looking)
	cmd := &cobra.Command{
		Use: "backup FILE", Short: "Copies the registry's file as it is at one moment, beside a running broker", Args: cobra.ExactArgs(1), SilenceUsage: true,
		Long: `Copies a registry that is a file into a new one that its owner alone can read, as it is at
one moment, while brokers read and write. The copy was read again and is on the disk when
this ends; it is itself a registry: to restore it, stop the broker and put it in the place of
the file. (cp beside a running broker makes a copy that may lack the last changes, or be
damaged.) It is in the trail before anything is copied.

A registry in PostgreSQL is backed up by PostgreSQL's own programs: this says which.`,
		RunE: func(cmd *cobra.Command, args []string) error {
			return withRegistry(cmd, &l.settings, func(ctx context.Context, store registry.Store) error {
				file, ok := store.(interface {
					Backup(ctx context.Context, path string) error
				})
				if !ok {
					return dumpInstead(cmd, l.registry, args[0])
				}
				if err := notThere(args[0]); err != nil {
					return err
				}
				id, err := l.record(ctx, caddymodule.Look{Action: audit.CopyOfRegistry, Query: "registry backup"})
				if err != nil {
					return err
				}
				err = waitingFor(cmd.ErrOrStderr(), "the copy", func() error { return file.Backup(ctx, args[0]) })
				if err != nil {
					return err
				}
				fmt.Fprintf(cmd.OutOrStdout(), "%s is a copy of %s. It is record %s of the trail.\n", args[0], l.registry, id)
				return nil
			})
		},
	}
	l.flags(cmd)
	return cmd
}

// dumpInstead says how a registry in PostgreSQL is backed up: what its own programs do is
// consistent, and known to who runs the server. The address is without its password.
func dumpInstead(cmd *cobra.Command, registry, file string) error {
	address, _, _, err := caddymodule.PostgresRegistry(registry, logTo(cmd))
	if err != nil {
		return err
	}
	a, err := url.Parse(address)
	if err != nil {
		return err
	}
	// What a registry's address leaves out is the safe way; libpq's default is another.
	q := a.Query()
	if here := a.Hostname(); here != "" && here != "localhost" && here != "127.0.0.1" && here != "::1" && !q.Has("sslmode") {
		q.Set("sslmode", "verify-full")
		a.RawQuery = q.Encode()
	}
	quoted := func(s string) string { return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'" }
	return errors.New("the registry is in PostgreSQL, whose own programs back it up. Once:\n" +
		"  pg_dump --format=custom --schema=registry --no-owner --file=" + quoted(file) + " " + quoted(a.String()) + "\n" +
		"or, to any moment, the whole server, with pg_basebackup and an archive of its log (docs/registry-commands.md).\n" +
		"Brokers refuse to work with a copy that lacks what they have seen, until mcr registry accept-loss")
}
