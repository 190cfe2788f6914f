package token

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/time/rate"
)

// How often tokens can make us fetch keys. Anyone can invent a kid, so this is
// what keeps them from turning us against the issuer; the price is that a rotation
// during such an attack is noticed up to demandEvery later.
const (
	demandEvery = 5 * time.Second
	demandBurst = 3
)

// How soon a failed background fetch is tried again; doubling, up to RefreshEvery.
const (
	retryFirst = time.Second
	retryLast  = time.Minute
)

var (
	errLimited = errors.New("fetched too often")
	errClosed  = errors.New("closed")
)

// keyring holds the keys of one issuer and keeps them fresh.
type keyring struct {
	issuer        string
	fetch         fetch
	every, maxAge time.Duration
	clock         func() time.Time
	log           *slog.Logger
	counts        *counts

	state   atomic.Pointer[keyState]
	limiter *rate.Limiter

	mu     sync.Mutex // guards flight and closed
	flight *flight
	closed bool
	ctx    context.Context
	stop   context.CancelFunc
	done   sync.WaitGroup
}

// keyState is the outcome of all fetches so far.
type keyState struct {
	set     *keySet // nil until the first good fetch
	fetched time.Time
	err     error // of the last fetch
}

// flight is one fetch under way, which all who need it wait for.
type flight struct {
	done chan struct{}
	err  error
}

func newKeyring(iss Issuer, f fetch, clock func() time.Time, log *slog.Logger, counts *counts) *keyring {
	r := &keyring{issuer: iss.Name, fetch: f, every: iss.RefreshEvery, maxAge: iss.MaxAge, clock: clock, log: log, counts: counts}
	r.limiter = rate.NewLimiter(rate.Every(demandEvery), demandBurst)
	r.state.Store(&keyState{err: errors.New("not fetched yet")})
	r.ctx, r.stop = context.WithCancel(context.Background())
	return r
}

// usable gives the keys that may be used now, or nil. An empty set is no set: an
// issuer that publishes no key has withdrawn them all.
func (r *keyring) usable(now time.Time) *keySet {
	st := r.state.Load()
	if st.set == nil || len(st.set.keys) == 0 || now.Sub(st.fetched) >= r.maxAge {
		return nil
	}
	return st.set
}

// find gives the key for a header, fetching once when it is not there.
func (r *keyring) find(ctx context.Context, kid string, named bool) (*key, *keySet, error) {
	for try := 0; ; try++ {
		set := r.usable(r.clock())
		if set != nil {
			if k := set.find(kid, named); k != nil {
				return k, set, nil
			}
			if !named {
				return nil, nil, errKey // no fetch would give it a kid
			}
		}
		if try == 2 {
			return nil, nil, unknown(set, nil)
		}
		joined, err := r.refresh(ctx, true)
		if err != nil && !errors.Is(err, errLimited) || r.usable(r.clock()) == nil {
			return nil, nil, errKeysGone
		}
		if err != nil { // limited: then the answer rests on the last fetch
			return nil, nil, unknown(set, r.state.Load().err)
		}
		if !joined {
			try = 1 // the fetch began after the token came: what it brought is the answer
		}
	}
}

// unknown is the fault for a kid that is not in the keys we have. When the last
// fetch failed it may well be in those that we could not fetch: then 503, not 401.
func unknown(set *keySet, lastErr error) error {
	if set == nil || lastErr != nil {
		return errKeysGone
	}
	return errKey
}

// refresh fetches, or waits for the fetch under way (joined). Waiting ends with
// ctx; the fetch itself goes on for those who still wait.
func (r *keyring) refresh(ctx context.Context, limited bool) (joined bool, err error) {
	r.mu.Lock()
	f := r.flight
	joined = f != nil
	if !joined {
		if r.closed {
			r.mu.Unlock()
			return false, errClosed
		}
		if limited && !r.limiter.AllowN(r.clock(), 1) {
			r.mu.Unlock()
			r.counts.refreshed(r.issuer, "limited")
			return false, errLimited
		}
		f = &flight{done: make(chan struct{})}
		r.flight = f
		r.done.Add(1)
		go r.run(f)
	}
	r.mu.Unlock()
	select {
	case <-f.done:
		return joined, f.err
	case <-ctx.Done():
		return joined, ctx.Err()
	}
}

// run is one fetch.
func (r *keyring) run(f *flight) {
	defer r.done.Done()
	ctx, cancel := context.WithTimeout(r.ctx, fetchTimeout)
	defer cancel()
	f.err = r.load(ctx)
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
		if r.ctx.Err() == nil {
			r.log.Warn("keys of an issuer could not be fetched", "issuer", r.issuer, "error", err)
		}
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

// keepFresh fetches at once and then for ever, until close.
func (r *keyring) keepFresh() {
	defer r.done.Done()
	retry := retryFirst
	for {
		wait := r.every - r.every/10 + rand.N(r.every/5+1) // so that brokers do not all ask at once
		if _, err := r.refresh(r.ctx, false); err != nil {
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
	}
}

// ready says why the issuer's tokens cannot be verified now, if so.
func (r *keyring) ready() error {
	if r.usable(r.clock()) != nil {
		return nil
	}
	if err := r.state.Load().err; err != nil {
		return err
	}
	return fmt.Errorf("fetching keys of issuer %s: it publishes no usable key", r.issuer)
}

func (r *keyring) start() {
	r.done.Add(1)
	go r.keepFresh()
}

func (r *keyring) close() {
	r.mu.Lock()
	r.closed = true
	r.mu.Unlock()
	r.stop()
	r.done.Wait()
}
