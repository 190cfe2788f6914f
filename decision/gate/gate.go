package gate

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/mycarerecord/mcr/decision"
	"github.com/mycarerecord/mcr/decision/check"
	"github.com/mycarerecord/mcr/decision/internal/folder"
)

// Options are what a gate is made of.
type Options struct {
	// Data is the deployment's data folder: verdicts/ and revisions/ stand there.
	Data string
	// Key seals what was let through. Without one every set is judged each time.
	Key []byte
	// ReadOnly leaves Data as it is: what is let through is not sealed, and nothing is kept.
	ReadOnly bool
	// Own are the folders of organisations' own rules, which restrict what a set permits at their
	// sources, by ODS code: no set is let through without them.
	Own map[string]fs.FS
	// OwnByLastGood has the last good own rules taken, at a start, where those of a folder are not fit.
	OwnByLastGood bool
	// Judge judges a set elsewhere, such as in a process of its own (package apart), and gives no
	// revision. Nil: sets are judged in this process, as they are when it fails.
	Judge func(ctx context.Context, all folder.Held, opt decision.Options) (check.Verdict, error)
	// Log is told what the revisions tell of, and why a seal was not taken.
	Log *slog.Logger
	// Clock tells the time. Default time.Now.
	Clock func() time.Time
}

// Gate lets sets of policies into force.
type Gate struct {
	data  string
	key   []byte
	only  bool // read
	judge func(context.Context, folder.Held, decision.Options) (check.Verdict, error)
	log   *slog.Logger
	clock func() time.Time

	own           map[string]ownFolder
	ownByLastGood bool
}

// New makes a gate.
func New(opt Options) *Gate {
	g := &Gate{
		data: opt.Data, key: opt.Key, only: opt.ReadOnly, judge: opt.Judge, log: opt.Log, clock: opt.Clock,
		own: map[string]ownFolder{}, ownByLastGood: opt.OwnByLastGood,
	}
	for of, fsys := range opt.Own {
		g.own[of] = ownFolder{FS: fsys}
	}
	if g.log == nil {
		g.log = slog.New(slog.DiscardHandler)
	}
	if g.clock == nil {
		g.clock = time.Now
	}
	return g
}

func (g *Gate) kept() revisions { return revisions(filepath.Join(g.data, "revisions")) }

// Set is a set of policies that may be in force.
type Set struct {
	// FS is what was judged, as it was read: nothing that is written since is in it.
	FS fs.FS
	// Fingerprint is of all that it holds.
	Fingerprint string
	Revision    *decision.Revision
	// Sealed says that this program had passed it before; Tests and Cases are how many
	// Rego tests and decision cases that was on.
	Sealed       bool
	Tests, Cases int
	// Own are the organisations' own rules beside it, by ODS code: Revision has them.
	Own map[string]*Own
	// Kept is its name among the sets that were in force, when it was taken from there.
	Kept string
	// Faults are what the gate found; it is in force by an override alone.
	Faults []string

	all folder.Held
}

// Refused says that a set is not let through.
type Refused struct {
	Fingerprint string   // "" when the folder could not be read
	Faults      []string // each once
	Loads       bool     // it can be decided by: an override can be for it
}

// mostTold is how many faults an error names. What a check finds stands first; one slip may
// fail every case after it.
const mostTold = 30

// Error gives the faults, a line each.
func (r *Refused) Error() string {
	told := slices.Clone(r.Faults)
	if more := len(told) - mostTold; more > 0 {
		told = append(told[:mostTold], fmt.Sprintf("and %d more: mcr policy check and mcr policy test tell them all", more))
	}
	return fmt.Sprintf("the policies are not fit to be in force, %s:\n  %s", many(len(r.Faults), "fault"), strings.Join(told, "\n  "))
}

func many(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

// Admit judges a folder of policies and gives the set that may be in force, or *Refused.
// It reads the folder once.
func (g *Gate) Admit(ctx context.Context, fsys fs.FS) (*Set, error) { return g.AdmitAs(ctx, fsys, "") }

// AdmitAs is Admit for policies whose decisions are recorded under a name; "" is that of their digest.
func (g *Gate) AdmitAs(ctx context.Context, fsys fs.FS, revision string) (*Set, error) {
	all, err := folder.Hold(fsys)
	if err != nil {
		return nil, &Refused{Faults: strings.Split(err.Error(), "\n")}
	}
	return g.admit(ctx, all, revision)
}

func (g *Gate) admit(ctx context.Context, all folder.Held, revision string) (*Set, error) {
	opt := decision.Options{Revision: revision, Log: g.log}
	set := &Set{FS: all, all: all, Fingerprint: all.Fingerprint()}
	program, err := Program()
	if err != nil {
		g.log.Warn("verdicts on policies are not sealed", slog.Any("error", err))
	}
	if s, ok := g.passed(set.Fingerprint, program); ok {
		if set.Revision, err = load(ctx, all, opt); err == nil {
			set.Sealed, set.Tests, set.Cases = true, s.Tests, s.Cases
			return g.beside(ctx, set)
		}
	}
	verdict := g.verdict(ctx, all, opt)
	if err := ctx.Err(); err != nil {
		return nil, fmt.Errorf("judging policies: %w", err) // what was found then says nothing
	}
	if len(verdict.Faults) > 0 {
		return nil, &Refused{Fingerprint: set.Fingerprint, Faults: verdict.Faults, Loads: verdict.Loads}
	}
	set.Revision, set.Tests, set.Cases = verdict.Revision, verdict.Tests, verdict.Cases
	if set.Revision == nil {
		if set.Revision, err = load(ctx, all, opt); err != nil {
			return nil, &Refused{Fingerprint: set.Fingerprint, Faults: strings.Split(err.Error(), "\n")}
		}
	}
	if program != "" && !g.only {
		err := g.write(seal{Fingerprint: set.Fingerprint, Program: program, Tests: set.Tests, Cases: set.Cases, At: g.clock().UTC()})
		if err != nil {
			g.log.Warn("the verdict on the policies could not be kept: the next start judges them anew", slog.Any("error", err))
		}
	}
	return g.beside(ctx, set)
}

// verdict judges a set, elsewhere when there is somebody who does.
func (g *Gate) verdict(ctx context.Context, all folder.Held, opt decision.Options) check.Verdict {
	if g.judge != nil {
		v, err := g.judge(ctx, all, opt)
		if err == nil || ctx.Err() != nil {
			return v
		}
		g.log.Warn("policies are judged in this process, beside its requests, which may be slower meanwhile", slog.Any("cause", err))
	}
	return check.Judge(ctx, all, opt)
}

// passed says that this very program has let a set through before.
func (g *Gate) passed(fingerprint, program string) (seal, bool) {
	s, err := g.sealed(fingerprint)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		g.log.Warn("the seal of a verdict on policies is not taken: they are judged anew", slog.Any("cause", err))
	}
	return s, err == nil && program != "" && s.Program == program
}

