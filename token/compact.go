package token

import (
	"bytes"
	"encoding/base64"
	"slices"
	"strings"
	"sync"
)

// maxToken bounds a token in compact form; CIS2 tokens have 1 to 3 KB.
const maxToken = 16 << 10

// maxHeader bounds the protected header.
const maxHeader = 4 << 10

// parsed is a token taken apart, once: the bytes that were signed, the signature,
// and header and claims as read. It is used again for another token, so nothing
// may keep a part of it.
type parsed struct {
	buf       []byte
	signed    []byte
	signature []byte
	header    document
	claims    document
}

var pool = sync.Pool{New: func() any { return new(parsed) }}

// base64url without padding, and without stray bits in the last letter (RFC 7515
// §2): two texts must not be one token.
var encoding = base64.RawURLEncoding.Strict()

// read takes apart a JWS in compact form (RFC 7515 §7.1): exactly three parts. A
// JWE has five; an unsigned token has an empty third one.
func (p *parsed) read(bearer string) error {
	p.buf = append(p.buf[:0], bearer...)
	n := len(p.buf)
	one := bytes.IndexByte(p.buf, '.')
	two := bytes.LastIndexByte(p.buf, '.')
	if one <= 0 || two <= one+1 || two == n-1 || bytes.IndexByte(p.buf[one+1:two], '.') >= 0 {
		return errMalformed
	}
	// encoding/base64 skips line ends; the signature would not cover them.
	if bytes.IndexByte(p.buf, '\n') >= 0 || bytes.IndexByte(p.buf, '\r') >= 0 {
		return errMalformed
	}
	if cap(p.buf) < 2*n { // so that decoding below never moves what is pointed into
		p.buf = append(make([]byte, 0, 2*n), p.buf...)
	}
	p.signed = p.buf[:two]
	rest := p.buf[n:n:cap(p.buf)]
	decode := func(part []byte) ([]byte, bool) {
		out, err := encoding.AppendDecode(rest, part)
		rest = out[len(out):]
		return out, err == nil
	}
	header, ok1 := decode(p.buf[:one])
	claims, ok2 := decode(p.buf[one+1 : two])
	signature, ok3 := decode(p.buf[two+1 : n])
	if !ok1 || !ok2 || !ok3 || len(header) > maxHeader || !p.header.read(header) || !p.claims.read(claims) {
		return errMalformed
	}
	p.signature = signature
	return nil
}

var headerNames = []string{"alg", "kid", "typ", "crit", "b64"}

// jose is what is read of a protected header. jku, x5u, jwk, x5c and x5t are not:
// a token does not say which key proves it (attack 5).
type jose struct {
	alg   string
	kid   string
	named bool // there is a kid
}

// jose reads the header (RFC 7515 §4). types are the values of typ that there may be, in any
// case; none may be left out.
func (p *parsed) jose(types ...string) (jose, error) {
	var at [5]int32
	d := &p.header
	if !d.Lookup(0, headerNames, at[:]) {
		return jose{}, errMalformed
	}
	// crit names extensions that must be understood; none is. b64 changes what is
	// signed (RFC 7797) and is an extension too.
	if at[3] != absent || at[4] != absent {
		return jose{}, errHeader
	}
	alg, ok1 := d.textAt(at[0])
	kid, ok2 := d.textAt(at[1])
	typ, ok3 := d.textAt(at[2])
	if !ok1 || !ok2 || !ok3 || alg == "" || (at[1] != absent && kid == "") {
		return jose{}, errMalformed
	}
	if at[2] != absent && !typed(typ, types) {
		return jose{}, errHeader
	}
	return jose{alg: alg, kid: kid, named: at[1] != absent}, nil
}

// accessTypes are the typ of an access token (RFC 9068 §2.1) and of any JWT. A logout token,
// say, has a typ of its own and is none (RFC 8725 §3.11).
var accessTypes = []string{"jwt", "at+jwt", "application/jwt", "application/at+jwt"}

// typed says whether typ is one of some, in any case.
func typed(typ string, types []string) bool {
	return slices.ContainsFunc(types, func(one string) bool { return strings.EqualFold(typ, one) })
}
