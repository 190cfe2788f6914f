// Package token verifies an access token (a JWT, RFC 7519, RFC 9068, or one that its
// issuer is asked about, RFC 7662) and says who is asking: a person, the one role in use
// and the organisation they act for, as the token says it, or UserInfo (OpenID Connect).
//
// What it guarantees:
//
//   - Only tokens of a configured issuer pass, with an exact iss, one of the
//     configured audiences and a pinned asymmetric algorithm. Keys come from the
//     configured JWKS and from nowhere else: jku, x5u, jwk and x5c in a token's
//     header are not even read (RFC 8725).
//   - Header and claims are read by the one rule of strictjson. A name that stands
//     twice, in any case, a case variant of a name that matters, broken UTF-8 or
//     anything after the document: refused.
//   - A Subject is whole. A token without a person, a role or an organisation gives
//     [access.ErrIncompleteIdentity], never a Subject with gaps; with NHS CIS2 the
//     role is the selected one, never the union of roles.
//   - It fails closed. Keys older than MaxAge, a revocation list that cannot be read, or
//     an issuer that does not answer as it should give [access.ErrVerifierUnavailable].
//   - A token is shown to its own issuer alone: one that is no JWT to the one issuer that
//     makes such, any to its issuer's UserInfo, once it has been judged by itself.
//   - A token that is bound to a key (cnf) is taken only from who shows, with each request,
//     that they have the key: by a DPoP proof that was not used before (RFC 9449) or by the
//     certificate of the TLS connection (RFC 8705). Bound in another way: refused. What is
//     held of a token never stands for its proof.
//   - No error, log or metric holds a token or a claim of one.
//
// A purpose of use counts only as the token, or UserInfo, states it (reason_for_request).
// What an issuer ends (OpenID Connect Back-Channel Logout 1.0) is refused at once.
//
// A [Verifier] may be used by many goroutines at once. Verified tokens are held in
// memory by SHA-256 digest until they expire, or their issuer is to be asked again, so a
// token seen before costs about a microsecond; revocation, ended sessions, expiry and the
// age of keys are judged again each time.
package token
