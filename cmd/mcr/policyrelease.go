package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"time"

	"github.com/spf13/cobra"

	"github.com/mycarerecord/mcr/decision"
	"github.com/mycarerecord/mcr/decision/check"
	"github.com/mycarerecord/mcr/decision/release"
	"github.com/mycarerecord/mcr/durable"
)

// releasing is what the commands that make releases of policies are told.
type releasing struct {
	settings
	out, key, trust, place   string
	revision, author, reason string
	notBefore, expires       string
	serial                   uint64
	may                      []string
	canary                   release.Canary
}

// releaseCommands are those by which a set of policies becomes one that brokers can be given.
func releaseCommands() []*cobra.Command {
	return []*cobra.Command{policyKey(), policyBuild(), policyApprove(), policySign(), policyPublish(), policyRollback(), policyStatus()}
}

func (r *releasing) outFlag(cmd *cobra.Command, what string) {
	cmd.Flags().StringVarP(&r.out, "out", "o", "", what)
}

func (r *releasing) statementFlags(cmd *cobra.Command) {
	f := cmd.Flags()
	f.StringVar(&r.author, "author", "", "who wrote it")
	f.StringVar(&r.reason, "reason", "", "why, in words")
	f.StringVar(&r.revision, "revision", "", "the name under which decisions are recorded (default: today and the serial)")
	f.StringVar(&r.notBefore, "not-before", "", "from when it may come into force: a date or a time (default: at once)")
	f.StringVar(&r.expires, "expires", "", "until when: a date or a time (default: it does not expire)")
	f.StringVar(&r.place, "to", "", "the folder in which releases are published: its next serial is taken")
	r.outFlag(cmd, "the file to write")
}

// statement is what the flags say.
func (r *releasing) statement(serial uint64, now time.Time) (s release.Statement, err error) {
	s = release.Statement{Serial: serial, Revision: r.revision, Author: r.author, Reason: r.reason}
	if s.Revision == "" {
		s.Revision = fmt.Sprintf("%s.%d", now.Format(time.DateOnly), serial)
	}
	if s.NotBefore, err = moment(r.notBefore, now); err != nil {
		return s, fmt.Errorf("--not-before %w", err)
	}
	if s.Expires, err = moment(r.expires, now); err != nil {
		return s, fmt.Errorf("--expires %w", err)
	}
	if r.canary.Percent != 0 || len(r.canary.Sources) > 0 {
		s.Canary = &r.canary
	}
	return s, nil
}

func (r *releasing) write(rel *release.Release, out string) error {
	packed, err := rel.Pack()
	if err != nil {
		return err
	}
	return durable.Replace(out, packed)
}

// exactly wants one argument, and says what it is: somebody who forgot it, or quotes round a name of two
// words, is told.
func exactly(what string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) == 1 {
			return nil
		}
		return fmt.Errorf("give %s, once: %s (--help says more)", what, cmd.UseLine())
	}
}

func readRelease(ctx context.Context, path string) (*release.Release, error) {
	packed, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	return release.Read(ctx, packed)
}

func policyBuild() *cobra.Command {
	r := &releasing{}
	cmd := &cobra.Command{
		Use: "build [folder]", Args: cobra.MaximumNArgs(1), Short: "Makes a release of a folder of policies",
		Long: `Makes a release of a folder that may come into force: a bundle of Open Policy Agent with
everything in the folder, and a statement of who wrote it, why, from when and until when. It is
then approved by two people (mcr policy approve), signed (mcr policy sign) and published.

With --canary it is tried before it is in force for all: brokers decide the requests of some persons by
it, compare with the rules in force, and take it back by themselves when too many come out as a
refusal, a wait, or unclear. It ends when it expires, or when a release with a higher serial is published.`,
		RunE: func(cmd *cobra.Command, args []string) error {
			ctx, stop := interruptible(cmd)
			defer stop()
			if r.out == "" {
				return errors.New("--out: name the file to write")
			}
			fsys, _, err := r.policySet(args)
			if err != nil {
				return err
			}
			if err := judged(ctx, fsys); err != nil {
				return err
			}
			serial := r.serial
			if r.place != "" && serial == 0 {
				last, err := release.Place(r.place).Last()
				if err != nil {
					return err
				}
				serial = last + 1
			}
			now := time.Now()
			s, err := r.statement(serial, now)
			if err != nil {
				return err
			}
			rel, err := release.Build(ctx, fsys, s, now)
			if err != nil {
				return err
			}
			tellRelease(cmd, rel)
			return r.write(rel, r.out)
		},
	}
	r.flags(cmd)
	r.statementFlags(cmd)
	cmd.Flags().IntVar(&r.canary.Percent, "canary", 0, "have it tried first, on the requests of so many of a hundred persons; needs --expires")
	cmd.Flags().StringSliceVar(&r.canary.Sources, "canary-at", nil, "with --canary: only at the sources with these ids")
	cmd.Flags().IntVar(&r.canary.MostWorse, "canary-worse", 2, "with --canary: of how many of a hundred requests it may refuse what the rules in force permit, before brokers take it back by themselves")
	cmd.Flags().Uint64Var(&r.serial, "serial", 0, "its number, above that of every release before (default: the next of --to)")
	return cmd
}

