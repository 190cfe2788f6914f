package caddymodule

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"strings"
	"sync/atomic"
	"time"

	"github.com/mycarerecord/mcr/access"
	"github.com/mycarerecord/mcr/audit"
	"github.com/mycarerecord/mcr/decision"
	"github.com/mycarerecord/mcr/decision/gate"
	"github.com/mycarerecord/mcr/decision/release"
	"github.com/mycarerecord/mcr/decision/release/intake"
)

// canary is a release that decides some requests beside the one in force, and is taken back by itself
// when what it decides comes out worse than by that one.
type canary struct {
	*intake.Arrived
	set    *gate.Set
	engine *decision.Engine
	// Of the views that it decided: how many, and how many by the rules in force would have been permitted
	// and were not, were permitted and would not have been, or were decided unclearly.
	asked, worse, wider, unclear atomic.Uint64
	// back is why it is taken back; nil while it is not.
	back atomic.Pointer[string]
	told bool // the trail, that it was taken back
}

// When a canary is taken back. A few requests do not tell a share: it is of fewestAsked at least.
const (
	fewestAsked = 50
	mostUnclear = 3
)

// takes reports whether it decides a question.
func (c *canary) takes(q *access.Question, now time.Time) bool {
	return c.back.Load() == nil && now.Before(c.Statement.Expires) && c.Statement.Canary.Takes(c.Statement.Serial, q.Source.ID, q.Subject.UserID)
}

// compared counts a view that it decided, and says why it is to be taken back; "" when it is not.
func (c *canary) compared(was, is *access.Decision) string {
	asked := c.asked.Add(1)
	worse := c.worse.Load()
	switch permitted := was.Effect == access.Permit; {
	case permitted && is.Effect != access.Permit:
		worse = c.worse.Add(1)
	case !permitted && is.Effect == access.Permit:
		c.wider.Add(1)
	}
	unclear := c.unclear.Load()
	if is.Unclear() && !was.Unclear() {
		unclear = c.unclear.Add(1)
	}
	switch most := c.Statement.Canary.MostWorse; {
	case unclear >= mostUnclear:
		return fmt.Sprintf("%d of %d requests could not be decided by it", unclear, asked)
	case worse*100 > uint64(most)*max(asked, fewestAsked) || most == 0 && worse > 0:
		return fmt.Sprintf("%d of %d requests that the rules in force permit came out as a refusal or a wait, and %d %% may", worse, asked, most)
	}
	return ""
}

// choosing decides one request: by the canary where it takes it, and otherwise by the rules in force.
type choosing struct {
	decision.Pinned
	try *canary
	of  *App
}

// Decide makes it a broker.Decider.
func (c choosing) Decide(ctx context.Context, q access.Question, f access.Facts) access.Decision {
	if !c.try.takes(&q, q.Time) {
		return c.Pinned.Decide(ctx, q, f)
	}
	is := c.try.engine.Decide(ctx, q, f)
	if q.Action != access.View {
		return is
	}
	was := c.Pinned.Decide(ctx, q, f)
	if why := c.try.compared(&was, &is); why != "" && c.try.back.CompareAndSwap(nil, &why) {
		go c.of.takeBack(c.try)
	}
	return is
}

// Reason gives the words of a code, by the rules in force or, where these have none, by the canary.
func (c choosing) Reason(code string) access.Reason {
	if rev := c.Pinned.Revision(); rev != nil && rev.Gives(code) {
		return c.Pinned.Reason(code)
	}
	return c.try.engine.Reason(code)
}

// takeBack notes that a canary was taken back, durably: what is in the trail is not tried again. It has
// decided nothing since it was to be.
func (a *App) takeBack(c *canary) {
	overrides.Lock()
	defer overrides.Unlock()
	f := a.ruling.releases
	why := c.back.Load()
	if c.told || why == nil || f.canary.Load() != c || inForce.Load() != a {
		return
	}
	told := recordedRelease(c.Release)
	told.Digest, told.From, told.Packed, told.Canary, told.Fault = c.set.Revision.Digest(), a.Releases.From, c.Packed, c.Statement.Canary.String(), *why
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	err := (recorder{a.shared}).Append(ctx, told.Did(audit.ReturnAction, time.Now()))
	if err == nil {
		err = f.canaries.End(*why)
	}
	if err != nil {
		a.log.Error("that a release on trial is taken back could not be recorded, and is tried again", slog.Any("error", err))
		return
	}
	c.told = true
	a.log.Error("a release on trial is taken back: the rules in force decide everything", slog.Uint64("serial", c.Statement.Serial), slog.String("why", *why))
}

// loadCanary finds the release that was being tried, when a configuration begins.
func (a *App) loadCanary(ctx context.Context, r *ruling, trust release.Trust) {
	f := r.releases
	if a.checking {
		return
	}
	source, err := a.Releases.canarySource()
	if err != nil {
		a.log.Error("no release can be tried beside the one in force", slog.Any("error", err))
		return
	}
	f.canaries = intake.New(intake.Config{
		Source: source, Trust: trust, Data: filepath.Join(a.Data, "canary"), Key: a.verdictKey("mcr policy canary 1"), Canary: true,
		Note: a.Releases.tooOld() / 50,
	})
	kept, err := f.canaries.Kept()
	switch {
	case errors.Is(err, intake.ErrNone):
		return
	case err != nil:
		a.log.Error("the release on trial cannot be gone by: the rules in force decide everything", slog.Any("error", err))
		f.canaries = nil // whatever it was, its serial cannot be told
		return
	case kept.Statement.Canary == nil, f.now.Load() == nil, kept.Statement.Serial <= f.now.Load().Statement.Serial:
		return
	}
	set, err := r.gate.AdmitAs(ctx, kept.FS, kept.Statement.Revision)
	if err != nil {
		a.log.Error("the release on trial is not fit any more: the rules in force decide everything", slog.Any("error", err))
		return
	}
	c := &canary{Arrived: &intake.Arrived{Release: kept}, set: set, engine: decision.NewEngine(set.Revision)}
	if why := f.canaries.Over(); why != "" {
		c.back.Store(&why)
		c.told = true
	}
	f.canary.Store(c)
}

