package caddymodule

// Smart are the issuer's addresses for applications (SMART App Launch), as
// /.well-known/smart-configuration and the capability statement give them.
type Smart struct {
	// AuthorizationEndpoint and TokenEndpoint are required; https, unless they are on
	// this machine.
	AuthorizationEndpoint string `json:"authorization_endpoint"`
	TokenEndpoint         string `json:"token_endpoint"`
	// Issuer and JWKSURI are for OpenID Connect: both or neither.
	Issuer  string `json:"issuer,omitempty"`
	JWKSURI string `json:"jwks_uri,omitempty"`
	// Scopes are those that the issuer gives. Default: it is not said.
	Scopes []string `json:"scopes,omitempty"`
	// Capabilities are what the issuer can do, in SMART's words. Default:
	// launch-standalone, client-public and, with an issuer, sso-openid-connect.
	Capabilities []string `json:"capabilities,omitempty"`
}

// CORS are the origins whose pages may read answers in a browser.
type CORS struct {
	// Origins are written exactly as browsers do: "https://app.example".
	Origins []string `json:"origins,omitempty"`
	// PrivateNetwork lets their pages ask from the public network where this broker is on
	// a private one (Private Network Access). Default: no.
	PrivateNetwork bool `json:"private_network,omitempty"`
}

func (r *reader) smart() *Smart {
	s := new(Smart)
	for nesting := r.Nesting(); r.NextBlock(nesting); {
		switch r.Val() {
		case "authorization_endpoint":
			r.text(&s.AuthorizationEndpoint)
		case "token_endpoint":
			r.text(&s.TokenEndpoint)
		case "issuer":
			r.text(&s.Issuer)
		case "jwks_uri":
			r.text(&s.JWKSURI)
		case "scopes":
			s.Scopes = r.list(s.Scopes)
		case "capabilities":
			s.Capabilities = r.list(s.Capabilities)
		default:
			r.unknown("authorization_endpoint, token_endpoint, issuer, jwks_uri, scopes, capabilities")
		}
	}
	return s
}

func (r *reader) cors(c *CORS) {
	for nesting := r.Nesting(); r.NextBlock(nesting); {
		switch r.Val() {
		case "origin":
			c.Origins = r.list(c.Origins)
		case "private_network":
			c.PrivateNetwork = true
		default:
			r.unknown("origin, private_network")
		}
	}
}
