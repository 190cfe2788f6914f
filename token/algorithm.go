package token

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rsa"

	"github.com/lestrrat-go/jwx/v2/jwa"
	"github.com/lestrrat-go/jwx/v2/jws"
)

// algorithm is one way to sign (RFC 7518 §3.1, RFC 8037) and the keys that fit it.
type algorithm struct {
	name   string
	kty    string // RSA, EC or OKP
	curve  string // of EC: "P-256", ...
	verify func(signed, signature []byte, key any) error
}

// algorithms are those an issuer may be pinned to. None of them is symmetric, so
// a public key can never serve as a secret (attack 2), and "none" is not among them.
var algorithms = func() map[string]*algorithm {
	m := map[string]*algorithm{}
	for _, a := range []struct {
		alg        jwa.SignatureAlgorithm
		kty, curve string
	}{
		{jwa.RS256, "RSA", ""}, {jwa.RS384, "RSA", ""}, {jwa.RS512, "RSA", ""},
		{jwa.PS256, "RSA", ""}, {jwa.PS384, "RSA", ""}, {jwa.PS512, "RSA", ""},
		{jwa.ES256, "EC", "P-256"}, {jwa.ES384, "EC", "P-384"}, {jwa.ES512, "EC", "P-521"},
		{jwa.EdDSA, "OKP", "Ed25519"},
	} {
		v, err := jws.NewVerifier(a.alg)
		if err != nil {
			panic("token: jwx offers no " + a.alg.String()) // a broken build, not a broken input
		}
		verify := func(signed, signature []byte, key any) error { return v.Verify(signed, signature, key) }
		m[a.alg.String()] = &algorithm{name: a.alg.String(), kty: a.kty, curve: a.curve, verify: verify}
	}
	return m
}()

// RSA keys shorter than 2048 bits can be broken (NIST SP 800-131A); much longer
// ones make each verification a load that anyone can put on us.
const (
	minRSABits = 2048
	maxRSABits = 8192
)

// kindOf gives the kty and curve of a public key, and whether it is sound.
func kindOf(public any) (kty, curve string, ok bool) {
	switch k := public.(type) {
	case *rsa.PublicKey:
		bits := k.N.BitLen()
		return "RSA", "", bits >= minRSABits && bits <= maxRSABits && k.E >= 3 && k.E%2 == 1
	case *ecdsa.PublicKey:
		_, err := k.ECDH() // refuses a point that is not on the curve
		return "EC", k.Curve.Params().Name, err == nil
	case ed25519.PublicKey:
		return "OKP", "Ed25519", len(k) == ed25519.PublicKeySize
	default:
		return "", "", false
	}
}
