package caddymodule

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"regexp"
	"sync"
	"time"

	"github.com/mycarerecord/mcr/audit"
	"github.com/mycarerecord/mcr/decision/gate"
	"github.com/mycarerecord/mcr/durable"
	"github.com/mycarerecord/mcr/legible"
)

// LongestOverride is how far off the end of an override may be.
const LongestOverride = 7 * 24 * time.Hour

// Override puts a set of policies in force that does not pass, for a short time, since
// somebody answers for it. It stands in the trail, and is shown red until it ends.
type Override struct {
	// Fingerprint is of the one set that it is for, as the refusal says it.
	Fingerprint string `json:"fingerprint"`
	// By is who answers for it, Reason why, in words.
	By     string `json:"by"`
	Reason string `json:"reason"`
	// Until is when it ends: at most seven days off.
	Until time.Time `json:"until"`
}

var fingerprint = regexp.MustCompile(`^[0-9a-f]{64}$`)

// check gives every fault of what was written. One that is over is none: a broker must
// start when its override has ended meanwhile.
func (o *Override) check(now time.Time) error {
	var faults []error
	say := func(wrong bool, text string) {
		if wrong {
			faults = append(faults, errors.New("policies_override: "+text))
		}
	}
	say(!fingerprint.MatchString(o.Fingerprint), "fingerprint: give the 64 digits that the refusal of the policies says")
	say(!legible.Name(o.By), "by: say who answers for it, by name")
	say(!legible.Words(o.Reason), "reason: say why, in words")
	say(o.Until.IsZero(), "until: give the time at which it ends, as in: until 2026-03-02T17:00:00Z")
	say(o.Until.After(now.Add(LongestOverride)), "until: must be at most seven days off; mend the policies meanwhile")
	return errors.Join(faults...)
}

// override reads the block policies_override.
func (r *reader) override() *Override {
	o := new(Override)
	for nesting := r.Nesting(); r.NextBlock(nesting); {
		switch r.Val() {
		case "fingerprint":
			r.text(&o.Fingerprint)
		case "by":
			r.text(&o.By)
		case "reason":
			r.text(&o.Reason)
		case "until":
			var text string
			r.text(&text)
			until, err := time.Parse(time.RFC3339, text)
			if err != nil {
				r.fault("until: %q is not a time; write it as 2026-03-02T17:00:00Z", text)
			}
			o.Until = until
		default:
			r.unknown("fingerprint, by, reason, until")
		}
	}
	return o
}

// overridden puts the refused set in force by an override, if it is for this set, has not
// ended, and the set loads. What comes afterwards is made ready now.
func (r *ruling) overridden(ctx context.Context, o *Override) (*gate.Set, error) {
	switch {
	case !r.refused.Loads:
		return nil, errors.New("policies_override: policies that do not load cannot be put in force by anybody")
	case o.Fingerprint != r.refused.Fingerprint:
		return nil, fmt.Errorf("policies_override: it is for the set %s, and this is %s", o.Fingerprint, r.refused.Fingerprint)
	case !r.now().Before(o.Until):
		return nil, fmt.Errorf("policies_override: it ended at %s", o.Until.Format(time.RFC3339))
	}
	set, err := r.gate.Override(ctx, r.folder, o.Fingerprint, r.refused.Faults)
	if err != nil {
		return nil, fmt.Errorf("policies_override: %w", err)
	}
	r.override = o
	r.after, _ = r.gate.LastGood(ctx) // none: then nothing is permitted when it ends
	return set, nil
}

// beginOverride puts the override's set in force, unless its time has come meanwhile.
func (r *ruling) beginOverride() {
	r.turn.Lock()
	defer r.turn.Unlock()
	if !r.over.Load() && r.now().Before(r.override.Until) {
		r.engine.Swap(r.set.Load().Revision)
	}
}

// endOverride puts the last good set in force when the override's time has come, or nothing.
// What has ended does not begin again, whatever the clock says.
func (r *ruling) endOverride() {
	if r.over.Load() || r.now().Before(r.override.Until) {
		return
	}
	r.turn.Lock()
	defer r.turn.Unlock()
	if r.over.Load() {
		return
	}
	r.over.Store(true)
	if r.after != nil {
		r.engine.Swap(r.after.Revision)
		return
	}
	r.engine.Withdraw()
}

