package audit

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"strings"
	"sync"

	"github.com/mycarerecord/mcr/nhs"
)

// Showing is how a record carries the patient's number beside its HMAC.
type Showing int

// The ways of showing. The zero Showing is the more careful one.
const (
	Masked    Showing = iota // "999*****34": nobody can read it back
	Encrypted                // "enc1:…": whoever holds the keys can (Reveal)
)

// ErrNotRevealed says that a shown number cannot be read: it is masked, or was
// encrypted under other keys, or was altered.
var ErrNotRevealed = errors.New("shown number cannot be revealed")

const encryptedPrefix = "enc1:"

// Protector turns NHS numbers into what the trail may hold. It keeps none.
type Protector struct {
	showing Showing
	aead    cipher.AEAD
	finding sync.Pool // *mac under the HMAC key
	nonces  sync.Pool // *mac under a key of its own
}

// mac is a keyed hash with room for its input and output, used again and again.
type mac struct {
	hash.Hash
	in  [16]byte
	sum [sha256.Size]byte
}

// NewProtector makes a protector of the deployment's keys.
func NewProtector(k *Keys, showing Showing) (*Protector, error) {
	block, err := aes.NewCipher(k.aes[:])
	if err != nil {
		return nil, fmt.Errorf("making a protector: %w", err)
	}
	aead, err := cipher.NewGCM(block)
	if err != nil {
		return nil, fmt.Errorf("making a protector: %w", err)
	}
	p := &Protector{showing: showing, aead: aead}
	finding, nonces := k.hmac, k.Derive("mcr shown number nonce 1")
	p.finding.New = func() any { return &mac{Hash: hmac.New(sha256.New, finding[:])} }
	p.nonces.New = func() any { return &mac{Hash: hmac.New(sha256.New, nonces)} }
	return p, nil
}

// HMAC gives HMAC-SHA-256 of the number's ten digits in lower-case hex: the same
// patient has the same value in every record of the deployment, and nobody
// without the key can try numbers. The zero number gives "".
func (p *Protector) HMAC(n nhs.Number) string {
	if n.IsZero() {
		return ""
	}
	m := p.finding.Get().(*mac)
	defer p.finding.Put(m)
	var text [2 * sha256.Size]byte
	hex.Encode(text[:], m.of(n))
	return string(text[:])
}

// Shown gives the number as a record carries it: masked, or "enc1:" and the
// base64 of nonce, ciphertext and tag (AES-256-GCM). The zero number gives "".
//
// The nonce is a keyed hash of the number, not a random one: a random nonce may
// be used 2^32 times with one key, which a busy region reaches within a year.
// That equal numbers look equal tells nothing that the HMAC beside it does not.
func (p *Protector) Shown(n nhs.Number) string {
	if n.IsZero() {
		return ""
	}
	if p.showing == Masked {
		return n.String()
	}
	m := p.nonces.Get().(*mac)
	defer p.nonces.Put(m)
	var sealed [64]byte
	nonce := append(sealed[:0], m.of(n)[:p.aead.NonceSize()]...)
	all := p.aead.Seal(nonce, nonce, m.in[:10], []byte(encryptedPrefix))
	var text [128]byte
	out := append(text[:0], encryptedPrefix...)
	return string(base64.RawURLEncoding.AppendEncode(out, all))
}

// Reveal reads a shown number back. Every error is ErrNotRevealed.
func (p *Protector) Reveal(shown string) (nhs.Number, error) {
	text, ok := strings.CutPrefix(shown, encryptedPrefix)
	if !ok {
		return nhs.Number{}, ErrNotRevealed
	}
	sealed, err := base64.RawURLEncoding.Strict().DecodeString(text)
	if err != nil || len(sealed) < p.aead.NonceSize() {
		return nhs.Number{}, ErrNotRevealed
	}
	nonce, ciphertext := sealed[:p.aead.NonceSize()], sealed[p.aead.NonceSize():]
	digits, err := p.aead.Open(nil, nonce, ciphertext, []byte(encryptedPrefix))
	if err != nil {
		return nhs.Number{}, ErrNotRevealed
	}
	n, err := nhs.ParseNumber(string(digits))
	if err != nil {
		return nhs.Number{}, ErrNotRevealed
	}
	return n, nil
}

func (m *mac) of(n nhs.Number) []byte {
	m.Reset()
	copy(m.in[:], n.Digits())
	m.Write(m.in[:10])
	return m.Sum(m.sum[:0])
}
