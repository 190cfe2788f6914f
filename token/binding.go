package token

import (
	"crypto/sha256"

	"github.com/mycarerecord/mcr/strictjson"
)

// A token whose claim cnf (RFC 7800) binds it to a key is its holder's alone: whoever stole
// it has not the key. It counts only from who shows, with the request, that they have it:
// by a proof (DPoP, RFC 9449 §6) or by the certificate of the TLS connection (RFC 8705 §3).

// Ways of binding, as metrics name them.
const (
	unbound       = "none"
	toKey         = "dpop"
	toCertificate = "mtls"
)

// binding is what a token is bound to.
type binding struct {
	way    string
	digest [sha256.Size]byte // of the key (RFC 7638), or of the certificate
}

// methods are the confirmation methods that are verified (RFC 9449 §6.1, RFC 8705 §3.1).
var methods = []string{"jkt", "x5t#S256"}

// binding reads cnf. It must hold one method, of those that are verified, and nothing
// else: a second one could be what the issuer relies on.
func (d *document) binding(cnf int32) (b binding, err error) {
	if cnf == absent {
		return binding{way: unbound}, nil
	}
	var at [2]int32
	if d.Nodes[cnf].Kind != strictjson.Object || !d.Lookup(cnf, methods, at[:]) {
		return b, errBinding
	}
	members := 0
	for range d.Children(cnf) {
		members++
	}
	b.way = toKey
	place := at[0]
	if place == absent {
		b.way, place = toCertificate, at[1]
	}
	if members != 1 || place == absent || !d.digestAt(place, &b.digest) {
		return b, errBinding
	}
	return b, nil
}

// digestAt reads a SHA-256 in base64url.
func (d *document) digestAt(at int32, into *[sha256.Size]byte) bool {
	text, ok := d.textAt(at)
	if !ok || len(text) != encoding.EncodedLen(len(into)) || !isToken68(text) { // no line ends, which Decode skips
		return false
	}
	_, err := encoding.Decode(into[:], []byte(text))
	return err == nil
}

// belongs judges whether a token that is good is presented by whom it was given to.
func (v *Verifier) belongs(t *verified, by *Presented) error {
	switch b := &t.binding; {
	case by.Onward && b.way != unbound:
		return errOnward
	case b.way == toKey && !by.DPoP:
		return errBound
	case b.way == toKey:
		return v.proven(t, by)
	case by.DPoP:
		return errNotBound // RFC 9449 §7.1: the proof is of the key that the token is bound to
	case b.way == toCertificate && by.Certificate == nil:
		return errNoCertificate
	case b.way == toCertificate && sha256.Sum256(by.Certificate) != b.digest:
		return errCertificate
	case b.way == unbound && t.issuer.RequireBound:
		return errPlain
	}
	return nil
}
