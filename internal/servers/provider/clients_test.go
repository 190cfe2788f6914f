//go:build servers

package provider_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"math/big"
	"net"
	"time"

	"github.com/mycarerecord/mcr/internal/servers/provider"
)

const (
	audience      = "https://mycarerecord.example"
	scopes        = "nationalrbacaccess user/*.rs"
	consoleSecret = "a secret of the console: for tests, 48 letters %+"
	callback      = "http://127.0.0.1/callback" // nobody listens there: tests take what the provider leads to
)

// clients are those that the provider knows.
func (w *world) clients() []map[string]any {
	native := func(id string, more object) object {
		client := object{"client_id": id, "application_type": "native", "token_endpoint_auth_method": "none", "redirect_uris": []string{callback},
			"grant_types": []string{"authorization_code", "refresh_token"}}
		for name, value := range more {
			client[name] = value
		}
		return client
	}
	console := "http://" + w.address + "/console"
	return []map[string]any{
		{"client_id": "console", "client_secret": consoleSecret, "redirect_uris": []string{console + "/callback"},
			"post_logout_redirect_uris": []string{console + "/signed-out"}, "grant_types": []string{"authorization_code", "refresh_token"}},
		native("application", nil),
		native("signing", object{"token_endpoint_auth_method": "private_key_jwt", "jwks": object{"keys": []any{signing.public}}}),
		native("ps256", object{"tokenAlg": "PS256"}),
		native("opaque", object{"tokenFormat": "opaque"}),
		native("dpop", object{"dpop_bound_access_tokens": true}),
		{"client_id": "machine", "client_secret": "of the machine", "redirect_uris": []string{}, "response_types": []string{}, "grant_types": []string{"client_credentials"}},
	}
}

// jwk is a key of a client's, as RFC 7517 writes it.
type jwk struct{ public, private object }

var (
	signing     = newJWK()
	certificate = newCertificate()
)

func newJWK() jwk {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		panic(err)
	}
	public, err := key.PublicKey.Bytes()
	if err != nil {
		panic(err)
	}
	private, err := key.Bytes()
	if err != nil {
		panic(err)
	}
	text := base64.RawURLEncoding.EncodeToString
	of := object{"kty": "EC", "crv": "P-256", "alg": "ES256", "use": "sig", "kid": "client-1", "x": text(public[1:33]), "y": text(public[33:])}
	with := object{"d": text(private)}
	for name, value := range of {
		with[name] = value
	}
	return jwk{of, with}
}

// newCertificate is the provider's own, for the address that asks for clients'.
func newCertificate() provider.Certificate {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		panic(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(24 * time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, BasicConstraintsValid: true, IsCA: true}
	cert, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		panic(err)
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		panic(err)
	}
	text := func(kind string, of []byte) string {
		return string(pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: of}))
	}
	return provider.Certificate{Cert: text("CERTIFICATE", cert), Key: text("PRIVATE KEY", private)}
}
