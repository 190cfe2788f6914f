package vouch

import (
	"crypto/ed25519"
	"crypto/rand"
	"encoding/base64"
	"net/http"
	"strconv"
	"time"
)

// Signer makes statements. A nil Signer makes none.
type Signer struct {
	key   ed25519.PrivateKey
	clock func() time.Time
}

// NewSigner makes a Signer of a key. clock is time.Now when it is nil.
func NewSigner(key ed25519.PrivateKey, clock func() time.Time) *Signer {
	if clock == nil {
		clock = time.Now
	}
	return &Signer{key: key, clock: clock}
}

// PublicKey is what a broker's operator names: 43 characters of base64url.
func (s *Signer) PublicKey() string {
	return base64.RawURLEncoding.EncodeToString(s.key.Public().(ed25519.PublicKey))
}

// Sign puts the statement that r is p's into r, in place of any that it had. r is whole:
// its method, address and Authorization are not changed afterwards. trace is the trace
// id of its Traceparent, or "".
func (s *Signer) Sign(r *http.Request, p Person, trace string) {
	for _, name := range []string{Field, "Signature-Input", "Signature"} {
		r.Header.Del(name)
	}
	if s == nil || p.IsZero() {
		return
	}
	r.Header.Set(Field, p.field(trace))
	var nonce [nonceBytes]byte
	rand.Read(nonce[:]) // never fails: the runtime ends the process instead
	params := listed(components) + ";created=" + strconv.FormatInt(s.clock().Unix(), 10) +
		`;nonce="` + base64.RawURLEncoding.EncodeToString(nonce[:]) + `";keyid="` + s.PublicKey() + `";alg="ed25519";tag="` + tag + `"`
	base, ok := signatureBase(r, components, params)
	if !ok { // without a token there is nobody to speak for
		r.Header.Del(Field)
		return
	}
	r.Header.Set("Signature-Input", label+"="+params)
	r.Header.Set("Signature", label+"=:"+base64.StdEncoding.EncodeToString(ed25519.Sign(s.key, []byte(base)))+":")
}
