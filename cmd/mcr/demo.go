package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"time"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/caddyconfig"
	"github.com/spf13/cobra"

	"github.com/mycarerecord/mcr/internal/demo"
)

// demoOptions are the flags of mcr demo.
type demoOptions struct {
	data, listen, issuer, policies string
	registry                       string // "" is registry.db in the data folder
	processes                      int    // of brokers; 0: all in this one
	past                           int    // days of it that are made up; 0: none
	script, describe               bool
}

func init() {
	register("demo", "[--script | --describe] [--data folder] [--listen address] [--policies folder] [--registry address] [--processes 3] [--past 30]", "Runs a synthetic region on this machine", `
"mcr demo" starts twelve source systems with 200 synthetic patients, a token
issuer, and a broker in front of each source, all on loopback, and prints what to
try. Ctrl-C stops it; the registry and the trail stay in the data folder.

A trail that begins with nothing shows nothing: so the first start on a data folder
makes up 30 days of it, with some misuse to be found (docs/demo-past.md). Each of
these records, and each of the trail's pages, says so. With --past 0 the trail begins
empty, as it does with --script.

"mcr demo --processes 3" has the brokers in three processes of their own, which
share a registry, as the organisations of a region do, and prints how to see that
what a patient says at one of them holds at the others. With --registry
postgres://USER@HOST/DATABASE the registry is in PostgreSQL: an empty database is
made into one, and a database with anybody else's facts is refused.

"mcr demo --script" runs the ten commands by itself against the running region,
or against one that it starts for the purpose, and says which came out wrong.

"mcr demo --describe" prints one JSON document about the running region, for
programs (docs/demo-describe.md).`, func(cmd *cobra.Command) {
		var opt demoOptions
		var child string
		cmd.Flags().StringVar(&opt.data, "data", "data", "the folder for registry, spool and trail")
		cmd.Flags().StringVar(&opt.listen, "listen", "", "the brokers' address (default 127.0.0.1:8080, or a free port when it is taken)")
		cmd.Flags().StringVar(&opt.issuer, "issuer", "127.0.0.1:0", "the token issuer's address; port 0 is a free one")
		cmd.Flags().StringVar(&opt.policies, "policies", "", "a folder of policies to try, such as an edited copy of policies/ (default: those in the program)")
		cmd.Flags().StringVar(&opt.registry, "registry", "", "the address of an empty database in PostgreSQL, with its password as {env.NAME} or {file./path} (default: a file in the data folder)")
		cmd.Flags().IntVar(&opt.processes, "processes", 0, "how many processes the sources' brokers are divided among (default: they are all in this one)")
		cmd.Flags().IntVar(&opt.past, "past", 30, "how many days of past are made up for a trail that begins; 0: none")
		cmd.Flags().StringVar(&child, "child", "", "a Caddyfile: be one of the processes")
		_ = cmd.Flags().MarkHidden("child")
		cmd.Flags().BoolVar(&opt.script, "script", false, "run the ten commands against the region and check them")
		cmd.Flags().BoolVar(&opt.describe, "describe", false, "print one JSON document about the running region")
		cmd.MarkFlagsMutuallyExclusive("script", "describe")
		cmd.RunE = func(cmd *cobra.Command, _ []string) error {
			ctx, stop := interruptible(cmd)
			defer stop()
			switch {
			case child != "":
				return runChild(child, cmd.InOrStdin())
			case opt.processes != 0 && (opt.processes < 2 || opt.processes > mostProcesses):
				return fmt.Errorf("--processes: from 2 to %d, one for each source at most", mostProcesses)
			case opt.past < 0 || opt.past > mostPast:
				return fmt.Errorf("--past: from 0 to %d days", mostPast)
			case opt.describe:
				return describe(ctx, opt, cmd.OutOrStdout())
			case opt.script:
				return script(ctx, opt, cmd.OutOrStdout(), cmd.ErrOrStderr())
			}
			return runDemo(ctx, opt, cmd.OutOrStdout(), cmd.ErrOrStderr())
		}
	})
}

// runDemo runs the region until ctx ends.
func runDemo(ctx context.Context, opt demoOptions, out, complaints io.Writer) error {
	running, err := startRegion(ctx, opt, complaints)
	if err != nil {
		return err
	}
	welcome(out, running.description)
	running.tell(ctx, complaints)
	<-ctx.Done()
	fmt.Fprintln(out, "\nStopping. The trail stays in", running.description.Trail)
	return running.stop()
}

// runningRegion is a region with its brokers, in this process or in children of it.
type runningRegion struct {
	region      *demo.Region
	children    []*child
	description demo.Description
	state       string // the file that tells other commands of it
	past        regionPast
}

// startRegion starts sources and issuer, takes the region's facts into the
// registry, and starts the brokers through Caddy, as any deployment does.
func startRegion(ctx context.Context, opt demoOptions, complaints io.Writer) (_ *runningRegion, err error) {
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
	registry, err := knowFacts(ctx, region, opt.registry, data, complaints)
	if err != nil {
		return nil, err
	}
	if opt.policies != "" {
		if opt.policies, err = filepath.Abs(opt.policies); err != nil {
			return nil, fmt.Errorf("finding the policies: %w", err)
		}
	}
	listen, err := freeAddress(opt.listen)
	if err != nil {
		return nil, err
	}
	config := demo.CaddyfileOptions{Listen: listen, Data: data, Policies: opt.policies, Global: []string{"registry " + demo.Word(registry)}}
	if opt.policies == "" {
		workshop, err := demo.OpenWorkshop(ctx, filepath.Join(data, "policies"), time.Now())
		if err != nil {
			return nil, err
		}
		config.Workshop = &workshop
	}
	running := &runningRegion{region: region, description: region.Describe("http://" + listen), state: stateFile(data)}
	running.description.Registry = registry
	if running.past, running.description.Past, err = makePast(ctx, region, opt, data, trail, registry); err != nil {
		return nil, err
	}
	config.TrailNotice = pastNotice(running.description.Past)
	if opt.processes > 0 {
		if err := running.bear(ctx, opt.processes, &config, complaints); err != nil {
			return nil, err
		}
		defer func() {
			if err != nil {
				err = errors.Join(err, running.bury())
			}
		}()
	}
	if config.Metrics, err = freeAddress("127.0.0.1:0"); err != nil {
		return nil, err
	}
	config.Admin = adminSocket(data)
	text, err := region.Caddyfile(config)
	if err != nil {
		return nil, err
	}
	if err := running.past.write(ctx, data, demo.BrokerID, nil); err != nil {
		return nil, err
	}
	if err := serve(text); err != nil {
		return nil, err
	}
	running.description.Metrics = "http://" + config.Metrics + "/metrics"
	return running, writeJSON(running.state, running.description)
}

// serve runs a Caddyfile in this process.
func serve(text string) error {
	config, _, err := caddyconfig.GetAdapter("caddyfile").Adapt([]byte(text), map[string]any{"filename": "demo"})
	if err != nil {
		return fmt.Errorf("configuring the brokers: %w", err)
	}
	if err := caddy.Load(config, true); err != nil {
		return fmt.Errorf("starting the brokers: %w", err)
	}
	return nil
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
	err := errors.Join(caddy.Stop(), r.bury())
	r.region.Close()
	return errors.Join(err, os.Remove(r.state))
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
