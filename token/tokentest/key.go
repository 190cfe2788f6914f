// Package tokentest makes issuers and tokens for tests of what stands behind
// package token. It uses the standard library alone, so that what it signs is a
// second opinion on what package token accepts. Nothing of it is for production.
package tokentest

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"encoding/base64"
	"encoding/json"
	"math/big"
	"sync"
)

// Key is a signing key with the name and algorithm that it is published under.
type Key struct {
	ID     string // kid; empty: published and signed without one
	Alg    string // RS256 … PS512, ES256, ES384, ES512, EdDSA
	signer crypto.Signer
}

// Generating an RSA key takes most of a second; the tests of a process share two.
var rsaKeys = sync.OnceValue(func() [2]*rsa.PrivateKey {
	var pair [2]*rsa.PrivateKey
	for i := range pair {
		pair[i] = must(rsa.GenerateKey(rand.Reader, 2048))
	}
	return pair
})

// NewKey makes a key for an algorithm. RSA keys come from a pool of two.
func NewKey(alg, kid string) *Key {
	k := &Key{ID: kid, Alg: alg}
	switch alg {
	case "ES256":
		k.signer = must(ecdsa.GenerateKey(elliptic.P256(), rand.Reader))
	case "ES384":
		k.signer = must(ecdsa.GenerateKey(elliptic.P384(), rand.Reader))
	case "ES512":
		k.signer = must(ecdsa.GenerateKey(elliptic.P521(), rand.Reader))
	case "EdDSA":
		_, private, err := ed25519.GenerateKey(rand.Reader)
		k.signer = must(private, err)
	case "RS256", "RS384", "RS512", "PS256", "PS384", "PS512":
		n := 0
		for _, c := range kid {
			n += int(c)
		}
		k.signer = rsaKeys()[n%2]
	default:
		panic("tokentest: no key for algorithm " + alg)
	}
	return k
}

// Public gives the public key, as crypto has it.
func (k *Key) Public() crypto.PublicKey { return k.signer.Public() }

// Token signs claims (anything that marshals to a JSON object) under a usual header.
func (k *Key) Token(claims any) string {
	header := map[string]any{"alg": k.Alg, "typ": "at+jwt"}
	if k.ID != "" {
		header["kid"] = k.ID
	}
	return k.Raw(string(must(json.Marshal(header))), string(must(json.Marshal(claims))))
}

// Raw signs a header and a payload exactly as they are written, sound or not.
func (k *Key) Raw(header, payload string) string {
	signed := Part(header) + "." + Part(payload)
	return signed + "." + Part(string(k.sign([]byte(signed))))
}

// Part encodes one part of a compact form.
func Part(s string) string { return base64.RawURLEncoding.EncodeToString([]byte(s)) }

func (k *Key) sign(text []byte) []byte {
	if k.Alg == "EdDSA" {
		return must(k.signer.Sign(rand.Reader, text, crypto.Hash(0)))
	}
	hash := map[string]crypto.Hash{"256": crypto.SHA256, "384": crypto.SHA384, "512": crypto.SHA512}[k.Alg[2:]]
	h := hash.New()
	h.Write(text)
	sum := h.Sum(nil)
	switch private := k.signer.(type) {
	case *ecdsa.PrivateKey:
		r, s, err := ecdsa.Sign(rand.Reader, private, sum)
		must(r, err)
		size := (private.Params().BitSize + 7) / 8
		return append(r.FillBytes(make([]byte, size)), s.FillBytes(make([]byte, size))...)
	case *rsa.PrivateKey:
		if k.Alg[0] == 'P' {
			return must(rsa.SignPSS(rand.Reader, private, hash, sum, &rsa.PSSOptions{SaltLength: rsa.PSSSaltLengthEqualsHash}))
		}
		return must(rsa.SignPKCS1v15(rand.Reader, private, hash, sum))
	}
	panic("tokentest: no such key")
}

// JWK gives the public key as a JWK, to change as a test likes.
func (k *Key) JWK() map[string]any {
	m := map[string]any{"use": "sig", "alg": k.Alg}
	if k.ID != "" {
		m["kid"] = k.ID
	}
	switch public := k.signer.Public().(type) {
	case *ecdsa.PublicKey:
		point := must(public.Bytes())[1:]
		m["kty"], m["crv"] = "EC", public.Params().Name
		m["x"], m["y"] = Part(string(point[:len(point)/2])), Part(string(point[len(point)/2:]))
	case *rsa.PublicKey:
		m["kty"], m["n"], m["e"] = "RSA", Part(string(public.N.Bytes())), Part(string(big.NewInt(int64(public.E)).Bytes()))
	case ed25519.PublicKey:
		m["kty"], m["crv"], m["x"] = "OKP", "Ed25519", Part(string(public))
	}
	return m
}

// JWKS gives a key set document.
func JWKS(keys ...*Key) []byte {
	list := []any{}
	for _, k := range keys {
		list = append(list, k.JWK())
	}
	return must(json.Marshal(map[string]any{"keys": list}))
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}
