package issuer

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"sync"
	"time"
)

var b64 = base64.RawURLEncoding

// key is one signing key with its public half as a JWK.
type key struct {
	private *ecdsa.PrivateKey
	id      string // RFC 7638 thumbprint
	jwk     map[string]string
	until   time.Time // when it may leave the JWKS; zero while it signs
}

func newKey() (*key, error) {
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, fmt.Errorf("making a signing key: %w", err)
	}
	point, err := private.PublicKey.Bytes() // 0x04 || X || Y
	if err != nil {
		return nil, fmt.Errorf("making a signing key: %w", err)
	}
	x, y := b64.EncodeToString(point[1:33]), b64.EncodeToString(point[33:])
	sum := sha256.Sum256(fmt.Appendf(nil, `{"crv":"P-256","kty":"EC","x":"%s","y":"%s"}`, x, y))
	k := &key{private: private, id: b64.EncodeToString(sum[:])}
	k.jwk = map[string]string{"kty": "EC", "crv": "P-256", "x": x, "y": y, "use": "sig", "alg": "ES256", "kid": k.id}
	return k, nil
}

// keyring holds the key that signs and those that signed lately.
type keyring struct {
	mu    sync.Mutex
	keys  []*key // the signing key first
	keep  time.Duration
	clock func() time.Time
}

// rotate brings in a new key. The one before stays in the JWKS for as long as a
// token that it signed may still be in use.
func (r *keyring) rotate() (string, error) {
	k, err := newKey()
	if err != nil {
		return "", err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	now := r.clock()
	kept := []*key{k}
	for i, old := range r.keys {
		if i == 0 {
			old.until = now.Add(r.keep)
		}
		if now.Before(old.until) {
			kept = append(kept, old)
		}
	}
	r.keys = kept
	return k.id, nil
}

func (r *keyring) signing() *key {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.keys[0]
}

// jwks is the JSON Web Key Set (RFC 7517).
func (r *keyring) jwks() []byte {
	r.mu.Lock()
	defer r.mu.Unlock()
	now := r.clock()
	set := []map[string]string{}
	for i, k := range r.keys {
		if i == 0 || now.Before(k.until) {
			set = append(set, k.jwk)
		}
	}
	body, _ := json.Marshal(map[string]any{"keys": set}) // strings always have a JSON form
	return body
}

// sign makes a JWS in compact form (RFC 7515), ES256: the two numbers of the
// signature as 32 bytes each.
func (k *key) sign(kind string, claims map[string]any) (string, error) {
	header, err := json.Marshal(map[string]string{"alg": "ES256", "typ": kind, "kid": k.id})
	if err != nil {
		return "", err
	}
	payload, err := json.Marshal(claims)
	if err != nil {
		return "", err
	}
	return k.signText(header, payload)
}

// signText signs a header and claims as they stand.
func (k *key) signText(header, payload []byte) (string, error) {
	signed := b64.EncodeToString(header) + "." + b64.EncodeToString(payload)
	sum := sha256.Sum256([]byte(signed))
	r, s, err := ecdsa.Sign(rand.Reader, k.private, sum[:])
	if err != nil {
		return "", fmt.Errorf("signing a token: %w", err)
	}
	signature := make([]byte, 64)
	r.FillBytes(signature[:32])
	s.FillBytes(signature[32:])
	return signed + "." + b64.EncodeToString(signature), nil
}
