package protect

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
	"slices"
	"strings"
	"sync"

	"github.com/mycarerecord/mcr/audit"
	"github.com/mycarerecord/mcr/nhs"
)

// Showing is how a record carries the patient's number beside its HMAC.
type Showing int

// The ways of showing. The zero Showing is the more careful one.
const (
	Masked    Showing = iota // "999*****34": nobody can read it back
	Encrypted                // "enc2:…": whoever holds the keys can (Reveal)
)

// ErrNotRevealed says that a shown number cannot be read: it is masked, or was
// encrypted under other keys, or was altered.
var ErrNotRevealed = errors.New("shown number cannot be revealed")

// The forms of an encrypted number: "enc1:…" of the epoch before there were epochs,
// "enc2:EPOCH:…" of any other.
const (
	encrypted1 = "enc1:"
	encrypted2 = "enc2:"
)

// Protector turns NHS numbers into what the trail may hold. It keeps none.
type Protector struct {
	showing Showing
	uses    []*use // of the epochs, the newest first
	known   []string
}

// use is an epoch's keys, ready for use.
type use struct {
	id      string
	prefix  string // of an encrypted number, and what its tag covers beside it
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
	p := &Protector{showing: showing}
	for i := range k.epochs {
		u, err := newUse(&k.epochs[i])
		if err != nil {
			return nil, fmt.Errorf("making a protector: %w", err)
		}
		p.uses = append(p.uses, u)
		p.known = append(p.known, u.id)
	}
	slices.Reverse(p.uses)
	if !slices.ContainsFunc(k.withdrawn, func(e Epoch) bool { return e.Unnamed }) {
		p.known = append(p.known, "")
	}
	return p, nil
}

func newUse(e *epoch) (*use, error) {
	block, err := aes.NewCipher(e.aes[:])
	if err != nil {
		return nil, err
	}
	u := &use{id: e.id, prefix: encrypted2 + e.id + ":"}
	if e.unnamed {
		u.prefix = encrypted1
	}
	if u.aead, err = cipher.NewGCM(block); err != nil {
		return nil, err
	}
	finding, nonces := e.hmac, derived(e.hmac[:], "mcr shown number nonce 1", 32)
	u.finding.New = func() any { return newMAC(finding[:]) }
	u.nonces.New = func() any { return newMAC(nonces) }
	return u, nil
}

// About puts into a record whom it is about, under the current epoch. The zero number
// changes nothing.
func (p *Protector) About(r *audit.Record, n nhs.Number) {
	if !n.IsZero() {
		r.PatientHMAC, r.PatientShown, r.PatientEpoch = p.HMAC(n), p.Shown(n), p.uses[0].id
	}
}

// HMAC gives HMAC-SHA-256 of the number's ten digits in lower-case hex, under the
// current epoch: the same patient has the same value in every record of one epoch,
// and nobody without its key can try numbers. The zero number gives "".
func (p *Protector) HMAC(n nhs.Number) string {
	if n.IsZero() {
		return ""
	}
	return p.uses[0].hmac(n)
}

// Find gives what finds a patient: the HMAC under every epoch that is in use, the
// current one first. The zero number gives nil.
func (p *Protector) Find(n nhs.Number) []string {
	if n.IsZero() {
		return nil
	}
	all := make([]string, len(p.uses))
	for i, u := range p.uses {
		all[i] = u.hmac(n)
	}
	return all
}

// FindSame gives what finds the patient of a record, as Find does, where its shown
// number can be read. Where it cannot, under every epoch there is no telling: it gives
// the record's own HMAC, and false. A record about nobody gives nil.
func (p *Protector) FindSame(r *audit.Record) (patient []string, every bool) {
	if r.PatientHMAC == "" {
		return nil, true
	}
	if n, err := p.Reveal(r.PatientShown); err == nil {
		if all := p.Find(n); slices.Contains(all, r.PatientHMAC) {
			return all, true
		}
	}
	return []string{r.PatientHMAC}, len(p.uses) == 1 && slices.Contains(p.known, r.PatientEpoch)
}

// Epochs gives the ids of the epochs under which a patient is looked for, for
// audit.Filter.OtherEpochs; "" stands for the records that name none.
func (p *Protector) Epochs() []string { return slices.Clone(p.known) }

// Shown gives the number as a record carries it: masked, or "enc2:", the epoch, ":"
// and the base64 of nonce, ciphertext and tag (AES-256-GCM). The zero number gives "".
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
	u := p.uses[0]
	m := u.nonces.Get().(*mac)
	defer u.nonces.Put(m)
	var sealed [64]byte
	nonce := append(sealed[:0], m.of(n)[:u.aead.NonceSize()]...)
	all := u.aead.Seal(nonce, nonce, m.in[:10], []byte(u.prefix))
	var text [128]byte
	out := append(text[:0], u.prefix...)
	return string(base64.RawURLEncoding.AppendEncode(out, all))
}

// Reveal reads a shown number back. Every error is ErrNotRevealed.
func (p *Protector) Reveal(shown string) (nhs.Number, error) {
	for _, u := range p.uses {
		if text, ok := strings.CutPrefix(shown, u.prefix); ok {
			return u.reveal(text)
		}
	}
	return nhs.Number{}, ErrNotRevealed
}

func (u *use) reveal(text string) (nhs.Number, error) {
	sealed, err := base64.RawURLEncoding.Strict().DecodeString(text)
	if err != nil || len(sealed) < u.aead.NonceSize() {
		return nhs.Number{}, ErrNotRevealed
	}
	nonce, ciphertext := sealed[:u.aead.NonceSize()], sealed[u.aead.NonceSize():]
	digits, err := u.aead.Open(nil, nonce, ciphertext, []byte(u.prefix))
	if err != nil {
		return nhs.Number{}, ErrNotRevealed
	}
	n, err := nhs.ParseNumber(string(digits))
	if err != nil {
		return nhs.Number{}, ErrNotRevealed
	}
	return n, nil
}

func (u *use) hmac(n nhs.Number) string {
	m := u.finding.Get().(*mac)
	defer u.finding.Put(m)
	var text [2 * sha256.Size]byte
	hex.Encode(text[:], m.of(n))
	return string(text[:])
}

func newMAC(key []byte) *mac { return &mac{Hash: hmac.New(sha256.New, key)} }

func (m *mac) of(n nhs.Number) []byte {
	m.Reset()
	copy(m.in[:], n.Digits())
	m.Write(m.in[:10])
	return m.Sum(m.sum[:0])
}
