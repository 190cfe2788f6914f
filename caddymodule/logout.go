package caddymodule

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"mime"
	"net/http"
	"path/filepath"
	"sync"
	"time"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/caddyconfig/caddyfile"
	"github.com/caddyserver/caddy/v2/caddyconfig/httpcaddyfile"
	"github.com/caddyserver/caddy/v2/modules/caddyhttp"

	"github.com/mycarerecord/mcr/access"
	"github.com/mycarerecord/mcr/audit"
	"github.com/mycarerecord/mcr/console"
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
// backchannel_logout_uri of each of the clients. Each leaves one record in the trail.
type Logout struct {
	// Also are the addresses of other brokers' broker_logout, to which each logout is passed
	// on; https, or http on this machine. Default: none.
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
	for _, address := range l.Also {
		if err := token.CheckEndpoint(address); err != nil {
			return fmt.Errorf("broker_logout: also %s: %w", address, err)
		}
	}
	l.passing = newPassing(l.Also, l.app.log)
	l.app.logouts.pass(l.passing)
	for _, issuer := range l.app.Issuers {
		if len(issuer.Clients) > 0 {
			return nil
		}
	}
	return errors.New("broker_logout: no issuer has clients: name the client ids to which it sends logout tokens, as in: clients portal")
}

// mostLogout bounds the form: a logout token has about 1 KB.
const mostLogout = 32 << 10

// recordWithin is how long the record of a logout may take.
const recordWithin = 5 * time.Second

// ServeHTTP takes one logout token. The answer is 200 when the session is over and the
// record of it is durable, and 400 for anything else, as §2.8 has it.
func (l *Logout) ServeHTTP(w http.ResponseWriter, r *http.Request, _ caddyhttp.Handler) error {
	caddyhttp.SetVar(r.Context(), caddyhttp.LogSkipVar, true)
	w.Header().Set("Cache-Control", "no-store")
	if l.app.inUse != nil {
		w.WriteHeader(http.StatusServiceUnavailable)
		return nil
	}
	if r.Method != http.MethodPost {
		w.Header().Set("Allow", http.MethodPost)
		w.WriteHeader(http.StatusMethodNotAllowed)
		return nil
	}
	rec := &audit.Record{ID: audit.NewID(), Broker: l.app.ID, TimeIn: time.Now(), Action: audit.EndSessionAction}
	rec.ClientIP, _ = caddyhttp.GetVar(r.Context(), caddyhttp.ClientIPVarKey).(string)
	over, err := l.end(w, r, rec)
	rec.TimeOut = time.Now()
	ctx, cancel := context.WithTimeout(context.WithoutCancel(r.Context()), recordWithin)
	defer cancel()
	if lost := (recorder{l.app.shared}).Append(ctx, rec); lost != nil {
		l.app.log.Error("a logout could not be recorded", slog.String("record", rec.ID), slog.Bool("over", over), slog.Any("error", lost))
		err = errors.Join(err, lost)
	}
	if err == nil {
		w.WriteHeader(http.StatusOK)
		return nil
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(http.StatusBadRequest)
	_, err = w.Write([]byte(`{"error":"invalid_request","error_description":"The logout token was not accepted, or what it ends could not be kept. Record ` + rec.ID + `."}` + "\n"))
	return err
}

// end ends what the logout token of a request names, and puts into the record what came of it.
func (l *Logout) end(w http.ResponseWriter, r *http.Request, rec *audit.Record) (over bool, err error) {
	text, err := logoutToken(w, r)
	var e ended.Entry
	if err == nil {
		e, err = l.app.verifier.Logout(r.Context(), text)
	}
	passed := r.Header.Get(passedOn) != ""
	if passed && token.Code(err) == "logout-replayed" { // the other broker did not hear that it was taken
		rec.Outcome, rec.Status, rec.Reasons = audit.Released, http.StatusOK, []string{"session-ended-before"}
		rec.Issuer, rec.UserID, rec.TokenID = e.Issuer, e.Subject, e.ID
		return true, nil
	}
	rec.Issuer, rec.UserID, rec.TokenID = e.Issuer, e.Subject, e.ID
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
		rec.Outcome, rec.Status, rec.Reasons = audit.Failed, http.StatusBadRequest, []string{"session-not-ended", token.Code(err)}
	default:
		rec.Outcome, rec.Status, rec.Reasons = audit.Refused, http.StatusBadRequest, []string{"logout-not-accepted", token.Code(err)}
	}
	return over, err
}

var errLogoutForm = errors.New("reading a logout: not a form with one logout_token")

// logoutToken reads the form (§2.5). Other fields are passed over, as it demands.
func logoutToken(w http.ResponseWriter, r *http.Request) (string, error) {
	media, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || media != "application/x-www-form-urlencoded" || r.Header.Get("Content-Encoding") != "" {
		return "", errLogoutForm
	}
	r.Body = http.MaxBytesReader(w, r.Body, mostLogout)
	if r.ParseForm() != nil || len(r.PostForm["logout_token"]) != 1 {
		return "", errLogoutForm
	}
	return r.PostForm.Get("logout_token"), nil
}

// logouts are what else a logout is for: the sessions of the consoles of one configuration, by the issuer at which
// people sign in, and whom logouts are passed on to.
type logouts struct {
	mu      sync.Mutex
	each    map[string][]*console.Sessions
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

func (c *logouts) add(issuer string, s *console.Sessions) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.each == nil {
		c.each = map[string][]*console.Sessions{}
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
	file := fileOf(h.Dispenser)
	l := new(Logout)
	if err := l.UnmarshalCaddyfile(h.Dispenser); err != nil {
		return nil, allFaults(file, err)
	}
	return l, nil
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
	for nesting := d.Nesting(); d.NextBlock(nesting); {
		switch d.Val() {
		case "also":
			l.Also = r.list(l.Also)
		default:
			r.unknown("also")
		}
	}
	return errors.Join(r.faults...)
}

var (
	_ caddy.Provisioner           = (*Logout)(nil)
	_ caddyhttp.MiddlewareHandler = (*Logout)(nil)
	_ caddyfile.Unmarshaler       = (*Logout)(nil)
)
