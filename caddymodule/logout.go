package caddymodule

import (
	"errors"
	"fmt"
	"net/http"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/caddyconfig/caddyfile"
	"github.com/caddyserver/caddy/v2/caddyconfig/httpcaddyfile"
	"github.com/caddyserver/caddy/v2/modules/caddyhttp"

	"github.com/mycarerecord/mcr/access"
	"github.com/mycarerecord/mcr/audit"
	"github.com/mycarerecord/mcr/console/signin"
	"github.com/mycarerecord/mcr/token"
	"github.com/mycarerecord/mcr/token/ended"
)

func init() {
	caddy.RegisterModule(Logout{})
	httpcaddyfile.RegisterHandlerDirective("broker_logout", parseLogout)
	httpcaddyfile.RegisterDirectiveOrder("broker_logout", httpcaddyfile.Before, "reverse_proxy")
}

// Logout takes issuers' logout tokens (OpenID Connect Back-Channel Logout 1.0): the session
// that one names, or all sessions of its person, are over at once, here and in the console
// of this process, and stay so after a restart. Its address is registered at the issuer as
// backchannel_logout_uri of each of the clients. Each leaves one record in the trail; of those
// that are refused, at most 20 at once and 6 a minute, then one that says how many more.
type Logout struct {
	// Also are the addresses of other brokers' broker_logout, to which each logout is passed
	// on; https, or http on this machine. Brokers that share a registry in PostgreSQL need none.
	// Default: none.
	Also []string `json:"also,omitempty"`

	app     *App
	passing *passing
}

// CaddyModule describes the handler to Caddy.
func (Logout) CaddyModule() caddy.ModuleInfo {
	return caddy.ModuleInfo{ID: "http.handlers.broker_logout", New: func() caddy.Module { return new(Logout) }}
}

// Provision finds the app.
func (l *Logout) Provision(ctx caddy.Context) error {
	app, err := ctx.App("broker")
	if err != nil {
		return err
	}
	l.app = app.(*App)
	if l.app.OnlyChecked {
		return nil // mcr validate has looked at it
	}
	if err := errors.Join(checkTexts(l), l.check(l.app)); err != nil {
		return err
	}
	l.passing = newPassing(l.Also, l.app.log)
	l.app.logouts.pass(l.passing)
	return nil
}

// check gives what is wrong with its options.
func (l *Logout) check(a *App) error {
	var faults []error
	for _, address := range l.Also {
		if err := token.CheckEndpoint(address); err != nil {
			faults = append(faults, fmt.Errorf("broker_logout: also %s: %w", address, err))
		}
	}
	if !slices.ContainsFunc(a.Issuers, func(i Issuer) bool { return len(i.Clients) > 0 }) {
		faults = append(faults, errors.New("broker_logout: no issuer has clients: name the client ids to which it sends logout tokens, as in: clients portal"))
	}
	return errors.Join(faults...)
}

// ServeHTTP takes one logout token. The answer is 200 when the session is over, at all brokers that
// share a registry, and the record of it is durable; 400 for what is no good logout token, as §2.8
// has it; 429 where so many were refused that this one is not recorded; and 503 for what could not be
// kept, told or recorded, so that it is sent again.
func (l *Logout) ServeHTTP(w http.ResponseWriter, r *http.Request, _ caddyhttp.Handler) error {
	rec := l.app.takes(w, r, audit.EndSessionAction)
	if rec == nil {
		return nil
	}
	over := l.end(w, r, rec)
	if l.app.tooMuch(w, rec) {
		return nil
	}
	if !l.app.recorded(r, rec, over) {
		rec.Status = http.StatusServiceUnavailable
	}
	switch rec.Status {
	case http.StatusOK:
		w.WriteHeader(http.StatusOK)
		return nil
	case http.StatusServiceUnavailable:
		return answerFault(w, rec, "temporarily_unavailable", "What the logout token ends could not be kept, told to the other brokers, or recorded. Send it again.")
	}
	return answerFault(w, rec, "invalid_request", "The logout token was not accepted.")
}

