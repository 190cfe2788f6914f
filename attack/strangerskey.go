package attack

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"io"
	"sync"
)

// strangersKey signs well, and is nobody's: no issuer has published it.
var strangersKey = &foreign{}

type foreign struct {
	once sync.Once
	key  *ecdsa.PrivateKey
	err  error
}

// jwk is its public half (RFC 7517).
func (f *foreign) jwk() (map[string]string, error) {
	if err := f.make(); err != nil {
		return nil, err
	}
	point, err := f.key.PublicKey.Bytes() // 0x04 || X || Y
	if err != nil {
		return nil, fmt.Errorf("forging a token: %w", err)
	}
	b64 := base64.RawURLEncoding
	return map[string]string{"kty": "EC", "crv": "P-256", "x": b64.EncodeToString(point[1:33]), "y": b64.EncodeToString(point[33:])}, nil
}

func (f *foreign) make() error {
	f.once.Do(func() { f.key, f.err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader) })
	if f.err != nil {
		return fmt.Errorf("forging a token: %w", f.err)
	}
	return nil
}

// sign makes an ES256 signature (RFC 7518 §3.4).
func (f *foreign) sign(random io.Reader, text []byte) ([]byte, error) {
	if err := f.make(); err != nil {
		return nil, err
	}
	sum := sha256.Sum256(text)
	r, s, err := ecdsa.Sign(random, f.key, sum[:])
	if err != nil {
		return nil, fmt.Errorf("forging a token: %w", err)
	}
	signature := make([]byte, 64)
	r.FillBytes(signature[:32])
	s.FillBytes(signature[32:])
	return signature, nil
}
