package signin

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"slices"
	"sync"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"
)

// errIssuerAway says that the issuer cannot be asked now.
var errIssuerAway = errors.New("asking the issuer: it does not answer as it should")

// provider is the issuer as a relying party sees it. It is looked up when somebody
// first signs in, so that an issuer that is down does not keep the console down.
type provider struct {
	issuer, client, secret, redirect string
	assert                           func(url.Values) error // adds the proof by a key to a form; nil: there is none
	http                             *http.Client
	clock                            func() time.Time

	mu     sync.Mutex
	at     *discovered
	failed error // the last looking up, for a moment
	tried  time.Time
}

// lookAgain is how long an issuer that did not answer is left alone: whoever waits
// behind a looking up that fails must not wait for another one.
const lookAgain = 2 * time.Second

// discovered is what the issuer says of itself (OpenID Connect Discovery 1.0).
type discovered struct {
	oauth       oauth2.Config
	verifier    *oidc.IDTokenVerifier
	namesItself bool   // answers carry the issuer's name (RFC 9207)
	endSession  string // "" when there is none
}

func newProvider(cfg Config) (*provider, error) {
	p := &provider{
		issuer: cfg.Issuer, client: cfg.Client.ID, secret: cfg.Client.Secret, redirect: cfg.RedirectURL,
		http: issuerClient(cfg.HTTP), clock: cfg.Clock,
	}
	if cfg.Client.Key == "" {
		return p, nil
	}
	var err error
	p.assert, err = cfg.Client.Assert(cfg.Issuer, cfg.Clock)
	return p, err
}

// issuerClient is a client for the issuer alone: redirects are not followed, since
// a code or a refresh token would go along, and answers are bounded.
//
// It goes through the proxy of the environment, as the fetching of the issuer's keys
// does (package token): a national issuer stands in the internet, and many networks
// have no other way there. Nothing is told to the proxy but the issuer's name: every
// address is https (see guarded), or on this machine, which no proxy is asked for.
func issuerClient(given *http.Client) *http.Client {
	var next http.RoundTripper
	if given != nil {
		next = given.Transport
	}
	if next == nil {
		next = &http.Transport{Proxy: http.ProxyFromEnvironment, MaxIdleConnsPerHost: 4, IdleConnTimeout: time.Minute,
			TLSHandshakeTimeout: 5 * time.Second, DialContext: (&net.Dialer{Timeout: 5 * time.Second}).DialContext}
	}
	return &http.Client{
		Transport: bounded{next}, Timeout: 10 * time.Second,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// bounded cuts answers at a megabyte.
type bounded struct{ next http.RoundTripper }

// RoundTrip makes the request.
func (b bounded) RoundTrip(r *http.Request) (*http.Response, error) {
	resp, err := b.next.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	resp.Body = struct {
		io.Reader
		io.Closer
	}{io.LimitReader(resp.Body, 1<<20), resp.Body}
	return resp, nil
}

// discover gives what the issuer says of itself, asking it when that is not known.
func (p *provider) discover(ctx context.Context) (*discovered, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.at != nil {
		return p.at, nil
	}
	if since := p.clock().Sub(p.tried); p.failed != nil && since >= 0 && since < lookAgain {
		return nil, p.failed
	}
	p.at, p.failed = p.lookUp(ctx)
	p.tried = p.clock()
	return p.at, p.failed
}

func (p *provider) lookUp(ctx context.Context) (*discovered, error) {
	// Not the request's cancelling: others wait for this answer.
	ctx, stop := context.WithTimeout(oidc.ClientContext(context.WithoutCancel(ctx), p.http), 5*time.Second)
	defer stop()
	op, err := oidc.NewProvider(ctx, p.issuer)
	if err != nil {
		return nil, fmt.Errorf("%w: discovering: %w", errIssuerAway, err)
	}
	var more struct {
		JWKS        string   `json:"jwks_uri"`
		EndSession  string   `json:"end_session_endpoint"`
		Methods     []string `json:"token_endpoint_auth_methods_supported"`
		NamesItself bool     `json:"authorization_response_iss_parameter_supported"`
	}
	if err := op.Claims(&more); err != nil {
		return nil, fmt.Errorf("%w: discovering: %w", errIssuerAway, err)
	}
	endpoint := op.Endpoint()
	for _, address := range []string{endpoint.AuthURL, endpoint.TokenURL, more.JWKS} {
		if !guarded(address) {
			return nil, fmt.Errorf("%w: discovering: an address is not https", errIssuerAway)
		}
	}
	if !guarded(more.EndSession) {
		more.EndSession = ""
	}
	endpoint.AuthStyle = oauth2.AuthStyleInParams
	if p.secret != "" && (len(more.Methods) == 0 || slices.Contains(more.Methods, "client_secret_basic")) {
		endpoint.AuthStyle = oauth2.AuthStyleInHeader
	}
	return &discovered{
		oauth: oauth2.Config{ClientID: p.client, ClientSecret: p.secret, Endpoint: endpoint, RedirectURL: p.redirect,
			Scopes: []string{oidc.ScopeOpenID, oidc.ScopeProfile, "nationalrbacaccess"}},
		verifier:    op.Verifier(&oidc.Config{ClientID: p.client, Now: p.clock}),
		namesItself: more.NamesItself, endSession: more.EndSession,
	}, nil
}

// leave is where a person signs out at the issuer (OpenID Connect RP-Initiated
// Logout 1.0), "" when it offers nothing. The ID token is not sent along, as a hint
// of who it is: it would stand in the browser's history.
func (p *provider) leave(back string) string {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.at == nil || p.at.endSession == "" {
		return ""
	}
	u, err := url.Parse(p.at.endSession)
	if err != nil {
		return ""
	}
	q := u.Query()
	q.Set("client_id", p.client)
	q.Set("post_logout_redirect_uri", back)
	u.RawQuery = q.Encode()
	return u.String()
}

// guarded says whether an address may carry a code or a token: https, or plain
// http that does not leave this machine.
func guarded(address string) bool {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" || u.User != nil {
		return false
	}
	ip := net.ParseIP(u.Hostname())
	return u.Scheme == "https" || u.Scheme == "http" && (u.Hostname() == "localhost" || ip != nil && ip.IsLoopback())
}
