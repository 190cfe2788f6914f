// Package issuer is the demo region's token issuer: an OpenID Provider that lets
// anyone on this machine be any member of the cast, and signs what NHS CIS2
// would say of them.
//
// It offers discovery, a JWKS whose keys rotate on demand, the authorization
// code flow with PKCE (RFC 7636, S256 only) and a nonce, refresh tokens that
// rotate for twelve hours, an address to sign out at, and, for programs, a token
// endpoint that answers {"cast":"own-gp"} with an access token. There is no
// password anywhere: it must never listen on anything but a loopback address.
//
// Somebody with several roles signs in without one: the first tokens list all of
// them and have no selected_roleid, and no broker takes them. The client asks
// which role it is, and names it as selected_roleid when it renews the tokens, or
// in the authorization request.
//
// A Server may be used by many goroutines at once.
package issuer
