package attack

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"math/big"
	"net/http"
)

// Issuer is what the profile says of the issuer of tokens. All of it is optional:
// what needs it is not applicable without.
type Issuer struct {
	JWKS string `yaml:"jwks"` // its public keys
	// SignURL signs any token for tests: POST {"header": "<JSON>", "claims": "<JSON>"},
	// each as text; the answer is the token.
	SignURL string `yaml:"sign_url"`
}

func (i Issuer) faults() (faults []string) {
	for name, address := range map[string]string{"jwks": i.JWKS, "sign_url": i.SignURL} {
		if address != "" {
			if err := baseFault(address); err != "" {
				faults = append(faults, name+": "+err)
			}
		}
	}
	return faults
}

// issuerKeys are the issuer's keys as far as they can be had.
type issuerKeys struct {
	ctx    context.Context
	client *http.Client
	Issuer
}

// sign has a token signed by the issuer.
func (k issuerKeys) sign(header, claims []byte) (string, error) {
	if k.SignURL == "" {
		return "", missing("the profile names no way to have tokens signed (issuer.sign_url)")
	}
	body, _ := json.Marshal(map[string]string{"header": string(header), "claims": string(claims)}) // strings always have a JSON form
	r, err := http.NewRequestWithContext(k.ctx, http.MethodPost, k.SignURL, bytes.NewReader(body))
	if err != nil {
		return "", err
	}
	r.Header.Set("Content-Type", "application/json")
	text, err := k.read(r)
	if err != nil {
		return "", fmt.Errorf("having a token signed: %w", err)
	}
	return usable(string(text))
}

func (k issuerKeys) read(r *http.Request) ([]byte, error) {
	resp, err := k.client.Do(r)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(io.LimitReader(resp.Body, 1<<20))
	if err == nil && resp.StatusCode != http.StatusOK {
		err = fmt.Errorf("status %d", resp.StatusCode)
	}
	return text, err
}

// public gives the issuer's first public key as a secret that a careless verifier
// would use: its PEM, or its JWK.
func (k issuerKeys) public(asPEM bool) ([]byte, error) {
	if k.JWKS == "" {
		return nil, missing("the profile does not say where the issuer's public keys are (issuer.jwks)")
	}
	r, err := http.NewRequestWithContext(k.ctx, http.MethodGet, k.JWKS, nil)
	if err != nil {
		return nil, err
	}
	text, err := k.read(r)
	if err != nil {
		return nil, fmt.Errorf("reading the issuer's keys: %w", err)
	}
	var set struct{ Keys []json.RawMessage }
	if err := json.Unmarshal(text, &set); err != nil || len(set.Keys) == 0 {
		return nil, fmt.Errorf("reading the issuer's keys: none there")
	}
	if !asPEM {
		return set.Keys[0], nil
	}
	key, err := parseJWK(set.Keys[0])
	if err != nil {
		return nil, err
	}
	der, err := x509.MarshalPKIXPublicKey(key)
	if err != nil {
		return nil, fmt.Errorf("reading the issuer's keys: %w", err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}), nil
}

func parseJWK(text []byte) (any, error) {
	var k struct{ Kty, Crv, X, Y, N, E string }
	if err := json.Unmarshal(text, &k); err != nil {
		return nil, fmt.Errorf("reading the issuer's keys: %w", err)
	}
	number := func(s string) *big.Int {
		raw, _ := base64.RawURLEncoding.DecodeString(s) // what is no number makes a key that nothing fits
		return new(big.Int).SetBytes(raw)
	}
	curves := map[string]elliptic.Curve{"P-256": elliptic.P256(), "P-384": elliptic.P384(), "P-521": elliptic.P521()}
	switch {
	case k.Kty == "RSA":
		return &rsa.PublicKey{N: number(k.N), E: int(number(k.E).Int64())}, nil
	case k.Kty == "EC" && curves[k.Crv] != nil:
		key, err := point(curves[k.Crv], number(k.X), number(k.Y))
		if err != nil {
			return nil, fmt.Errorf("reading the issuer's keys: %w", err)
		}
		return key, nil
	}
	return nil, missing("the issuer's key is neither RSA nor EC")
}

// point is the public key at a point of a curve, which must be one of it.
func point(curve elliptic.Curve, x, y *big.Int) (*ecdsa.PublicKey, error) {
	size := (curve.Params().BitSize + 7) / 8
	if max(x.BitLen(), y.BitLen()) > 8*size {
		return nil, errors.New("a coordinate is too long for its curve")
	}
	text := make([]byte, 1+2*size)
	text[0] = 4 // uncompressed (SEC 1, section 2.3.3)
	x.FillBytes(text[1 : 1+size])
	y.FillBytes(text[1+size:])
	return ecdsa.ParseUncompressedPublicKey(curve, text)
}
