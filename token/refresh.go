package token

import (
	"context"
	"fmt"
	"math/rand/v2"
	"time"
)

// How soon a failed background fetch is tried again; doubling, up to RefreshEvery.
const (
	retryFirst = time.Second
	retryLast  = time.Minute
)

// flight is one fetch under way, which all who need it wait for.
type flight struct {
	done chan struct{}
	err  error
}

// refresh fetches, or waits for the fetch under way (joined). Waiting ends with
// ctx; the fetch itself goes on for those who still wait.
func (r *keyring) refresh(ctx context.Context, limited bool) (joined bool, err error) {
	r.mu.Lock()
	f := r.flight
	joined = f != nil
	if !joined {
		if limited && !r.limiter.AllowN(r.clock(), 1) {
			r.mu.Unlock()
			r.counts.refreshed(r.issuer, "limited")
			return false, errLimited
		}
		f = r.launch()
	}
	r.mu.Unlock()
	select {
	case <-f.done:
		return joined, f.err
	case <-ctx.Done():
		return joined, ctx.Err()
	}
}

// launch begins a fetch; r.mu is held. After close there is none: what is given
// then has failed already.
func (r *keyring) launch() *flight {
	f := &flight{done: make(chan struct{})}
	if r.closed {
		f.err = errClosed
		close(f.done)
		return f
	}
	r.flight = f
	r.done.Add(1)
	go r.run(f)
	return f
}

// run is one fetch.
func (r *keyring) run(f *flight) {
	defer r.done.Done()
	ctx, cancel := context.WithTimeout(r.ctx, fetchTimeout)
	defer cancel()
	f.err = r.load(ctx)
	if f.err != nil && r.ctx.Err() == nil {
		r.log.Warn("keys of an issuer could not be fetched", "issuer", r.issuer, "error", f.err)
	}
	r.mu.Lock()
	r.flight = nil
	r.mu.Unlock()
	close(f.done)
}

// load fetches and takes over what came. Keys that stayed the same stay the same
// set, so that the tokens verified with them stay cached.
func (r *keyring) load(ctx context.Context) error {
	began, old := r.clock(), r.state.Load()
	body, err := r.fetch(ctx)
	var set *keySet
	if err == nil {
		set, err = parseKeySet(body)
	}
	if err != nil {
		err = fmt.Errorf("fetching keys of issuer %s: %w", r.issuer, err)
		r.state.Store(&keyState{set: old.set, fetched: old.fetched, err: err})
		r.counts.refreshed(r.issuer, "failed")
		return err
	}
	result := "changed"
	if old.set != nil && old.set.digest == set.digest {
		set, result = old.set, "unchanged"
	}
	r.state.Store(&keyState{set: set, fetched: began})
	r.counts.refreshed(r.issuer, result)
	if result == "changed" {
		r.log.Info("keys of an issuer changed", "issuer", r.issuer, "keys", len(set.keys))
	}
	return nil
}

// start begins to keep the keys fresh. Unless they are there, the first fetch is
// under way when it returns, so that the first token waits for it and begins none.
func (r *keyring) start() {
	r.mu.Lock()
	defer r.mu.Unlock()
	var f *flight
	if r.state.Load().set == nil {
		f = r.launch()
	}
	r.done.Add(1)
	go r.keepFresh(f)
}

// keepFresh waits for the first fetch, if there is one, and fetches until close.
func (r *keyring) keepFresh(first *flight) {
	defer r.done.Done()
	var err error
	if first != nil {
		<-first.done
		err = first.err
	}
	retry := retryFirst
	for {
		wait := r.every - r.every/10 + rand.N(r.every/5+1) // so that brokers do not all ask at once
		if err != nil {
			wait = min(wait, retry)
			retry = min(2*retry, retryLast)
		} else {
			retry = retryFirst
		}
		timer := time.NewTimer(wait)
		select {
		case <-timer.C:
		case <-r.ctx.Done():
			timer.Stop()
			return
		}
		_, err = r.refresh(r.ctx, false)
	}
}
