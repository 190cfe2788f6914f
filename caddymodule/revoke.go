package caddymodule

import (
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"fmt"
	"net/http"
	"net/url"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/caddyconfig/caddyfile"
	"github.com/caddyserver/caddy/v2/caddyconfig/httpcaddyfile"
	"github.com/caddyserver/caddy/v2/modules/caddyhttp"

	"github.com/mycarerecord/mcr/access"
	"github.com/mycarerecord/mcr/audit"
	"github.com/mycarerecord/mcr/token"
)

func init() {
	caddy.RegisterModule(Revoke{})
	httpcaddyfile.RegisterHandlerDirective("broker_revoke", parseRevoke)
	httpcaddyfile.RegisterDirectiveOrder("broker_revoke", httpcaddyfile.Before, "reverse_proxy")
}

// Revoke takes access tokens back (RFC 7009): who has one sends it (POST, token=…), and it is
// refused at once, here and, where the registry is in PostgreSQL, at all brokers that share it, and
// after a restart still. Each leaves one record in the trail; of those that are refused, at most 20 at
// once and 6 a minute, then one that says how many more.
type Revoke struct {
	// Clients are the applications that may have tokens revoked, each its own. Default: none need
	// prove who it is, since who has a token could use it.
	Clients []RevokeClient `json:"clients,omitempty"`
	// Contents says when the files of their secrets were written last. The Caddyfile's reader
	// writes it, so that a reload sees that they changed.
	Contents string `json:"contents,omitempty"`

	app     *App
	secrets map[string][sha256.Size]byte
}

// RevokeClient is an application that may have its tokens revoked.
type RevokeClient struct {
	// ID is its client id at the issuer.
	ID string `json:"client_id"`
	// Secret proves it, by HTTP Basic or in the form: {env.NAME} or {file./path}.
	Secret Secret `json:"client_secret"`
}

// CaddyModule describes the handler to Caddy.
func (Revoke) CaddyModule() caddy.ModuleInfo {
	return caddy.ModuleInfo{ID: "http.handlers.broker_revoke", New: func() caddy.Module { return new(Revoke) }}
}

// Provision finds the app.
func (v *Revoke) Provision(ctx caddy.Context) error {
	app, err := ctx.App("broker")
	if err != nil {
		return err
	}
	v.app = app.(*App)
	if v.app.OnlyChecked {
		return nil // mcr validate has looked at it
	}
	return errors.Join(checkTexts(v), v.check())
}

// check gives what is wrong with its options, and reads the secrets.
func (v *Revoke) check() error {
	var faults []error
	v.secrets = map[string][sha256.Size]byte{}
	for _, c := range v.Clients {
		text, err := secret("client "+c.ID, string(c.Secret))
		if err == nil && (c.ID == "" || text == "") {
			err = fmt.Errorf("client %q: give an id and a secret, as in: client portal {env.MCR_PORTAL_SECRET}", c.ID)
		}
		if err != nil {
			faults = append(faults, fmt.Errorf("broker_revoke: %w", err))
			continue
		}
		v.secrets[c.ID] = sha256.Sum256([]byte(text))
	}
	return errors.Join(faults...)
}

// ServeHTTP takes one token. The answer is 200 when the token is no good any more, which it may not
// have been before (RFC 7009 §2.2).
func (v *Revoke) ServeHTTP(w http.ResponseWriter, r *http.Request, _ caddyhttp.Handler) error {
	rec := v.app.takes(w, r, audit.RevokeTokenAction)
	if rec == nil {
		return nil
	}
	code := v.revoke(w, r, rec)
	if v.app.tooMuch(w, rec) {
		return nil
	}
	if !v.app.recorded(r, rec, rec.Outcome == audit.Released) {
		rec.Status, code = http.StatusServiceUnavailable, ""
	}
	switch rec.Status {
	case http.StatusOK:
		w.WriteHeader(http.StatusOK)
		return nil
	case http.StatusServiceUnavailable:
		return answerFault(w, rec, "temporarily_unavailable", "Whether the token is revoked is not known, or not recorded, or not told to the other brokers. Send it again.")
	case http.StatusUnauthorized:
		w.Header().Set("WWW-Authenticate", `Basic realm="mcr"`)
		return answerFault(w, rec, code, "The application did not prove who it is.")
	}
	return answerFault(w, rec, code, "This is no form with one token, or the token is another application's.")
}

