package caddymodule

import "github.com/mycarerecord/mcr/broker"

// Scopes says what a token must be for at one source, besides what its issuer's must.
type Scopes struct {
	// RequireScope are scopes of which a token must have each. Default: none.
	RequireScope []string `json:"require_scope,omitempty"`
	// RequireSmartScopes asks for SMART scopes of a user that cover what is asked, such as
	// user/Observation.rs. Default: not.
	RequireSmartScopes bool `json:"require_smart_scopes,omitempty"`
}

func (s Scopes) asked() broker.Scopes {
	return broker.Scopes{Required: s.RequireScope, Smart: s.RequireSmartScopes}
}

// option reads one option of Scopes, if it is one:
//
//	require_scope <one or more>
//	require_smart_scopes
func (s *Scopes) option(r *reader) bool {
	switch r.Val() {
	case "require_scope":
		s.RequireScope = r.list(s.RequireScope)
	case "require_smart_scopes":
		r.flag(&s.RequireSmartScopes)
	default:
		return false
	}
	return true
}

// flag reads an option that says yes by being there.
func (r *reader) flag(into *bool) {
	option := r.Val()
	*into = true
	if r.NextArg() {
		r.fault("%s takes no value; take %q away", option, r.Val())
		r.RemainingArgs()
	}
}