// Override gives a set that was refused, for somebody who answers for it. It must be the
// very set that the fingerprint names, and must load.
func (g *Gate) Override(ctx context.Context, fsys fs.FS, fingerprint string, faults []string) (*Set, error) {
	all, err := folder.Hold(fsys)
	if err != nil {
		return nil, err
	}
	set := &Set{FS: all, all: all, Fingerprint: all.Fingerprint(), Faults: faults}
	if set.Fingerprint != fingerprint {
		return nil, fmt.Errorf("the folder holds %s, the override is for %s", set.Fingerprint, fingerprint)
	}
	if set.Revision, err = decision.Load(ctx, all, decision.Options{Log: g.log}); err != nil {
		return nil, err
	}
	return g.beside(ctx, set)
}

// ErrNoneKept says that no set that was in force can be gone by.
var ErrNoneKept = errors.New("no earlier set of policies can be gone by")

// LastGood gives the set that was in force last and is still what it was: its seal holds,
// whichever program made it, and this program lets it through.
func (g *Gate) LastGood(ctx context.Context) (*Set, error) {
	names, err := g.kept().kept()
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrNoneKept, err)
	}
	var why []error
	for _, name := range slices.Backward(names) {
		set, err := g.lastGood(ctx, name)
		if err == nil {
			return set, nil
		}
		why = append(why, fmt.Errorf("revisions/%s: %w", name, err))
	}
	if len(why) == 0 {
		why = append(why, fmt.Errorf("%s holds none", g.kept()))
	}
	return nil, fmt.Errorf("%w:\n%w", ErrNoneKept, errors.Join(why...))
}

func (g *Gate) lastGood(ctx context.Context, name string) (*Set, error) {
	all, err := folder.Hold(os.DirFS(filepath.Join(string(g.kept()), name)))
	if err != nil {
		return nil, err
	}
	if _, err := g.sealed(all.Fingerprint()); err != nil {
		if errors.Is(err, fs.ErrNotExist) {
			return nil, errors.New("it is not as it was in force, or never passed: no seal is of it")
		}
		return nil, fmt.Errorf("its seal: %w", err)
	}
	set, err := g.admit(ctx, all, "")
	if err != nil {
		return nil, err
	}
	set.Kept = name
	return set, nil
}

// Keep keeps a set that is in force from now on.
func (g *Gate) Keep(set *Set) error {
	return errors.Join(g.kept().keep(set.all, set.Revision.Digest(), g.clock()), g.keepOwn(set))
}

// KeepTried keeps a set that decides some requests from now on, so that these can be decided again.
func (g *Gate) KeepTried(set *Set) error {
	return errors.Join(g.tried().keep(set.all, set.Revision.Digest(), g.clock()), g.keepOwn(set))
}

func (g *Gate) tried() revisions { return revisions(filepath.Join(g.data, "tried")) }

// Before gives the policies that were in force before those with a digest.
func (g *Gate) Before(digest string) (policies fs.FS, name string, ok bool) {
	return g.kept().before(digest)
}

// Named is a folder of policies with what somebody calls it.
type Named struct {
	Name string
	FS   fs.FS
}

// Decided loads the policies by which decisions were made and can be made again, and
// gives their name; nil where they are not kept. also are other folders in which they may be; these
// are tried first. An error says that they are kept, and cannot be loaded.
func (g *Gate) Decided(ctx context.Context, by decision.DecidedBy, opt decision.Options, also ...Named) (*decision.Revision, string, error) {
	for _, set := range also {
		if rev, err := decision.Load(ctx, set.FS, opt); err == nil && rev.Digest() == by.Digest {
			return g.decidedBeside(ctx, rev, by), set.Name, nil
		}
	}
	var fault error
	for _, set := range append(g.kept().decided(by.Digest), g.tried().decided(by.Digest)...) {
		rev, err := decision.Load(ctx, set.FS, opt)
		switch {
		case err != nil:
			fault = fmt.Errorf("the policies that decided this are kept as %s, and cannot be loaded: %w", set.Name, err)
		case rev.Digest() == by.Digest:
			return g.decidedBeside(ctx, rev, by), set.Name, nil
		}
	}
	return nil, "", fault
}

// Fingerprint is the SHA-256, in hex, of all that a folder of policies holds: rules, data,
// schema, tests, cases, and whatever else stands there.
func Fingerprint(fsys fs.FS) (string, error) {
	all, err := folder.Hold(fsys)
	if err != nil {
		return "", err
	}
	return all.Fingerprint(), nil
}
