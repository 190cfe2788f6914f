// Package reach asks a source at one of several addresses: in their order, passing by for some
// time one that could not be reached.
//
// It is for reads alone: what one address did not answer is asked of the next, so that a
// request may reach two. One that answered, whatever it said, is not asked again elsewhere.
// Addresses may be used by many goroutines at once.
package reach

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/mycarerecord/mcr/upstreams"
)

// How long one that could not be reached is passed by, and how often health is asked for,
// when nobody says otherwise.
const (
	DefaultFailDuration = 10 * time.Second
	DefaultInterval     = 10 * time.Second
)

// Config is all that Addresses need. Every field without a stated default is required.
type Config struct {
	// Source is the id of the source, for metrics and the log.
	Source string
	// Bases are the addresses of its FHIR API, the first preferred: of one scheme and path.
	Bases []string
	// Transport carries a request to the host of its URL. It must follow no redirect, and
	// send nothing twice but what it was asked to.
	Transport http.RoundTripper
	// FailDuration is how long an address is passed by that could not be reached. Default 10 s.
	FailDuration time.Duration
	// HealthURI is a path (and query) that every address is asked for, each HealthInterval:
	// one that does not say 2xx is passed by until it does. Default: none is asked.
	HealthURI string
	// HealthInterval is how often. Default 10 s.
	HealthInterval time.Duration
	// Clock is the time; default time.Now.
	Clock func() time.Time
	// Log is told when an address is passed by, and when it is back. Default: none.
	Log *slog.Logger
}

// Addresses are those of one source.
type Addresses struct {
	cfg Config
	all []*address
}

// address is one place where the source is.
type address struct {
	host string

	mu     sync.Mutex
	until  time.Time // it is passed by until then; zero: it is not
	unwell bool      // it said so when it was asked
}

// New checks what it is given and reports all that is wrong at once.
func New(cfg Config) (*Addresses, error) {
	if cfg.FailDuration == 0 {
		cfg.FailDuration = DefaultFailDuration
	}
	if cfg.HealthInterval == 0 {
		cfg.HealthInterval = DefaultInterval
	}
	if cfg.Clock == nil {
		cfg.Clock = time.Now
	}
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	a := &Addresses{cfg: cfg}
	faults := []error{checkHealth(cfg.HealthURI)}
	if len(cfg.Bases) == 0 {
		faults = append(faults, errors.New("base_url: missing"))
	}
	var first *url.URL
	for _, base := range cfg.Bases {
		if err := upstreams.CheckBase(base); err != nil {
			faults = append(faults, fmt.Errorf("base_url: %s: %w", base, err))
			continue
		}
		u, err := url.Parse(base)
		if err != nil {
			faults = append(faults, fmt.Errorf("base_url: %w", err))
			continue
		}
		if first == nil {
			first = u
		}
		if u.Scheme != first.Scheme || strings.TrimSuffix(u.EscapedPath(), "/") != strings.TrimSuffix(first.EscapedPath(), "/") {
			faults = append(faults, fmt.Errorf("base_url: %s and %s differ in more than the host: several addresses of one source have the same scheme and path", cfg.Bases[0], base))
		}
		for _, other := range a.all {
			if other.host == u.Host {
				faults = append(faults, fmt.Errorf("base_url: %s stands there twice", u.Host))
			}
		}
		a.all = append(a.all, &address{host: u.Host})
		answersTotal.WithLabelValues(cfg.Source, u.Host) // there from the start: an alert sees the first
		failuresTotal.WithLabelValues(cfg.Source, u.Host)
	}
	return a, errors.Join(faults...)
}

func checkHealth(uri string) error {
	if uri == "" {
		return nil
	}
	if u, err := url.ParseRequestURI(uri); err != nil || u.IsAbs() || !strings.HasPrefix(uri, "/") || strings.HasPrefix(uri, "//") {
		return fmt.Errorf("health_uri: %s is no path of the source's; write it as in: health_uri /fhir/metadata", uri)
	}
	return nil
}

// RoundTrip asks the addresses in turn until one answers. Those passed by come last: when all
// are, each is tried all the same. It ends when the request's context does.
func (a *Addresses) RoundTrip(r *http.Request) (*http.Response, error) {
	var faults []error
	for _, at := range a.inTurn() {
		answer, err := a.cfg.Transport.RoundTrip(at.of(r))
		if err == nil {
			a.answered(at)
			return answer, nil
		}
		if errors.Is(r.Context().Err(), context.Canceled) {
			return nil, err // nobody waits any more, and nothing is told of the address
		}
		a.failed(at, err)
		faults = append(faults, err)
		if r.Context().Err() != nil {
			break
		}
	}
	return nil, errors.Join(faults...)
}

// of is the same request to this address.
func (at *address) of(r *http.Request) *http.Request {
	if r.URL.Host == at.host {
		return r
	}
	to := *r.URL
	to.Host = at.host
	out := r.WithContext(r.Context())
	out.URL, out.Host = &to, at.host
	return out
}

