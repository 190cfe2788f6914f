package token

import (
	"net/http"
	"strings"
)

// Presented is what a request presents to say who asks: the token, and what shows that it
// is the asker's own. Read makes it, once a request; it may be verified several times, as
// the request goes on, and remembers that its proof was taken. It is not for several
// goroutines.
type Presented struct {
	// Token is what stands in Authorization behind the scheme (RFC 9110 §11.6.2), and
	// nowhere else.
	Token string
	// DPoP says that the scheme is DPoP (RFC 9449 §7.1), and not Bearer (RFC 6750 §2.1).
	DPoP bool
	// Proofs are the DPoP fields, each as it was sent.
	Proofs []string
	// Method and Address are what was asked. Address is absolute, as clients know it, and
	// "" where that is not known: then no proof is for it.
	Method, Address string
	// Certificate is the client's in this very TLS connection, in DER, or nil. What a
	// header says of a certificate is anybody's word.
	Certificate []byte
	// Onward says that the token is going to be sent on to somebody else, who gets no
	// proof: one that is bound to its sender is refused.
	Onward bool

	taken bool // the proof is remembered as used, by this request
}

// Bearer is a token that is held in memory, for whoever sends it on.
func Bearer(held string) *Presented { return &Presented{Token: held, Onward: true} }

// Read takes from a request what it presents. address is what was asked, as clients know
// it (Presented.Address). The error is ErrMissing without a token, or another Fault where
// what stands in Authorization is none; what is given beside it serves for Challenge.
func Read(r *http.Request, address string) (*Presented, error) {
	by := &Presented{Proofs: r.Header["Dpop"], Method: r.Method, Address: address}
	if r.TLS != nil && len(r.TLS.PeerCertificates) > 0 {
		by.Certificate = r.TLS.PeerCertificates[0].Raw
	}
	fields := r.Header["Authorization"]
	if len(fields) == 0 {
		return by, ErrMissing
	}
	scheme, text, _ := strings.Cut(fields[0], " ")
	by.DPoP = strings.EqualFold(scheme, "DPoP")
	if len(fields) > 1 || !by.DPoP && !strings.EqualFold(scheme, "Bearer") {
		return by, errScheme
	}
	if len(text) > maxToken {
		return by, errTooLarge
	}
	if !isToken68(text) {
		return by, errMalformed
	}
	by.Token = text
	return by, nil
}

// isToken68 says that a text has the form of a token (RFC 9110 §11.2, RFC 6750 §2.1).
func isToken68(s string) bool {
	end := strings.TrimRight(s, "=")
	for i := range len(end) {
		switch c := end[i]; {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9':
		case c == '-' || c == '.' || c == '_' || c == '~' || c == '+' || c == '/':
		default:
			return false
		}
	}
	return end != ""
}