// known is what the trail was told of an override that is in effect, so that its end is
// told once, also by a later start. It is sealed under the deployment's key: whoever writes
// one by hand would have an override take effect that the trail never hears of.
type known struct {
	Override audit.Override `json:"override"`
	MAC      []byte         `json:"mac"` // HMAC-SHA-256 of the override
}

func (a *App) sealOfKnown(o audit.Override) []byte {
	text, err := json.Marshal(o)
	if err != nil {
		return nil
	}
	m := hmac.New(sha256.New, a.verdictKey("mcr policy override 1"))
	m.Write(text)
	return m.Sum(nil)
}

func (a *App) knownPath() string { return filepath.Join(a.Data, "verdicts", "override.json") }

// overrides lets one of two configurations at a time tell the trail.
var overrides sync.Mutex

// recordOverride brings the trail up to date: an override that takes effect is recorded
// before anything is decided by it, and one that was recorded and is in effect no longer is
// recorded as ended.
func (a *App) recordOverride(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	was, err := a.knownOverride()
	if err != nil {
		return err
	}
	is := a.ruling.recorded()
	if was != nil && is != nil && same(*was, *is) {
		return nil
	}
	if was != nil {
		after := "nothing is permitted"
		if a.ruling.engine.Revision() != nil {
			after = "decided by " + a.ruling.engine.Revision().Name()
		}
		if err := a.shared.journal.Append(ctx, was.Ended(after, time.Now())); err != nil {
			return fmt.Errorf("recording the end of the policies' override: %w", err)
		}
		a.log.Error("the override of the policies has ended", slog.String("by", was.By), slog.String("from_now_on", after))
		if err := os.Remove(a.knownPath()); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("recording the end of the policies' override: %w", err)
		}
	}
	if is == nil {
		return nil
	}
	if err := a.shared.journal.Append(ctx, is.Began(time.Now())); err != nil {
		return fmt.Errorf("recording the override of the policies, without which it has no effect: %w", err)
	}
	text, err := json.Marshal(known{*is, a.sealOfKnown(*is)})
	if err == nil {
		err = durable.MkdirWithin(a.Data, filepath.Dir(a.knownPath()))
	}
	if err == nil {
		err = os.WriteFile(a.knownPath(), text, 0o600)
	}
	if err != nil {
		return fmt.Errorf("recording the override of the policies: %w", err)
	}
	a.log.Error("policies that do not pass are in force by override", slog.String("by", is.By), slog.String("reason", is.Reason),
		slog.Time("until", is.Until), slog.String("fingerprint", is.Fingerprint), slog.Any("faults", a.ruling.refused))
	return nil
}

func (a *App) knownOverride() (*audit.Override, error) {
	text, err := os.ReadFile(a.knownPath())
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("reading what is known of an override: %w", err)
	}
	var k known
	if json.Unmarshal(text, &k) != nil {
		return nil, nil // cut off as it was written: the trail is told again
	}
	if !hmac.Equal(k.MAC, a.sealOfKnown(k.Override)) {
		a.log.Warn("what is kept of an override of the policies was not written by this deployment: the trail is told again")
		return nil, nil
	}
	return &k.Override, nil
}

// recorded is the override in effect as the trail has it; nil: none.
func (r *ruling) recorded() *audit.Override {
	if !r.inEffect() {
		return nil
	}
	set := r.set.Load()
	return &audit.Override{
		Fingerprint: set.Fingerprint, Revision: set.Revision.Name(), Digest: set.Revision.Digest(),
		By: r.override.By, Reason: r.override.Reason, Until: r.override.Until.UTC(),
		Faults: set.Faults, Count: len(set.Faults),
	}
}

func same(a, b audit.Override) bool {
	return a.Fingerprint == b.Fingerprint && a.By == b.By && a.Reason == b.Reason && a.Until.Equal(b.Until)
}
