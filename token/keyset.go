package token

import (
	"bytes"
	"crypto"
	"crypto/sha256"
	"errors"
	"fmt"
	"slices"

	"github.com/lestrrat-go/jwx/v2/jwk"

	"github.com/mycarerecord/mcr/strictjson"
)

// maxKeys bounds a key set; issuers publish two or three.
const maxKeys = 100

// key is one public key of an issuer.
type key struct {
	id         string // kid; "" for none
	alg        string // the one algorithm it is for; "" for any that fits
	kty, curve string
	public     any
	thumbprint []byte // SHA-256 (RFC 7638)
}

// fits says whether the key may be used with an algorithm (RFC 8725 §3.1).
func (k *key) fits(a *algorithm) bool {
	return k.kty == a.kty && (k.alg == "" || k.alg == a.name) && (a.curve == "" || k.curve == a.curve)
}

// keySet is what an issuer published at one time. It never changes; a cached token
// is tied to the set that verified it by the pointer.
type keySet struct {
	keys   []*key
	digest [sha256.Size]byte // equal for sets of equal keys, in whatever order
}

// find gives the key that a header asks for. Without a kid there must be just one
// key: trying one after the other would let a token choose.
func (s *keySet) find(kid string, named bool) *key {
	if !named {
		if len(s.keys) == 1 {
			return s.keys[0]
		}
		return nil
	}
	for _, k := range s.keys {
		if k.id == kid && kid != "" {
			return k
		}
	}
	return nil
}

// parseKeySet reads a JWK set (RFC 7517 §5). Keys for other uses, of unknown kinds
// or too weak are left out, as the RFC asks. A set that names one kid twice, that
// holds a private key or that is not strictly written is refused as a whole: what
// it means depends on who reads it.
func parseKeySet(body []byte) (*keySet, error) {
	var d document
	if !d.read(body) {
		return nil, errors.New("not a strictly written JSON object")
	}
	var places [1]int32
	if !d.Lookup(0, []string{"keys"}, places[:]) || places[0] == absent || d.Nodes[places[0]].Kind != strictjson.Array {
		return nil, errors.New("no list of keys")
	}
	set, seen, prints := &keySet{}, map[string]bool{}, [][]byte{}
	n := 0
	for i := range d.Children(places[0]) {
		if n == maxKeys {
			return nil, fmt.Errorf("more than %d keys", maxKeys)
		}
		n++
		k, sum, err := parseKey(&d, i)
		if err != nil {
			return nil, fmt.Errorf("key %d: %w", n, err)
		}
		if k.id != "" && seen[k.id] {
			return nil, fmt.Errorf("key %d: the same kid as another", n)
		}
		seen[k.id] = true
		if k.public != nil {
			set.keys, prints = append(set.keys, k), append(prints, sum)
		}
	}
	slices.SortFunc(prints, bytes.Compare)
	set.digest = sha256.Sum256(bytes.Join(prints, nil))
	return set, nil
}

// parseKey reads one key; public stays nil when it is none of ours. print is a
// digest of all that matters of it.
func parseKey(d *document, at int32) (*key, []byte, error) {
	if d.Nodes[at].Kind != strictjson.Object {
		return nil, nil, errors.New("not an object")
	}
	const kid, kty, use, alg, ops, private = 0, 1, 2, 3, 4, 5
	var p [6]int32
	if !d.Lookup(at, []string{"kid", "kty", "use", "alg", "key_ops", "d"}, p[:]) {
		return nil, nil, errors.New("a name in the wrong case")
	}
	k := &key{}
	var okID, okAlg bool
	if k.id, okID = d.textAt(p[kid]); !okID {
		return nil, nil, errors.New("kid is not a short text")
	}
	if k.alg, okAlg = d.textAt(p[alg]); !okAlg {
		return nil, nil, errors.New("alg is not a short text")
	}
	if p[private] != absent {
		return nil, nil, errors.New("a private key is published; the issuer must replace it")
	}
	asymmetric := d.Is(p[kty], "RSA") || d.Is(p[kty], "EC") || d.Is(p[kty], "OKP")
	if !asymmetric || (p[use] != absent && !d.Is(p[use], "sig")) || !d.verifies(p[ops]) {
		return k, nil, nil
	}
	parsed, err := jwk.ParseKey(d.Nodes[at].Raw)
	if err != nil {
		return k, nil, nil
	}
	var public any
	if err := parsed.Raw(&public); err != nil {
		return k, nil, nil
	}
	var sound bool
	if k.kty, k.curve, sound = kindOf(public); !sound {
		return k, nil, nil
	}
	thumb, err := parsed.Thumbprint(crypto.SHA256)
	if err != nil {
		return k, nil, nil
	}
	k.public, k.thumbprint = public, thumb
	sum := sha256.Sum256(fmt.Appendf(nil, "%q %q %x", k.id, k.alg, thumb))
	return k, sum[:], nil
}

// verifies says whether key_ops, if there, allows verification (RFC 7517 §4.3).
func (d *document) verifies(at int32) bool {
	if at == absent {
		return true
	}
	return d.contains(at, "verify")
}
