package broker

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/netip"
	"net/url"

	"github.com/mycarerecord/mcr/audit"
)

// Smart says where applications have people sign in (SMART App Launch 2, "Conformance"):
// the issuer's addresses, which the broker passes on and never asks itself.
type Smart struct {
	// AuthorizationEndpoint and TokenEndpoint are required.
	AuthorizationEndpoint, TokenEndpoint string
	// Issuer and JWKSURI are for signing in with OpenID Connect: both or neither.
	Issuer, JWKSURI string
	// Scopes are those that the issuer gives. Default: it is not said.
	Scopes []string
	// Capabilities are what the issuer can do, in SMART's words. Default:
	// launch-standalone, client-public, with an Issuer sso-openid-connect, and permission-user,
	// permission-v1 and permission-v2 where SMART scopes are asked for (Scopes).
	Capabilities []string
}

// check says all that is wrong with the addresses.
func (s *Smart) check() error {
	if s == nil {
		return nil
	}
	var faults []error
	for _, of := range []struct {
		name, address string
		required      bool
	}{
		{"authorization_endpoint", s.AuthorizationEndpoint, true}, {"token_endpoint", s.TokenEndpoint, true},
		{"issuer", s.Issuer, s.JWKSURI != ""}, {"jwks_uri", s.JWKSURI, s.Issuer != ""},
	} {
		if of.address == "" && !of.required {
			continue
		}
		u, err := url.Parse(of.address)
		if err != nil || u.Host == "" || u.User != nil || u.Fragment != "" || !private(u) {
			faults = append(faults, fmt.Errorf("broker: smart: %s must be an address with https (http for this machine alone)", of.name))
		}
	}
	return errors.Join(faults...)
}

// private says that nobody on the way can read or change what goes to an address.
func private(u *url.URL) bool {
	if u.Scheme == "https" {
		return true
	}
	at, err := netip.ParseAddr(u.Hostname())
	return u.Scheme == "http" && (u.Hostname() == "localhost" || err == nil && at.IsLoopback())
}

// smart answers /.well-known/smart-configuration, for anybody, as metadata is. It is
// the broker's own: no source is asked.
func (x *exchange) smart() answer {
	x.record.Action = ""
	s := x.broker.Smart
	if s == nil {
		return x.refuse(http.StatusNotFound, "not-found")
	}
	capabilities := s.Capabilities
	if len(capabilities) == 0 {
		capabilities = []string{"launch-standalone", "client-public"}
		if s.Issuer != "" {
			capabilities = append(capabilities, "sso-openid-connect")
		}
		if x.broker.Scopes.Smart {
			capabilities = append(capabilities, "permission-user", "permission-v1", "permission-v2")
		}
	}
	body, err := json.MarshalIndent(smartConfiguration{
		Issuer: s.Issuer, JWKSURI: s.JWKSURI, Authorization: s.AuthorizationEndpoint, Token: s.TokenEndpoint,
		Grants: []string{"authorization_code"}, Responses: []string{"code"}, Challenges: []string{"S256"},
		Scopes: x.broker.supported(), Capabilities: capabilities,
	}, "", "  ")
	if err != nil {
		return x.fail(http.StatusInternalServerError, "internal-error", audit.Failed)
	}
	x.record.Outcome = audit.Released
	return answer{status: http.StatusOK, body: body, header: map[string]string{"Content-Type": "application/json"}}
}

type smartConfiguration struct {
	Issuer        string   `json:"issuer,omitempty"`
	JWKSURI       string   `json:"jwks_uri,omitempty"`
	Authorization string   `json:"authorization_endpoint"`
	Token         string   `json:"token_endpoint"`
	Grants        []string `json:"grant_types_supported"`
	Responses     []string `json:"response_types_supported"`
	Challenges    []string `json:"code_challenge_methods_supported"`
	Scopes        []string `json:"scopes_supported,omitempty"`
	Capabilities  []string `json:"capabilities"`
}

// supported are the scopes that applications are told of: those that the issuer gives, or at
// least those without which nothing is answered here.
func (b *Broker) supported() []string {
	if len(b.Smart.Scopes) > 0 {
		return b.Smart.Scopes
	}
	return b.Scopes.Required
}
