//go:build servers

package provider_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"math/big"
)

const (
	audience      = "https://mycarerecord.example"
	scopes        = "nationalrbacaccess user/*.rs user/Patient.rs user/Observation.rs"
	consoleSecret = "a secret of the console: for tests, 48 letters %+"
	brokerSecret  = "a secret of the broker"
	callback      = "http://127.0.0.1/callback" // nobody listens there: tests take what the provider leads to
)

// clients are those that the provider knows.
func (w *world) clients() []map[string]any {
	native := func(id string, more object) object {
		return with(object{"client_id": id, "application_type": "native", "token_endpoint_auth_method": "none", "redirect_uris": []string{callback},
			"grant_types": []string{"authorization_code", "refresh_token"}}, more)
	}
	told := object{"backchannel_logout_uri": "http://" + w.address + "/logout", "backchannel_logout_session_required": true}
	console := func(id string, more object) object {
		at := "http://" + w.address + "/console"
		return native(id, with(object{"application_type": "web", "token_endpoint_auth_method": "client_secret_basic", "client_secret": consoleSecret,
			"redirect_uris": []string{at + "/callback"}, "post_logout_redirect_uris": []string{at + "/signed-out"}}, told, more))
	}
	// As at CIS2, the token says nothing of the person, and UserInfo is signed.
	lean := object{"tokenFormat": "userinfo", "tokenClaims": "none", "userinfo_signed_response_alg": "ES256"}
	return []map[string]any{
		console("console", nil),
		console("console-cis2", lean),
		// As CIS2 asks for: it proves itself by a key alone.
		console("console-signing", object{"token_endpoint_auth_method": "private_key_jwt", "client_secret": nil,
			"jwks": object{"keys": []any{consoleKey.public}}}),
		native("application", with(told, object{"post_logout_redirect_uris": []string{callback}})),
		native("stranger", nil),
		native("cis2", lean),
		native("unsigned", with(lean, object{"userinfo_signed_response_alg": nil})),
		native("signing", object{"token_endpoint_auth_method": "private_key_jwt", "jwks": object{"keys": []any{signing.public}}}),
		native("ps256", object{"tokenAlg": "PS256"}),
		native("opaque", object{"tokenFormat": "opaque"}),
		native("dpop", object{"dpop_bound_access_tokens": true}),
		native("dpop-opaque", object{"dpop_bound_access_tokens": true, "tokenFormat": "opaque"}),
		native("certificate", object{"tls_client_certificate_bound_access_tokens": true}),
		{"client_id": "broker", "client_secret": brokerSecret, "redirect_uris": []string{}, "response_types": []string{}, "grant_types": []string{},
			"introspection_signed_response_alg": "ES256"},
		{"client_id": "broker-signing", "token_endpoint_auth_method": "private_key_jwt", "jwks": object{"keys": []any{signing.public}},
			"redirect_uris": []string{}, "response_types": []string{}, "grant_types": []string{}, "introspection_signed_response_alg": "ES256"},
		{"client_id": "machine", "client_secret": "of the machine", "redirect_uris": []string{}, "response_types": []string{}, "grant_types": []string{"client_credentials"}},
	}
}

// with puts objects together; the last one counts, and nil takes a member away.
func with(objects ...object) object {
	all := object{}
	for _, o := range objects {
		for name, value := range o {
			if all[name] = value; value == nil {
				delete(all, name)
			}
		}
	}
	return all
}

// jwk is a key of a client's, as RFC 7517 writes it.
type jwk struct {
	public, private object
	pem             []byte // the private one
}

var (
	signing    = newJWK()
	consoleKey = newRSA()
)

// newRSA is a key as applications at CIS2 have it, which signs with RS512.
func newRSA() jwk {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic(err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		panic(err)
	}
	text := base64.RawURLEncoding.EncodeToString
	of := object{"kty": "RSA", "alg": "RS512", "use": "sig", "kid": "console-1", "n": text(key.N.Bytes()), "e": text(big.NewInt(int64(key.E)).Bytes())}
	return jwk{public: of, pem: pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})}
}

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
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		panic(err)
	}
	return jwk{of, with(of, object{"d": text(private)}), pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})}
}