// judged says why a folder may not come into force.
func judged(ctx context.Context, fsys fs.FS) error {
	v := check.Judge(ctx, fsys, decision.Options{})
	var faults []error
	for _, f := range v.Faults {
		faults = append(faults, errors.New(f))
	}
	if len(faults) > 0 {
		return fmt.Errorf("these policies may not come into force:\n%w", errors.Join(faults...))
	}
	return nil
}

func policyApprove() *cobra.Command {
	r := &releasing{}
	cmd := &cobra.Command{
		Use: "approve RELEASE", Args: exactly("the file of the release"), Short: "Approves a release, by somebody's key",
		Long: `Adds your approval to a release, after judging its policies as brokers do. Look at what it
changes first: mcr policy diff RELEASE and mcr policy replay RELEASE take the file. Two
different people must approve. An approval takes a signature away: whoever publishes signs last.`,
		RunE: func(cmd *cobra.Command, args []string) error {
			return r.change(cmd, args[0], func(ctx context.Context, rel *release.Release, k release.Key) error {
				if err := judged(ctx, rel.FS); err != nil {
					return err
				}
				return rel.Approve(k, time.Now())
			})
		},
	}
	cmd.Flags().StringVar(&r.key, "key", "", "the file of your key")
	return cmd
}

func policySign() *cobra.Command {
	r := &releasing{}
	cmd := &cobra.Command{
		Use: "sign RELEASE", Args: exactly("the file of the release"), Short: "Signs a release, as Open Policy Agent signs bundles",
		RunE: func(cmd *cobra.Command, args []string) error {
			return r.change(cmd, args[0], func(_ context.Context, rel *release.Release, k release.Key) error { return rel.Sign(k) })
		},
	}
	cmd.Flags().StringVar(&r.key, "key", "", "the file of the publisher's key")
	return cmd
}

// change changes a release in its file, by somebody's key.
func (r *releasing) change(cmd *cobra.Command, path string, do func(context.Context, *release.Release, release.Key) error) error {
	ctx, stop := interruptible(cmd)
	defer stop()
	k, err := readKey(r.key)
	if err != nil {
		return err
	}
	rel, err := readRelease(ctx, path)
	if err != nil {
		return err
	}
	if err := do(ctx, rel, k); err != nil {
		return err
	}
	if err := r.write(rel, path); err != nil {
		return err
	}
	tellRelease(cmd, rel)
	return nil
}

// tellRelease says what a release is, in a few lines.
func tellRelease(cmd *cobra.Command, rel *release.Release) {
	w, s := cmd.OutOrStdout(), rel.Statement
	fmt.Fprintf(w, "%d  %s  by %s: %s\n", s.Serial, s.Revision, s.Author, s.Reason)
	if s.Canary != nil {
		fmt.Fprintf(w, "    on trial: %s\n", s.Canary)
	}
	if s.Of > 0 {
		fmt.Fprintf(w, "    brings back %d\n", s.Of)
	}
	fmt.Fprintf(w, "    fingerprint %.12s, holds from %s", s.Fingerprint, s.NotBefore.Format(time.RFC3339))
	if !s.Expires.IsZero() {
		fmt.Fprintf(w, " until %s", s.Expires.Format(time.RFC3339))
	}
	fmt.Fprintln(w)
	for _, a := range s.Approvals {
		fmt.Fprintf(w, "    approved by %s at %s\n", a.By, a.At.Format(time.RFC3339))
	}
	if rel.Signer != "" {
		fmt.Fprintf(w, "    signed by %s\n", rel.Signer)
	}
	if n := release.Approvals - len(s.Approvals); n > 0 {
		fmt.Fprintf(w, "    %d more must approve it\n", n)
	}
}
