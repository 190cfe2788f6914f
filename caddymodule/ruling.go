package caddymodule

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"github.com/mycarerecord/mcr/access"
	"github.com/mycarerecord/mcr/audit/protect"
	"github.com/mycarerecord/mcr/broker"
	"github.com/mycarerecord/mcr/decision"
	"github.com/mycarerecord/mcr/decision/gate"
	"github.com/mycarerecord/mcr/decision/gate/apart"
	"github.com/mycarerecord/mcr/policies"
)

// lastGoodMay says that this process, when it starts, may go by the last good set of
// policies instead of a folder that is not fit: "mcr run" does, while "mcr validate" says
// what is wrong. A reload never does: what was in force stays.
var lastGoodMay atomic.Bool

// StartByLastGood is said by the command that runs a broker.
func StartByLastGood() { lastGoodMay.Store(true) }

// ruling is the policies of one configuration: what is in force by it, why, and what the
// folder holds.
type ruling struct {
	gate   *gate.Gate
	folder fs.FS
	path   string                   // "" are the policies in the program
	set    atomic.Pointer[gate.Set] // another one when a release is taken into force
	// engine decides; by an override's set only once the override is in the trail.
	engine *decision.Engine
	// refused is why the folder's set is not in force, or is by the override alone.
	refused  *gate.Refused
	releases *fetching // nil: by a folder, or by those in the program
	override *Override // in effect, or ended while this configuration holds
	after    *gate.Set // what comes when it ends; nil: nothing is permitted then
	over     atomic.Bool
	turn     sync.Mutex // of the two, and of set and engine together
	unkept   atomic.Bool
	seen     atomic.Pointer[looked]
	now      func() time.Time
}

// loadPolicies finds the set of policies that is in force by this configuration. There is
// no other way in: what gate lets through, or what somebody answers for.
func (a *App) loadPolicies(ctx context.Context) error {
	if a.Releases != nil {
		return a.loadReleases(ctx)
	}
	r := &ruling{folder: policies.FS, path: a.Policies, now: time.Now, engine: decision.NewEngine(nil)}
	if a.Policies != "" {
		r.folder = os.DirFS(a.Policies)
	}
	if a.checking && len(folder("policies", a.Policies)) > 0 {
		return nil // check has said so; a start may go by the last good set
	}
	r.gate = gate.New(gate.Options{Data: a.Data, Key: a.verdictKey("mcr policy verdict 1"), Log: a.log, ReadOnly: a.checking, Judge: apart.Judging()})
	set, err := r.gate.Admit(ctx, r.folder)
	if errors.As(err, &r.refused) {
		set, err = r.otherwise(ctx, a.Override, a.log)
	}
	if err != nil {
		return fmt.Errorf("policies %s: %w", a.Policies, err)
	}
	if r.override == nil && a.Override != nil && r.refused == nil {
		a.log.Warn("policies_override is not needed: the policies pass; take it away", slog.String("by", a.Override.By))
	}
	r.set.Store(set)
	if r.override == nil {
		r.engine.Swap(set.Revision)
	}
	a.ruling = r
	return nil
}

// verdictKey seals verdicts, and what is known of an override. Without the keys there is
// none, and what is wrong with them is said where they are opened.
func (a *App) verdictKey(purpose string) []byte {
	load := protect.LoadOrCreateKeys
	if a.checking || inForce.Load() != nil {
		load = protect.LoadKeys // a reload finds them, or they were taken away
	} else if os.MkdirAll(a.Data, 0o700) != nil {
		return nil
	}
	keys, err := load(filepath.Join(a.Data, "keys"))
	if err != nil {
		return nil
	}
	return keys.Derive(purpose)
}

// otherwise finds what is in force when the folder's set is refused: the same by override,
// or, at a start, the last good one.
func (r *ruling) otherwise(ctx context.Context, o *Override, log *slog.Logger) (*gate.Set, error) {
	var why []error
	if o != nil {
		set, err := r.overridden(ctx, o)
		if err == nil {
			return set, nil
		}
		why = append(why, err)
	}
	if lastGoodMay.Load() && inForce.Load() == nil {
		set, err := r.gate.LastGood(ctx)
		if err == nil {
			for _, fault := range append(why, r.refused) {
				log.Error("the policies are not fit to be in force", slog.String("folder", r.path), slog.Any("faults", fault))
			}
			return set, nil
		}
		why = append(why, err)
	}
	return nil, errors.Join(append([]error{r.refused}, append(why, r.remedy())...)...)
}

func (r *ruling) remedy() error {
	said := "put them right (mcr policy check, mcr policy test)"
	if r.refused.Loads {
		said += "; the set's fingerprint is " + r.refused.Fingerprint
	}
	return errors.New(said)
}