// inTurn gives the addresses in the order in which they are asked. When the time of one that
// was passed by is over a single request tries it; the others go on passing it by.
func (a *Addresses) inTurn() []*address {
	if len(a.all) == 1 {
		return a.all
	}
	now := a.cfg.Clock()
	first, last := make([]*address, 0, len(a.all)), []*address(nil)
	for _, at := range a.all {
		if at.wanted(now, a.cfg.FailDuration) {
			first = append(first, at)
		} else {
			last = append(last, at)
		}
	}
	return append(first, last...)
}

func (at *address) wanted(now time.Time, again time.Duration) bool {
	at.mu.Lock()
	defer at.mu.Unlock()
	switch {
	case at.unwell:
		return false
	case at.until.IsZero():
		return true
	case now.Before(at.until):
		return false
	}
	at.until = now.Add(again)
	return true
}

// answered notes that an address answered a request.
func (a *Addresses) answered(at *address) {
	answersTotal.WithLabelValues(a.cfg.Source, at.host).Inc()
	at.mu.Lock()
	back := !at.until.IsZero() && !at.unwell
	at.until = time.Time{}
	at.mu.Unlock()
	if back {
		a.cfg.Log.Info("the source answers at this address again", slog.String("source", a.cfg.Source), slog.String("address", at.host))
	}
}

// failed notes that it did not.
func (a *Addresses) failed(at *address, err error) {
	failuresTotal.WithLabelValues(a.cfg.Source, at.host).Inc()
	at.mu.Lock()
	fresh := at.until.IsZero() && !at.unwell
	at.until = a.cfg.Clock().Add(a.cfg.FailDuration)
	at.mu.Unlock()
	if fresh {
		a.cfg.Log.Warn("the source does not answer at this address", slog.String("source", a.cfg.Source), slog.String("address", at.host), slog.String("cause", cause(err)))
	}
}

// PassedBy gives the addresses (host and port) that are passed by now, or would be if there
// were another.
func (a *Addresses) PassedBy() (hosts []string) {
	for _, at := range a.all {
		at.mu.Lock()
		if at.unwell || !at.until.IsZero() {
			hosts = append(hosts, at.host)
		}
		at.mu.Unlock()
	}
	return hosts
}

// Hosts are all of them, in their order.
func (a *Addresses) Hosts() (hosts []string) {
	for _, at := range a.all {
		hosts = append(hosts, at.host)
	}
	return hosts
}

// Source is the id of the source whose addresses they are.
func (a *Addresses) Source() string { return a.cfg.Source }

// Watched says whether what happens at the addresses is to be looked at: there are several,
// or health is asked for. One alone that is away is told by every refusal.
func (a *Addresses) Watched() bool { return len(a.all) > 1 || a.cfg.HealthURI != "" }

// Watch asks every address for its health until ctx ends, the first time at once. Without a
// HealthURI it returns at once.
func (a *Addresses) Watch(ctx context.Context) {
	if a.cfg.HealthURI == "" {
		return
	}
	tick := time.NewTicker(a.cfg.HealthInterval)
	defer tick.Stop()
	for {
		a.Ask(ctx)
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// longestHealth bounds the wait for one answer about health.
const longestHealth = 5 * time.Second

// Ask asks every address for its health once, all at the same time.
func (a *Addresses) Ask(ctx context.Context) {
	var all sync.WaitGroup
	for _, at := range a.all {
		all.Go(func() {
			err := a.well(ctx, at)
			if ctx.Err() != nil {
				return
			}
			at.mu.Lock()
			was := at.unwell
			at.unwell = err != nil
			if err == nil {
				at.until = time.Time{}
			}
			at.mu.Unlock()
			attributes := []any{slog.String("source", a.cfg.Source), slog.String("address", at.host)}
			switch {
			case err != nil && !was:
				a.cfg.Log.Warn("the source is not well at this address", append(attributes, slog.String("cause", cause(err)))...)
			case err == nil && was:
				a.cfg.Log.Info("the source is well at this address again", attributes...)
			}
		})
	}
	all.Wait()
}

// well is a plain GET that anybody might send.
func (a *Addresses) well(ctx context.Context, at *address) error {
	ctx, cancel := context.WithTimeout(ctx, longestHealth)
	defer cancel()
	base, err := url.Parse(a.cfg.Bases[0])
	if err != nil {
		return err
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, base.Scheme+"://"+at.host+a.cfg.HealthURI, nil)
	if err != nil {
		return err
	}
	r.Header.Set("User-Agent", "mcr")
	answer, err := a.cfg.Transport.RoundTrip(r)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	if answer.StatusCode < 200 || answer.StatusCode > 299 {
		return status(answer.StatusCode)
	}
	_, err = io.Copy(io.Discard, io.LimitReader(answer.Body, 1<<20)) // so that the connection is kept
	return err
}

var _ http.RoundTripper = (*Addresses)(nil)

// status is that a source said that it is not well.
type status int

func (s status) Error() string { return fmt.Sprintf("it answered %d", int(s)) }
