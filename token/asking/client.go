package asking

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/lestrrat-go/jwx/v2/jwa"
	"github.com/lestrrat-go/jwx/v2/jws"
)

// Client is who the broker is at an issuer: with a secret (client_secret_basic, RFC 6749
// §2.3.1) or with a key (private_key_jwt, RFC 7523 §2.2, OpenID Connect Core §9).
type Client struct {
	ID     string
	Secret string
	// Key is a private key in PEM (PKCS #8, PKCS #1 or SEC 1): RSA, EC or Ed25519.
	Key string
	// KeyID is the kid of the key, as the issuer knows it; "" for none.
	KeyID string
	// Algorithm is what Key signs with; "" is RS512 (as NHS CIS2 asks for), ES256, ES384, ES512
	// or EdDSA, by the key.
	Algorithm string
	// Audience is the aud of the assertion; "" is the issuer's name.
	Audience string
}

// assertionType is the client_assertion_type of a JWT (RFC 7523 §2.2).
const assertionType = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"

// assertionFor is how long an assertion is good.
const assertionFor = time.Minute

// signers are the algorithms that a kind of key may sign with; the first is the default.
func signers(key crypto.Signer) []jwa.SignatureAlgorithm {
	switch k := key.(type) {
	case *rsa.PrivateKey:
		return []jwa.SignatureAlgorithm{jwa.RS512, jwa.RS384, jwa.RS256, jwa.PS256, jwa.PS384, jwa.PS512}
	case *ecdsa.PrivateKey:
		switch k.Curve.Params().BitSize {
		case 256:
			return []jwa.SignatureAlgorithm{jwa.ES256}
		case 384:
			return []jwa.SignatureAlgorithm{jwa.ES384}
		case 521:
			return []jwa.SignatureAlgorithm{jwa.ES512}
		}
	case ed25519.PrivateKey:
		return []jwa.SignatureAlgorithm{jwa.EdDSA}
	}
	return nil
}

// Check gives every fault of what was written. No fault holds the secret or the key.
func (c Client) Check() (faults []error) {
	if c.ID == "" {
		faults = append(faults, errors.New("client_id: missing; give the broker's client id at the issuer"))
	}
	switch {
	case c.Secret == "" && c.Key == "":
		faults = append(faults, errors.New("client_secret: missing; give a client_secret or a private_key"))
	case c.Secret != "" && c.Key != "":
		faults = append(faults, errors.New("client_secret: both a secret and a private_key; keep one"))
	case c.Key != "":
		if _, _, err := c.signer(); err != nil {
			faults = append(faults, err)
		}
	}
	return faults
}

// signer reads the key and settles the algorithm.
func (c Client) signer() (crypto.Signer, jwa.SignatureAlgorithm, error) {
	key, err := parseKey(c.Key)
	if err != nil {
		return nil, "", err
	}
	algs := signers(key)
	if len(algs) == 0 {
		return nil, "", errors.New("private_key: its kind is not offered; use RSA, EC (P-256, P-384, P-521) or Ed25519")
	}
	if k, ok := key.(*rsa.PrivateKey); ok && k.N.BitLen() < 2048 {
		return nil, "", errors.New("private_key: shorter than 2048 bits")
	}
	alg := jwa.SignatureAlgorithm(c.Algorithm)
	if alg == "" {
		alg = algs[0]
	}
	if !slices.Contains(algs, alg) {
		return nil, "", fmt.Errorf("key_algorithm: %q does not fit the key", c.Algorithm)
	}
	return key, alg, nil
}

func parseKey(text string) (crypto.Signer, error) {
	block, rest := pem.Decode([]byte(text))
	if block == nil || strings.TrimSpace(string(rest)) != "" {
		return nil, errors.New("private_key: not one private key in PEM")
	}
	var key any
	var err error
	switch block.Type {
	case "PRIVATE KEY":
		key, err = x509.ParsePKCS8PrivateKey(block.Bytes)
	case "RSA PRIVATE KEY":
		key, err = x509.ParsePKCS1PrivateKey(block.Bytes)
	case "EC PRIVATE KEY":
		key, err = x509.ParseECPrivateKey(block.Bytes)
	default:
		return nil, errors.New("private_key: not a private key in PEM (PKCS #8, PKCS #1 or SEC 1, not encrypted)")
	}
	signer, ok := key.(crypto.Signer)
	if err != nil || !ok {
		return nil, errors.New("private_key: cannot be read")
	}
	return signer, nil
}

// Post makes a POST of a form in which the client says who it is. audience is the issuer's
// name, for an assertion. The client must have passed Check.
func (c Client) Post(audience string, clock func() time.Time) (func(ctx context.Context, to string, form url.Values) (*http.Request, error), error) {
	prove := func(r *http.Request, _ url.Values) error {
		r.SetBasicAuth(url.QueryEscape(c.ID), url.QueryEscape(c.Secret))
		return nil
	}
	if c.Key != "" {
		assert, err := c.Assert(audience, clock)
		if err != nil {
			return nil, err
		}
		prove = func(_ *http.Request, form url.Values) error { return assert(form) }
	}
	return func(ctx context.Context, to string, form url.Values) (*http.Request, error) {
		r, err := http.NewRequestWithContext(ctx, http.MethodPost, to, nil)
		if err != nil {
			return nil, err
		}
		if err := prove(r, form); err != nil {
			return nil, err
		}
		return withForm(r, form), nil
	}, nil
}

// Assert gives what adds an assertion, made with Key and good for a minute, to a form for an
// issuer's token or introspection endpoint (RFC 7523 §2.2, §3). audience is the issuer's name.
func (c Client) Assert(audience string, clock func() time.Time) (func(form url.Values) error, error) {
	if c.Audience != "" {
		audience = c.Audience
	}
	key, alg, err := c.signer()
	if err != nil {
		return nil, err
	}
	sign, err := jws.NewSigner(alg)
	if err != nil {
		return nil, err
	}
	return func(form url.Values) error {
		assertion, err := c.assertion(audience, alg, clock(), func(text []byte) ([]byte, error) { return sign.Sign(text, key) })
		form.Set("client_id", c.ID)
		form.Set("client_assertion_type", assertionType)
		form.Set("client_assertion", assertion)
		return err
	}, nil
}

// assertion makes a JWT by which the client proves who it is (RFC 7523 §3).
func (c Client) assertion(audience string, alg jwa.SignatureAlgorithm, now time.Time, sign func([]byte) ([]byte, error)) (string, error) {
	header := map[string]any{"alg": alg.String(), "typ": "JWT"}
	if c.KeyID != "" {
		header["kid"] = c.KeyID
	}
	id := make([]byte, 16)
	_, _ = rand.Read(id) // never fails since Go 1.24
	claims := map[string]any{
		"iss": c.ID, "sub": c.ID, "aud": audience, "jti": base64.RawURLEncoding.EncodeToString(id),
		"iat": now.Unix(), "exp": now.Add(assertionFor).Unix(),
	}
	part := func(of map[string]any) string {
		text, _ := json.Marshal(of) // texts and numbers
		return base64.RawURLEncoding.EncodeToString(text)
	}
	text := part(header) + "." + part(claims)
	signature, err := sign([]byte(text))
	if err != nil {
		return "", errors.New("signing the client's assertion")
	}
	return text + "." + base64.RawURLEncoding.EncodeToString(signature), nil
}
