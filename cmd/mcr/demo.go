package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/caddyconfig"
	"github.com/spf13/cobra"

	"github.com/mycarerecord/mcr/internal/demo"
	"github.com/mycarerecord/mcr/registry"
)

// demoOptions are the flags of mcr demo.
type demoOptions struct {
	data, listen, issuer, policies string
	script, describe               bool
}

func init() {
	register("demo", "[--script | --describe] [--data folder] [--listen address] [--policies folder]", "Runs a synthetic region on this machine", `
"mcr demo" starts twelve source systems with 200 synthetic patients, a token
issuer, and a broker in front of each source, all on loopback, and prints what to
try. Ctrl-C stops it; the registry and the trail stay in the data folder.

"mcr demo --script" runs the ten commands by itself against the running region,
or against one that it starts for the purpose, and says which came out wrong.

"mcr demo --describe" prints one JSON document about the running region, for
programs (docs/demo-describe.md).`, func(cmd *cobra.Command) {
		var opt demoOptions
		cmd.Flags().StringVar(&opt.data, "data", "data", "the folder for registry, spool and trail")
		cmd.Flags().StringVar(&opt.listen, "listen", "", "the brokers' address (default 127.0.0.1:8080, or a free port when it is taken)")
		cmd.Flags().StringVar(&opt.issuer, "issuer", "127.0.0.1:0", "the token issuer's address; port 0 is a free one")
		cmd.Flags().StringVar(&opt.policies, "policies", "", "a folder of policies to try, such as an edited copy of policies/ (default: those in the program)")
		cmd.Flags().BoolVar(&opt.script, "script", false, "run the ten commands against the region and check them")
		cmd.Flags().BoolVar(&opt.describe, "describe", false, "print one JSON document about the running region")
		cmd.MarkFlagsMutuallyExclusive("script", "describe")
		cmd.RunE = func(cmd *cobra.Command, _ []string) error {
			ctx, stop := interruptible(cmd)
			defer stop()
			switch {
			case opt.describe:
				return describe(ctx, opt, cmd.OutOrStdout())
			case opt.script:
				return script(ctx, opt, cmd.OutOrStdout())
			}
			return runDemo(ctx, opt, cmd.OutOrStdout())
		}
	})
}

// runDemo runs the region until ctx ends.
func runDemo(ctx context.Context, opt demoOptions, out io.Writer) error {
	running, err := startRegion(ctx, opt)
	if err != nil {
		return err
	}
	welcome(out, running.description)
	<-ctx.Done()
	fmt.Fprintln(out, "\nStopping. The trail stays in", running.description.Trail)
	return running.stop()
}

// runningRegion is a region with its brokers, in this process.
type runningRegion struct {
	region      *demo.Region
	description demo.Description
	state       string // the file that tells other commands of it
}

// startRegion starts sources and issuer, takes the region's facts into the
// registry, and starts the brokers through Caddy, as any deployment does.
func startRegion(ctx context.Context, opt demoOptions) (_ *runningRegion, err error) {
	data, err := filepath.Abs(opt.data)
	if err != nil {
		return nil, err
	}
	if err := os.MkdirAll(data, 0o700); err != nil {
		return nil, err
	}
	trail := filepath.Join(data, "trail.db")
	region, err := demo.Start(context.WithoutCancel(ctx), demo.Options{Issuer: opt.issuer, Trail: trail})
	if err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			region.Close()
		}
	}()
	if err := importFacts(ctx, region, filepath.Join(data, "registry.db")); err != nil {
		return nil, err
	}
	listen, err := freeAddress(opt.listen)
	if err != nil {
		return nil, err
	}
	metrics, err := freeAddress("127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	policies := opt.policies
	if policies != "" {
		if policies, err = filepath.Abs(policies); err != nil {
			return nil, fmt.Errorf("finding the policies: %w", err)
		}
	}
	text, err := region.Caddyfile(demo.CaddyfileOptions{
		Listen: listen, Admin: adminSocket(data), Metrics: metrics, Data: data, Policies: policies,
	})
	if err != nil {
		return nil, err
	}
	config, _, err := caddyconfig.GetAdapter("caddyfile").Adapt([]byte(text), map[string]any{"filename": "demo"})
	if err != nil {
		return nil, fmt.Errorf("configuring the brokers: %w", err)
	}
	if err := caddy.Load(config, true); err != nil {
		return nil, fmt.Errorf("starting the brokers: %w", err)
	}
	running := &runningRegion{
		region: region, description: region.Describe("http://" + listen), state: stateFile(data),
	}
	running.description.Metrics = "http://" + metrics + "/metrics"
	return running, writeState(running.state, running.description)
}

// adminSocket is where mcr audit redeliver and the like reach the region's broker: a
// socket in the data folder, or none ("off") where the path is too long for a socket
// (unix(7): 107 bytes).
func adminSocket(data string) string {
	path := filepath.Join(data, "admin.sock")
	if len(path) > 107 {
		return "off"
	}
	return "unix/" + path
}

func (r *runningRegion) stop() error {
	err := caddy.Stop()
	r.region.Close()
	return errors.Join(err, os.Remove(r.state))
}

// importFacts is what "mcr registry import" does, with the region's own facts.
func importFacts(ctx context.Context, region *demo.Region, path string) error {
	facts, err := region.RegistryNDJSON()
	if err != nil {
		return err
	}
	r, err := registry.Open(path, registry.Options{})
	if err != nil {
		return err
	}
	_, err = r.Import(ctx, facts, "mcr demo")
	return errors.Join(err, r.Close())
}

// freeAddress gives the address asked for; without one 127.0.0.1:8080, or a port
// from the kernel when another program has it.
func freeAddress(asked string) (string, error) {
	candidates := []string{asked}
	if asked == "" {
		candidates = []string{"127.0.0.1:8080", "127.0.0.1:0"}
	}
	var err error
	for _, address := range candidates {
		var l net.Listener
		if l, err = net.Listen("tcp", address); err == nil {
			free := l.Addr().String()
			return free, l.Close()
		}
	}
	return "", fmt.Errorf("listening: %w; name another address with --listen", err)
}
