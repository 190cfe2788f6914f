package tokentest

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/json"
	"time"
)

// Proof signs a DPoP proof (RFC 9449 section 4.2) for a request with a token, by the key of
// the program that sends it. Changes are laid over its claims; nil removes one.
func (k *Key) Proof(now time.Time, method, address, bearer string, changes map[string]any) string {
	return k.Raw(k.ProofHeader(nil), string(must(json.Marshal(Changed(ProofClaims(now, method, address, bearer), changes)))))
}

// ProofClaims are the claims of a proof, with an id of its own.
func ProofClaims(now time.Time, method, address, bearer string) map[string]any {
	hash := sha256.Sum256([]byte(bearer))
	return map[string]any{
		"jti": rand.Text(), "htm": method, "htu": address, "iat": now.Unix(), "ath": Part(string(hash[:])),
	}
}

// ProofHeader is the header of a proof, with changes laid over it.
func (k *Key) ProofHeader(changes map[string]any) string {
	key := k.JWK()
	for _, name := range []string{"use", "alg", "kid"} {
		delete(key, name)
	}
	return string(must(json.Marshal(Changed(map[string]any{"typ": "dpop+jwt", "alg": k.Alg, "jwk": key}, changes))))
}

// Thumbprint is the SHA-256 of the public key as RFC 7638 writes it: the members that it
// needs, in the order of their names, without blanks.
func (k *Key) Thumbprint() string {
	key, needed := k.JWK(), map[string]any{}
	for _, name := range []string{"crv", "e", "kty", "n", "x", "y"} {
		if value, ok := key[name]; ok {
			needed[name] = value
		}
	}
	sum := sha256.Sum256(must(json.Marshal(needed))) // which sorts them
	return Part(string(sum[:]))
}

// BoundTo is the claim cnf of a token that is bound to a key (RFC 9449 section 6.1).
func BoundTo(k *Key) map[string]any { return map[string]any{"jkt": k.Thumbprint()} }
