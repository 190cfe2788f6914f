package caddymodule

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/mycarerecord/mcr/audit"
	"github.com/mycarerecord/mcr/decision"
	"github.com/mycarerecord/mcr/decision/gate"
	"github.com/mycarerecord/mcr/decision/gate/apart"
	"github.com/mycarerecord/mcr/decision/release"
	"github.com/mycarerecord/mcr/decision/release/intake"
)

// fetching is the releases of one configuration: which is in force, and how the place stands.
type fetching struct {
	of     *Releases
	in     *intake.Intake
	now    atomic.Pointer[release.Release] // in force
	first  *firstRelease                   // taken by this configuration, and in force when it is
	since  atomic.Pointer[time.Time]       // nil: as long as the configuration
	told   string                          // SHA-256 of the release of which the trail was told last
	none   *decision.Engine                // decides when what is in force is too old
	mu     sync.Mutex
	counts map[release.Code]int // of refusals
	after  []func()             // to be done when another release is in force
	doing  sync.Mutex           // of them, one after the other
}

// firstRelease is a release that comes into force with a configuration.
type firstRelease struct {
	*intake.Arrived
	set  *gate.Set
	held func() error
}

// loadReleases finds the release by which a configuration begins: the one that was accepted last, or,
// where none ever was, the one that is published now.
func (a *App) loadReleases(ctx context.Context) error {
	trust, err := trusted(a.Releases.Trust)
	if err != nil || a.Releases.check(a) != nil {
		return nil // check has said so
	}
	f := &fetching{of: a.Releases, in: a.intake(trust), none: decision.NewEngine(nil), counts: map[release.Code]int{}}
	r := &ruling{releases: f, now: time.Now, engine: decision.NewEngine(nil)}
	r.folder = inForceFS{r}
	r.gate = gate.New(gate.Options{Data: a.Data, Key: a.verdictKey("mcr policy verdict 1"), Log: a.log, ReadOnly: a.checking, Judge: apart.Judging()})
	kept, err := f.in.Kept()
	switch {
	case err == nil:
		set, err := r.gate.AdmitAs(ctx, kept.FS, kept.Statement.Revision)
		if err != nil {
			if f.begin(ctx, r) == nil { // by a newer one
				break
			}
			return fmt.Errorf("releases: the release with the serial %d, which was accepted last, is not fit to be in force by this program, and no newer one that is can be taken from %s: %w", kept.Statement.Serial, a.Releases.From, err)
		}
		r.set.Store(set)
		r.engine.Swap(set.Revision)
		f.now.Store(kept)
	case errors.Is(err, intake.ErrNone) || a.checking: // a check makes no keys
		if err := f.begin(ctx, r); err != nil {
			return fmt.Errorf("releases: none was accepted here yet, and none can be taken from %s: %w", a.Releases.From, err)
		}
	default:
		return fmt.Errorf("releases: %w", err)
	}
	a.ruling = r
	return nil
}

// begin takes the first release. The trail is told when the configuration comes into force.
func (f *fetching) begin(ctx context.Context, r *ruling) error {
	var why error
	err := f.in.Look(ctx, intake.Takes{
		Take: func(ctx context.Context, ar *intake.Arrived, held func() error) error {
			set, err := r.admit(ctx, ar)
			if err == nil {
				f.first = &firstRelease{ar, set, held}
				r.set.Store(set)
			}
			return err
		},
		Refuse: func(_ context.Context, no *intake.Refused) error {
			why = no.Because
			return nil
		},
	})
	switch {
	case err != nil:
		return err
	case why != nil:
		return why
	case f.first == nil:
		return fmt.Errorf("what is published holds from %s on", f.in.State().From.Format(time.RFC3339))
	}
	return nil
}

// admit judges the policies of a release.
func (r *ruling) admit(ctx context.Context, ar *intake.Arrived) (*gate.Set, error) {
	set, err := r.gate.AdmitAs(ctx, ar.FS, ar.Statement.Revision)
	if refused := (*gate.Refused)(nil); errors.As(err, &refused) && ctx.Err() == nil {
		return nil, &release.Refusal{Code: release.DoesNotPass, Text: refused.Error()}
	}
	return set, err
}

