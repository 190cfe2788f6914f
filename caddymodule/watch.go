package caddymodule

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/mycarerecord/mcr/decision/cases"
	"github.com/mycarerecord/mcr/decision/gate"
)

// lookEvery is how often a broker looks at its own policies: some 100 µs of decisions, and
// the reading of a folder.
const lookEvery = 5 * time.Second

// probesEach is how many cases are decided at each look.
const probesEach = 4

// looked is what the last look found.
type looked struct {
	// right says that what is in force decides cases as they say. It is asked of its own
	// cases and not of the requests that come: whoever sends requests cannot turn it.
	right bool
	// unprobed says that there is no case to ask it by: all files of cases have settings of
	// their own, or cannot be read. Then it is right unless nothing is in force.
	unprobed bool
	// folder is why what the folder holds is not what is in force; "" when it is.
	folder string
	at     time.Time
}

// watch looks at the policies until ctx ends.
func (a *App) watch(ctx context.Context) {
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	ends := make(<-chan time.Time)
	if o := a.ruling.override; o != nil {
		timer := time.NewTimer(time.Until(o.Until))
		defer timer.Stop()
		ends = timer.C
	}
	look := a.ruling.looking()
	for {
		a.ruling.note(ctx, look, a.log)
		select {
		case <-ctx.Done():
			return
		case <-ends:
		case <-tick.C:
		}
		if a.ruling.override != nil {
			a.ruling.endOverride()
		}
		a.tellOverride(ctx)
	}
}

// tellOverride keeps the trail up to date while this configuration holds.
func (a *App) tellOverride(ctx context.Context) {
	overrides.Lock()
	defer overrides.Unlock()
	if inForce.Load() != a {
		return
	}
	if err := a.recordOverride(ctx); err != nil && ctx.Err() == nil {
		a.log.Error("an override of the policies is not in the trail as it is", slog.Any("error", err)) // and tried again
	}
}

// note looks once, keeps what was found, and says what is new.
func (r *ruling) note(ctx context.Context, look func(context.Context) looked, log *slog.Logger) {
	is, was := look(ctx), r.seen.Load()
	r.seen.Store(&is)
	if was == nil {
		was = &looked{right: true}
	}
	if !is.right && was.right {
		log.Error("the policies in force decide none of their own cases as they should: nothing can be decided")
	}
	if is.right && !was.right {
		log.Info("the policies in force decide their own cases as they should again")
	}
	if is.folder != was.folder && is.folder != "" {
		log.Warn(is.folder, slog.String("folder", r.path))
	}
}

// looking gives a look that goes through the cases in turn.
func (r *ruling) looking() func(context.Context) looked {
	var probes []cases.Probe
	var of *gate.Set
	at := 0
	return func(ctx context.Context) (l looked) {
		set, rev := r.both()
		if set != of {
			probes, of, at = nil, set, 0
			if set != nil {
				probes, _ = cases.Probes(set.Revision) // that could not be read decide nothing
			}
		}
		l.unprobed = set != nil && len(probes) == 0
		l.right = l.unprobed && rev != nil
		for range min(probesEach, len(probes)) {
			p := &probes[at%len(probes)]
			if r.inEffect() {
				l.right = p.Clear(ctx, rev.Alone()) || l.right // not all of its cases hold: that is why it is overridden
			} else {
				l.right = p.Right(ctx, rev.Alone()) || l.right
			}
			at++
		}
		l.folder = r.differs(set)
		l.at = r.now()
		return l
	}
}

// differs compares the folder with what is in force.
func (r *ruling) differs(set *gate.Set) string {
	if own := r.ownDiffers(set); own != "" || r.path == "" {
		return own
	}
	is, err := gate.Fingerprint(r.folder)
	switch {
	case err != nil:
		return "the folder of policies cannot be read"
	case set == nil || is != set.Fingerprint:
		return "the folder of policies holds something else than what is in force"
	}
	return ""
}

// state is what is to be said of the policies: what is to be looked at though the broker
// serves, by part, and what is wrong, so that nothing can be decided.
func (r *ruling) state() (red map[string]error, wrong error) {
	red = map[string]error{}
	say := func(part string, err error) { red[part] = errors.Join(red[part], err) }
	switch {
	case r.inEffect():
		say("policies-overridden", fmt.Errorf("%s put policies in force that do not pass, until %s: %s; %w",
			r.override.By, r.override.Until.UTC().Format(time.RFC3339), r.override.Reason, r.refused))
	case r.engine.Revision() == nil:
		wrong = fmt.Errorf("the override has ended and there is no good set of policies to go back to: %w", r.refused)
	case r.byLastGood():
		say("policies-last-good", fmt.Errorf("the last good set is in force (%s), and not what the folder holds: %w", r.current().Revision.Name(), r.refused))
	}
	if err := r.ownLastGood(); err != nil {
		say("policies-own-last-good", err)
	}
	if r.releases != nil {
		r.releases.red(r.now(), say)
		if r.tooOld() && wrong == nil {
			wrong = red["policies-release-too-old"]
		}
	}
	if r.unkept.Load() {
		say("policies-not-kept", errors.New("the set in force could not be kept: a start with a broken folder would not find it"))
	}
	if l := r.seen.Load(); l != nil {
		if !l.right && wrong == nil {
			wrong = errors.New("the policies in force decide none of their own cases as they should")
		}
		if l.unprobed {
			say("policies-unprobed", errors.New("no case tells whether the policies in force still decide as they should: every file of cases has settings of its own, or cannot be read"))
		}
		if l.folder != "" && !r.byLastGood() {
			say("policies-folder", errors.New(l.folder))
		}
		if r.now().Sub(l.at) > 24*lookEvery {
			say("policies-unseen", errors.New("nobody has looked at the policies for two minutes: does the disk of their folder answer?"))
		}
	}
	return red, wrong
}
