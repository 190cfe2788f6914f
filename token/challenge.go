package token

import (
	"errors"
	"strings"
)

// Challenge is the value of WWW-Authenticate for a request whose token is not accepted: how
// to come again, and why not so (RFC 6750 §3, RFC 9449 §7.1).
func (by *Presented) Challenge(err error) string {
	var f *Fault
	switch missing := errors.Is(err, ErrMissing); {
	case missing && by.Address != "": // RFC 9449 §7.2: it is taken both ways
		return bearerChallenge + ", " + dpopChallenge
	case missing:
		return bearerChallenge
	case errors.As(err, &f) && f.proof:
		return dpopChallenge + `, error="invalid_dpop_proof", error_description="` + strings.ToUpper(f.text[:1]) + f.text[1:] + `."`
	case by.DPoP || errors.Is(err, errBound):
		return dpopChallenge + `, error="invalid_token"`
	}
	return bearerChallenge + `, error="invalid_token"`
}

// Insufficient is the value of WWW-Authenticate for a token that is good, and not for what
// is asked: scope is what it lacks (RFC 6750 §3.1).
func (by *Presented) Insufficient(scope string) string {
	challenge := bearerChallenge
	if by.DPoP {
		challenge = dpopChallenge
	}
	return challenge + `, error="insufficient_scope", scope="` + scope + `"`
}

const (
	bearerChallenge = `Bearer realm="mcr"`
	dpopChallenge   = `DPoP realm="mcr", algs="` + proofAlgorithms + `"`
)
