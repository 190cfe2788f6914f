// Package asking asks one endpoint of an issuer about tokens, over HTTP: introspection
// (RFC 7662) and UserInfo (OpenID Connect Core §5.3).
//
// What it guarantees:
//
//   - A token goes to the one configured address and nowhere else: redirects are not
//     followed, no proxy is used, plain http only on this machine.
//   - Requests for one token at the same time ask once. Questions under way, the time of
//     each, answers' sizes and, of tokens that were never good, questions a second are
//     bounded: whoever invents tokens can hammer neither the issuer nor this process.
//   - An endpoint that does not answer as it should is left alone for a second; whoever
//     comes meanwhile is told at once, and Down says why.
//   - No error and no log holds a token, a secret, or what an answer said.
//
// What it does not: it judges no answer, and keeps none. An Endpoint may be used by many
// goroutines at once.
package asking

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// Why there is no answer.
var (
	// ErrAway says that the endpoint does not answer as it should.
	ErrAway = errors.New("it does not answer as it should")
	// ErrBusy says that it was asked too often, or too much is under way.
	ErrBusy = errors.New("it is asked too often")
	// ErrRefused says that the token was refused a moment ago (see Refuse).
	ErrRefused = errors.New("the token was refused a moment ago")
)

// Defaults, for a field that is zero, and bounds.
const (
	DefaultWithin    = 5 * time.Second
	DefaultPerSecond = 50
	// MostAtOnce is how many questions may be under way.
	MostAtOnce = 64
	// LeftAlone is how long an endpoint that did not answer is not asked again.
	LeftAlone = time.Second
	// RefusedFor is how long a refused token is remembered, and MostRefused how many.
	RefusedFor  = 5 * time.Second
	MostRefused = 4096
)

// Results of questions, as Config.Count is told.
const (
	Answered = "answered"
	Away     = "away"
	Busy     = "busy"
)

// Config says whom to ask, and how.
type Config struct {
	// URL is the endpoint, https, or http on this machine (see CheckURL).
	URL string
	// Request makes the request about a token. It must go to URL.
	Request func(ctx context.Context, url, token string) (*http.Request, error)
	// Accept says what is wrong with an answer, whatever the token: then the endpoint
	// counts as away. It must not quote the answer.
	Accept func(Answer) error
	// Within is how long one question may take; 0 is 5 s.
	Within time.Duration
	// PerSecond is how many tokens that are not known a second may be asked about, with
	// bursts of four times as many; 0 is 50.
	PerSecond int
	// Transport makes the requests; nil is one of the package's own, without a proxy.
	Transport http.RoundTripper
	// Clock tells the time; nil is time.Now.
	Clock func() time.Time
	// Count is told the result of each question; nil: nobody is.
	Count func(result string)
	// Log is told when the endpoint goes away and when it is back, in that order and before
	// whoever asked has the answer; it must not use the endpoint. nil: nobody is told.
	Log func(down error)
}

// Endpoint is an endpoint at work. Make one with New and Close it in the end.
type Endpoint struct {
	Config
	client  *http.Client
	limiter *rate.Limiter
	ctx     context.Context
	stop    context.CancelFunc
	done    sync.WaitGroup

	mu      sync.Mutex
	flights map[digest]*flight
	refused refusals
	down    error // why the last question had no answer; nil when it had one
	failed  time.Time
	closed  bool
}

type digest [sha256.Size]byte

// flight is one question under way, which all who ask the same wait for.
type flight struct {
	done   chan struct{}
	answer Answer
	err    error
}

// New gives an endpoint. The configuration must have been checked.
func New(c Config) *Endpoint {
	if c.Within == 0 {
		c.Within = DefaultWithin
	}
	if c.PerSecond == 0 {
		c.PerSecond = DefaultPerSecond
	}
	if c.Clock == nil {
		c.Clock = time.Now
	}
	if c.Count == nil {
		c.Count = func(string) {}
	}
	if c.Log == nil {
		c.Log = func(error) {}
	}
	e := &Endpoint{Config: c, client: newClient(c.Transport, c.Within), flights: map[digest]*flight{}}
	e.limiter = rate.NewLimiter(rate.Limit(c.PerSecond), 4*c.PerSecond)
	e.ctx, e.stop = context.WithCancel(context.Background())
	return e
}

// Ask asks about a token, or waits for whoever asks about it already. known says that the
// token was good a while ago: then it is not among those whose number is bounded, so that
// strangers with invented tokens do not keep out people at work. The error wraps ErrAway,
// ErrBusy or ErrRefused, or is that of ctx; the question goes on for others.
func (e *Endpoint) Ask(ctx context.Context, token string, known bool) (Answer, error) {
	f, err := e.join(sha256.Sum256([]byte(token)), token, known)
	if err != nil {
		return Answer{}, err
	}
	select {
	case <-f.done:
		return f.answer, f.err
	case <-ctx.Done():
		return Answer{}, ctx.Err()
	}
}

// join gives the question under way about a token, or begins one.
func (e *Endpoint) join(d digest, token string, known bool) (*flight, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	now := e.Clock()
	if e.refused.has(d, now) {
		return nil, ErrRefused
	}
	if f := e.flights[d]; f != nil {
		return f, nil
	}
	switch since := now.Sub(e.failed); {
	case e.closed:
		return nil, fmt.Errorf("%w: closed", ErrAway)
	case e.down != nil && since >= 0 && since < LeftAlone:
		e.Count(Away)
		return nil, e.down
	case len(e.flights) >= MostAtOnce, !known && !e.limiter.AllowN(now, 1):
		e.Count(Busy)
		return nil, ErrBusy
	}
	f := &flight{done: make(chan struct{})}
	e.flights[d] = f
	e.done.Add(1)
	go e.run(d, token, f)
	return f, nil
}

// run is one question. It lasts no longer than Within, whoever waits.
func (e *Endpoint) run(d digest, token string, f *flight) {
	defer e.done.Done()
	ctx, cancel := context.WithTimeout(e.ctx, e.Within)
	defer cancel()
	var err error
	f.answer, err = e.once(ctx, token)
	e.mu.Lock()
	was := e.down
	switch {
	case err == nil:
		e.down = nil
		e.Count(Answered)
	default:
		f.err = fmt.Errorf("%w: %w", ErrAway, err)
		e.Count(Away)
		if e.ctx.Err() == nil {
			e.down, e.failed = f.err, e.Clock()
		}
	}
	if (was == nil) != (e.down == nil) {
		e.Log(e.down)
	}
	delete(e.flights, d)
	e.mu.Unlock()
	close(f.done)
}

// Refuse remembers for a moment that a token is not good, so that the same one is not asked
// about again and again.
func (e *Endpoint) Refuse(token string) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.refused.add(sha256.Sum256([]byte(token)), e.Clock())
}

// Down says why the last question had no answer; nil when it had one, or none was asked.
func (e *Endpoint) Down() error {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.down
}

// Close ends the questions under way and waits for them. Later ones fail.
func (e *Endpoint) Close() {
	e.mu.Lock()
	e.closed = true
	e.mu.Unlock()
	e.stop()
	e.done.Wait()
	e.client.CloseIdleConnections()
}
