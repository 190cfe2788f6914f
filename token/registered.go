package token

import "time"

var registeredNames = []string{"iss", "aud", "exp", "nbf", "iat", "jti", "cnf", "scope", "scp"}

// registered are the registered claims (RFC 7519 §4.1, RFC 7800 §3.1, RFC 8693 §4.2).
type registered struct {
	issuer                   string
	audience                 int32 // place
	confirmation             int32 // place of cnf
	scope, scp               int32 // places
	expires, notFrom, issued time.Time
	id                       string
}

func (p *parsed) registered() (reg registered, err error) {
	var at [9]int32
	d := &p.claims
	if !d.Lookup(0, registeredNames, at[:]) {
		return reg, errMalformed
	}
	var ok [5]bool
	reg.issuer, ok[0] = d.textAt(at[0])
	reg.audience = at[1]
	reg.confirmation = at[6]
	reg.scope, reg.scp = at[7], at[8]
	reg.expires, ok[1] = d.timeAt(at[2])
	reg.notFrom, ok[2] = d.timeAt(at[3])
	reg.issued, ok[3] = d.timeAt(at[4])
	reg.id, ok[4] = d.textAt(at[5])
	if ok != [5]bool{true, true, true, true, true} {
		return reg, errMalformed
	}
	return reg, nil
}

// meant says whether the token is for one of the audiences: aud is one text or a
// list of them (RFC 7519 §4.1.3), and never missing.
func (reg *registered) meant(d *document, audience []string) bool {
	at := reg.audience
	if at == absent {
		return false
	}
	for _, aud := range audience {
		if d.Is(at, aud) || d.contains(at, aud) {
			return true
		}
	}
	return false
}

// check judges the times of a token that is seen for the first time.
func (reg *registered) check(iss *issuer, now time.Time) error {
	if reg.expires.IsZero() {
		return errNoExpiry
	}
	if reg.issued.After(now.Add(iss.Leeway)) {
		return errNotYet
	}
	from := reg.issued
	if from.IsZero() {
		from = now
	}
	if reg.expires.Sub(from) > iss.MaxLifetime {
		return errLifetime
	}
	return nil
}
