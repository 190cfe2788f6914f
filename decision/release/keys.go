package release

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"slices"

	"github.com/lestrrat-go/jwx/v2/jwa"
	"github.com/lestrrat-go/jwx/v2/jwk"
	"github.com/lestrrat-go/jwx/v2/jws"

	"github.com/mycarerecord/mcr/legible"
)

// May is what somebody's key may do.
type May string

// What keys may do.
const (
	Sign    May = "sign"    // bundles, as their publisher
	Approve May = "approve" // as one of the people who answer for the rules
)

// Trust are the keys that a broker believes: a JSON Web Key Set (RFC 7517) of public keys on the
// curve P-256. Each key's kid is the name of its holder; its member "may" lists what it may do.
type Trust struct{ keys map[string]trusted }

type trusted struct {
	key        *ecdsa.PublicKey
	thumbprint string
	may        map[May]bool
}

const mayMember = "may"

// ParseTrust reads a key set. All faults are given at once.
func ParseTrust(text []byte) (Trust, error) {
	set, err := jwk.Parse(text)
	if err != nil {
		return Trust{}, fmt.Errorf("reading the keys that may sign and approve policies: no JSON Web Key Set: %w", err)
	}
	t := Trust{keys: map[string]trusted{}}
	prints := map[string]string{}
	var faults []error
	for i := range set.Len() {
		key, _ := set.Key(i)
		name := key.KeyID()
		one, err := trustedKey(key)
		switch {
		case err != nil:
			faults = append(faults, fmt.Errorf("key %d (%q): %w", i+1, name, err))
		case t.keys[name].key != nil:
			faults = append(faults, fmt.Errorf("key %d: there are two keys with the kid %q; give each person one", i+1, name))
		case prints[one.thumbprint] != "":
			faults = append(faults, fmt.Errorf("key %d: %q and %q have the same key: one person could approve as two", i+1, name, prints[one.thumbprint]))
		default:
			t.keys[name], prints[one.thumbprint] = one, name
		}
	}
	if set.Len() == 0 {
		faults = append(faults, errors.New("there are none: nothing could be signed or approved"))
	}
	if err := errors.Join(faults...); err != nil {
		return Trust{}, fmt.Errorf("reading the keys that may sign and approve policies: %w", err)
	}
	return t, nil
}

// Holders names who may do something, sorted.
func (t Trust) Holders(may May) (names []string) {
	for name, key := range t.keys {
		if key.may[may] {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

func trustedKey(key jwk.Key) (t trusted, err error) {
	if !legible.Name(key.KeyID()) || len(key.KeyID()) > mostText || legible.Line(key.KeyID()) != key.KeyID() {
		return t, errors.New("its kid must be its holder's name")
	}
	if private, ok := key.(jwk.ECDSAPrivateKey); ok && private != nil {
		return t, errors.New("it is a private key: put its public half here, keep this one secret, and make another, since this file is not")
	}
	t.key = new(ecdsa.PublicKey)
	if err := key.Raw(t.key); err != nil || t.key.Curve != elliptic.P256() {
		return t, errors.New("it is no public key on the curve P-256")
	}
	thumbprint, err := key.Thumbprint(crypto.SHA256)
	if err != nil {
		return t, err
	}
	t.thumbprint = string(thumbprint)
	value, _ := key.Get(mayMember)
	list, ok := value.([]any)
	t.may = map[May]bool{}
	for _, one := range list {
		switch may, _ := one.(string); May(may) {
		case Sign, Approve:
			t.may[May(may)] = true
		default:
			ok = false
		}
	}
	if !ok || len(t.may) == 0 {
		return t, fmt.Errorf("its %s must be a list of %q and %q, or one of them", mayMember, Sign, Approve)
	}
	return t, nil
}

// Key is somebody's private key, with their name.
type Key struct {
	Name string
	key  *ecdsa.PrivateKey
}

// NewKey makes a key for somebody.
func NewKey(name string) (Key, error) {
	if !legible.Name(name) || legible.Line(name) != name || len(name) > mostText {
		return Key{}, errors.New("a key needs the name of who holds it")
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	return Key{name, key}, err
}

// ParseKey reads a private key: one JSON Web Key with a kid.
func ParseKey(text []byte) (Key, error) {
	parsed, err := jwk.ParseKey(text)
	if err != nil {
		return Key{}, errors.New("reading a private key: it is no JSON Web Key") // its text is in no error
	}
	k := Key{Name: parsed.KeyID(), key: new(ecdsa.PrivateKey)}
	if err := parsed.Raw(k.key); err != nil || k.key.Curve != elliptic.P256() || !legible.Name(k.Name) {
		return Key{}, errors.New("reading a private key: want one on the curve P-256, whose kid is its holder's name")
	}
	return k, nil
}

// Private gives the key as ParseKey reads it. It is a secret.
func (k Key) Private() ([]byte, error) { return k.jwk(k.key) }

// Public gives the public half as it stands in a Trust, with what it may do.
func (k Key) Public(may ...May) ([]byte, error) { return k.jwk(&k.key.PublicKey, may...) }

func (k Key) jwk(raw any, may ...May) ([]byte, error) {
	key, err := jwk.FromRaw(raw)
	if err != nil {
		return nil, err
	}
	if err := key.Set(jwk.KeyIDKey, k.Name); err != nil {
		return nil, err
	}
	if len(may) > 0 {
		if err := key.Set(mayMember, may); err != nil {
			return nil, err
		}
	}
	return json.MarshalIndent(key, "", "  ")
}

// sign signs a JWS signing input by ES256.
func (k Key) sign(input string) ([]byte, error) {
	signer, err := jws.NewSigner(jwa.ES256)
	if err != nil {
		return nil, err
	}
	return signer.Sign([]byte(input), k.key)
}

// publicPEM is the form in which OPA takes keys.
func publicPEM(key *ecdsa.PublicKey) (string, error) {
	der, err := x509.MarshalPKIXPublicKey(key)
	return string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der})), err
}