// revoke revokes the token of a request, and puts into the record what came of it; code is the
// error's, as RFC 6749 §5.2 has them.
func (v *Revoke) revoke(w http.ResponseWriter, r *http.Request, rec *audit.Record) (code string) {
	say := func(outcome audit.Outcome, status int, reasons ...string) {
		rec.Outcome, rec.Status, rec.Reasons = outcome, status, reasons
	}
	text, err := oneOf(w, r, "token")
	if err != nil {
		say(audit.Refused, http.StatusBadRequest, "token-not-revoked", "request-malformed")
		return "invalid_request"
	}
	client, ok := v.client(r)
	if !ok {
		say(audit.Refused, http.StatusUnauthorized, "token-not-revoked", "client-not-proved")
		return "invalid_client"
	}
	got, err := v.app.verifier.Revoke(r.Context(), text, client)
	who := got.Subject
	rec.Issuer, rec.UserID, rec.UserName, rec.TokenID, rec.SessionID, rec.Client = who.Issuer, who.UserID, who.Name, who.TokenID, who.Session, who.Client
	switch {
	case errors.Is(err, token.ErrNotTheirs):
		say(audit.Refused, http.StatusBadRequest, "token-not-revoked", "client-other")
		return "invalid_grant"
	case errors.Is(err, access.ErrVerifierUnavailable):
		say(audit.Failed, http.StatusServiceUnavailable, "token-not-revoked", token.Code(err))
	case err != nil:
		say(audit.Failed, http.StatusServiceUnavailable, "token-not-revoked", "not-kept")
	case !got.Revoked:
		say(audit.Refused, http.StatusOK, "token-not-revoked", got.Code)
	default:
		say(audit.Released, http.StatusOK, "token-revoked")
	}
	return ""
}

// client says which of the clients asks, by HTTP Basic or in the form (RFC 6749 §2.3.1); "" where
// none need be proved.
func (v *Revoke) client(r *http.Request) (id string, ok bool) {
	if len(v.secrets) == 0 {
		return "", true
	}
	id, password, basic := r.BasicAuth()
	if basic {
		var faults [2]error
		id, faults[0] = url.QueryUnescape(id)
		password, faults[1] = url.QueryUnescape(password)
		if errors.Join(faults[:]...) != nil || r.PostForm.Has("client_secret") { // one way, not two
			return "", false
		}
	} else {
		id, password = r.PostForm.Get("client_id"), r.PostForm.Get("client_secret")
	}
	want, known := v.secrets[id]
	given := sha256.Sum256([]byte(password))
	return id, subtle.ConstantTimeCompare(want[:], given[:]) == 1 && known
}

func parseRevoke(h httpcaddyfile.Helper) (caddyhttp.MiddlewareHandler, error) {
	v := new(Revoke)
	if err := read(h, v); err != nil {
		return nil, err
	}
	for _, c := range v.Clients {
		v.Contents += secretWritten(c.Secret)
	}
	return v, nil
}

// UnmarshalCaddyfile reads:
//
//	broker_revoke {
//		client <client id> <secret>
//	}
func (v *Revoke) UnmarshalCaddyfile(d *caddyfile.Dispenser) error {
	r := reader{Dispenser: d}
	d.Next()
	if d.NextArg() {
		r.fault("broker_revoke takes no value; take %q away", d.Val())
	}
	for nesting := r.Nesting(); r.NextBlock(nesting); {
		switch r.Val() {
		case "client":
			args := r.RemainingArgs()
			if len(args) != 2 {
				r.fault("client: give a client id and its secret, as in: client portal {env.MCR_PORTAL_SECRET}")
				continue
			}
			v.Clients = append(v.Clients, RevokeClient{args[0], Secret(args[1])})
		default:
			r.unknown("client")
		}
	}
	return r.judged(v)
}

var (
	_ caddy.Provisioner           = (*Revoke)(nil)
	_ caddyhttp.MiddlewareHandler = (*Revoke)(nil)
	_ caddyfile.Unmarshaler       = (*Revoke)(nil)
)
