package signin

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"
)

// grant is what the issuer gave: it stays in this process's memory.
type grant struct {
	bearer  string // the access token, for brokers
	refresh string // "" when the issuer gives none
	roles   []role // what the person may choose from
	persons []string
	name    string
	// session and subject are sid and sub of the ID token, by which the issuer ends a session.
	session, subject string
}

// person is who signed in, whatever the role: the issuer's own name for them.
func (g grant) person() string {
	for _, name := range g.persons {
		if name != "" {
			return name
		}
	}
	return ""
}

// role is one entry of nhsid_nrbac_roles (NHS CIS2, National RBAC).
type role struct {
	ID      string `json:"person_roleid"`
	Name    string `json:"role_name"`
	Code    string `json:"role_code"`
	Org     string `json:"org_name"`
	OrgCode string `json:"org_code"`
}

var (
	// errRefused says that the issuer did not accept a code or a refresh token.
	errRefused = errors.New("asking the issuer: it did not accept what was given")
	// errIDToken says that an ID token was not what had to come.
	errIDToken = errors.New("reading ID token: it is not for this signing in")
)

// redeem turns a code into tokens (RFC 6749 §4.1.3, RFC 7636) and judges the ID
// token (OpenID Connect Core §3.1.3.7). What the access token is worth is for the
// verifier to say.
func (p *provider) redeem(ctx context.Context, code string, j journey) (grant, error) {
	at, err := p.discover(ctx)
	if err != nil {
		return grant{}, err
	}
	with := []oauth2.AuthCodeOption{oauth2.VerifierOption(j.Verifier)}
	if p.assert != nil {
		proof := url.Values{}
		if err := p.assert(proof); err != nil {
			return grant{}, err
		}
		for name := range proof {
			with = append(with, oauth2.SetAuthURLParam(name, proof.Get(name)))
		}
	}
	token, err := at.oauth.Exchange(oidc.ClientContext(ctx, p.http), code, with...)
	if err != nil {
		return grant{}, answered(err)
	}
	raw, _ := token.Extra("id_token").(string)
	id, err := at.verifier.Verify(ctx, raw)
	if err != nil {
		return grant{}, fmt.Errorf("%w: %w", errIDToken, err)
	}
	g := grant{bearer: token.AccessToken, refresh: token.RefreshToken}
	if err := g.learn(id, j.Nonce, p.client); err != nil {
		return grant{}, err
	}
	return g, nil
}

// learn takes who signed in from an ID token, when it is the one that was waited for.
func (g *grant) learn(id *oidc.IDToken, nonce, client string) error {
	if !same(id.Nonce, nonce) {
		return fmt.Errorf("%w: another nonce", errIDToken)
	}
	if id.AccessTokenHash != "" {
		if err := id.VerifyAccessToken(g.bearer); err != nil {
			return fmt.Errorf("%w: %w", errIDToken, err)
		}
	}
	var claims struct {
		UID      string `json:"uid"`
		Name     string `json:"name"`
		Azp      string `json:"azp"`
		Session  string `json:"sid"`
		Selected string `json:"selected_roleid"`
		Roles    []role `json:"nhsid_nrbac_roles"`
	}
	if err := id.Claims(&claims); err != nil {
		return fmt.Errorf("%w: its claims cannot be read", errIDToken)
	}
	if claims.Azp != "" && claims.Azp != client || claims.Azp == "" && len(id.Audience) > 1 {
		return fmt.Errorf("%w: it was issued to another application", errIDToken)
	}
	g.persons, g.name, g.roles = []string{id.Subject, claims.UID}, claims.Name, claims.Roles
	g.session, g.subject = claims.Session, id.Subject
	return nil
}

// renew asks for a new access token (RFC 6749 §6), in the role that is named, or
// in the one in use.
func (p *provider) renew(ctx context.Context, old grant, roleID string) (grant, error) {
	at, err := p.discover(ctx)
	if err != nil {
		return grant{}, err
	}
	form := url.Values{"grant_type": {"refresh_token"}, "refresh_token": {old.refresh}}
	if roleID != "" {
		form.Set("selected_roleid", roleID)
	}
	basic := at.oauth.Endpoint.AuthStyle == oauth2.AuthStyleInHeader
	switch {
	case p.assert != nil:
		if err := p.assert(form); err != nil {
			return grant{}, err
		}
	case !basic:
		form.Set("client_id", p.client)
		if p.secret != "" {
			form.Set("client_secret", p.secret)
		}
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, at.oauth.Endpoint.TokenURL, strings.NewReader(form.Encode()))
	if err != nil {
		return grant{}, fmt.Errorf("%w: %w", errIssuerAway, err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Accept", "application/json")
	if basic {
		r.SetBasicAuth(url.QueryEscape(p.client), url.QueryEscape(p.secret))
	}
	resp, err := p.http.Do(r)
	if err != nil {
		return grant{}, fmt.Errorf("%w: %w", errIssuerAway, err)
	}
	defer resp.Body.Close()
	var body struct {
		Access  string `json:"access_token"`
		Type    string `json:"token_type"`
		Refresh string `json:"refresh_token"`
	}
	if resp.StatusCode == http.StatusBadRequest || resp.StatusCode == http.StatusUnauthorized {
		return grant{}, errRefused
	}
	if err := json.NewDecoder(resp.Body).Decode(&body); err != nil || resp.StatusCode != http.StatusOK ||
		body.Access == "" || !strings.EqualFold(body.Type, "bearer") {
		return grant{}, fmt.Errorf("%w: status %d", errIssuerAway, resp.StatusCode)
	}
	fresh := old
	fresh.bearer = body.Access
	if body.Refresh != "" {
		fresh.refresh = body.Refresh
	}
	return fresh, nil
}

// answered tells an issuer that said no from one that could not be asked. The
// answer's own text is left out: it may hold what was sent.
func answered(err error) error {
	var said *oauth2.RetrieveError
	if errors.As(err, &said) && said.Response != nil && said.Response.StatusCode < 500 {
		return errRefused
	}
	return errIssuerAway
}
