package token

import (
	"crypto/sha256"
	"time"

	"github.com/mycarerecord/mcr/strictjson"
)

// maxProof bounds a proof; one with an RSA key of 8192 bits has 5 KB.
const maxProof = 8 << 10

// proofAlgorithms are those with which a proof may be signed: every asymmetric one that is
// offered. Ed25519 is the newer name of EdDSA with that curve (RFC 9864).
const proofAlgorithms = "ES256 ES384 ES512 Ed25519 EdDSA PS256 PS384 PS512 RS256 RS384 RS512"

func proofAlgorithm(name string) *algorithm {
	if name == "Ed25519" {
		name = "EdDSA"
	}
	return algorithms[name]
}

// proof is what a DPoP proof says (RFC 9449 §4.2).
type proof struct {
	alg             *algorithm
	key             *key
	id              string // jti
	method, address string // htm, htu
	issued          time.Time
	token           [sha256.Size]byte // ath
}

var (
	proofHeaderNames = []string{"typ", "alg", "jwk", "crit", "b64"}
	proofClaimNames  = []string{"jti", "htm", "htu", "iat", "ath"}
	// privateNames are the members of a JWK that are nobody else's (RFC 7518 §6).
	privateNames = []string{"d", "p", "q", "dp", "dq", "qi", "oth", "k"}
)

// proof reads p as a proof, and verifies nothing yet.
func (p *parsed) proof() (pr proof, err error) {
	var head [5]int32
	h := &p.header
	if !h.Lookup(0, proofHeaderNames, head[:]) || !h.Is(head[0], "dpop+jwt") || head[3] != absent || head[4] != absent {
		return pr, errProofForm
	}
	name, ok := h.textAt(head[1])
	if !ok {
		return pr, errProofForm
	}
	if pr.alg = proofAlgorithm(name); pr.alg == nil {
		return pr, errProofAlgorithm
	}
	if pr.key, err = h.proofKey(head[2], name); err != nil || !pr.key.fits(pr.alg) {
		return pr, errProofKey
	}
	var at [5]int32
	d := &p.claims
	if !d.Lookup(0, proofClaimNames, at[:]) {
		return pr, errProofForm
	}
	var good [5]bool
	pr.id, good[0] = d.textAt(at[0])
	pr.method, good[1] = d.textAt(at[1])
	pr.address, good[2] = d.addressAt(at[2])
	pr.issued, good[3] = d.timeAt(at[3])
	good[4] = d.digestAt(at[4], &pr.token)
	if good != [5]bool{true, true, true, true, true} || pr.id == "" || at[3] == absent {
		return pr, errProofForm
	}
	return pr, nil
}

// proofKey reads the key that a proof is signed with: a public one, alone.
func (d *document) proofKey(at int32, alg string) (*key, error) {
	if at == absent {
		return nil, errProofKey
	}
	if d.Nodes[at].Kind != strictjson.Object {
		return nil, errProofKey
	}
	var private [8]int32
	if !d.Lookup(at, privateNames, private[:]) {
		return nil, errProofKey
	}
	for _, there := range private {
		if there != absent {
			return nil, errProofKey // whoever sent it must take a new one, and shows it to everybody
		}
	}
	k, _, err := parseKey(d, at)
	if err != nil || k.public == nil {
		return nil, errProofKey
	}
	if k.alg == alg {
		k.alg = "" // by either of its names
	}
	return k, nil
}

// addressAt gives a text that may be longer than a claim that is recorded.
func (d *document) addressAt(at int32) (string, bool) {
	if at == absent || d.Nodes[at].Kind != strictjson.String {
		return "", false
	}
	text := d.Nodes[at].Text()
	return string(text), len(text) > 0
}
