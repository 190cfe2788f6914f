package attack

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
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

// sign makes an ES256 signature (RFC 7518 §3.4).
func (f *foreign) sign(random io.Reader, text []byte) ([]byte, error) {
	f.once.Do(func() { f.key, f.err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader) })
	if f.err != nil {
		return nil, fmt.Errorf("forging a token: %w", f.err)
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
