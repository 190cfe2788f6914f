// Package token verifies an access token (a JWT, RFC 7519, RFC 9068) and says who
// is asking: a person, the one role in use and the organisation they act for.
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
//   - It fails closed. Keys older than MaxAge, or a revocation list that cannot be
//     read, give [access.ErrVerifierUnavailable].
//   - A token that is bound to a key (cnf) is taken only from who shows, with each request,
//     that they have the key: by a DPoP proof that was not used before (RFC 9449) or by the
//     certificate of the TLS connection (RFC 8705). Bound in another way: refused. What is
//     held of a token never stands for its proof.
//   - No error, log or metric holds a token or a claim of one.
//
// What it does not: it does not ask the issuer about a token (introspection). A
// purpose of use counts only as the token states it (reason_for_request).
//
// A [Verifier] may be used by many goroutines at once. Verified tokens are held in
// memory by SHA-256 digest until they expire, so a token seen before costs about a
// microsecond; revocation, expiry and the age of keys are judged again each time.
package token