// end ends what the logout token of a request names, and puts into the record what came of it.
func (l *Logout) end(w http.ResponseWriter, r *http.Request, rec *audit.Record) (over bool) {
	text, err := oneOf(w, r, "logout_token")
	var e ended.Entry
	if err == nil {
		e, err = l.app.verifier.Logout(r.Context(), text)
	}
	passed := r.Header.Get(passedOn) != ""
	if passed && token.Code(err) == "logout-replayed" { // the other broker did not hear that it was taken
		rec.Outcome, rec.Status, rec.Reasons = audit.Released, http.StatusOK, []string{"session-ended-before"}
		rec.Issuer, rec.UserID, rec.TokenID, rec.SessionID = e.Issuer, e.Subject, e.ID, e.Session
		return true
	}
	rec.Issuer, rec.UserID, rec.TokenID, rec.SessionID = e.Issuer, e.Subject, e.ID, e.Session
	if over = err == nil || errors.Is(err, token.ErrLogoutFailed); over {
		l.app.logouts.end(e)
		if !passed {
			l.passing.on(text)
		}
	}
	switch {
	case err == nil:
		rec.Outcome, rec.Status, rec.Reasons = audit.Released, http.StatusOK, []string{"session-ended"}
	case errors.Is(err, token.ErrLogoutFailed), errors.Is(err, access.ErrVerifierUnavailable):
		rec.Outcome, rec.Status, rec.Reasons = audit.Failed, http.StatusServiceUnavailable, []string{"session-not-ended", token.Code(err)}
	default:
		rec.Outcome, rec.Status, rec.Reasons = audit.Refused, http.StatusBadRequest, []string{"logout-not-accepted", token.Code(err)}
	}
	return over
}

// logouts are what else a logout is for: the sessions of the consoles of one configuration, by the issuer at which
// people sign in, and whom logouts are passed on to.
type logouts struct {
	mu      sync.Mutex
	each    map[string][]*signin.Sessions
	passing []*passing
}

func (c *logouts) pass(p *passing) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.passing = append(c.passing, p)
}

// red says which brokers the last logout did not reach.
func (c *logouts) red() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	var faults []error
	for _, p := range c.passing {
		faults = append(faults, p.red())
	}
	return errors.Join(faults...)
}

func (c *logouts) add(issuer string, s *signin.Sessions) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.each == nil {
		c.each = map[string][]*signin.Sessions{}
	}
	c.each[issuer] = append(c.each[issuer], s)
}

func (c *logouts) end(e ended.Entry) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, sessions := range c.each[e.Issuer] {
		sessions.EndAtIssuer(e.Session, e.Subject, time.Unix(e.Before, 0))
	}
}

// openEnded opens the list of sessions that issuers have ended.
func (p *shared) openEnded(data string) (err error) {
	p.ended, err = ended.Open(filepath.Join(data, "ended-sessions"), nil)
	return err
}

func parseLogout(h httpcaddyfile.Helper) (caddyhttp.MiddlewareHandler, error) {
	l := new(Logout)
	return l, read(h, l)
}

// UnmarshalCaddyfile reads:
//
//	broker_logout {
//		also <addresses of other brokers' broker_logout>
//	}
func (l *Logout) UnmarshalCaddyfile(d *caddyfile.Dispenser) error {
	r := reader{Dispenser: d}
	d.Next()
	if d.NextArg() {
		r.fault("broker_logout takes no value; take %q away", d.Val())
	}
	for nesting := r.Nesting(); r.NextBlock(nesting); {
		switch r.Val() {
		case "also":
			l.Also = r.list(l.Also)
		default:
			r.unknown("also")
		}
	}
	return r.judged(l)
}

var (
	_ caddy.Provisioner           = (*Logout)(nil)
	_ caddyhttp.MiddlewareHandler = (*Logout)(nil)
	_ caddyfile.Unmarshaler       = (*Logout)(nil)
)
