package token

import (
	"errors"

	"github.com/mycarerecord/mcr/access"
)

// Fault is why a token was not accepted. It wraps one of access.ErrUnauthenticated,
// access.ErrIncompleteIdentity and access.ErrVerifierUnavailable, and says nothing
// of what stood in the token.
type Fault struct {
	// Code is the kebab-case name of the cause, from the closed list in this file.
	// It is for logs and metrics; what a client is told is for the broker.
	Code  string
	text  string
	kind  error
	proof bool // it is the proof's fault (RFC 9449 §4.3)
}

// Error gives the cause in words, without anything from the token.
func (f *Fault) Error() string { return "verifying token: " + f.text }

// Unwrap gives the kind of fault: 401, 403 or 503.
func (f *Fault) Unwrap() error { return f.kind }

// Code gives the code of the Fault in err, "accepted" for nil and "other" for an
// error of another kind.
func Code(err error) string {
	if err == nil {
		return codeAccepted
	}
	var f *Fault
	if errors.As(err, &f) {
		return f.Code
	}
	return "other"
}

// refusal is a fault of a token that its issuer did sign, with whom it names.
type refusal struct {
	error
	claimant access.Subject
}

// Unwrap gives the fault.
func (r *refusal) Unwrap() error { return r.error }

// Claimant gives whom a refused token names, as far as it says, when its issuer did
// sign it: one that has expired or was revoked, say, or that is incomplete. It is
// for the audit record of the refusal, and for nothing else: parts may be missing.
func Claimant(err error) (access.Subject, bool) {
	var r *refusal
	if !errors.As(err, &r) {
		return access.Subject{}, false
	}
	return r.claimant, true
}

const codeAccepted = "accepted"

func refused(code, text string) *Fault {
	return &Fault{Code: code, text: text, kind: access.ErrUnauthenticated}
}

func unproven(code, text string) *Fault {
	return &Fault{Code: code, text: text, kind: access.ErrUnauthenticated, proof: true}
}

// ErrMissing is the Fault of a request without a token, and ErrOnward that of one that is
// bound to its sender where it is to be sent on.
var (
	ErrMissing error = errMissing
	ErrOnward  error = errOnward
)

// Unowned says that a token is good, or could be, and that who sent it does not show that it
// is theirs: its proof or its certificate is missing or another.
func Unowned(err error) bool {
	var f *Fault
	return errors.As(err, &f) && (f.proof || f == errBound || f == errNotBound || f == errProofOther || f == errNoCertificate || f == errCertificate)
}

// Every fault there is. They are values, so that refusing costs no allocation and
// no caller can put a claim into one by mistake.
var (
	errMissing        = refused("missing", "there is none")
	errTooLarge       = refused("too-large", "it is longer than 16 KB")
	errMalformed      = refused("malformed", "it is not a signed JWT in compact form, strictly written")
	errHeader         = refused("header-not-accepted", "its header asks for something that is not offered")
	errIssuer         = refused("issuer-not-known", "its issuer is not configured")
	errAlgorithm      = refused("algorithm-not-accepted", "its algorithm is not pinned for the issuer, or does not fit the key")
	errKey            = refused("key-not-known", "its key is not in the issuer's key set")
	errSignature      = refused("signature-wrong", "its signature does not fit")
	errAudience       = refused("audience-wrong", "it is for another application")
	errNoExpiry       = refused("expiry-missing", "it has no expiry")
	errExpired        = refused("expired", "it has expired")
	errNotYet         = refused("not-yet-valid", "it is not valid yet, or was issued in the future")
	errLifetime       = refused("lifetime-too-long", "it is valid for longer than the issuer is allowed")
	errRevoked        = refused("revoked", "it, its session or its user has been revoked")
	errScheme         = refused("scheme-not-accepted", "what stands in Authorization is not one Bearer or DPoP token")
	errBinding        = refused("binding-not-offered", "it is bound (cnf) in a way that is not verified here")
	errBound          = refused("bound-to-a-key", "it is bound to a key (cnf), and is sent as one that is not")
	errNotBound       = refused("not-bound", "it is sent as bound to a key (DPoP), and is not")
	errPlain          = refused("binding-required", "its issuer's tokens must be bound to their sender, and it is not")
	errOnward         = refused("bound-and-sent-on", "it is bound to its sender, and would be sent on to others")
	errScope          = refused("scope-wrong", "its scope is none of those that are for records")
	errOrg            = refused("organisation-not-the-issuers", "its issuer may not speak for this organisation")
	errRole           = refused("role-not-the-issuers", "its issuer may not give this role")
	errIncomplete     = &Fault{Code: "identity-incomplete", text: "it lacks a person, a role or an organisation", kind: access.ErrIncompleteIdentity}
	errKeysGone       = &Fault{Code: "keys-unavailable", text: "the issuer's keys could not be fetched", kind: access.ErrVerifierUnavailable}
	errNoCertificate  = refused("certificate-missing", "it is bound to a certificate, and the connection has none")
	errCertificate    = refused("certificate-other", "it is bound to another certificate than the connection's")
	errProofCount     = unproven("proof-not-one", "there is not exactly one DPoP field")
	errProofForm      = unproven("proof-malformed", "the proof is no JWT of the type dpop+jwt with jwk, jti, htm, htu, iat and ath, strictly written")
	errProofAlgorithm = unproven("proof-algorithm-not-accepted", "the algorithm of the proof is not offered")
	errProofKey       = unproven("proof-key-not-accepted", "the key of the proof is not a sound public one that fits its algorithm")
	errProofOther     = refused("proof-key-other", "the proof is of another key than the token is bound to")
	errProofSignature = unproven("proof-signature-wrong", "the signature of the proof does not fit its key")
	errProofMethod    = unproven("proof-method-other", "the proof is for another method")
	errProofAddress   = unproven("proof-address-other", "the proof is for another address")
	errProofToken     = unproven("proof-token-other", "the proof is for another token")
	errProofTime      = unproven("proof-time-wrong", "the proof is older than a minute, or from the future")
	errProofReplayed  = unproven("proof-replayed", "the proof was used before")
	errProofsFull     = &Fault{Code: "proofs-full", text: "too many proofs are remembered to know whether it was used before", kind: access.ErrVerifierUnavailable}
	errListGone       = &Fault{Code: "revocation-unavailable", text: "the revocation list cannot be read", kind: access.ErrVerifierUnavailable}
)
