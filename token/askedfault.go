package token

import "github.com/mycarerecord/mcr/access"

// The faults of what an issuer is asked and of what it ends.
var (
	errClient = refused("client-not-known", "its client is none of those whose tokens are taken")

	errInactive        = refused("not-active", "its issuer says that it is not good")
	errNoAccessToken   = refused("not-an-access-token", "its issuer does not say that it is an access token")
	errUserInfoRefused = refused("userinfo-refused", "its issuer gives no UserInfo for it")
	errUserInfoNotOurs = refused("userinfo-of-another-client", "UserInfo is for another application")
	errUserInfoOther   = refused("userinfo-of-another", "UserInfo is of somebody else than the token")
	errNoLogout        = refused("not-a-logout-token", "it is not a logout token, or names nobody")
	errReplayed        = refused("logout-replayed", "this logout was taken before")

	errIntrospectionGone = unavailable("introspection-unavailable", "its issuer cannot be asked about it, or does not answer as it should")
	errUserInfoGone      = unavailable("userinfo-unavailable", "its issuer cannot be asked for UserInfo, or does not answer as it should")
	errUserInfoOdd       = unavailable("userinfo-not-understood", "UserInfo is not what its issuer signs for this broker")
	errAskedTooOften     = unavailable("asked-too-often", "its issuer is asked about too many tokens")
)

func unavailable(code, text string) *Fault {
	return &Fault{Code: code, text: text, kind: access.ErrVerifierUnavailable}
}
