package main

import (
	"context"
	"os/signal"
	"syscall"

	caddycmd "github.com/caddyserver/caddy/v2/cmd"
	"github.com/spf13/cobra"
)

// register adds a subcommand to Caddy's own. Its errors are printed plainly.
func register(name, usage, short, long string, build func(*cobra.Command)) {
	caddycmd.RegisterCommand(caddycmd.Command{
		Name: name, Usage: usage, Short: short, Long: long,
		CobraFunc: func(cmd *cobra.Command) {
			cmd.SilenceUsage = true
			build(cmd)
		},
	})
}

// interruptible is a context that ends with Ctrl-C or a polite kill.
func interruptible(cmd *cobra.Command) (context.Context, context.CancelFunc) {
	ctx := cmd.Context()
	if ctx == nil {
		ctx = context.Background()
	}
	return signal.NotifyContext(ctx, syscall.SIGINT, syscall.SIGTERM)
}