// lookForCanary asks whether a release is to be tried.
func (a *App) lookForCanary(ctx context.Context) {
	f := a.ruling.releases
	if f.canaries == nil {
		return
	}
	if c := f.canary.Load(); c != nil && c.back.Load() != nil {
		a.takeBack(c) // if it could not be told before
	}
	before := f.canaries.State().Fault
	err := f.canaries.Look(ctx, intake.Takes{Take: a.tryRelease, Refuse: a.refuseRelease, Gone: a.endCanary})
	if err != nil && ctx.Err() == nil && (before == nil || before.Error() != err.Error()) {
		a.log.Warn("whether a release of the policies is to be tried could not be asked", slog.String("from", f.of.From), slog.Any("cause", err))
	}
}

// tryRelease has a release decide some requests. One that the rules in force have overtaken is left.
func (a *App) tryRelease(ctx context.Context, ar *intake.Arrived, held func() error) error {
	f := a.ruling.releases
	if now := f.now.Load(); now == nil || ar.Statement.Serial <= now.Statement.Serial {
		return nil
	}
	set, err := a.ruling.admit(ctx, ar)
	if err != nil {
		return err
	}
	overrides.Lock()
	defer overrides.Unlock()
	if inForce.Load() != a {
		return errors.New("another configuration is in force by now")
	}
	told := recordedRelease(ar.Release)
	told.Digest, told.From, told.Packed, told.Canary = set.Revision.Digest(), a.Releases.From, ar.Packed, ar.Statement.Canary.String()
	if err := (recorder{a.shared}).Append(ctx, told.Did(audit.TryAction, time.Now())); err != nil {
		return fmt.Errorf("recording that a release of the policies is tried, without which it has no effect: %w", err)
	}
	if err := a.ruling.gate.KeepTried(set); err != nil {
		return err
	}
	if err := held(); err != nil {
		return err
	}
	f.canary.Store(&canary{Arrived: ar, set: set, engine: decision.NewEngine(set.Revision)})
	a.log.Info("a release of the policies is tried on some requests from now on", slog.Uint64("serial", ar.Statement.Serial), slog.String("revision", ar.Statement.Revision),
		slog.String("whose", ar.Statement.Canary.String()))
	return nil
}

// endCanary ends a trial of which nothing is published any more.
func (a *App) endCanary(context.Context) error {
	f := a.ruling.releases
	c := f.canary.Load()
	if c == nil {
		return nil
	}
	why := "it is not published any more"
	c.back.CompareAndSwap(nil, &why)
	a.takeBack(c)
	if overrides.Lock(); c.told {
		f.canary.CompareAndSwap(c, nil)
	}
	overrides.Unlock()
	return nil
}

// overtaken ends a trial when a release with its serial, or a later one, is in force for all.
func (f *fetching) overtaken(serial uint64) {
	if c := f.canary.Load(); c != nil && c.Statement.Serial <= serial {
		f.canary.CompareAndSwap(c, nil)
	}
}

// canarySource is where releases that are to be tried are published: beside the others.
func (s *Releases) canarySource() (intake.Source, error) {
	switch {
	case strings.HasPrefix(s.From, intake.RegistryScheme):
		return intake.CanaryFromRegistry(s.From)
	case strings.Contains(s.From, "://"):
		return intake.CanaryFromURL(s.From)
	}
	return intake.CanaryFromFolder(s.From), nil
}

// StandingCanary is how it stands with a release on trial, for whoever runs the broker.
type StandingCanary struct {
	Serial   uint64    `json:"serial"`
	Revision string    `json:"revision"`
	Digest   string    `json:"digest"`
	Whose    string    `json:"whose"` // in words
	Until    time.Time `json:"until"`
	// Asked is how many views it decided since this configuration is in force; of these were Worse permitted by
	// the rules in force and not by it, Wider the other way round, and Unclear not decided by it.
	Asked   uint64 `json:"asked"`
	Worse   uint64 `json:"worse"`
	Wider   uint64 `json:"wider"`
	Unclear uint64 `json:"unclear"`
	Back    string `json:"back,omitempty"` // why it was taken back
}

// standing says it; nil while there is none.
func (f *fetching) standingCanary() *StandingCanary {
	c := f.canary.Load()
	if c == nil {
		return nil
	}
	s := &StandingCanary{
		Serial: c.Statement.Serial, Revision: c.Statement.Revision, Digest: c.set.Revision.Digest(), Whose: c.Statement.Canary.String(), Until: c.Statement.Expires,
		Asked: c.asked.Load(), Worse: c.worse.Load(), Wider: c.wider.Load(), Unclear: c.unclear.Load(),
	}
	if back := c.back.Load(); back != nil {
		s.Back = *back
	}
	return s
}
