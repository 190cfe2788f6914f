package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"time"

	caddycmd "github.com/caddyserver/caddy/v2/cmd"
	"github.com/spf13/cobra"

	"github.com/mycarerecord/mcr/attack"
)

// attackOptions are the flags of mcr attack.
type attackOptions struct {
	profile, cases, which, json, junit, data string
	demo, list, explain, anyway              bool
	requests                                 int
	rate                                     float64
	timeout                                  time.Duration
}

func init() {
	register("attack", "(--demo | --profile FILE) [--case 045] [--list | --explain] [--json FILE] [--junit FILE]", "Tries to get round a running broker or FHIR gateway", `
"mcr attack" sends a running broker, or any other FHIR gateway, the requests by which
one gets round such a thing, and says of each whether it held. What is attacked, who
asks, and by which words one knows that something came out stands in a profile
(docs/security-review.md); with --demo all of it comes from the region that runs here.
The cases are data: --list names them, --explain tells why each is an attack.

It sends some hundreds of requests, 25 a second, one after another, to the profile's
own addresses only. Before anything is judged, controls show that it can see: the
permitted professional gets the record, the stranger does not.

It ends with 0 when nothing got through, with 1 when something did, and with 2 when it
could not be run: the base does not answer, or the controls fail.`, func(cmd *cobra.Command) {
		var opt attackOptions
		f := cmd.Flags()
		f.StringVar(&opt.profile, "profile", "", "the profile of what is attacked, a YAML file")
		f.BoolVar(&opt.demo, "demo", false, "attack the demo region that runs on this machine")
		f.StringVar(&opt.data, "data", "data", "with --demo: the region's data folder")
		f.StringVar(&opt.cases, "cases", "", "a folder of cases (default: those in the program)")
		f.StringVar(&opt.which, "case", "", "only the cases of this number, or whose id begins so")
		f.BoolVar(&opt.list, "list", false, "list the cases, and send nothing")
		f.BoolVar(&opt.explain, "explain", false, "tell why each case is an attack and what it sends, and send nothing")
		f.StringVar(&opt.json, "json", "", "write the results as JSON to this file")
		f.StringVar(&opt.junit, "junit", "", "write the results as JUnit XML to this file")
		f.IntVar(&opt.requests, "max-requests", 0, "requests in all, at most (default 5000, or as the profile says)")
		f.Float64Var(&opt.rate, "rate", 0, "requests a second, at most (default 25, or as the profile says)")
		f.DurationVar(&opt.timeout, "timeout", 0, "time for one request (default 20s, or as the profile says)")
		f.BoolVar(&opt.anyway, "anyway", false, "go on when the controls fail: what is said to have held may then mean nothing")
		cmd.SetFlagErrorFunc(exitWith) // 1 would say that something got through
		cmd.RunE = func(cmd *cobra.Command, _ []string) error {
			return exitWith(cmd, opt.run(cmd))
		}
	})
}

// errGotThrough ends the command with 1, any other error with 2.
var errGotThrough = errors.New("something got through")

func exitWith(cmd *cobra.Command, err error) error {
	if err == nil || errors.Is(err, errGotThrough) {
		cmd.SilenceErrors = err != nil // the table has said it
		return err
	}
	fmt.Fprintf(cmd.ErrOrStderr(), "Error: %v\n", err)
	cmd.SilenceErrors = true
	return caddycmd.WrapCommandFuncForCobra(func(caddycmd.Flags) (int, error) { return 2, nil })(cmd, nil)
}

func (o attackOptions) run(cmd *cobra.Command) error {
	if n := len(slices.DeleteFunc([]bool{o.demo, o.profile != "", o.list, o.explain}, func(given bool) bool { return !given })); n > 1 {
		return errors.New("give one of --demo, --profile, --list and --explain")
	}
	ctx, stop := interruptible(cmd)
	defer stop()
	out := cmd.OutOrStdout()
	cases, err := attack.Cases()
	if o.cases != "" {
		cases, err = attack.LoadCases(os.DirFS(o.cases))
	}
	if err != nil {
		return err
	}
	if o.which != "" {
		if cases = attack.Choose(cases, o.which); len(cases) == 0 {
			return fmt.Errorf("there is no case %s; --list names them", o.which)
		}
	}
	if o.list || o.explain {
		for _, c := range cases {
			if o.explain {
				fmt.Fprintln(out, c.Explain())
				continue
			}
			fmt.Fprintf(out, "%-45s %s\n", c.ID, c.Title)
		}
		return nil
	}
	p, err := o.read(ctx)
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "Attacking %s\n\n", p.Base)
	results, err := attack.Run(ctx, p, attack.Options{Cases: cases, Anyway: o.anyway, Each: func(r attack.Result) { fmt.Fprint(out, r.Row()) }})
	if len(results) == 0 && err != nil {
		return err
	}
	err = errors.Join(err,
		write(o.json, func(w io.Writer) error { return attack.WriteJSON(w, p, results) }),
		write(o.junit, func(w io.Writer) error { return attack.WriteJUnit(w, p, results) }))
	fmt.Fprintf(out, "\n%s\n", attack.Summary(results))
	if err == nil && attack.Count(results)[attack.GotThrough] > 0 {
		return errGotThrough
	}
	return err
}

// read gives the profile, with what the flags say of its limits.
func (o attackOptions) read(ctx context.Context) (p attack.Profile, err error) {
	switch {
	case o.demo:
		d, err := findRegion(ctx, o.data)
		if err != nil {
			return p, err
		}
		if p, err = d.AttackProfile(); err != nil {
			return p, err
		}
	case o.profile != "":
		if p, err = attack.ReadProfile(o.profile); err != nil {
			return p, err
		}
	default:
		return p, errors.New("say what is attacked: --demo, or --profile FILE (docs/security-review.md)")
	}
	if o.requests > 0 {
		p.Limits.Requests = o.requests
	}
	if o.rate > 0 {
		p.Limits.PerSecond = o.rate
	}
	if o.timeout > 0 {
		p.Limits.Timeout = o.timeout
	}
	return p, nil
}

// write writes a file that a flag names.
func write(path string, content func(io.Writer) error) error {
	if path == "" {
		return nil
	}
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	return errors.Join(content(f), f.Close())
}
