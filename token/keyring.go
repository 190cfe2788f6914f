package token

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
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

func (r *keyring) close() {
	r.mu.Lock()
	r.closed = true
	r.mu.Unlock()
	r.stop()
	r.done.Wait()
}
