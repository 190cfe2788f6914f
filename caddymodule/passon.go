package caddymodule

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"
)

// A logout token is signed by its issuer, to whoever bears one of its clients' names: it
// may be passed on to other brokers, each of which judges it for itself, and takes it once.

// passedOn is the header of a logout that another broker passes on, so that it goes no
// further. Whoever forges it keeps a logout of their own from being passed on.
const passedOn = "Mcr-Passed-On"

// How a logout is passed on.
const (
	// passWithin is how long it is tried: about as long as an issuer's logout token is good.
	passWithin = 2 * time.Minute
	// passEach is how long one try may take, and passFirst how soon after it the next begins;
	// doubling.
	passEach  = 5 * time.Second
	passFirst = time.Second
	// mostPassing are under way at once, to all brokers.
	mostPassing = 256
)

// passing passes logout tokens on to other brokers. Each address is tried by itself.
type passing struct {
	to     []string
	client *http.Client
	log    *slog.Logger
	under  chan struct{}

	mu     sync.Mutex
	failed map[string]error // why the last logout did not reach an address
}

func newPassing(to []string, log *slog.Logger) *passing {
	return &passing{
		to: to, log: log, under: make(chan struct{}, mostPassing), failed: map[string]error{},
		client: &http.Client{
			Timeout:       passEach,
			Transport:     &http.Transport{MaxResponseHeaderBytes: 16 << 10, MaxIdleConnsPerHost: 2, IdleConnTimeout: time.Minute},
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
	}
}

// on passes a logout token on, and does not wait for it.
func (p *passing) on(token string) {
	for _, to := range p.to {
		select {
		case p.under <- struct{}{}:
			go func() {
				defer func() { <-p.under }()
				ctx, cancel := context.WithTimeout(context.Background(), passWithin)
				defer cancel()
				p.note(to, p.send(ctx, to, token))
			}()
		default:
			p.note(to, errors.New("too many logouts are under way"))
		}
	}
}

// send tries until the other broker has taken it, or refuses it, or the time is over.
func (p *passing) send(ctx context.Context, to, token string) error {
	for wait := passFirst; ; wait *= 2 {
		again, err := p.once(ctx, to, token)
		if !again {
			return err
		}
		timer := time.NewTimer(wait)
		select {
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
			return err
		}
	}
}

// once tries once. again says that another try may help.
func (p *passing) once(ctx context.Context, to, token string) (again bool, err error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, to, strings.NewReader(url.Values{"logout_token": {token}}.Encode()))
	if err != nil {
		return false, errors.New("the address cannot be asked")
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set(passedOn, "1")
	answer, err := p.client.Do(r)
	if err != nil {
		return true, err
	}
	answer.Body.Close()
	switch {
	case answer.StatusCode == http.StatusOK:
		return false, nil
	case answer.StatusCode == http.StatusBadRequest:
		return false, errors.New("it does not accept the logout token: its clients, its clock or its issuer's keys differ")
	default:
		return true, fmt.Errorf("it answers with status %d", answer.StatusCode)
	}
}

func (p *passing) note(to string, err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.failed, to)
	result := "passed"
	if err != nil {
		p.failed[to], result = err, "failed"
		p.log.Error("a session that an issuer ended may go on at another broker", slog.String("broker", to), slog.Any("error", err))
	}
	logoutsPassedOn.WithLabelValues(result).Inc()
}

// red says which brokers the last logout did not reach; nil when it reached all.
func (p *passing) red() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	var faults []error
	for to, err := range p.failed {
		faults = append(faults, fmt.Errorf("the last logout did not reach %s: %w", to, err))
	}
	return errors.Join(faults...)
}
