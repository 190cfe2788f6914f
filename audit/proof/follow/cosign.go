package follow

import (
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/mycarerecord/mcr/audit/proof/policy"
	"github.com/mycarerecord/mcr/audit/proof/witness"
	"golang.org/x/mod/sumdb/tlog"
)

// witnesses has checkpoints cosigned, each witness at its own pace: one that is away is
// asked again after a pause that doubles, and holds up no other.
type witnesses struct {
	policy  *policy.Policy
	clients []*asked
	change  chan struct{}
	within  time.Duration
	clock   func() time.Time

	mu    sync.Mutex
	quora map[string]quorum // by origin
}

// asked is one witness that is asked.
type asked struct {
	*witness.Client

	mu     sync.Mutex
	again  time.Time // not before
	wait   time.Duration
	last   error
	counts map[string]uint64 // by result
}

// quorum is how it stands with the cosignatures of one log.
type quorum struct {
	since time.Time // of the first checkpoint after the last that was good
	good  time.Time // when a checkpoint was good last
	why   error     // nil when the last one was
}

// The results of asking, for metrics.
var results = []string{"cosigned", "away", "unknown", "contradiction"}

// askAgain is how long a checkpoint that is not good yet waits for a witness whose pause is over.
const askAgain = 5 * time.Second

func (w *witnesses) begin(f *Follower) {
	w.policy, w.within, w.clock = f.opt.Policy, f.opt.Within, f.opt.Clock
	w.change, w.quora = make(chan struct{}, 1), map[string]quorum{}
	if w.policy == nil {
		return
	}
	for _, one := range w.policy.Witnesses() {
		if one.URL != "" {
			w.clients = append(w.clients, &asked{Client: witness.NewClient(one, f.opt.HTTP), counts: map[string]uint64{}})
		}
	}
}

// unneeded says that a checkpoint is good as the log signs it.
func (w *witnesses) unneeded() bool { return w.policy == nil || w.policy.NeedsNone() }

func (w *witnesses) wake() {
	select {
	case w.change <- struct{}{}:
	default:
	}
}

// cosign has the newest checkpoint of each log cosigned until the follower ends. Every
// heartbeat it is done again, so that the newest cosignature is never older than that.
func (f *Follower) cosign() {
	w := &f.witnesses
	if len(w.clients) == 0 {
		return
	}
	for {
		f.mu.RLock()
		tracks := make([]*track, 0, len(f.tracks))
		for _, t := range f.tracks {
			tracks = append(tracks, t)
		}
		f.mu.RUnlock()
		pause := f.opt.Heartbeat
		for _, t := range tracks {
			if f.working.Err() != nil {
				return
			}
			if err := f.cosignOne(t); err != nil {
				pause = min(pause, askAgain)
			}
		}
		timer := time.NewTimer(pause)
		select {
		case <-w.change:
		case <-timer.C:
		case <-f.working.Done():
		}
		timer.Stop()
		if f.working.Err() != nil {
			return
		}
	}
}

// cosignOne asks every witness about one log, at once, and publishes what is good. The
// error says that the quorum is missing.
func (f *Follower) cosignOne(t *track) error {
	w, n := &f.witnesses, t.newest.Load()
	if n == nil {
		return nil
	}
	lines := make([]string, len(w.clients))
	var wait sync.WaitGroup
	for i, c := range w.clients {
		wait.Go(func() {
			if c.resting(f.opt.Clock()) {
				return
			}
			line, err := c.Cosign(f.working, n.says, n.raw, func(older int64) (tlog.TreeProof, error) {
				f.mu.RLock()
				defer f.mu.RUnlock()
				return t.tree.ProveGrowth(older, treeOf(n.says))
			})
			if f.working.Err() != nil {
				return
			}
			lines[i] = line
			if c.note(err, f.opt.Clock()) {
				f.opt.Log.Error("a witness does not cosign", "witness", c.Name(), "log", t.origin, "error", err)
			}
		})
	}
	wait.Wait()
	if f.working.Err() != nil {
		return nil
	}
	raw := n.raw
	for _, line := range lines {
		if line != "" {
			raw = witness.AddSignature(raw, line)
		}
	}
	_, err := w.policy.WithLogs(t.verifier).Judge(raw)
	if err == nil && len(raw) > len(n.raw) {
		if bad := t.publish(&note{n.says, raw}); bad != nil {
			f.opt.Log.Error("a checkpoint cannot be published", "log", t.origin, "error", bad)
		}
	}
	w.judged(t.origin, err)
	return err
}

func (w *witnesses) judged(origin string, err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	q, now := w.quora[origin], w.clock()
	switch {
	case err == nil:
		q = quorum{good: now}
	case q.why == nil:
		q.since, q.why = now, err
	default:
		q.why = err
	}
	w.quora[origin] = q
}

func (a *asked) resting(now time.Time) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	return now.Before(a.again)
}

// note keeps what came of asking, and says whether it is news that an operator must hear.
func (a *asked) note(err error, now time.Time) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	news := err != nil && (a.last == nil || a.last.Error() != err.Error())
	a.last = err
	switch {
	case err == nil:
		a.counts[results[0]]++
		a.wait, a.again = 0, time.Time{}
		return false
	case errors.Is(err, witness.ErrContradiction):
		a.counts[results[3]]++
	case errors.Is(err, witness.ErrUnknown):
		a.counts[results[2]]++
	default:
		a.counts[results[1]]++
	}
	a.wait = min(max(2*a.wait, retryMin), time.Minute)
	a.again = now.Add(a.wait)
	return news
}

// red says what an operator must know.
func (w *witnesses) red() error {
	var errs []error
	for _, c := range w.clients {
		c.mu.Lock()
		if errors.Is(c.last, witness.ErrContradiction) {
			errs = append(errs, c.last)
		}
		c.mu.Unlock()
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	for origin, q := range w.quora {
		if q.why != nil && w.clock().Sub(q.since) > w.within {
			errs = append(errs, fmt.Errorf("the newest checkpoints of %s are not good since %s: %w", origin, q.since.UTC().Format(time.RFC3339), q.why))
		}
	}
	return errors.Join(errs...)
}
