package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"sync"
	"syscall"
	"time"

	caddycmd "github.com/caddyserver/caddy/v2/cmd"
	"github.com/spf13/cobra"

	"github.com/mycarerecord/mcr/legible"
)

// Caddy makes its own commands before ours. The first of ours, once it is among them, shows
// Caddy's own to the next: they are changed then, before anything is asked of them.
var (
	firstOfOurs *cobra.Command
	changeOwn   sync.Once
)

// register adds a subcommand to Caddy's own. Its errors are printed plainly.
func register(name, usage, short, long string, build func(*cobra.Command)) {
	caddycmd.RegisterCommand(caddycmd.Command{
		Name: name, Usage: usage, Short: short, Long: long,
		CobraFunc: func(cmd *cobra.Command) {
			cmd.SilenceUsage = true
			cmd.SetOut(legible.Writer(os.Stdout))
			cmd.SetErr(legible.Writer(os.Stderr))
			build(cmd)
			plainErrors(cmd)
			if firstOfOurs == nil {
				firstOfOurs = cmd
				return
			}
			changeOwn.Do(func() {
				caddysOwn(firstOfOurs.Root())
				caddysOthers(firstOfOurs.Root())
			})
		},
	})
}

// plainErrors writes out (legible) what the errors of a command and of those under it
// quote: Caddy prints them, past the command's own outputs.
func plainErrors(cmd *cobra.Command) {
	if run := cmd.RunE; run != nil {
		cmd.RunE = func(cmd *cobra.Command, args []string) error {
			if err := run(cmd, args); err != nil {
				return plainError{err}
			}
			return nil
		}
	}
	for _, under := range cmd.Commands() {
		plainErrors(under)
	}
}

// logTo is where a command's parts say what an operator must know: in lines for people, on
// standard error.
func logTo(cmd *cobra.Command) *slog.Logger {
	return slog.New(legible.Log(slog.NewTextHandler(cmd.ErrOrStderr(), nil)))
}

// sayEvery is how often it is said what is waited for.
const sayEvery = 10 * time.Second

// waitingFor does what may take long, and says meanwhile what is waited for.
func waitingFor(out io.Writer, what string, do func() error) error {
	done, said := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(said)
		tick := time.NewTicker(sayEvery)
		defer tick.Stop()
		for began := time.Now(); ; {
			select {
			case <-done:
				return
			case now := <-tick.C:
				fmt.Fprintf(out, "waiting for %s (%s)\n", what, now.Sub(began).Round(time.Second))
			}
		}
	}()
	err := do()
	close(done)
	<-said // nothing is written to out after this
	return err
}

type plainError struct{ error }

func (e plainError) Error() string { return legible.Lines(e.error.Error()) }
func (e plainError) Unwrap() error { return e.error }

// interruptible is a context that ends with Ctrl-C or a polite kill.
func interruptible(cmd *cobra.Command) (context.Context, context.CancelFunc) {
	ctx := cmd.Context()
	if ctx == nil {
		ctx = context.Background()
	}
	return signal.NotifyContext(ctx, syscall.SIGINT, syscall.SIGTERM)
}