// inForceFS is the folder of the policies in force, whichever these are.
type inForceFS struct{ of *ruling }

// Open opens a file of them.
func (f inForceFS) Open(name string) (fs.File, error) {
	set := f.of.set.Load()
	if set == nil {
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
	}
	return set.FS.Open(name)
}

// firstInForce puts the release in force with which a configuration begins, once it is in the trail.
func (a *App) firstInForce(ctx context.Context) error {
	f := a.ruling.releases
	if f == nil || f.first == nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	if err := a.tellAccepted(ctx, f.first.Arrived, f.first.set); err != nil {
		return err
	}
	if err := f.first.held(); err != nil {
		return err
	}
	a.ruling.engine.Swap(f.first.set.Revision)
	f.now.Store(f.first.Release)
	return nil
}

// fetch asks the place until ctx ends.
func (a *App) fetch(ctx context.Context) {
	f := a.ruling.releases
	tick := time.NewTicker(f.of.every())
	defer tick.Stop()
	for {
		before := f.in.State().Fault
		err := f.in.Look(ctx, intake.Takes{Take: a.takeRelease, Refuse: a.refuseRelease})
		switch {
		case ctx.Err() != nil:
			return
		case err != nil && (before == nil || before.Error() != err.Error()):
			a.log.Warn("no newer release of the policies could be fetched", slog.String("from", f.of.From), slog.Any("cause", err))
		case err == nil && before != nil:
			a.log.Info("releases of the policies can be fetched again", slog.String("from", f.of.From))
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// takeRelease puts a release in force: judged first, then in the trail, then kept, then deciding.
func (a *App) takeRelease(ctx context.Context, ar *intake.Arrived, held func() error) error {
	set, err := a.ruling.admit(ctx, ar)
	if err != nil {
		return err
	}
	overrides.Lock()
	defer overrides.Unlock()
	if inForce.Load() != a {
		return errors.New("another configuration is in force by now")
	}
	f := a.ruling.releases
	if f.told != ar.Packed {
		if err := a.tellAccepted(ctx, ar, set); err != nil {
			return err
		}
		f.told = ar.Packed
	}
	if err := held(); err != nil {
		return err
	}
	a.ruling.swap(set)
	f.now.Store(ar.Release)
	f.since.Store(new(time.Now().UTC()))
	s := ar.Statement
	a.log.Info("a release of the policies is in force from now on", slog.Uint64("serial", s.Serial), slog.String("revision", s.Revision),
		slog.String("digest", set.Revision.Digest()), slog.String("author", s.Author), slog.String("reason", s.Reason))
	err = a.ruling.gate.Keep(set)
	if a.ruling.unkept.Store(err != nil); err != nil {
		a.log.Error("the policies in force could not be kept", slog.Any("error", err))
	}
	go f.follow()
	return nil
}

// follow does what follows on another release. Of two soon after each other the last has the last word.
func (f *fetching) follow() {
	f.doing.Lock()
	defer f.doing.Unlock()
	f.mu.Lock()
	all := slices.Clone(f.after)
	f.mu.Unlock()
	for _, do := range all {
		do()
	}
}

// afterRelease has something done, by itself, each time that another release is in force.
func (r *ruling) afterRelease(do func()) {
	if f := r.releases; f != nil {
		f.mu.Lock()
		defer f.mu.Unlock()
		f.after = append(f.after, do)
	}
}

// tellAccepted tells the trail of a release before anything is decided by it.
func (a *App) tellAccepted(ctx context.Context, ar *intake.Arrived, set *gate.Set) error {
	told := recordedRelease(ar.Release)
	told.Digest, told.From, told.Packed = set.Revision.Digest(), a.Releases.From, ar.Packed
	if err := (recorder{a.shared}).Append(ctx, told.Did(audit.AcceptAction, time.Now())); err != nil {
		return fmt.Errorf("recording that a release of the policies is accepted, without which it has no effect: %w", err)
	}
	return nil
}

// refuseRelease tells the trail, once, and everybody who asks.
func (a *App) refuseRelease(ctx context.Context, no *intake.Refused) error {
	told := audit.Release{}
	if no.Release != nil {
		told = recordedRelease(no.Release)
	}
	told.From, told.Packed, told.Code, told.Fault = a.Releases.From, no.Packed, string(no.Because.Code), no.Because.Text
	if err := (recorder{a.shared}).Append(ctx, told.Did(audit.RefuseAction, time.Now())); err != nil {
		return fmt.Errorf("recording that a release of the policies is refused: %w", err)
	}
	f := a.ruling.releases
	f.mu.Lock()
	f.counts[no.Because.Code]++
	f.mu.Unlock()
	a.log.Error("a release of the policies is refused: those in force go on", slog.String("from", a.Releases.From), slog.Uint64("serial", told.Serial),
		slog.String("code", told.Code), slog.String("fault", told.Fault))
	return nil
}

func recordedRelease(r *release.Release) audit.Release {
	s := r.Statement
	told := audit.Release{
		Serial: s.Serial, Revision: s.Revision, Fingerprint: s.Fingerprint, Author: s.Author, Reason: s.Reason, RollbackOf: s.Of, Signer: r.Signer,
	}
	for _, one := range s.Approvals {
		told.Approvals = append(told.Approvals, audit.Approval{By: one.By, At: one.At})
	}
	return told
}

// old says that what is in force was not known to be the newest for too long.
func (f *fetching) old(now time.Time) bool {
	contact := f.in.State().Contact
	return now.Sub(contact) > f.of.tooOld()
}

// tooOld says that nothing may be decided by what is in force.
func (r *ruling) tooOld() bool {
	return r.releases != nil && r.releases.of.Refuse && r.releases.old(r.now())
}

// red is what is to be looked at, by part.
func (f *fetching) red(now time.Time, say func(part string, err error)) {
	state := f.in.State()
	if no := state.Refused; no != nil {
		say("policies-release-refused", fmt.Errorf("the newest release at %s was refused at %s (%s): %w", f.of.From, no.At.UTC().Format(time.RFC3339), no.Because.Code, no.Because))
	}
	if f.old(now) {
		then := "what is in force goes on"
		if f.of.Refuse {
			then = "nothing is decided"
		}
		say("policies-release-too-old", fmt.Errorf("since %s it is not known whether there is a newer release at %s (too_old %s): %s; %w",
			state.Contact.UTC().Format(time.RFC3339), f.of.From, f.of.tooOld(), then, errors.Join(state.Fault)))
	}
}

// StandingRelease is how it stands with the releases of a broker, for whoever runs it.
type StandingRelease struct {
	From     string    `json:"from"`
	Serial   uint64    `json:"serial"`
	Author   string    `json:"author"`
	Reason   string    `json:"reason"`
	Approved []string  `json:"approved"` // by whom
	Signer   string    `json:"signer"`
	Contact  time.Time `json:"contact"`         // when the place was known last to have nothing newer
	Fault    string    `json:"fault,omitempty"` // why it could not be asked last
	Refused  string    `json:"refused,omitempty"`
	// NotBefore is when the newest release there will hold; zero when it does.
	NotBefore time.Time `json:"not_before,omitzero"`
}

// standingRelease says it; nil of a broker that goes by a folder.
func (r *ruling) standingRelease() *StandingRelease {
	if r.releases == nil {
		return nil
	}
	state := r.releases.in.State()
	s := &StandingRelease{From: r.releases.of.From, Contact: state.Contact.UTC(), NotBefore: state.From}
	if now := r.releases.now.Load(); now != nil {
		s.Serial, s.Author, s.Reason, s.Signer = now.Statement.Serial, now.Statement.Author, now.Statement.Reason, now.Signer
		for _, one := range now.Statement.Approvals {
			s.Approved = append(s.Approved, one.By)
		}
	}
	if state.Fault != nil {
		s.Fault = state.Fault.Error()
	}
	if state.Refused != nil {
		s.Refused = state.Refused.Because.Error()
	}
	return s
}