// Decide decides by what is in force, and by an override no longer than it lasts: the clock
// is asked, since a timer may come late.
func (r *ruling) Decide(ctx context.Context, q access.Question, f access.Facts) access.Decision {
	if r.override != nil {
		r.endOverride()
	}
	if r.tooOld() {
		return r.releases.none.Decide(ctx, q, f)
	}
	return r.engine.Decide(ctx, q, f)
}

// Now gives what one request is answered by, whatever comes into force meanwhile. An override is
// asked at each decision, since it ends to the second.
func (r *ruling) Now() (broker.Decider, time.Duration) {
	switch {
	case r.override != nil:
		return r, r.permissionFor(r.set.Load().Revision)
	case r.tooOld():
		return r.releases.none, 0
	}
	now := r.engine.Now()
	return now, r.permissionFor(now.Revision())
}

// swap puts another set in force, from the next request on.
func (r *ruling) swap(set *gate.Set) {
	r.turn.Lock()
	defer r.turn.Unlock()
	r.set.Store(set)
	r.engine.Swap(set.Revision)
}

// both gives the set that decides, and what the engine decides by, which is its revision or none.
func (r *ruling) both() (*gate.Set, *decision.Revision) {
	r.turn.Lock()
	defer r.turn.Unlock()
	return r.current(), r.engine.Revision()
}

// inEffect says that policies are in force by override now.
func (r *ruling) inEffect() bool { return r.override != nil && !r.over.Load() }

// current is the set that decides now; nil: none.
func (r *ruling) current() *gate.Set {
	if r.override != nil && r.over.Load() {
		return r.after
	}
	return r.set.Load()
}

// byLastGood says that what decides is not what the folder holds.
func (r *ruling) byLastGood() bool { return r.refused != nil && !r.inEffect() }

// shown is what the console's pages explain: the folder, where people work, unless
// something else than the folder is in force.
func (r *ruling) shown() fs.FS {
	if set := r.current(); r.byLastGood() && set != nil {
		return set.FS
	}
	return r.folder
}

// candidate is the folder from which the next set comes; nil when there is none.
func (r *ruling) candidate() fs.FS {
	if r.path == "" {
		return nil
	}
	return r.folder
}

// asJudged is the set that decides now, as it was when it was judged.
func (r *ruling) asJudged() (fs.FS, bool) {
	set := r.current()
	if set == nil {
		return nil, false
	}
	return set.FS, true
}

// permissionFor is how long a permission runs that does not say: while an override lasts, no
// longer than by what comes after it. Without rules none is recorded.
func (r *ruling) permissionFor(rev *decision.Revision) time.Duration {
	if rev == nil {
		return 0
	}
	hours := rev.Settings().Permission.DefaultHours
	if r.override != nil && r.after != nil {
		hours = min(hours, r.after.Revision.Settings().Permission.DefaultHours)
	}
	return time.Duration(hours) * time.Hour
}

// permissionLongest is how long a permission on record counts, by the policies that decide now;
// zero while none do.
func (r *ruling) permissionLongest() time.Duration {
	rev := r.engine.Revision()
	if rev == nil {
		return 0
	}
	return time.Duration(rev.Settings().Permission.LongestHours) * time.Hour
}

// before gives the policies that were in force before those in force.
func (r *ruling) before() (fs.FS, string, bool) {
	set := r.current()
	if set == nil {
		return nil, "", false
	}
	return r.gate.Before(set.Revision.Digest())
}

// decidedBy loads the policies with a digest, by which decisions were made; nil where they are
// not kept.
func (r *ruling) decidedBy(ctx context.Context, digest string) *decision.Revision {
	if set := r.current(); set != nil && set.Revision.Digest() == digest {
		return set.Revision
	}
	rev, _, _ := r.gate.Decided(ctx, digest, decision.Options{}, gate.Named{Name: "shipped", FS: policies.FS}) // one that cannot be loaded is not there
	return rev
}

// warning is what everybody who is signed in to the console is told; "" when all is well.
func (r *ruling) warning() string {
	switch {
	case r.inEffect():
		return fmt.Sprintf("The rules in force do not pass their own checks. %s answers for it, until %s: %s",
			r.override.By, r.override.Until.UTC().Format("2 January 2006, 15:04 UTC"), r.override.Reason)
	case r.engine.Revision() == nil:
		return "No rules are in force: nothing can be decided until those who run this put good ones in force."
	case r.tooOld():
		return "The place from which rules come has been out of reach for too long: nothing can be decided until it can be asked again."
	case r.byLastGood():
		return "The newest rules do not pass their own checks. The last good ones are in force instead."
	}
	if l := r.seen.Load(); l != nil && !l.right {
		return "The rules in force do not decide as they should: nothing can be decided now."
	}
	return ""
}

// Reason gives the words of a reason code, by what is in force.
func (r *ruling) Reason(code string) access.Reason { return r.engine.Reason(code) }
