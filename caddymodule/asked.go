package caddymodule

import (
	"fmt"
	"time"

	"github.com/caddyserver/caddy/v2"

	"github.com/mycarerecord/mcr/token"
)

// Introspection says how an issuer is asked about tokens that are no JWTs (RFC 7662). One
// issuer alone may have it.
type Introspection struct {
	// URL is the introspection endpoint. Required; https, or http on this machine.
	URL string `json:"url"`
	// ClientID is the broker's at the issuer. Required.
	ClientID string `json:"client_id,omitempty"`
	// ClientSecret, or PrivateKey in PEM, proves it. Write them as {env.NAME} or
	// {file./path}: one in clear is refused.
	ClientSecret Secret `json:"client_secret,omitempty"`
	PrivateKey   Secret `json:"private_key,omitempty"`
	// KeyID is the key's kid. KeyAlgorithm is what it signs with. Default: RS512, ES256, ES384,
	// ES512 or EdDSA, by the key. AssertionAudience is whom the proof is for. Default: the issuer.
	KeyID             string `json:"key_id,omitempty"`
	KeyAlgorithm      string `json:"key_algorithm,omitempty"`
	AssertionAudience string `json:"assertion_audience,omitempty"`
	// Signed demands signed answers (RFC 9701).
	Signed bool `json:"signed,omitempty"`
	// Untyped accepts answers without token_type, which alone tells an access token from a
	// refresh token.
	Untyped bool `json:"untyped,omitempty"`
	// Keep is how long an answer is gone by, and a revoked token may still be accepted.
	// Default 30s, at most 5m.
	Keep caddy.Duration `json:"keep,omitempty"`
	// PerSecond is about how many tokens that are not known the issuer is asked about a
	// second; more are answered with 503. Default 50.
	PerSecond int `json:"per_second,omitempty"`
}

// UserInfo says that who somebody is stands in UserInfo, and not in tokens (NHS CIS2).
type UserInfo struct {
	// URL is the UserInfo endpoint. Required; https, or http on this machine.
	URL string `json:"url"`
	// Unsigned accepts plain JSON, which rests on TLS alone.
	Unsigned bool `json:"unsigned,omitempty"`
	// Keep is how long it is gone by, at most until the token ends: a role that is taken
	// away is seen that much later. Default 15m, at most 24h.
	Keep caddy.Duration `json:"keep,omitempty"`
	// PerSecond is as for Introspection.
	PerSecond int `json:"per_second,omitempty"`
}

// asked puts what an issuer is asked into the words of package token, secrets and all.
func (i Issuer) asked(into *token.Issuer) error {
	into.Clients = i.Clients
	if u := i.UserInfo; u != nil {
		into.UserInfo = &token.UserInfo{URL: u.URL, Unsigned: u.Unsigned, Keep: time.Duration(u.Keep), PerSecond: u.PerSecond}
	}
	in := i.Introspection
	if in == nil {
		return nil
	}
	password, err := secret("client_secret", string(in.ClientSecret))
	if err != nil {
		return fmt.Errorf("introspection: %w", err)
	}
	key, err := secretKey("private_key", string(in.PrivateKey))
	if err != nil {
		return fmt.Errorf("introspection: %w", err)
	}
	into.Introspection = &token.Introspection{
		URL: in.URL, Signed: in.Signed, Untyped: in.Untyped, Keep: time.Duration(in.Keep), PerSecond: in.PerSecond,
		Client: token.Client{
			ID: in.ClientID, Secret: password, Key: key, KeyID: in.KeyID, Algorithm: in.KeyAlgorithm, Audience: in.AssertionAudience,
		},
	}
	return nil
}

// secretsWritten says when the files of an issuer's secrets were written last, so that a
// reload sees that they changed.
func (i Issuer) secretsWritten() string {
	if i.Introspection == nil {
		return ""
	}
	return secretWritten(i.Introspection.ClientSecret) + secretWritten(i.Introspection.PrivateKey)
}

// unanswered is what is to be looked at of what issuers are asked and have ended, though the
// broker serves.
func (a *App) unanswered() map[string]error {
	red := map[string]error{}
	away := a.verifier.Away()
	if err := away["introspection"]; err != nil {
		red["token-introspection"] = err
	}
	if err := away["userinfo"]; err != nil {
		red["token-userinfo"] = err
	}
	if err := a.verifier.EndedSessions(); err != nil {
		red["ended-sessions"] = err
	}
	if err := a.logouts.red(); err != nil {
		red["logout-passed-on"] = err
	}
	return red
}

func (r *reader) introspection() *Introspection {
	in := new(Introspection)
	r.text(&in.URL)
	for nesting := r.Nesting(); r.NextBlock(nesting); {
		switch r.Val() {
		case "client_id":
			r.text(&in.ClientID)
		case "client_secret":
			r.text((*string)(&in.ClientSecret))
		case "private_key":
			r.text((*string)(&in.PrivateKey))
		case "key_id":
			r.text(&in.KeyID)
		case "key_algorithm":
			r.text(&in.KeyAlgorithm)
		case "assertion_audience":
			r.text(&in.AssertionAudience)
		case "signed":
			in.Signed = true
		case "untyped":
			in.Untyped = true
		case "keep":
			r.duration(&in.Keep)
		case "per_second":
			r.number(&in.PerSecond)
		default:
			r.unknown("client_id, client_secret, private_key, key_id, key_algorithm, assertion_audience, signed, untyped, keep, per_second")
		}
	}
	return in
}

func (r *reader) userInfo() *UserInfo {
	u := new(UserInfo)
	r.text(&u.URL)
	for nesting := r.Nesting(); r.NextBlock(nesting); {
		switch r.Val() {
		case "unsigned":
			u.Unsigned = true
		case "keep":
			r.duration(&u.Keep)
		case "per_second":
			r.number(&u.PerSecond)
		default:
			r.unknown("unsigned, keep, per_second")
		}
	}
	return u
}
